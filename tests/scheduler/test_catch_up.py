"""A long catch-up and the other DAGs; on both databases."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from ostro.spec import DagSpec, TaskSpec
from ostro.store import runs
from ostro.timetable import CronTriggerTimetable, encode
from scheduler.conftest import START, Bench

MISSED = 1000


def every_hour(dag_id: str, **more: object) -> DagSpec:
    # An empty task ends in the round that starts it.
    task = TaskSpec(task_id="t", operator="EmptyOperator", is_empty=True)
    timetable = encode(CronTriggerTimetable("@hourly", timezone="UTC"))
    return DagSpec(dag_id=dag_id, tasks=(task,), timetable=timetable, **more)  # type: ignore[arg-type]


def made(bench: Bench, dag_id: str) -> int:
    with bench.store.read() as tx:
        return runs.count(tx, dag_id)


def test_thousands_of_missed_runs_leave_every_turn_short(bench: Bench) -> None:
    """No turn makes more than its share, and a DAG that becomes due meanwhile has its run in the next turn."""
    bench.engine = bench.new_engine(runs_per_turn=100)
    start = START - timedelta(hours=MISSED - 1)
    bench.loader.parsed(
        every_hour("long", start_date=start.isoformat(), catchup=True, max_active_runs=0),
        every_hour("other", start_date=START.isoformat(), catchup=True),
    )
    most, before, other_at = 0, 0, None
    for turn in range(200):
        wait = bench.engine.turn()
        now = made(bench, "long")
        most, before = max(most, now - before), now
        if turn == 10:
            bench.clock.advance(3600)
        if other_at is None and made(bench, "other") == 2:
            other_at = turn
        if wait != 0.0 and now == MISSED + 1:
            break
    assert before == MISSED + 1
    assert most <= 100
    assert other_at is not None
    # It comes behind what was due before it, never behind the whole catch-up.
    assert other_at <= 13


def test_a_catch_up_goes_on_within_max_active_runs(bench: Bench) -> None:
    start = START - timedelta(hours=50)
    task = TaskSpec(task_id="t", operator="PythonOperator")
    spec = every_hour("d", start_date=start.isoformat(), catchup=True, max_active_runs=2)
    bench.add(msgspec.structs.replace(spec, tasks=(task,)))
    assert made(bench, "d") == 2
    for more in range(1, 6):
        bench.executor.succeed("t")
        bench.turn()
        assert made(bench, "d") == 2 + more
