"""Timetables whose runs cover the time between two ticks and start when it is over (what 2.x did by default)."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from ostro.timetable.base import ClockedTimetable, DagRunInfo, DataInterval, TimeRestriction
from ostro.timetable.cron import CronRule
from ostro.timetable.delta import check_step, floor_to_step, step_json, step_of
from ostro.timetable.zones import utc, zone_json, zone_of

if TYPE_CHECKING:
    from ostro.timetable.delta import Step


class _DataIntervalTimetable(ClockedTimetable):
    """Intervals follow each other without a gap; a run starts at the end of its interval."""

    def next_at(
        self, last: DataInterval | None, restriction: TimeRestriction, now: datetime
    ) -> DagRunInfo | None:
        earliest = None if restriction.earliest is None else utc(restriction.earliest)
        if not restriction.catchup:
            latest_start = self._latest_start(now)
            earliest = latest_start if earliest is None else max(latest_start, self._align(earliest))
        elif earliest is not None:
            earliest = self._align(earliest)
        if last is not None:
            # The schedule may have changed since the last run: its end is brought to the grid of today.
            end = self._resume(utc(last.end))
            start = end if earliest is None else max(end, earliest)
        elif earliest is None:
            return None
        else:
            start = earliest
        if restriction.latest is not None and start > restriction.latest:
            return None
        return DagRunInfo.interval(start, self._next(start))

    def _next(self, current: datetime) -> datetime:
        raise NotImplementedError

    def _align(self, current: datetime) -> datetime:
        raise NotImplementedError

    def _resume(self, current: datetime) -> datetime:
        raise NotImplementedError

    def _latest_start(self, now: datetime) -> datetime:
        raise NotImplementedError


class CronDataIntervalTimetable(_DataIntervalTimetable):
    """Intervals between the ticks of a cron expression or preset, in the wall time of a zone."""

    def __init__(self, expression: str = "", timezone: str | tzinfo | None = None, *, cron: str = "") -> None:
        """`cron` is the name that 2.x gave to `expression`."""
        if timezone is None or not (expression or cron):
            raise TypeError(f"{type(self).__name__} needs a cron expression and a timezone")
        self._timezone = zone_of(timezone)
        self._rule = CronRule(expression or cron, self._timezone)
        self._expression = self._rule.expression

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> CronDataIntervalTimetable:
        return cls(data["expression"], zone_of(data["timezone"]))

    def serialize(self) -> dict[str, Any]:
        return {"expression": self._expression, "timezone": zone_json(self._timezone)}

    def validate(self) -> None:
        self._rule.validate()

    @property
    def summary(self) -> str:
        return self._expression

    @property
    def description(self) -> str:  # type: ignore[override]
        return self._rule.description

    def infer_manual_data_interval(self, *, run_after: datetime) -> DataInterval:
        """The last interval that is over at `run_after`."""
        end = self._rule.at_or_before(utc(run_after))
        return DataInterval(self._rule.previous(end), end)

    def _next(self, current: datetime) -> datetime:
        return self._rule.next(current)

    def _align(self, current: datetime) -> datetime:
        return self._rule.at_or_after(current)

    def _resume(self, current: datetime) -> datetime:
        return self._rule.resume(current)

    def _latest_start(self, now: datetime) -> datetime:
        return self._rule.latest_start(now)

    # Names that classes of users which extend this one know from Airflow.

    def _get_next(self, current: datetime) -> datetime:
        return self._rule.next(utc(current))

    def _get_prev(self, current: datetime) -> datetime:
        return self._rule.previous(utc(current))

    def _align_to_next(self, current: datetime) -> datetime:
        return self._rule.at_or_after(utc(current))

    def _align_to_prev(self, current: datetime) -> datetime:
        return self._rule.at_or_before(utc(current))


class DeltaDataIntervalTimetable(_DataIntervalTimetable):
    """Intervals of the length of a timedelta or relativedelta, counted from the start date."""

    def __init__(self, delta: Step) -> None:
        self._delta = delta

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> DeltaDataIntervalTimetable:
        return cls(step_of(data["delta"]))

    def serialize(self) -> dict[str, Any]:
        return {"delta": step_json(self._delta)}

    def validate(self) -> None:
        check_step(self._delta)

    @property
    def summary(self) -> str:
        return str(self._delta)

    def infer_manual_data_interval(self, *, run_after: datetime) -> DataInterval:
        """The step that ends at `run_after`."""
        end = utc(run_after)
        return DataInterval(end - self._delta, end)

    def _next(self, current: datetime) -> datetime:
        return current + self._delta

    def _align(self, current: datetime) -> datetime:
        return current

    def _resume(self, current: datetime) -> datetime:
        return current

    def _latest_start(self, now: datetime) -> datetime:
        return floor_to_step(now, self._delta) - self._delta

    # As in `CronDataIntervalTimetable`.

    def _get_next(self, current: datetime) -> datetime:
        return utc(current) + self._delta

    def _get_prev(self, current: datetime) -> datetime:
        return utc(current) - self._delta

    def _align_to_next(self, current: datetime) -> datetime:
        return utc(current)

    def _align_to_prev(self, current: datetime) -> datetime:
        return utc(current)
