"""Runs and tasks that something looked away from: each is looked at again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from ostro import commands
from ostro.api.specs import Specs
from ostro.api.waiting import why_waiting
from ostro.errors import StoreUnavailable
from ostro.executors.base import Available, FileBroken
from ostro.loader import LoaderRound
from ostro.records import TaskInstanceRecord
from ostro.spec import DagSpec, TaskSpec
from ostro.states import RunState, RunType, TaskState
from ostro.store import NewRun, instances, outbox, runs, specs
from ostro.store.views import rest_instances
from scheduler.conftest import FILE, Bench
from scheduler.test_engine import chain


def minutely(dag_id: str = "d", **more: Any) -> DagSpec:
    return DagSpec(
        dag_id=dag_id,
        timetable={"type": "cron_interval", "expression": "* * * * *", "timezone": "UTC"},
        start_date="2026-01-01T00:00:00+00:00",
        catchup=True,
        **{"tasks": (TaskSpec(task_id="t", operator="PythonOperator"),), **more},
    )


def run_states(bench: Bench, dag_id: str = "d") -> list[str]:
    with bench.store.read() as tx:
        return sorted(r.state.value for r in runs.search(tx, dag_id))


def records(bench: Bench, run: int) -> list[TaskInstanceRecord]:
    with bench.store.read() as tx:
        return instances.load_instances(tx, [run])


def test_runs_that_became_due_while_the_engine_stood_still_are_started(bench: Bench) -> None:
    bench.add(minutely(max_active_runs=2))
    bench.clock.advance(600)
    bench.turn()
    assert run_states(bench) == ["running", "running"]


def test_a_dag_without_a_limit_of_runs_makes_all_that_are_due(bench: Bench) -> None:
    bench.add(minutely(max_active_runs=0))
    bench.clock.advance(180)
    bench.turn()
    assert run_states(bench) == ["running"] * 3


def test_a_run_queued_again_while_its_task_was_scheduled_goes_on(bench: Bench) -> None:
    bench.executor.room = 0
    bench.add(chain(n=1, dag_more={"max_active_runs": 1}))
    run = bench.trigger("d")
    assert bench.states(run) == {"t0": "scheduled"}
    pause(bench, True)
    commands.mark_run(
        bench.store, bench.clock, bench.engine.wake, dag_id="d", run_id="r1", state=RunState.QUEUED
    )
    bench.turn()
    assert bench.run_state(run) == "queued"
    pause(bench, False)
    bench.executor.room = 1
    bench.executor.events.append(Available(FILE))
    bench.turn()
    assert bench.states(run) == {"t0": "running"}


def pause(bench: Bench, paused: bool) -> None:
    with bench.store.begin() as tx:
        specs.set_paused(tx, ["d"], paused)
    bench.engine.wake([], ["d"])
    bench.turn()


def dated(bench: Bench, name: str, day: int, dag_id: str = "d") -> int:
    from datetime import UTC, datetime

    return bench.trigger(dag_id, name, logical_date=datetime(2025, 12, day, tzinfo=UTC))


def test_a_mark_in_an_ended_run_lets_the_next_run_go_on(bench: Bench) -> None:
    bench.add(chain(n=1, depends_on_past=True))
    first = dated(bench, "r1", 1)
    bench.executor.fail("t0")
    bench.turn()
    second = dated(bench, "r2", 2)
    assert (bench.run_state(first), bench.states(second)) == ("failed", {"t0": "none"})
    # As another machine does it: only the run is told.
    commands.mark_tasks(
        bench.store,
        bench.clock,
        lambda runs, dags: bench.engine.wake(runs, []),
        dag_id="d",
        run_id="r1",
        tasks=["t0"],
        state=TaskState.SUCCESS,
    )
    bench.turn()
    assert bench.states(second) == {"t0": "running"}


def test_the_end_of_an_earlier_run_that_nobody_told_of_is_found(bench: Bench) -> None:
    bench.add(chain(n=1, depends_on_past=True))
    dated(bench, "r1", 1)
    bench.executor.fail("t0")
    bench.turn()
    second = dated(bench, "r2", 2)
    commands.mark_tasks(
        bench.store, bench.clock, lambda runs, dags: None,
        dag_id="d", run_id="r1", tasks=["t0"], state=TaskState.SUCCESS,
    )  # fmt: skip
    bench.clock.advance(61)
    bench.turn()
    assert bench.states(second) == {"t0": "running"}


def test_a_run_that_ended_elsewhere_makes_room_although_only_the_run_was_told(bench: Bench) -> None:
    bench.add(chain(n=1, dag_more={"max_active_runs": 1}))
    first = bench.trigger("d", "r1")
    second = bench.trigger("d", "r2")
    commands.mark_run(
        bench.store,
        bench.clock,
        lambda runs, dags: bench.engine.wake(runs, []),
        dag_id="d",
        run_id="r1",
        state=RunState.SUCCESS,
    )
    bench.turn()
    assert (bench.run_state(first), bench.run_state(second)) == ("success", "running")


def test_a_queued_run_follows_its_version_when_that_is_replaced(bench: Bench) -> None:
    bench.add(chain(n=1))
    pause(bench, True)
    run = bench.trigger("d")
    bench.add(chain(n=2))
    pause(bench, False)
    assert set(bench.states(run)) == {"t0", "t1"}


def test_a_clear_that_nobody_told_of_is_noticed(bench: Bench) -> None:
    bench.add(chain(n=1))
    run = bench.trigger("d")
    attempt = bench.executor.running()["t0"]
    commands.mark_tasks(
        bench.store, bench.clock, lambda runs, dags: None,
        dag_id="d", run_id="r1", tasks=["t0"], state=TaskState.SUCCESS,
    )  # fmt: skip
    bench.clock.advance(6)
    bench.turn()
    assert bench.executor.stopped[0][0] == attempt
    assert bench.run_state(run) == "success"


def test_an_attempt_of_a_machine_that_is_gone_is_lost_in_time(bench: Bench) -> None:
    bench.add(chain(n=1))
    run = bench.trigger("d")
    bench.executor.orders.clear()
    bench.engine = bench.new_engine()
    elsewhere(bench, run)
    bench.turn()
    if bench.store.dialect == "postgresql":
        # Its engine may live: for so long it is waited for.
        assert bench.states(run) == {"t0": "running"}
    for _ in range(70):
        bench.clock.advance(5)
        bench.turn()
    assert bench.states(run) == {"t0": "failed"}


def elsewhere(bench: Bench, run: int) -> None:
    """The attempt ran on a machine of another name (of an earlier container, say)."""
    with bench.store.begin() as tx:
        for table in ("attempt", "task_instance"):
            tx.execute(sa.text(f"UPDATE {table} SET hostname = 'another', engine = 'another'"))


def test_what_a_cleared_attempt_still_reports_does_not_count(bench: Bench) -> None:
    from ostro.protocol.task import Skips
    from ostro.records import Move
    from ostro.store import transitions

    branch = TaskSpec(task_id="b", operator="BranchPythonOperator", can_skip_downstream=True)
    after = TaskSpec(task_id="x", operator="PythonOperator", upstream=("b",))
    bench.add(DagSpec(dag_id="d", tasks=(branch, after)))
    run = bench.trigger("d")
    (first, _) = records(bench, run)
    with bench.store.begin() as tx:
        move = Move(ti=first.id, before=TaskState.RUNNING, after=TaskState.RESTARTING)
        assert transitions.apply_moves(tx, [move], bench.clock.now()) == [True]
    bench.engine.wake([run], [])
    bench.turn()
    bench.executor.succeed("b", skips=[Skips(task_ids=["x"])])
    bench.turn()
    assert bench.states(run) == {"b": "running", "x": "none"}


def test_many_queued_runs_for_later_are_noted_once(bench: Bench) -> None:
    bench.add(chain(n=1))
    with bench.store.begin() as tx:
        version = specs.current_version(tx, "d")
        assert version is not None
        later = bench.clock.now() + timedelta(days=7)
        new = NewRun(dag_id="d", run_id="later", run_type=RunType.MANUAL, run_after=later, version_id=version)
        runs.create_runs(tx, [new])
    for _ in range(5):
        bench.engine.wake([], ["d"])
        bench.clock.advance(61)
        bench.turn()
    assert len(bench.engine.plan._later) == 1


def failing(dag_id: str) -> DagSpec:
    return chain(dag_id, n=1, dag_more={"callbacks": ("failure",)})


def test_callbacks_of_a_dag_without_file_hide_no_others_and_are_kept(bench: Bench) -> None:
    bench.add(failing("gone"), failing("d"))
    bench.executor.room = 32
    with bench.store.begin() as tx:
        version = specs.current_version(tx, "gone")
        assert version is not None
        new = [
            NewRun(
                dag_id="gone", run_id=f"r{i}", run_type=RunType.MANUAL, run_after=bench.clock.now(),
                version_id=version, state=RunState.FAILED,
            )
            for i in range(60)
        ]  # fmt: skip
        made = runs.create_runs(tx, new)
        rows = [outbox.OutboxRow(dag_id="gone", run=r.id, kind="dag_failure") for r in made if r]
        outbox.put(tx, rows)
    bench.add(failing("d"))
    bench.executor.callbacks.clear()
    bench.trigger("d")
    bench.executor.fail("t0")
    bench.turn()
    assert [o.run.dag_id for o in bench.executor.callbacks] == ["d"]
    bench.executor.room = 100
    bench.add(failing("gone"), failing("d"))
    assert len(bench.executor.callbacks) == 61


def test_callbacks_of_a_file_that_cannot_be_imported_are_given_up(bench: Bench) -> None:
    bench.add(failing("d"))
    bench.trigger("d")
    bench.executor.fail("t0")
    bench.executor.room = -10
    bench.turn()
    bench.executor.events.append(FileBroken(FILE, "SyntaxError"))
    bench.turn()
    with bench.store.read() as tx:
        assert outbox.waiting(tx) == []


def test_places_are_given_back_when_a_round_fails_while_it_starts_a_task(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.add(chain(n=1))
    from ostro.scheduler.dispatch import Dispatch

    def unavailable(*_: object) -> object:
        raise StoreUnavailable("the server closed the connection")

    whole = Dispatch._start
    monkeypatch.setattr(Dispatch, "_start", unavailable)
    bench.trigger("d")
    assert bench.executor.room == 32
    monkeypatch.setattr(Dispatch, "_start", whole)


def test_a_task_that_left_the_dag_while_it_ran_is_not_taken_for_another(bench: Bench) -> None:
    keep = TaskSpec(task_id="keep", operator="PythonOperator")
    last = TaskSpec(
        task_id="z", operator="PythonOperator", upstream=("keep",), retries=3, callbacks=("failure",)
    )
    leaves = TaskSpec(task_id="leaves", operator="PythonOperator")
    bench.add(DagSpec(dag_id="d", tasks=(keep, last, leaves)))
    run = bench.trigger("d")
    bench.add(DagSpec(dag_id="d", tasks=(keep, last)))
    bench.executor.succeed("keep")
    bench.turn()
    bench.executor.fail("z")
    bench.turn()
    commands.clear_tasks(
        bench.store, bench.clock, bench.engine.wake,
        dag_id="d", run_id="r1", tasks=["z"], run_on_latest_version=True,
    )  # fmt: skip
    bench.turn()
    assert bench.states(run)["leaves"] == "running"
    bench.executor.fail("leaves")
    bench.turn()
    assert bench.states(run)["leaves"] == "failed"
    with bench.store.read() as tx:
        assert tx.execute(sa.text("SELECT count(*) FROM callback_outbox")).scalar_one() == 0


def test_it_is_said_that_tasks_wait_for_a_file_that_is_gone(bench: Bench) -> None:
    told: list[str] = []
    bench.engine.parsing.emit = lambda event: told.append(getattr(event, "text", ""))
    bench.executor.room = 0
    bench.add(chain(n=1))
    bench.trigger("d")
    bench.loader.round = LoaderRound(retired=[FILE])
    bench.turn()
    assert any("'d'" in text for text in told)
    with bench.store.read() as tx:
        (row,) = rest_instances.instances_of_task(tx, "d", "r1", "t0")
        reasons = why_waiting(tx, Specs(bench.store), row, bench.clock.now())
    assert reasons[0].name == "dag_gone"


def test_dags_held_back_in_a_round_that_is_lost_go_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    one = minutely("one", max_active_runs=1, tasks=(TaskSpec(task_id="a", operator="PythonOperator"),))
    two = minutely("two", max_active_runs=1, tasks=(TaskSpec(task_id="b", operator="PythonOperator"),))
    bench.add(one, two)
    for _ in range(2):
        bench.clock.advance(60)
        bench.turn()
    plan, rounds = bench.engine.plan, [True]
    whole = plan._create_due

    def lost(*args: Any) -> int:
        if rounds:
            rounds.pop()
            raise StoreUnavailable("gone")
        return whole(*args)

    monkeypatch.setattr(plan, "_create_due", lost)
    bench.executor.succeed("a")
    bench.executor.succeed("b")
    bench.turn()
    assert not rounds
    bench.clock.advance(1)
    bench.turn()
    for dag_id in ("one", "two"):
        assert run_states(bench, dag_id) == ["running", "success"]
