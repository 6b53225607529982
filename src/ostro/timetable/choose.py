"""Which timetable a `schedule` argument means (design, section 4), and whether a DAG may have it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any

from ostro.timetable.assets import AssetTriggeredTimetable, Condition
from ostro.timetable.base import Timetable
from ostro.timetable.delta import is_step
from ostro.timetable.interval import CronDataIntervalTimetable, DeltaDataIntervalTimetable
from ostro.timetable.trigger import CronTriggerTimetable, DeltaTriggerTimetable
from ostro.timetable.trivial import ContinuousTimetable, NullTimetable, OnceTimetable


def timetable_of(
    schedule: Any, timezone: str | tzinfo, *, dialect: int, create_cron_data_intervals: bool = False
) -> Timetable:
    """The timetable of a `schedule` argument, in the time zone of the DAG.

    Dialect 2 makes data intervals of cron expressions and steps, dialect 3 only with `create_cron_data_intervals`
    (3.3.2 reads that one setting for steps as well). Not validated: see `Timetable.validate`.
    Raises ValueError for a value that is no schedule.
    """
    intervals = dialect == 2 or create_cron_data_intervals
    if schedule is None:
        return NullTimetable()
    if isinstance(schedule, Timetable):
        return schedule
    if isinstance(schedule, str):
        if schedule == "@once":
            return OnceTimetable()
        if schedule == "@continuous":
            return ContinuousTimetable()
        if intervals:
            return CronDataIntervalTimetable(schedule, timezone)
        return CronTriggerTimetable(schedule, timezone)
    if is_step(schedule):
        return DeltaDataIntervalTimetable(schedule) if intervals else DeltaTriggerTimetable(schedule)
    if isinstance(schedule, Condition):
        return AssetTriggeredTimetable(schedule)
    if isinstance(schedule, Iterable):
        return AssetTriggeredTimetable(schedule)
    raise ValueError(
        f"{schedule!r} is no schedule: give a cron expression, a timedelta, a timetable or assets."
    )


def check_schedule(
    timetable: Timetable, *, start: datetime | None, catchup: bool, max_active_runs: int
) -> None:
    """Raise when a DAG may not have this timetable.

    AirflowTimetableInvalid when it cannot work; ValueError when catchup has nowhere to start, or when the DAG
    allows more runs at a time than the timetable does.
    """
    timetable.validate()
    if catchup and timetable.can_be_scheduled and start is None:
        raise ValueError("A DAG with catchup=True and a schedule needs a start_date.")
    limit = timetable.active_runs_limit
    if limit is not None and max_active_runs > limit:
        raise ValueError(
            f"max_active_runs is {max_active_runs}, the schedule {timetable.summary!r} allows {limit}."
        )
