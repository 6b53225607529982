"""Runs at moments listed by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ostro.timetable.base import ClockedTimetable, DagRunInfo, DataInterval, TimeRestriction
from ostro.timetable.zones import utc


class EventsTimetable(ClockedTimetable):
    """One run at each of the listed moments.

    `restrict_to_events`: a manual run takes the data interval of the last event before it, not its own moment.
    `presorted`: the list is in order and is kept as it is.
    """

    periodic = False
    run_ordering = ("logical_date",)

    def __init__(
        self,
        event_dates: Iterable[datetime],
        *,
        restrict_to_events: bool = False,
        presorted: bool = False,
        description: str | None = None,
    ) -> None:
        moments = [utc(moment) for moment in event_dates]
        self.event_dates = moments if presorted else sorted(moments)
        self.restrict_to_events = restrict_to_events
        self._given_description = description

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> EventsTimetable:
        return cls(
            (datetime.fromisoformat(text) for text in data["event_dates"]),
            restrict_to_events=data["restrict_to_events"],
            presorted=True,
            description=data.get("description"),
        )

    def serialize(self) -> dict[str, Any]:
        return {
            "event_dates": [moment.isoformat() for moment in self.event_dates],
            "restrict_to_events": self.restrict_to_events,
            "description": self._given_description,
        }

    @property
    def summary(self) -> str:
        return f"{len(self.event_dates)} events"

    @property
    def description(self) -> str:  # type: ignore[override]
        if self._given_description is not None:
            return self._given_description
        if not self.event_dates:
            return "No events"
        first, last = self.event_dates[0], self.event_dates[-1]
        return f"{len(self.event_dates)} events from {first:%Y-%m-%d} to {last:%Y-%m-%d}"

    def infer_manual_data_interval(self, *, run_after: datetime) -> DataInterval:
        at = utc(run_after)
        if not self.restrict_to_events or not self.event_dates:
            return DataInterval.exact(at)
        past = [moment for moment in self.event_dates if moment <= at]
        return DataInterval.exact(past[-1] if past else self.event_dates[0])

    def next_at(
        self, last: DataInterval | None, restriction: TimeRestriction, now: datetime
    ) -> DagRunInfo | None:
        earliest = None if restriction.earliest is None else utc(restriction.earliest)
        if not restriction.catchup:
            earliest = now if earliest is None else max(earliest, now)
        for moment in self.event_dates:
            if (earliest is not None and moment < earliest) or (last is not None and moment <= last.end):
                continue
            if restriction.latest is not None and moment > restriction.latest:
                return None
            return DagRunInfo.exact(moment)
        return None
