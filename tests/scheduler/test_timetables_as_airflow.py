"""Airflow 3.3.2's own answers for schedules, through the engine: which runs it makes, when, and what is said to come next.

`conformance/test_timetables.py` asks the timetables themselves for all cases; here a share of them goes the whole way, over
the database and a clock that stands still until it is told.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.test_timetables import CASES, EXPECTED, NAMES
from ostro import timetable as tt
from ostro.cli.dags_runs import _coming
from ostro.spec import DagSpec, TaskSpec
from ostro.store import runs
from scheduler.conftest import Bench

pytestmark = pytest.mark.skipif(not CASES, reason=f"no conformance suite at {EXPECTED} (set OSTRO_SHARED)")

#: Of the cases that fit each so many-th is played, and of each so many runs.
EACH = 5
RUNS = 4


def _fits(case: dict[str, Any]) -> bool:
    """A clock that stands still, runs to make, and more than one at once (else each waits for the end of the last)."""
    given, infos = case["input"], case["expect"].get("infos")
    if infos in (None, [None]) or "error" in str(infos):
        return False
    return len(given["now"]) == 1 and "max_active_runs" not in given["dag_args"]


NEVER = [name for name, case in CASES.items() if case["expect"].get("infos") == [None]]
FITTING = [name for name, case in CASES.items() if _fits(case)]
#: Those of partitions all, since their runs have no data interval to go on from.
PLAYED = sorted(
    {*FITTING[::EACH], *(name for name in FITTING if CASES[name]["input"]["note"] == "partition")}
)


@pytest.fixture
def bench(sqlite_template: Path, tmp_path: Path) -> Iterator[Bench]:
    """An engine on SQLite: databases say nothing about calendars, the other tests here run on both."""
    shutil.copyfile(sqlite_template, tmp_path / "ostro.db")
    made = Bench(f"sqlite:///{tmp_path / 'ostro.db'}", tmp_path)
    yield made
    made.store.dispose()


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment: datetime = eval(text, dict(NAMES))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _spec(given: dict[str, Any]) -> DagSpec:
    start, end = _moment(given["start_date"]), _moment(given["end_date"])
    zone: tzinfo = start.tzinfo if start is not None and start.tzinfo else UTC
    timetable = tt.timetable_of(eval(given["schedule"], dict(NAMES)), zone, dialect=3)
    arguments = {"max_active_runs": RUNS + 1, **eval(f"dict({given['dag_args']})")}
    return DagSpec(
        dag_id="d",
        # It never ends: no more runs come than are looked at.
        tasks=(TaskSpec(task_id="t", operator="PythonOperator"),),
        timetable=json.loads(json.dumps(tt.encode(timetable))),
        start_date=start.isoformat() if start else None,
        end_date=end.isoformat() if end else None,
        catchup=given["catchup"],
        max_active_runs=arguments["max_active_runs"],
    )


def _made(bench: Bench) -> list[dict[str, Any]]:
    """The runs, oldest first, as the suite writes them."""
    with bench.store.read() as tx:
        found = sorted(runs.search(tx, "d"), key=lambda run: run.id)
    return [
        {
            "run_after": _iso(run.run_after),
            "logical_date": _iso(run.logical_date),
            "data_interval_start": _iso(run.data_interval_start),
            "data_interval_end": _iso(run.data_interval_end),
            **(
                {}
                if run.partition_key is None
                else {"partition_date": _iso(run.partition_date), "partition_key": run.partition_key}
            ),
        }
        for run in found
    ]


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _next(bench: Bench) -> str | None:
    """What `ostro dags next-execution` says: when the next run is due."""
    context = SimpleNamespace(store=bench.store, clock=bench.clock)
    rows = _coming(cast(Any, context), "d", 1)
    return _iso(rows[0]["run_after"]) if rows else None


def _set(bench: Bench, moment: datetime) -> None:
    if moment > bench.clock.at:
        bench.clock.advance((moment - bench.clock.at).total_seconds())
        # The engine hears of a jump of the clock as of any time that passed.
        bench.turn(2)


@pytest.mark.parametrize("name", PLAYED)
def test_the_engine_makes_the_runs(bench: Bench, name: str) -> None:
    given, expected = CASES[name]["input"], CASES[name]["expect"]["infos"][:RUNS]
    bench.clock.at = datetime.fromisoformat(given["now"][0])

    bench.add(_spec(given))
    for number, info in enumerate(expected):
        if info is None:
            _set(bench, bench.clock.at + timedelta(days=800))
            assert (len(_made(bench)), _next(bench)) == (number, None)
            return
        due = datetime.fromisoformat(info["run_after"])
        if due > bench.clock.at:
            assert (len(_made(bench)), _next(bench)) == (number, info["run_after"])
            _set(bench, due - timedelta(seconds=1))
            assert len(_made(bench)) == number, "not a second early"
            _set(bench, due)
        assert _made(bench)[: number + 1] == expected[: number + 1]


@pytest.mark.parametrize("name", NEVER)
def test_what_is_never_due_makes_no_run(bench: Bench, name: str) -> None:
    given = CASES[name]["input"]
    bench.clock.at = datetime.fromisoformat(given["now"][0])

    bench.add(_spec(given))
    _set(bench, bench.clock.at + timedelta(days=800))

    assert (_made(bench), _next(bench)) == ([], None)
