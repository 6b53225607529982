"""Time zones as DAG authors use them (`airflow.utils.timezone`, `airflow.sdk.timezone`).

A naive datetime means the default time zone ([core] default_timezone, UTC unless set).
"""

from __future__ import annotations

import datetime as dt
from typing import Any, overload

import pendulum
from pendulum import DateTime
from pendulum.tz.timezone import FixedTimezone, Timezone

utc = pendulum.UTC
utc_epoch = dt.datetime(1970, 1, 1, tzinfo=utc)
TIMEZONE: Timezone | FixedTimezone = utc


def initialize(default_timezone: str) -> None:
    """Set the zone of naive datetimes: a zone name, or "system"."""
    global TIMEZONE
    TIMEZONE = local_timezone() if default_timezone == "system" else parse_timezone(default_timezone)


def local_timezone() -> Timezone | FixedTimezone:
    """The machine's own zone."""
    return pendulum.tz.local_timezone()


def parse_timezone(name: str | int) -> Timezone | FixedTimezone:
    """The zone of a name ("Asia/Seoul", "utc") or of an offset in seconds. Raises ValueError for an unknown one."""
    if isinstance(name, str) and name.lower() == "utc":
        return utc
    return pendulum.timezone(name)


def is_localized(value: dt.datetime) -> bool:
    """Whether the datetime knows its offset."""
    return value.utcoffset() is not None


def is_naive(value: dt.datetime) -> bool:
    """Whether the datetime has no offset."""
    return value.utcoffset() is None


#: How much later than on the machine it is: in processes of test runs only (`ostro.runtime.moved_time`).
moved_by: dt.timedelta | None = None


def utcnow() -> dt.datetime:
    """Now, aware, in UTC."""
    now = dt.datetime.now(tz=utc)
    return now if moved_by is None else now + moved_by


@overload
def convert_to_utc(value: None) -> None: ...
@overload
def convert_to_utc(value: dt.datetime) -> DateTime: ...
def convert_to_utc(value: dt.datetime | None) -> DateTime | None:
    """The same moment in UTC; a naive value is taken in the default zone."""
    if value is None:
        return None
    if is_naive(value):
        value = value.replace(tzinfo=TIMEZONE)
    return pendulum.instance(value.astimezone(utc))


@overload
def make_aware(value: None, timezone: dt.tzinfo | None = None) -> None: ...
@overload
def make_aware(value: dt.datetime, timezone: dt.tzinfo | None = None) -> dt.datetime: ...
def make_aware(value: dt.datetime | None, timezone: dt.tzinfo | None = None) -> dt.datetime | None:
    """A naive datetime read in `timezone` (default: the default zone). Raises ValueError when it is aware already."""
    if value is None:
        return None
    if is_localized(value):
        raise ValueError(f"make_aware expects a naive datetime, got {value}")
    zone = timezone or TIMEZONE
    # pendulum resolves hours that a DST change skips or repeats; fold keeps the author's choice.
    if isinstance(zone, Timezone):
        return zone.convert(value)
    return value.replace(tzinfo=zone)


def make_naive(value: dt.datetime, timezone: dt.tzinfo | None = None) -> dt.datetime:
    """Wall time in `timezone`, without the zone. Raises ValueError when it is naive already."""
    if is_naive(value):
        raise ValueError("make_naive() cannot be applied to a naive datetime")
    return value.astimezone(timezone or TIMEZONE).replace(tzinfo=None)


def datetime(*args: Any, **kwargs: Any) -> dt.datetime:
    """`datetime.datetime(...)` in the default zone unless tzinfo is given."""
    kwargs.setdefault("tzinfo", TIMEZONE)
    return dt.datetime(*args, **kwargs)


def parse(string: str, timezone: dt.tzinfo | None = None, *, strict: bool = False) -> DateTime:
    """The datetime of an ISO 8601 text; without an offset it is in `timezone` (default: the default zone)."""
    parsed = pendulum.parse(string, tz=timezone or TIMEZONE, strict=strict)  # type: ignore[arg-type, unused-ignore]
    if not isinstance(parsed, DateTime):
        raise ValueError(f"{string!r} is no date and time")
    return parsed


@overload
def coerce_datetime(value: None, tz: dt.tzinfo | None = None) -> None: ...
@overload
def coerce_datetime(value: dt.datetime, tz: dt.tzinfo | None = None) -> DateTime: ...
def coerce_datetime(value: dt.datetime | None, tz: dt.tzinfo | None = None) -> DateTime | None:
    """The same moment as a pendulum DateTime, aware."""
    if value is None:
        return None
    if isinstance(value, DateTime) and value.tzinfo is not None:
        return value if tz is None else value.in_timezone(tz)  # type: ignore[arg-type]
    if is_naive(value):
        value = make_aware(value, tz)
    instance = pendulum.instance(value)
    return instance if tz is None else instance.in_timezone(tz)  # type: ignore[arg-type]


def td_format(value: dt.timedelta | float | int | None) -> str | None:
    """A duration for people: "1d:2h:3s"; "<1s" below a second, None for nothing."""
    if not value:
        return None
    seconds = value.total_seconds() if isinstance(value, dt.timedelta) else float(value)
    if seconds < 1:
        return "<1s"
    rest = int(seconds)
    parts: list[str] = []
    for unit, size in (("Y", 31536000), ("M", 2592000), ("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return ":".join(parts)


def from_timestamp(timestamp: float, tz: Any = utc) -> DateTime:
    """The moment of a Unix timestamp; `tz` is a zone, a name, or "local"."""
    if tz == "local":
        tz = local_timezone()
    return pendulum.from_timestamp(timestamp, tz=tz)
