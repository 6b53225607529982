"""How the engine makes runs by each kind of timetable; on both databases."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from ostro import commands
from ostro.errors import NotAllowed
from ostro.spec import DagSpec, TaskSpec
from ostro.states import RunState, RunType
from ostro.store import runs, specs
from ostro.timetable import (
    ContinuousTimetable,
    CronDataIntervalTimetable,
    CronPartitionTimetable,
    CronTriggerTimetable,
    EventsTimetable,
    MultipleCronTriggerTimetable,
    OnceTimetable,
    Timetable,
    encode,
)
from scheduler.conftest import START, Bench

HOUR = timedelta(hours=1)


def spec(timetable: Timetable, **more: object) -> DagSpec:
    task = TaskSpec(task_id="t", operator="PythonOperator")
    values = {"start_date": START.isoformat(), "catchup": True, **more}
    return DagSpec(dag_id="d", tasks=(task,), timetable=encode(timetable), **values)  # type: ignore[arg-type]


def ids(bench: Bench) -> list[str]:
    with bench.store.read() as tx:
        return [r.run_id for r in sorted(runs.search(tx, "d"), key=lambda r: (r.run_after, r.id))]


def test_continuous_runs_follow_each_other_without_a_gap(bench: Bench) -> None:
    bench.add(spec(ContinuousTimetable(), max_active_runs=1, start_date=(START - HOUR).isoformat()))
    for _ in range(3):
        bench.clock.advance(600)
        bench.executor.succeed("t")
        bench.turn()
    with bench.store.read() as tx:
        made = sorted(runs.search(tx, "d"), key=lambda r: r.id)
    assert [r.state for r in made] == [RunState.SUCCESS] * 3 + [RunState.RUNNING]
    for before, after in pairwise(made):
        assert after.data_interval_start == before.data_interval_end
        assert after.data_interval_end == before.data_interval_end + timedelta(seconds=600)  # type: ignore[operator]


def test_once(bench: Bench) -> None:
    bench.add(spec(OnceTimetable()))
    bench.clock.advance(7200)
    bench.turn()
    assert ids(bench) == ["scheduled__2026-01-01T00:00:00+00:00"]


def test_events(bench: Bench) -> None:
    bench.add(spec(EventsTimetable([START + HOUR, START + 5 * HOUR])))
    bench.clock.advance(9 * 3600)
    bench.turn()
    assert ids(bench) == ["scheduled__2026-01-01T01:00:00+00:00", "scheduled__2026-01-01T05:00:00+00:00"]


def test_several_crons(bench: Bench) -> None:
    bench.add(spec(MultipleCronTriggerTimetable("0 2 * * *", "30 1 * * *", timezone="UTC")))
    bench.clock.advance(3 * 3600)
    bench.turn()
    assert ids(bench) == ["scheduled__2026-01-01T01:30:00+00:00", "scheduled__2026-01-01T02:00:00+00:00"]


def test_partitions(bench: Bench) -> None:
    bench.add(spec(CronPartitionTimetable("@hourly", timezone="UTC", run_offset=-1)))
    with bench.store.read() as tx:
        (run,) = runs.search(tx, "d")
    assert (run.partition_key, run.partition_date, run.logical_date) == (
        "2025-12-31T23:00:00",
        START - HOUR,
        None,
    )


@pytest.mark.parametrize("catchup", [True, False])
def test_after_a_restart_partitions_go_on_behind_the_last_one(bench: Bench, catchup: bool) -> None:
    bench.add(spec(CronPartitionTimetable("@hourly", timezone="UTC"), catchup=catchup, max_active_runs=0))
    for _ in range(3):
        bench.clock.advance(3600)
        bench.turn()
    before = ids(bench)
    assert len(before) == 4

    bench.engine = bench.new_engine()
    bench.turn()

    assert ids(bench) == before
    with bench.store.read() as tx:
        (row,) = specs.load_schedules(tx, ["d"])
    assert row.last_partition_key == "2026-01-01T03:00:00"
    assert row.next_run_after == START + 4 * HOUR
    bench.clock.advance(2 * 3600)
    bench.turn()
    assert [text[11:24] for text in ids(bench)[4:]] == ["2026-01-01T04", "2026-01-01T05"]


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [(2, "scheduled__2026-01-01T00:00:00+00:00"), (3, "scheduled__2026-01-01T01:00:00+00:00")],
)
def test_2x_names_a_run_after_its_logical_date(bench: Bench, dialect: int, expected: str) -> None:
    bench.add(spec(CronDataIntervalTimetable("@hourly", timezone="UTC"), dialect=dialect))
    bench.clock.advance(3600)
    bench.turn()
    assert ids(bench) == [expected]


def test_a_run_by_hand_has_the_interval_that_the_timetable_infers(bench: Bench) -> None:

    bench.add(spec(CronTriggerTimetable("@hourly", timezone="UTC", interval=HOUR), catchup=False))
    with bench.store.begin() as tx:
        run = commands.trigger_run_in(tx, bench.clock, dag_id="d", logical_date=START + timedelta(minutes=30))
    assert run.run_type is RunType.MANUAL
    assert (run.data_interval_start, run.data_interval_end) == (
        START - timedelta(minutes=30),
        START + timedelta(minutes=30),
    )


def test_run_types_that_the_dag_does_not_allow(bench: Bench) -> None:

    bench.add(spec(OnceTimetable(), allowed_run_types=("scheduled",)))
    assert len(ids(bench)) == 1
    with bench.store.begin() as tx, pytest.raises(NotAllowed, match="does not allow manual runs"):
        commands.trigger_run_in(tx, bench.clock, dag_id="d")
