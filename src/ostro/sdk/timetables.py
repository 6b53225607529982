"""Timetables for DAG files (`airflow.timetables.*`), told what time it is.

`ostro.timetable` is pure: a process that runs user code says once where the present moment comes from. That is here.
"""

from __future__ import annotations

import secrets

from ostro.clock import SystemClock
from ostro.timetable import (
    PRESETS,
    AirflowTimetableInvalid,
    AssetOrTimeSchedule,
    AssetTriggeredTimetable,
    ContinuousTimetable,
    CronDataIntervalTimetable,
    CronPartitionTimetable,
    CronTriggerTimetable,
    DagRunInfo,
    DataInterval,
    DeltaDataIntervalTimetable,
    DeltaTriggerTimetable,
    EventsTimetable,
    MultipleCronTriggerTimetable,
    NullTimetable,
    OnceTimetable,
    TimeRestriction,
    Timetable,
    at,
    check_schedule,
    decode,
    encode,
    timetable_of,
    use_sources,
)
from ostro.timetable.zones import zone_json as encode_timezone
from ostro.timetable.zones import zone_of as decode_timezone

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
    "MultipleCronTriggerTimetable",
    "NullTimetable",
    "OnceTimetable",
    "TimeRestriction",
    "Timetable",
    "at",
    "check_schedule",
    "coerce_to_core_timetable",
    "decode",
    "decode_timezone",
    "encode",
    "encode_timezone",
    "timetable_of",
]


def coerce_to_core_timetable(timetable: Timetable) -> Timetable:
    """The timetable as the scheduler has it (3.x); here that is the same object."""
    return timetable


#: Timetables whose runs are ticks, not the time between two ticks.
TICKING = (CronTriggerTimetable, DeltaTriggerTimetable, MultipleCronTriggerTimetable)

use_sources(clock=SystemClock().now, token=lambda: secrets.token_hex(4))
