"""When the next run of a DAG is due: what the scheduler asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ostro.timetable.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
from ostro.timetable.codec import decode
from ostro.timetable.moment import at
from ostro.timetable.zones import utc

#: The last automatic run of a DAG: all of it, or only its data interval.
Last = DagRunInfo | DataInterval | None


def last_run(
    *,
    run_after: datetime | None,
    start: datetime | None,
    end: datetime | None,
    partition_date: datetime | None = None,
    partition_key: str | None = None,
) -> Last:
    """The last automatic run as it is kept: by its data interval, or without one by its moment and partition."""
    if start is not None and end is not None:
        return DataInterval(start, end)
    return None if run_after is None else DagRunInfo(run_after, None, partition_date, partition_key)


def next_run(
    timetable: Timetable, last: Last, restriction: TimeRestriction, now: datetime
) -> DagRunInfo | None:
    """The run after `last` as the timetable sees it at `now`; None = no more runs.

    Moments of the result are plain datetimes in UTC. Raises what a user's timetable raises, and
    croniter.CroniterBadDateError when a cron expression names no day of the next 50 years.
    """
    if isinstance(last, DataInterval):
        last = DagRunInfo(last.end, last)
    with at(now):
        info = timetable.next_dagrun_info_v2(last_dagrun_info=last, restriction=restriction)
    return None if info is None else _plain(info)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A timetable with the bounds that the DAG sets. Aware datetimes."""

    timetable: Timetable
    start: datetime | None = None
    end: datetime | None = None
    catchup: bool = False

    @classmethod
    def of(
        cls, timetable: dict[str, Any], *, start_date: str | None, end_date: str | None, catchup: bool
    ) -> Schedule:
        """The schedule of a spec's fields (`DagSpec.timetable`, `start_date` …). Raises as `decode` does."""
        return cls(
            timetable=decode(timetable),
            start=None if start_date is None else utc(datetime.fromisoformat(start_date)),
            end=None if end_date is None else utc(datetime.fromisoformat(end_date)),
            catchup=catchup,
        )

    def next(self, last: Last, now: datetime) -> DagRunInfo | None:
        """See `next_due`."""
        return next_due(
            self.timetable, start=self.start, end=self.end, catchup=self.catchup, last=last, now=now
        )


def next_due(
    timetable: Timetable,
    *,
    start: datetime | None,
    end: datetime | None,
    catchup: bool,
    last: Last,
    now: datetime,
) -> DagRunInfo | None:
    """The run to make after the last automatic one, to be made when `now` reaches its `run_after`; None = no more.

    Ask once, keep the answer until the run is made or the DAG changes, then ask with that run as `last`. Asked again
    later, a timetable without catchup may leave out a moment that has passed meanwhile: that is how it skips.
    """
    if not timetable.can_be_scheduled:
        return None
    restriction = TimeRestriction(
        None if start is None else utc(start), None if end is None else utc(end), catchup
    )
    try:
        return next_run(timetable, last, restriction, now)
    except ValueError as error:
        # A date that never comes (30 February) is understood by croniter and found out only by searching.
        if type(error).__name__ == "CroniterBadDateError":
            return None
        raise


def _plain(info: DagRunInfo) -> DagRunInfo:
    interval = info.data_interval
    return DagRunInfo(
        utc(info.run_after),
        None if interval is None else DataInterval(utc(interval.start), utc(interval.end)),
        None if info.partition_date is None else utc(info.partition_date),
        info.partition_key,
    )
