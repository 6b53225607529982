"""Airflow 3.3.2's own answers for 311 schedules: next runs in a chain, and intervals of manual runs.

The folder with the suites is named by OSTRO_SHARED, or lies beside the checkout.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pendulum
import pytest
from dateutil.relativedelta import MO, relativedelta

from ostro import timetable as tt

SHARED = Path(os.environ.get("OSTRO_SHARED", Path(__file__).parents[3] / "shared"))
EXPECTED = SHARED / "conformance" / "timetables" / "expected.json"

#: Airflow 3.3.2 cannot store an EventsTimetable of a DAG file (SerializationError), a defect that every 2.x release
#: was free of. Ostro runs such DAGs; `test_events_run_where_airflow_cannot_store_them` says how.
DEVIATION = "SerializationError"


class Asset:
    """As much of an asset as a schedule needs."""

    def __init__(self, expression: Any) -> None:
        self.expression = expression if isinstance(expression, dict) else {"asset": {"uri": expression}}

    def __and__(self, other: Asset) -> Asset:
        return Asset({"all": [self.expression, other.expression]})

    def as_expression(self) -> Any:
        return self.expression


NAMES: dict[str, Any] = {
    **{name: getattr(tt, name) for name in tt.__all__ if name.endswith(("Timetable", "Schedule"))},
    "Asset": Asset,
    "datetime": datetime,
    "timedelta": timedelta,
    "pendulum": pendulum,
    "relativedelta": relativedelta,
    "MO": MO,
}


def _cases() -> dict[str, Any]:
    if not EXPECTED.exists():
        return {}
    cases: dict[str, Any] = json.loads(EXPECTED.read_text())["cases"]
    return cases


CASES = _cases()

pytestmark = pytest.mark.skipif(not CASES, reason=f"no conformance suite at {EXPECTED} (set OSTRO_SHARED)")


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment: datetime = eval(text, dict(NAMES))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _iso(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    assert type(moment) is datetime, "moments leave as plain datetimes"
    assert moment.utcoffset() == timedelta()
    return moment.isoformat()


def _interval(interval: tt.DataInterval | None) -> dict[str, Any]:
    start, end = interval or (None, None)
    return {"data_interval_start": _iso(start), "data_interval_end": _iso(end)}


def _info(info: tt.DagRunInfo | None) -> dict[str, Any] | None:
    if info is None:
        return None
    answer = {"run_after": _iso(info.run_after), "logical_date": _iso(info.logical_date)}
    answer |= _interval(info.data_interval)
    if info.partition_key is not None:
        answer |= {"partition_date": _iso(info.partition_date), "partition_key": info.partition_key}
    return answer


def _chain(schedule: tt.Schedule, clocks: list[datetime]) -> list[Any]:
    restriction = tt.TimeRestriction(schedule.start, schedule.end, schedule.catchup)
    infos: list[Any] = []
    last: tt.DagRunInfo | None = None
    for i in range(12):
        now = clocks[min(i, len(clocks) - 1)]
        try:
            last = tt.next_run(schedule.timetable, last, restriction, now)
        except Exception as error:
            return [*infos, {"error": type(error).__name__}]
        infos.append(_info(last))
        if last is None:
            break
    return infos


def _run(given: dict[str, Any], manual: list[Any]) -> dict[str, Any]:
    clocks = [datetime.fromisoformat(text) for text in given["now"]]
    with tt.at(clocks[0]):
        try:
            start, end = _moment(given["start_date"]), _moment(given["end_date"])
            zone: tzinfo = start.tzinfo if start is not None and start.tzinfo else UTC
            timetable = tt.timetable_of(eval(given["schedule"], dict(NAMES)), zone, dialect=3)
            arguments = eval(f"dict({given['dag_args']})")
            tt.check_schedule(
                timetable,
                start=start,
                catchup=given["catchup"],
                max_active_runs=arguments.get("max_active_runs", 16),
            )
            stored = json.loads(json.dumps(tt.encode(timetable)))
            schedule = tt.Schedule.of(
                stored,
                start_date=start.isoformat() if start else None,
                end_date=end.isoformat() if end else None,
                catchup=given["catchup"],
            )
        except Exception as error:
            return {"error": type(error).__name__}
    assert tt.encode(schedule.timetable) == stored
    answers = []
    for each in manual:
        run_after = datetime.fromisoformat(each["run_after"])
        interval = schedule.timetable.infer_manual_data_interval(run_after=run_after)
        answers.append({"run_after": run_after.isoformat(), **_interval(interval)})
    return {
        "can_be_scheduled": schedule.timetable.can_be_scheduled,
        "infos": _chain(schedule, clocks),
        "manual": answers,
        "timetable_summary": schedule.timetable.summary,
    }


@pytest.mark.parametrize(
    "case", [name for name, case in CASES.items() if case["expect"].get("error") != DEVIATION]
)
def test_as_airflow(case: str) -> None:
    expected = CASES[case]["expect"]

    assert _run(CASES[case]["input"], expected.get("manual", [])) == expected


@pytest.mark.parametrize(
    "case", [name for name, case in CASES.items() if case["expect"].get("error") == DEVIATION]
)
def test_events_run_where_airflow_cannot_store_them(case: str) -> None:
    given = CASES[case]["input"]
    start, end, now = (
        _moment(given["start_date"]),
        _moment(given["end_date"]),
        datetime.fromisoformat(given["now"][0]),
    )
    assert start is not None
    assert given["schedule"].startswith("EventsTimetable(")
    first = start if given["catchup"] else max(start, now)

    answer = _run(given, [{"run_after": "2024-04-01T00:00:00+00:00"}])

    events = eval(given["schedule"], dict(NAMES)).event_dates
    due = [event for event in sorted(set(events)) if event >= first and (end is None or event <= end)]
    assert [info and info["run_after"] for info in answer["infos"]] == [*map(_iso, due), None]
    restricted = "restrict_to_events=True" in given["schedule"]
    assert answer["manual"][0]["data_interval_start"] == (
        "2024-03-14T15:00:00+00:00" if restricted else "2024-04-01T00:00:00+00:00"
    )
