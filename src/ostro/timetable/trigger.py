"""Timetables whose runs stand for a moment and start at it (the default since 3.0)."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from ostro.timetable.base import ClockedTimetable, DagRunInfo, DataInterval, TimeRestriction
from ostro.timetable.cron import CronRule, lateness_allowed
from ostro.timetable.delta import check_step, step_json, step_of
from ostro.timetable.zones import utc, zone_json, zone_of

if TYPE_CHECKING:
    from ostro.timetable.delta import Step

_NO_TIME = timedelta()


class _TriggerTimetable(ClockedTimetable):
    """Runs at ticks; each covers the `interval` before its tick."""

    _interval: Step

    def infer_manual_data_interval(self, *, run_after: datetime) -> DataInterval:
        """The interval that ends at `run_after`."""
        end = utc(run_after)
        return DataInterval(end - self._interval, end)

    def next_at(
        self, last: DataInterval | None, restriction: TimeRestriction, now: datetime
    ) -> DagRunInfo | None:
        tick = self._next_tick(None if last is None else utc(last.end), restriction, now)
        if tick is None:
            return None
        return DagRunInfo.interval(tick - self._interval, tick)

    def _next_tick(
        self, last: datetime | None, restriction: TimeRestriction, now: datetime
    ) -> datetime | None:
        earliest = None if restriction.earliest is None else utc(restriction.earliest)
        if restriction.catchup:
            # Here the start date bounds the first run only, as in Airflow.
            if last is not None:
                tick = self._next(last)
            else:
                tick = self._first(now) if earliest is None else self._align(earliest)
        else:
            candidates = [self._align_back(now)]
            if last is not None:
                candidates.append(self._next(last))
            elif earliest is None:
                candidates.append(self._first(now))
            if earliest is not None:
                candidates.append(self._align(earliest))
            tick = max(candidates)
        if restriction.latest is not None and tick > restriction.latest:
            return None
        return tick

    def _next(self, current: datetime) -> datetime:
        raise NotImplementedError

    def _align(self, current: datetime) -> datetime:
        raise NotImplementedError

    def _align_back(self, current: datetime) -> datetime:
        raise NotImplementedError

    def _first(self, now: datetime) -> datetime:
        """Tick of the first run when nothing says where to start."""
        raise NotImplementedError


class CronTriggerTimetable(_TriggerTimetable):
    """Runs at the ticks of a cron expression or preset, in the wall time of a zone.

    `run_immediately` rules the very first run of a DAG without start date: True takes the last tick, a timedelta
    takes it when it is not longer ago than that, False and None when it is not longer ago than a tenth of the
    distance between ticks (at least 5 minutes); else the next tick is taken.
    """

    def __init__(
        self,
        expression: str = "",
        timezone: str | tzinfo | None = None,
        *,
        interval: Step = _NO_TIME,
        run_immediately: bool | timedelta | None = False,
        cron: str = "",
    ) -> None:
        """`cron` is the name that 2.x gave to `expression`."""
        if timezone is None or not (expression or cron):
            raise TypeError(f"{type(self).__name__} needs a cron expression and a timezone")
        self._timezone = zone_of(timezone)
        self._rule = CronRule(expression or cron, self._timezone)
        self._expression = self._rule.expression
        self._interval = interval
        self._run_immediately = run_immediately

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> CronTriggerTimetable:
        return cls(
            data["expression"],
            timezone=zone_of(data["timezone"]),
            interval=step_of(data["interval"]),
            run_immediately=immediately_of(data["run_immediately"]),
        )

    def serialize(self) -> dict[str, Any]:
        return {
            "expression": self._expression,
            "timezone": zone_json(self._timezone),
            "interval": step_json(self._interval),
            "run_immediately": immediately_json(self._run_immediately),
        }

    def validate(self) -> None:
        self._rule.validate()

    @property
    def summary(self) -> str:
        return self._expression

    @property
    def description(self) -> str:  # type: ignore[override]
        return self._rule.description

    def _next(self, current: datetime) -> datetime:
        return self._rule.next(current)

    def _align(self, current: datetime) -> datetime:
        return self._rule.at_or_after(current)

    def _align_back(self, current: datetime) -> datetime:
        return self._rule.at_or_before(current)

    def _first(self, now: datetime) -> datetime:
        past, following = self._rule.at_or_before(now), self._rule.at_or_after(now)
        if self._run_immediately is True:
            return past
        if isinstance(self._run_immediately, timedelta):
            allowed = self._run_immediately
        else:
            allowed = lateness_allowed(following - past)
        return past if now - past <= allowed else following

    # Names that classes of users which extend this one know from Airflow.

    def _get_next(self, current: datetime) -> datetime:
        return self._rule.next(utc(current))

    def _get_prev(self, current: datetime) -> datetime:
        return self._rule.previous(utc(current))

    def _align_to_next(self, current: datetime) -> datetime:
        return self._rule.at_or_after(utc(current))

    def _align_to_prev(self, current: datetime) -> datetime:
        return self._rule.at_or_before(utc(current))


class MultipleCronTriggerTimetable(ClockedTimetable):
    """Runs at the ticks of several cron expressions in one zone."""

    def __init__(
        self,
        *crons: str,
        timezone: str | tzinfo,
        interval: Step = _NO_TIME,
        run_immediately: bool | timedelta | None = False,
    ) -> None:
        if not crons:
            raise ValueError("MultipleCronTriggerTimetable needs at least one cron expression")
        self._timetables = [
            CronTriggerTimetable(cron, timezone, interval=interval, run_immediately=run_immediately)
            for cron in crons
        ]

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> MultipleCronTriggerTimetable:
        return cls(
            *data["expressions"],
            timezone=zone_of(data["timezone"]),
            interval=step_of(data["interval"]),
            run_immediately=immediately_of(data["run_immediately"]),
        )

    def serialize(self) -> dict[str, Any]:
        common = self._timetables[0].serialize()
        del common["expression"]
        return {"expressions": [each.summary for each in self._timetables], **common}

    def validate(self) -> None:
        for each in self._timetables:
            each.validate()

    @property
    def summary(self) -> str:
        return ", ".join(each.summary for each in self._timetables)

    @property
    def description(self) -> str:  # type: ignore[override]
        return ", ".join(text for each in self._timetables if (text := each.description))

    def infer_manual_data_interval(self, *, run_after: datetime) -> DataInterval:
        return self._timetables[0].infer_manual_data_interval(run_after=run_after)

    def next_at(
        self, last: DataInterval | None, restriction: TimeRestriction, now: datetime
    ) -> DagRunInfo | None:
        infos = [info for each in self._timetables if (info := each.next_at(last, restriction, now))]
        if not infos:
            return None
        if not restriction.catchup:
            past = [info for info in infos if info.run_after < now]
            # Of what was missed only the latest runs.
            if past:
                return max(past, key=_run_after)
        return min(infos, key=_run_after)


class DeltaTriggerTimetable(_TriggerTimetable):
    """Runs a timedelta or relativedelta apart, counted from the start date or else from the first run."""

    def __init__(self, delta: Step, *, interval: Step = _NO_TIME) -> None:
        self._delta = delta
        self._interval = interval

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> DeltaTriggerTimetable:
        return cls(step_of(data["delta"]), interval=step_of(data["interval"]))

    def serialize(self) -> dict[str, Any]:
        return {"delta": step_json(self._delta), "interval": step_json(self._interval)}

    def validate(self) -> None:
        check_step(self._delta)

    @property
    def summary(self) -> str:
        return str(self._delta)

    def _next(self, current: datetime) -> datetime:
        return current + self._delta

    def _align(self, current: datetime) -> datetime:
        return current

    def _align_back(self, current: datetime) -> datetime:
        return current

    def _first(self, now: datetime) -> datetime:
        return now


def immediately_json(value: bool | timedelta | None) -> bool | float | None:
    """JSON of `run_immediately`."""
    return value.total_seconds() if isinstance(value, timedelta) else value


def immediately_of(data: bool | float | None) -> bool | timedelta | None:
    """`run_immediately` of its JSON."""
    return data if data is None or isinstance(data, bool) else timedelta(seconds=data)


def _run_after(info: DagRunInfo) -> datetime:
    return info.run_after
