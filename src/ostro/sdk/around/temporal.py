"""Triggers that wait for a moment: `airflow.providers.standard.triggers.temporal`."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

from ostro.sdk.timezone import convert_to_utc, utcnow
from ostro.sdk.trigger import BaseTrigger, TaskSuccessEvent, TriggerEvent

#: Seconds between two looks at the clock: a machine that slept must not be late by the time it slept.
LONGEST_SLEEP = 10.0


class DateTimeTrigger(BaseTrigger):
    """Fires at a moment. Raises TypeError for what is no aware datetime."""

    def __init__(
        self,
        moment: dt.datetime | None = None,
        *,
        target_time: dt.datetime | None = None,
        end_from_trigger: bool = False,
    ) -> None:
        super().__init__()
        moment = moment if moment is not None else target_time
        if not isinstance(moment, dt.datetime):
            raise TypeError(f"Expected datetime.datetime type for moment. Got {type(moment)}")
        if moment.tzinfo is None:
            raise ValueError("You cannot pass naive datetimes")
        self.moment: dt.datetime = convert_to_utc(moment)
        self.end_from_trigger = end_from_trigger

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Path and arguments."""
        return (
            "airflow.providers.standard.triggers.temporal.DateTimeTrigger",
            {"moment": self.moment, "end_from_trigger": self.end_from_trigger},
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
