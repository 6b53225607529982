"""Moments and time zones: aware in, UTC out, wall time in between.

Only the standard library; zones of pendulum and dateutil are accepted because DAG authors use them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ostro.timetable.errors import AirflowTimetableInvalid

#: A zone in JSON: an IANA name, or seconds east of UTC.
ZoneJson = str | float


def utc(moment: datetime) -> datetime:
    """The same moment as a plain datetime in UTC. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    there = moment.astimezone(UTC)
    if type(there) is datetime:
        return there
    # Subclasses (pendulum) keep their type through arithmetic, and then differ from what the engine compares with.
    return datetime(
        there.year, there.month, there.day, there.hour, there.minute, there.second, there.microsecond, UTC
    )


def zone_of(zone: tzinfo | ZoneJson) -> tzinfo:
    """The zone of a name, an offset in seconds, or any tzinfo, as one of the standard library where there is one.

    Raises AirflowTimetableInvalid for an unknown name.
    """
    if isinstance(zone, str):
        found = _named(zone)
        if found is None:
            raise AirflowTimetableInvalid(f"There is no time zone named {zone!r}.")
        return found
    if isinstance(zone, int | float):
        return UTC if zone == 0 else timezone(timedelta(seconds=zone))
    # Names as zoneinfo, pendulum, pytz and dateutil keep them. A zone of pytz, used as it is, counts with local mean
    # time of the 19th century.
    for attribute in ("key", "name", "zone", "_filename"):
        name = getattr(zone, attribute, None)
        if isinstance(name, str) and (found := _named(name.rpartition("zoneinfo/")[2])):
            return found
    return zone


def zone_json(zone: tzinfo) -> ZoneJson:
    """JSON of a zone: its IANA name when it has one, else its fixed offset in seconds.

    Raises AirflowTimetableInvalid for a zone that has neither (one with changing offsets made by hand).
    """
    zone = zone_of(zone)
    if isinstance(zone, ZoneInfo) and zone.key:
        return zone.key
    winter, summer = (zone.utcoffset(datetime(2024, month, 1)) for month in (1, 7))
    if winter is None or winter != summer:
        raise AirflowTimetableInvalid(f"The time zone {zone!r} has no name and no fixed offset.")
    return "UTC" if not winter else winter.total_seconds()


def wall(moment: datetime, zone: tzinfo) -> datetime:
    """The naive local time of a moment."""
    # Through plain UTC: zones of pendulum turn a datetime into one of its own class.
    local = utc(moment).astimezone(zone)
    return datetime(
        local.year, local.month, local.day, local.hour, local.minute, local.second, local.microsecond
    )


def from_wall(local: datetime, zone: tzinfo) -> datetime:
    """The moment (UTC) of a naive local time.

    A time that the clock shows twice is the second of the two; a time that it never shows moves forward by the
    length of the gap (Airflow's rule for schedules).
    """
    earlier = local.replace(tzinfo=zone, fold=0)
    later = local.replace(tzinfo=zone, fold=1)
    before, after = zone.utcoffset(earlier), zone.utcoffset(later)
    if before is None or after is None:
        raise AirflowTimetableInvalid(f"The time zone {zone!r} does not know its offset.")
    # In a gap the offset grows: counting with the old one is what moves the time forward.
    offset = before if after > before else after
    return (local - offset).replace(tzinfo=UTC)


def _named(name: str) -> tzinfo | None:
    if name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
