"""Clear and mark: which instances, and what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest

from ostro.records import TaskInstanceRecord
from ostro.rules.clear import clear, reset_run, running
from ostro.rules.mark import mark_run, mark_tasks
from ostro.rules.selection import named, widened
from ostro.states import RunState, TaskState, check_task_transition
from support.simulation import T0, Done, Sim, a_run, always, task, topology

TOPO = topology(
    task("s", is_setup=True),
    task("a", "s", retries=2),
    task("b", "a"),
    task("t", "b", "s", is_teardown=True, trigger_rule="all_done_setup_success"),
    task("c", "b"),
)


def rows(**states: str) -> list[TaskInstanceRecord]:
    return [
        TaskInstanceRecord(id=i, run=1, task_id=t, state=TaskState(s), try_number=1, max_tries=0)
        for i, (t, s) in enumerate(states.items())
    ]


def after(moves: list[Any], have: list[TaskInstanceRecord]) -> dict[str, str]:
    names = {r.id: r.task_id for r in have}
    for m in moves:
        check_task_transition(m.before, m.after)
    return {names[m.ti]: str(m.after) for m in moves}


@pytest.mark.parametrize(
    ("tasks", "kw", "found"),
    [
        (["a"], {}, "s a t"),
        (["b"], {"upstream": True}, "s a b t"),
        (["b"], {"downstream": True}, "s b t c"),
        (["c"], {}, "c"),
        (["t"], {}, "t"),
        (["s"], {}, "s t"),
        (["a"], {"with_setups": False}, "a"),
        (["gone"], {}, "gone"),
    ],
)
def test_what_is_meant(tasks: list[str], kw: dict[str, bool], found: str) -> None:
    kw = {"upstream": False, "downstream": False, "with_setups": True, **kw}

    assert set(widened(TOPO, named(tasks), **kw)) == set(found.split())


def test_names_with_map_indexes() -> None:
    assert named([("m", 1), ("m", 2), "n", ("n", 0)]) == {"m": frozenset({1, 2}), "n": None}


@pytest.mark.parametrize(
    ("kw", "found"),
    [
        ({}, {"s": "none", "a": "none", "b": "restarting", "t": "none"}),
        ({"only_failed": True}, {"a": "none", "t": "none"}),
        ({"only_running": True}, {"b": "restarting"}),
    ],
)
def test_clear(kw: dict[str, bool], found: dict[str, str]) -> None:
    have = rows(s="success", a="failed", b="running", t="upstream_failed", c="none")

    moves = clear(TOPO, have, dict.fromkeys("sabtc"), **kw)

    assert after(moves, have) == found
    by_task = {have[m.ti].task_id: m for m in moves}
    if "a" in by_task:
        assert by_task["a"].max_tries == 3
    assert [have[ti].task_id for ti in running(moves)] == [t for t in found if t == "b"]


@pytest.mark.parametrize(
    "state", sorted(set(TaskState) - {TaskState.NONE, TaskState.REMOVED, TaskState.RESTARTING})
)
def test_every_state_can_be_cleared(state: TaskState) -> None:
    have = rows(a=str(state))

    assert after(clear(TOPO, have, {"a": None}), have) != {}


@pytest.mark.parametrize(
    ("before", "then"),
    [
        (RunState.SUCCESS, RunState.QUEUED),
        (RunState.FAILED, RunState.QUEUED),
        (RunState.RUNNING, RunState.RUNNING),
    ],
)
def test_a_cleared_run_is_queued_again(before: RunState, then: RunState) -> None:
    change = reset_run(a_run(state=before, clear_number=4), T0)

    assert (change.after, change.clear_number) == (then, 5)


def test_mark_tasks_and_what_starts_over_behind_them() -> None:
    have = rows(a="failed", b="upstream_failed", c="success", t="failed")

    found = mark_tasks(TOPO, have, {"a": None, "c": None}, TaskState.SUCCESS, T0)
    assert after(found.marked, have) == {"a": "success"}
    assert after(found.cleared, have) == {"b": "none", "t": "none"}
    nothing = mark_tasks(TOPO, have, {"c": None}, TaskState.SUCCESS, T0)
    assert not nothing.marked and not nothing.cleared
    with pytest.raises(ValueError, match="cannot be marked running"):
        mark_tasks(TOPO, have, {"a": None}, TaskState.RUNNING, T0)


def test_mark_a_run_failed() -> None:
    have = rows(s="success", a="running", b="scheduled", c="deferred")

    moves, change = mark_run(TOPO, a_run(), have, RunState.FAILED, T0)

    assert after(moves, have) == {"a": "failed", "b": "skipped", "c": "failed"}
    assert change is not None and change.after is RunState.FAILED and change.end_date == T0


def test_mark_a_run_success_leaves_open_teardowns() -> None:
    have = rows(s="success", a="failed", b="upstream_failed", t="none")

    moves, change = mark_run(TOPO, a_run(), have, RunState.SUCCESS, T0)

    assert after(moves, have) == {"a": "success", "b": "success"}
    assert change is None


def test_a_cleared_task_runs_again_with_as_many_tries_as_before() -> None:
    sim = Sim(topology(task("a", retries=1), task("b", "a")))
    sim.play(lambda t, i: Done(TaskState.FAILED))
    for move in clear(sim.topo, list(sim.rows.values()), {"a": None, "b": None}):
        sim.apply(move)

    assert sim.play(always()) == "success"
    assert [(r.try_number, r.max_tries) for r in sim.rows.values()] == [(2, 2), (1, 0)]
