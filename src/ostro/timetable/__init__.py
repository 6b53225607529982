"""When a DAG is due: timetables, pure and without a clock.

A timetable answers one question: which run comes after the last one. Nothing here knows what time it is, what runs
exist, or whether the DAG is paused; the caller passes all of that. Moments come in aware, in any zone and of any
datetime class, and go out as plain datetimes in UTC.
"""

from ostro.timetable.assets import AssetOrTimeSchedule, AssetTriggeredTimetable
from ostro.timetable.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
from ostro.timetable.between import runs_between
from ostro.timetable.choose import check_schedule, timetable_of
from ostro.timetable.codec import Facts, decode, encode, facts, is_custom
from ostro.timetable.cron import PRESETS
from ostro.timetable.due import Schedule, last_run, next_due, next_run
from ostro.timetable.errors import AirflowTimetableInvalid
from ostro.timetable.events import EventsTimetable
from ostro.timetable.interval import CronDataIntervalTimetable, DeltaDataIntervalTimetable
from ostro.timetable.moment import at, use_sources
from ostro.timetable.partition import CronPartitionTimetable
from ostro.timetable.run_id import run_id_for
from ostro.timetable.trigger import (
    CronTriggerTimetable,
    DeltaTriggerTimetable,
    MultipleCronTriggerTimetable,
)
from ostro.timetable.trivial import ContinuousTimetable, NullTimetable, OnceTimetable

__all__ = [
    "PRESETS",
    "AirflowTimetableInvalid",
    "AssetOrTimeSchedule",
    "AssetTriggeredTimetable",
    "ContinuousTimetable",
    "CronDataIntervalTimetable",
    "CronPartitionTimetable",
    "CronTriggerTimetable",
    "DagRunInfo",
    "DataInterval",
    "DeltaDataIntervalTimetable",
    "DeltaTriggerTimetable",
    "EventsTimetable",
    "Facts",
    "MultipleCronTriggerTimetable",
    "NullTimetable",
    "OnceTimetable",
    "Schedule",
    "TimeRestriction",
    "Timetable",
    "at",
    "check_schedule",
    "decode",
    "encode",
    "facts",
    "is_custom",
    "last_run",
    "next_due",
    "next_run",
    "run_id_for",
    "runs_between",
    "timetable_of",
    "use_sources",
]
