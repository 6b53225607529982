"""Rules of the page: planned runs, percentiles, health."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ostro.rules.health import health_of
from ostro.rules.percentile import percentile
from ostro.rules.planned import planned_runs
from ostro.timetable import (
    ContinuousTimetable,
    CronDataIntervalTimetable,
    DagRunInfo,
    OnceTimetable,
    Schedule,
    Timetable,
)

START = datetime(2026, 3, 28, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def planned(
    timetable: Timetable, *, until: datetime, limit: int = 100, end: datetime | None = None
) -> list[datetime]:
    schedule = Schedule(timetable=timetable, start=START, end=end)
    first = schedule.next(None, START)
    assert first is not None
    return [run.run_after for run in planned_runs(schedule, first, until, limit)]


def test_planned_runs_keep_the_clock_of_their_zone() -> None:
    daily = CronDataIntervalTimetable("30 2 * * *", timezone="Europe/Berlin")
    found = planned(daily, until=START + 4 * DAY)
    # The clocks go forward on the 29th, which has no half past two; from then on it is half past midnight in UTC.
    assert found == [
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        datetime(2026, 3, 30, 0, 30, tzinfo=UTC),
        datetime(2026, 3, 31, 0, 30, tzinfo=UTC),
    ]


def test_planned_runs_end_with_the_dag_and_with_the_limit() -> None:
    hourly = CronDataIntervalTimetable("0 * * * *", timezone="UTC")
    assert len(planned(hourly, until=START + DAY, limit=5)) == 5
    assert planned(hourly, until=START + DAY, end=START + 3 * HOUR)[-1] <= START + 4 * HOUR


@pytest.mark.parametrize("timetable", [OnceTimetable(), ContinuousTimetable()])
def test_what_knows_only_the_present_is_planned_once(timetable: Timetable) -> None:
    schedule = Schedule(timetable=timetable, start=START)
    first = schedule.next(None, START) or DagRunInfo.exact(START)
    assert len(list(planned_runs(schedule, first, START + DAY, 100))) == 1


def test_percentiles_lie_between_neighbours() -> None:
    assert percentile([], 0.5) is None
    assert percentile([7.0], 0.95) == 7.0
    assert percentile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.5
    assert percentile([0.0, 10.0], 0.95) == pytest.approx(9.5)


def test_health_is_judged_by_progress() -> None:
    def judged(heartbeat: float | None, progress: float | None) -> str:
        def ago(seconds: float | None) -> datetime | None:
            return None if seconds is None else START - timedelta(seconds=seconds)

        return health_of(ago(heartbeat), ago(progress), now=START, limit=timedelta(seconds=30))

    assert judged(None, None) == "absent"
    assert judged(1, 2) == "healthy"
    assert judged(1, None) == "healthy"
    assert judged(1, 60) == "stalled"
    assert judged(60, 60) == "dead"
