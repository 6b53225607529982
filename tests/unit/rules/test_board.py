"""The board: what follows when instances end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ostro.records import Move
from ostro.states import TaskState
from support.simulation import T0, Done, Sim, always, task, topology


def test_a_line_runs_one_after_the_other() -> None:
    sim = Sim(topology(task("a"), task("b", "a"), task("c", "b")))

    first = sim.settle()
    assert [(m.after, m.try_number) for m in first.moves] == [(TaskState.SCHEDULED, 1)]
    sim.finish(first.moves[0].ti, Done())

    assert [sim.rows[m.ti].task_id for m in sim.settle().moves] == ["b"]
    assert sim.board.outcome(sim.now) is None
    assert sim.play(always()) == "success"


def test_a_failure_goes_down_step_by_step_and_fails_the_run() -> None:
    sim = Sim(topology(task("a"), task("b", "a"), task("c", "b"), task("d")))

    state = sim.play(lambda t, i: Done(TaskState.FAILED if t == "a" else TaskState.SUCCESS))

    assert state == "failed"
    assert sim.states() == {"a": "failed", "b": "upstream_failed", "c": "upstream_failed", "d": "success"}
    assert "'a' failed" in next(m.reason for m in sim.log if m.after is TaskState.UPSTREAM_FAILED)


def test_a_failed_task_that_is_no_leaf_does_not_fail_the_run() -> None:
    sim = Sim(topology(task("a"), task("b", "a", trigger_rule="all_done")))

    assert sim.play(lambda t, i: Done(TaskState.FAILED if t == "a" else TaskState.SUCCESS)) == "success"


def test_empty_operators_succeed_without_a_process() -> None:
    sim = Sim(topology(task("a", is_empty=True), task("b", "a", is_empty=True), task("c", "b")))

    moves = sim.settle().moves

    assert [(m.after, m.try_number) for m in moves] == [
        (TaskState.SUCCESS, 1), (TaskState.SUCCESS, 1), (TaskState.SCHEDULED, 1),
    ]  # fmt: skip


def test_an_empty_dag_succeeds() -> None:
    sim = Sim(topology())
    sim.settle()

    outcome = sim.board.outcome(T0)

    assert outcome is not None and outcome.state == "success"


def test_a_retry_waits_until_it_is_due() -> None:
    sim = Sim(topology(task("a", retries=1)))
    sim.settle()
    sim.to("a", TaskState.RUNNING)
    due = T0 + timedelta(seconds=30)
    sim.to("a", TaskState.UP_FOR_RETRY, due_at=due)

    assert not sim.settle() and sim.board.next_due() == due
    sim.now = due

    assert [(m.before, m.after, m.try_number) for m in sim.settle().moves] == [
        (TaskState.UP_FOR_RETRY, TaskState.SCHEDULED, 2)
    ]


def test_a_reschedule_keeps_its_try() -> None:
    sim = Sim(topology(task("a")))
    sim.settle()
    sim.to("a", TaskState.RUNNING)
    sim.to("a", TaskState.UP_FOR_RESCHEDULE, due_at=T0)

    assert [m.try_number for m in sim.settle().moves] == [1]


def test_a_finished_instance_costs_its_successors_only(monkeypatch: pytest.MonkeyPatch) -> None:
    from ostro.rules import judgement

    n = 300
    sim = Sim(topology(*(task(f"a{i}") for i in range(n)), task("join", *(f"a{i}" for i in range(n)))))
    sim.settle()
    looked: list[int] = []
    judge = judgement.judge
    monkeypatch.setattr(judgement, "judge", lambda board, i, ti: (looked.append(i), judge(board, i, ti))[1])

    sim.finish(sim.ready()[0], Done())
    sim.settle()

    assert looked == [n]


def test_a_move_from_another_state_is_refused() -> None:
    sim = Sim(topology(task("a")))

    with pytest.raises(ValueError, match="is not running"):
        sim.board.apply(Move(ti=1, before=TaskState.RUNNING, after=TaskState.SUCCESS))
