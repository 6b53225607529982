"""Triggers that wait for a moment: `airflow.providers.standard.triggers.temporal`."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

from ostro.sdk.timezone import convert_to_utc, make_aware, parse, parse_timezone, utcnow
from ostro.sdk.trigger import BaseTrigger, TaskSuccessEvent, TriggerEvent

#: Seconds between two looks at the clock: a machine that slept must not be late by the time it slept.
LONGEST_SLEEP = 10.0


def at_time_of_day(begin: dt.datetime, time: dt.time, zone: Any) -> dt.datetime:
    """This time of the day on which a moment lies, both in this time zone; in UTC."""
    return convert_to_utc(make_aware(dt.datetime.combine(begin.astimezone(zone).date(), time), zone))


class DateTimeTrigger(BaseTrigger):
    """Fires at a moment: an aware datetime, or `target_time`, a text that may be a template of the task that waits.

    Raises TypeError for what is no aware datetime.
    """

    def __init__(
        self,
        moment: dt.datetime | None = None,
        *,
        target_time: dt.datetime | str | None = None,
        end_from_trigger: bool = False,
    ) -> None:
        super().__init__()
        if moment is None and isinstance(target_time, dt.datetime):
            moment = target_time
        self.end_from_trigger = end_from_trigger
        #: Rendered in place when the task starts in its trigger.
        self.target_time = target_time if moment is None else None
        self._moment: dt.datetime | None = None
        if moment is None and isinstance(target_time, str) and target_time:
            return
        if not isinstance(moment, dt.datetime):
            raise TypeError(f"Expected datetime.datetime type for moment. Got {type(moment)}")
        if moment.tzinfo is None:
            raise ValueError("You cannot pass naive datetimes")
        self._moment = convert_to_utc(moment)

    @property
    def moment(self) -> dt.datetime:
        """When it fires. Raises ValueError for a text that is no moment."""
        if self._moment is None:
            self._moment = convert_to_utc(parse(str(self.target_time)))
        return self._moment

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Path and arguments."""
        return (
            "airflow.providers.standard.triggers.temporal.DateTimeTrigger",
            {
                **({"target_time": self.target_time} if self._moment is None else {"moment": self._moment}),
                "end_from_trigger": self.end_from_trigger,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, then fire."""
        while (left := (self.moment - utcnow()).total_seconds()) > 0:
            await asyncio.sleep(min(left, LONGEST_SLEEP))
        yield TaskSuccessEvent() if self.end_from_trigger else TriggerEvent(self.moment)


class TimeDeltaTrigger(DateTimeTrigger):
    """Fires some time after it was made."""

    def __init__(self, delta: dt.timedelta, *, end_from_trigger: bool = False) -> None:
        super().__init__(moment=utcnow() + delta, end_from_trigger=end_from_trigger)


class TimeOfDayTrigger(BaseTrigger):
    """Fires at a time of the day, on the day on which its task began; for a task that starts in its trigger.

    `target_time`: ISO 8601; `zone`: name of a time zone. The moment is no argument: it would be another each day.
    """

    def __init__(self, target_time: str, zone: str, *, end_from_trigger: bool = False) -> None:
        super().__init__()
        self.time = target_time
        self.zone = zone
        self.end_from_trigger = end_from_trigger

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Path and arguments."""
        arguments = {"target_time": self.time, "zone": self.zone, "end_from_trigger": self.end_from_trigger}
        return "ostro.sdk.around.temporal.TimeOfDayTrigger", arguments

    @property
    def moment(self) -> dt.datetime:
        """When it fires."""
        begin = getattr(self.task_instance, "start_date", None) or utcnow()
        return at_time_of_day(begin, dt.time.fromisoformat(self.time), parse_timezone(self.zone))

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, then fire."""
        async for event in DateTimeTrigger(self.moment, end_from_trigger=self.end_from_trigger).run():
            yield event
