"""What a timetable is: the value types and the class that DAG authors subclass.

Names, fields and signatures are Airflow's (airflow.timetables.base); user timetables depend on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ostro.timetable.moment import new_token, present
from ostro.timetable.run_id import run_id_for


class DataInterval(NamedTuple):
    """The stretch of time whose data a run works on. Aware datetimes, start ≤ end."""

    start: datetime
    end: datetime

    @classmethod
    def exact(cls, at: datetime) -> DataInterval:
        """The interval of length zero."""
        return cls(at, at)


class TimeRestriction(NamedTuple):
    """Bounds of automatic runs: not before `earliest`, not after `latest` (inclusive), with or without the past."""

    earliest: datetime | None
    latest: datetime | None
    catchup: bool


class DagRunInfo(NamedTuple):
    """A run to make: not before `run_after`, for the data of `data_interval`, or for one partition."""

    run_after: datetime
    data_interval: DataInterval | None
    partition_date: datetime | None = None
    partition_key: str | None = None

    @classmethod
    def exact(cls, at: datetime) -> DagRunInfo:
        """A run at a moment, for that moment."""
        return cls(at, DataInterval.exact(at))

    @classmethod
    def interval(cls, start: datetime, end: datetime) -> DagRunInfo:
        """A run for an interval, once the interval is over."""
        return cls(end, DataInterval(start, end))

    @property
    def logical_date(self) -> datetime | None:
        """Start of the data interval; None for a run of a partition."""
        return None if self.data_interval is None else self.data_interval.start


class Timetable:
    """When a DAG runs by itself, and which data a run covers. Base of all timetables, those of users too.

    A subclass defines `infer_manual_data_interval` and `next_dagrun_info`.
    """

    #: One sentence for screens.
    description: str = ""
    #: Runs come at intervals; only such a DAG can be backfilled.
    periodic: bool = True
    #: False: this timetable never makes a run by itself.
    can_be_scheduled: bool = True
    #: Columns by which the runs of the DAG are ordered.
    run_ordering: Sequence[str] = ("data_interval_end", "logical_date")
    #: Most runs at a time that make sense, None = any.
    active_runs_limit: int | None = None
    #: Condition on assets, an object with `as_expression()`; None = does not listen to assets.
    asset_condition: Any = None
    #: Its runs are for partitions, not for data intervals.
    partitioned: bool = False
    partitioned_at_runtime: bool = False

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        """The timetable of what `serialize` gave."""
        return cls()

    def serialize(self) -> dict[str, Any]:
        """JSON from which `deserialize` makes an equal timetable."""
        return {}

    def validate(self) -> None:
        """Raise AirflowTimetableInvalid when this timetable cannot work."""

    @property
    def summary(self) -> str:
        """A few words for lists."""
        return type(self).__name__

    def infer_manual_data_interval(self, *, run_after: datetime) -> DataInterval:
        """Data interval of a run that a person starts at `run_after`."""
        raise NotImplementedError(f"{type(self).__name__} does not define infer_manual_data_interval")

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The run after the one with `last_automated_data_interval` (None = there was none); None = no more."""
        raise NotImplementedError(f"{type(self).__name__} does not define next_dagrun_info")

    def next_dagrun_info_v2(
        self, *, last_dagrun_info: DagRunInfo | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """As `next_dagrun_info`, from the whole of the last automatic run."""
        last = None if last_dagrun_info is None else last_dagrun_info.data_interval
        return self.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)

    def generate_run_id(
        self, *, run_type: str, run_after: datetime, data_interval: DataInterval | None, **extra: Any
    ) -> str:
        """Id of a new run. `extra` is for arguments of later versions."""
        logical_date = None if data_interval is None else data_interval.start
        token = "" if logical_date is not None else new_token()
        return run_id_for(run_type, run_after, logical_date, token=token)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.summary!r}>"


class ClockedTimetable(Timetable):
    """Base of the built-in timetables: they take the present as an argument, and compare by what they serialize."""

    def next_at(
        self, last: DataInterval | None, restriction: TimeRestriction, now: datetime
    ) -> DagRunInfo | None:
        """`next_dagrun_info` as it is at `now`."""
        raise NotImplementedError(f"{type(self).__name__} does not define next_at")

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        return self.next_at(last_automated_data_interval, restriction, present())

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.serialize() == other.serialize()

    def __hash__(self) -> int:
        return hash((type(self), self.summary))
