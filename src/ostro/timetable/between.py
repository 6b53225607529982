"""The runs of a timetable between two moments: what a backfill makes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ostro.timetable.base import DagRunInfo, TimeRestriction, Timetable
from ostro.timetable.due import next_run
from ostro.timetable.zones import utc


def runs_between(
    timetable: Timetable,
    earliest: datetime,
    latest: datetime,
    *,
    now: datetime,
    after: DagRunInfo | None = None,
) -> Iterator[DagRunInfo]:
    """The runs with a logical date (of partitions: a moment) from `earliest` to `latest`, both inclusive, oldest first.

    Runs that are not due at `now` are left out. `after`: go on behind this run. A timetable that does not move on ends
    the list. Raises as `next_run` does.
    """
    bounds = TimeRestriction(utc(earliest), utc(latest), True)
    last = after
    while True:
        info = next_run(timetable, last, bounds, now)
        if info is None or info.run_after > now or _behind(info, bounds.latest):
            return
        if last is not None and info.run_after <= last.run_after:
            return
        if not _before(info, bounds.earliest):
            yield info
        last = info


def _moment(info: DagRunInfo) -> datetime:
    """What the bounds are compared with."""
    return info.logical_date or info.partition_date or info.run_after


def _behind(info: DagRunInfo, latest: datetime | None) -> bool:
    return latest is not None and _moment(info) > latest


def _before(info: DagRunInfo, earliest: datetime | None) -> bool:
    return earliest is not None and _moment(info) < earliest
