"""`airflow.utils.dates` of 2.x."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from ostro.sdk import timezone

#: Presets and their cron expressions.
cron_presets: dict[str, str] = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
}

_UNITS = {
    "microseconds": 1e-6,
    "milliseconds": 1e-3,
    "seconds": 1.0,
    "minutes": 60.0,
    "hours": 3600.0,
    "days": 86400.0,
}


def days_ago(n: int, hour: int = 0, minute: int = 0, second: int = 0, microsecond: int = 0) -> dt.datetime:
    """Midnight UTC (or the time given) `n` days before today."""
    today = timezone.utcnow().replace(hour=hour, minute=minute, second=second, microsecond=microsecond)
    return today - dt.timedelta(days=n)


def date_range(
    start_date: dt.datetime,
    end_date: dt.datetime | None = None,
    num: int | None = None,
    delta: str | dt.timedelta | Any = None,
) -> list[dt.datetime]:
    """Moments from `start_date` on, up to `end_date` or `num` of them; a negative `num` goes back.

    `delta` is a cron expression, a preset or a timedelta; without it the list is empty.
    """
    if not delta:
        return []
    if end_date is not None and num is not None:
        raise ValueError("date_range() takes end_date or num, not both")
    if end_date is not None and start_date > end_date:
        raise ValueError("date_range() got a start_date after its end_date")
    step = _stepper(delta, backwards=num is not None and num < 0)
    until = end_date if end_date is not None else (None if num is not None else timezone.utcnow())
    found: list[dt.datetime] = []
    for moment in step(start_date):
        if (until is not None and moment > until) or (num is not None and len(found) >= abs(num)):
            break
        found.append(moment)
    return sorted(found)


def _stepper(delta: Any, *, backwards: bool) -> Any:
    if isinstance(delta, str):
        from croniter import croniter

        def by_cron(start: dt.datetime) -> Iterable[dt.datetime]:
            ticks = croniter(cron_presets.get(delta, delta), start - dt.timedelta(seconds=1))
            while True:
                yield ticks.get_prev(dt.datetime) if backwards else ticks.get_next(dt.datetime)

        return by_cron

    def by_delta(start: dt.datetime) -> Iterable[dt.datetime]:
        moment = start
        while True:
            yield moment
            moment = moment - delta if backwards else moment + delta

    return by_delta


def round_time(dt_: dt.datetime, delta: Any, start_date: dt.datetime | None = None) -> dt.datetime:
    """The moment of the grid `start_date + n * delta` (or of a cron expression) that is nearest to `dt_`."""
    start = start_date if start_date is not None else timezone.make_aware(dt.datetime.min)
    if isinstance(delta, str):
        from croniter import croniter

        ticks = croniter(cron_presets.get(delta, delta), dt_)
        before: dt.datetime = ticks.get_prev(dt.datetime)
        after: dt.datetime = ticks.get_next(dt.datetime)
        if after <= dt_:
            after = ticks.get_next(dt.datetime)
        return before if dt_ - before <= after - dt_ else after
    steps = round((dt_ - start) / delta)
    return start + steps * delta  # type: ignore[no-any-return]


def infer_time_unit(time_seconds_arr: Iterable[float]) -> str:
    """The unit in which these durations in seconds are readable."""
    longest = max(time_seconds_arr, default=0)
    for unit, limit in (("seconds", 120), ("minutes", 7200), ("hours", 172800)):
        if longest <= limit:
            return unit
    return "days" if longest else "hours"


def scale_time_units(time_seconds_arr: Iterable[float], unit: str) -> list[float]:
    """Durations in seconds in another unit."""
    return [seconds / _UNITS.get(unit, 1.0) for seconds in time_seconds_arr]


def parse_execution_date(execution_date_str: str) -> dt.datetime:
    """The datetime of an ISO text."""
    return timezone.parse(execution_date_str)
