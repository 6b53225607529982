"""Clearing and marking."""

from __future__ import annotations

from typing import Any

import pytest

from commands.conftest import World, line
from ostro import commands
from ostro.commands import subject
from ostro.errors import BadRequest, NotAllowed, NotFound
from ostro.spec import DagSpec, TaskSpec
from ostro.states import RunState, TaskState

FAILED = {"a": "success", "b": "failed", "c": "upstream_failed"}


def a_dag(world: World, **more: Any) -> DagSpec:
    return world.dag(*line("a", "b", "c", retries=1), **more)


def test_clear_one_task_with_what_follows(world: World) -> None:
    run = world.run(a_dag(world), FAILED, state="failed")

    done = commands.clear_tasks(*world.here, dag_id="d", run_id="r0", tasks=["b"], downstream=True)

    assert sorted(i.task_id for i in done.instances) == ["b", "c"] and [r.id for r in done.runs] == [run.id]
    assert world.states(run) == {"a": "success", "b": "none", "c": "none"}
    after = world.again(run)
    assert (after.state, after.clear_number, after.start_date, after.end_date) == (
        RunState.QUEUED,
        1,
        None,
        None,
    )
    assert world.wake.calls == [([run.id], ["d"])]


def test_a_dry_run_writes_nothing(world: World) -> None:
    run = world.run(a_dag(world), FAILED, state="failed")

    done = commands.clear_tasks(*world.here, dag_id="d", run_id="r0", dry_run=True)
    marked = commands.mark_tasks(
        *world.here, dag_id="d", run_id="r0", tasks=["b"], state=TaskState.SUCCESS, dry_run=True
    )
    whole = commands.mark_run(*world.here, dag_id="d", run_id="r0", state=RunState.SUCCESS, dry_run=True)

    assert [len(d.instances) for d in (done, marked, whole)] == [3, 1, 2]
    assert world.states(run) == FAILED and world.again(run) == run and world.wake.calls == []


@pytest.mark.parametrize(
    ("kw", "cleared"),
    [
        ({}, [1]),
        ({"past": True}, [0, 1]),
        ({"future": True}, [1, 2]),
        ({"past": True, "future": True}, [0, 1, 2]),
    ],
)
def test_clear_over_time(world: World, kw: dict[str, bool], cleared: list[int]) -> None:
    spec = a_dag(world)
    made = [world.run(spec, FAILED, days=d) for d in range(3)]

    commands.clear_tasks(*world.here, dag_id="d", run_id="r1", tasks=["b"], **kw)

    assert [d for d, run in enumerate(made) if world.states(run)["b"] == "none"] == cleared


def test_clear_a_range_of_dates(world: World) -> None:
    spec = a_dag(world)
    made = [world.run(spec, FAILED, days=d) for d in range(3)]

    commands.clear_tasks(
        *world.here,
        dag_id="d",
        start_date=made[1].logical_date,
        end_date=made[1].logical_date,
        only_failed=True,
    )

    assert [world.states(r)["b"] for r in made] == ["failed", "none", "failed"]
    assert world.states(made[1])["a"] == "success"


@pytest.mark.parametrize("dry_run", [False, True])
def test_more_runs_than_one_command_changes_are_refused_with_their_number(
    world: World, monkeypatch: pytest.MonkeyPatch, dry_run: bool
) -> None:
    spec = a_dag(world)
    made = [world.run(spec, FAILED, days=d) for d in range(3)]
    monkeypatch.setattr(subject, "MOST_RUNS", 2)

    with pytest.raises(BadRequest, match=r"^3 runs of Dag d match, .* at most 2; choose a shorter range"):
        commands.clear_tasks(*world.here, dag_id="d", start_date=made[0].logical_date, dry_run=dry_run)
    with pytest.raises(BadRequest, match=r"^3 runs of Dag d match"):
        commands.mark_tasks(
            *world.here,
            dag_id="d", run_id="r0", tasks=["b"], state=TaskState.SUCCESS, future=True, dry_run=dry_run,
        )  # fmt: skip
    assert [world.states(run) for run in made] == [FAILED] * 3 and world.wake.calls == []

    done = commands.clear_tasks(*world.here, dag_id="d", start_date=made[1].logical_date, dry_run=dry_run)
    assert len(done.runs) == 2


def test_a_running_task_restarts_or_refuses(world: World) -> None:
    run = world.run(a_dag(world), {"a": "success", "b": "running"}, state="running")

    with pytest.raises(NotAllowed, match="is running"):
        commands.clear_tasks(*world.here, dag_id="d", run_id="r0", prevent_running_task=True)
    commands.clear_tasks(*world.here, dag_id="d", run_id="r0", tasks=["b"])

    assert world.states(run)["b"] == "restarting"
    assert (world.again(run).state, world.again(run).clear_number) == (RunState.RUNNING, 1)


def test_a_whole_run_is_cleared_even_when_it_has_no_instances(world: World) -> None:
    run = world.run(world.dag(), {}, state="success")

    commands.clear_run(*world.here, dag_id="d", run_id="r0")

    assert world.again(run).state is RunState.QUEUED


def test_clear_onto_the_latest_version(world: World) -> None:
    run = world.run(a_dag(world), FAILED, state="failed")
    world.dag(*line("a", "b", "c", "new"))

    commands.clear_run(*world.here, dag_id="d", run_id="r0", run_on_latest_version=True)

    assert world.again(run).version_id != run.version_id
    assert world.states(run) == dict.fromkeys(("a", "b", "c", "new"), "none")


def test_only_what_is_new_in_the_latest_version(world: World) -> None:
    run = world.run(a_dag(world), dict.fromkeys("abc", "success"))
    world.dag(*line("a", "b", "c", "new"))

    assert commands.clear_run(*world.here, dag_id="d", run_id="r0", only_new=True).instances == []

    assert world.states(run) == {"a": "success", "b": "success", "c": "success", "new": "none"}
    assert world.again(run).state is RunState.QUEUED


@pytest.mark.parametrize(
    ("kw", "error"), [({"run_id": "nobody"}, NotFound), ({"run_id": "r0", "tasks": ["nobody"]}, NotFound)]
)
def test_clear_of_what_is_not_there(world: World, kw: dict[str, Any], error: type[Exception]) -> None:
    world.run(a_dag(world), FAILED)

    with pytest.raises(error):
        commands.clear_tasks(*world.here, dag_id="d", **kw)


def test_mark_success_lets_the_run_go_on_behind_it(world: World) -> None:
    run = world.run(a_dag(world), FAILED, state="failed")

    commands.mark_tasks(*world.here, dag_id="d", run_id="r0", tasks=["b"], state=TaskState.SUCCESS)

    assert world.states(run) == {"a": "success", "b": "success", "c": "none"}
    assert world.again(run).state is RunState.QUEUED


@pytest.mark.parametrize("state", [TaskState.SUCCESS, TaskState.FAILED, TaskState.SKIPPED])
def test_a_dry_run_of_a_mark_names_what_the_mark_does(world: World, state: TaskState) -> None:
    run = world.run(
        a_dag(world), {"a": "upstream_failed", "b": "upstream_failed", "c": "upstream_failed"}, state="failed"
    )
    before = world.states(run)
    asked = {"dag_id": "d", "run_id": "r0", "tasks": ["a"], "state": state}

    told = commands.mark_tasks(*world.here, dry_run=True, **asked)
    done = commands.mark_tasks(*world.here, **asked)

    assert told == done
    after = world.states(run)
    assert {n for n in after if after[n] != before[n]} == {
        i.task_id for i in (*told.instances, *told.cleared)
    }
    assert after == {"a": str(state), "b": "none", "c": "none"}


def test_mark_failed_downstream_and_over_time(world: World) -> None:
    spec = a_dag(world)
    made = [world.run(spec, dict.fromkeys("abc", "success"), days=d) for d in range(2)]

    done = commands.mark_tasks(
        *world.here,
        dag_id="d",
        run_id="r0",
        tasks=[("b", -1)],
        state=TaskState.FAILED,
        downstream=True,
        future=True,
    )

    assert len(done.instances) == 4
    assert [world.states(r) for r in made] == [{"a": "success", "b": "failed", "c": "failed"}] * 2
    with pytest.raises(BadRequest):
        commands.mark_tasks(*world.here, dag_id="d", run_id="r0", tasks=["b"], state=TaskState.QUEUED)


@pytest.mark.parametrize(
    ("state", "states"),
    [
        (RunState.SUCCESS, {"a": "success", "b": "success", "c": "success"}),
        (RunState.FAILED, {"a": "success", "b": "failed", "c": "skipped"}),
    ],
)
def test_mark_a_run(world: World, state: RunState, states: dict[str, str]) -> None:
    run = world.run(a_dag(world), {"a": "success", "b": "running"}, state="running")

    commands.mark_run(*world.here, dag_id="d", run_id="r0", state=state)

    assert world.states(run) == states
    assert world.again(run).state is state and world.again(run).end_date is not None


def test_mark_a_run_with_an_open_teardown(world: World) -> None:
    spec = world.dag(
        TaskSpec(task_id="s", operator="X", is_setup=True),
        TaskSpec(
            task_id="t",
            operator="X",
            upstream=("s",),
            is_teardown=True,
            trigger_rule="all_done_setup_success",
        ),
    )
    run = world.run(spec, {"s": "running"}, state="running")

    commands.mark_run(*world.here, dag_id="d", run_id="r0", state=RunState.FAILED)

    assert world.states(run) == {"s": "failed", "t": "none"} and world.again(run).state is RunState.RUNNING


def test_queue_a_run_again(world: World) -> None:
    run = world.run(a_dag(world), FAILED, state="failed")

    commands.mark_run(*world.here, dag_id="d", run_id="r0", state=RunState.QUEUED)

    assert world.again(run).state is RunState.QUEUED and world.states(run) == FAILED
    with pytest.raises(BadRequest):
        commands.mark_run(*world.here, dag_id="d", run_id="r0", state=RunState.RUNNING)
