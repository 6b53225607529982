"""Tasks that a user marked while no engine ran: their processes are ended when the next engine starts."""

from __future__ import annotations

from ostro.records import Move
from ostro.states import TaskState
from ostro.store import instances, transitions
from scheduler.conftest import Bench
from scheduler.test_engine import wide


def mark(bench: Bench, run: int, task_id: str, after: TaskState) -> None:
    """As a command does while no engine hears of it."""
    with bench.store.begin() as tx:
        (row,) = [r for r in instances.load_instances(tx, [run]) if r.task_id == task_id]
        move = Move(ti=row.id, before=TaskState.RUNNING, after=after, end_date=bench.clock.now())
        assert transitions.apply_moves(tx, [move], bench.clock.now()) == [True]


def test_the_process_of_a_marked_task_is_ended_at_the_start(bench: Bench) -> None:
    bench.add(wide(3))
    run = bench.trigger("d")
    attempts = bench.executor.running()
    bench.executor.alive = {attempts["t0"], attempts["t1"], attempts["t2"]}
    bench.clock.advance(6)
    bench.turn()
    bench.clock.advance(60)
    mark(bench, run, "t0", TaskState.FAILED)
    mark(bench, run, "t1", TaskState.SUCCESS)
    bench.engine = bench.new_engine()
    bench.turn()
    assert {a for a, _ in bench.executor.stopped} == {attempts["t0"], attempts["t1"]}
    assert bench.states(run) == {"t0": "failed", "t1": "success", "t2": "running"}


def test_a_process_that_is_gone_and_one_that_ended_by_itself_are_left_alone(bench: Bench) -> None:
    bench.add(wide(2, task={"callbacks": ("success",)}))
    run = bench.trigger("d")
    attempts = bench.executor.running()
    bench.executor.alive = {attempts["t0"]}
    bench.executor.succeed("t0")  # and runs its own callback now
    bench.turn()
    mark(bench, run, "t1", TaskState.FAILED)  # nobody is there any more
    bench.engine = bench.new_engine()
    bench.turn()
    assert bench.executor.stopped == []


def test_history_of_before_is_not_looked_at(bench: Bench) -> None:
    bench.add(wide(1))
    run = bench.trigger("d")
    attempts = bench.executor.running()
    bench.executor.alive = set(attempts.values())
    mark(bench, run, "t0", TaskState.FAILED)
    bench.clock.advance(60)
    bench.turn()
    bench.executor.stopped.clear()
    bench.engine = bench.new_engine()
    bench.turn()
    assert bench.executor.stopped == []
