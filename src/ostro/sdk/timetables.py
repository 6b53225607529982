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
    PartitionedAssetTimetable,
    PartitionedAtRuntime,
    TimeRestriction,
    Timetable,
    at,
    check_schedule,
    encode,
    timetable_of,
    use_sources,
)

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
    "PartitionedAssetTimetable",
    "PartitionedAtRuntime",
    "TimeRestriction",
    "Timetable",
    "at",
    "check_schedule",
    "encode",
    "timetable_of",
]

#: Timetables whose runs are ticks, not the time between two ticks.
TICKING = (CronTriggerTimetable, DeltaTriggerTimetable, MultipleCronTriggerTimetable)

use_sources(clock=SystemClock().now, token=lambda: secrets.token_hex(4))
