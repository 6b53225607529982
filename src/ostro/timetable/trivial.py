"""Timetables without a grid: never, once, again and again."""

from __future__ import annotations

from datetime import datetime

from ostro.timetable.base import ClockedTimetable, DagRunInfo, DataInterval, TimeRestriction
from ostro.timetable.zones import utc


class _TrivialTimetable(ClockedTimetable):
    """A manual run covers the moment at which it is started."""

    periodic = False
    run_ordering = ("logical_date",)

    def infer_manual_data_interval(self, *, run_after: datetime) -> DataInterval:
        return DataInterval.exact(utc(run_after))


class NullTimetable(_TrivialTimetable):
    """Only manual runs: `schedule=None`."""

    can_be_scheduled = False
    description = "Only when it is triggered"

    @property
    def summary(self) -> str:
        return "None"

    def next_at(
        self, last: DataInterval | None, restriction: TimeRestriction, now: datetime
    ) -> DagRunInfo | None:
        return None


class OnceTimetable(_TrivialTimetable):
    """One run, at the start date or else at once, with or without catchup: `@once`."""

    description = "Once, at the start date"

    @property
    def summary(self) -> str:
        return "@once"

    def next_at(
        self, last: DataInterval | None, restriction: TimeRestriction, now: datetime
    ) -> DagRunInfo | None:
        if last is not None:
            return None
        run_after = now if restriction.earliest is None else utc(restriction.earliest)
        if restriction.latest is not None and run_after > restriction.latest:
            return None
        return DagRunInfo.exact(run_after)


class ContinuousTimetable(_TrivialTimetable):
    """The next run as soon as the last has ended: `@continuous`. Needs a start date."""

    active_runs_limit = 1
    description = "Again as soon as the last run has ended"

    @property
    def summary(self) -> str:
        return "@continuous"

    def next_at(
        self, last: DataInterval | None, restriction: TimeRestriction, now: datetime
    ) -> DagRunInfo | None:
        if restriction.earliest is None:
            return None
        if last is None:
            start = utc(restriction.earliest)
            end = max(start, now)
        else:
            start = utc(last.end)
            # A last run that lies in the future (the clock was set back) is followed by one of the same length.
            end = now if start <= now else start + (last.end - last.start)
        if restriction.latest is not None and end > restriction.latest:
            return None
        return DagRunInfo.interval(start, end)
