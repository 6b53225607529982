"""A timetable in words, for screens."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from ostro import timetable
from ostro.errors import UserError


class Words(msgspec.Struct, frozen=True):
    """What a timetable is called, and what kind it is."""

    #: "0 3 * * *", "@daily" …; None = runs are made by hand only.
    summary: str | None
    description: str
    periodic: bool
    partitioned: bool
    #: The zone of its clock, an IANA name or "+09:00"; None when it goes by no clock.
    timezone: str | None = None


def words(encoded: dict[str, Any], summary: str | None = None, description: str | None = None) -> Words:
    """The words of an encoded timetable. `summary` and `description` are what the spec says of a user's own class."""
    return _words(msgspec.json.encode(encoded, order="sorted"), summary, description)


@lru_cache(maxsize=4096)
def _words(encoded: bytes, summary: str | None, description: str | None) -> Words:
    data = msgspec.json.decode(encoded)
    if data.get("type") == "null":
        return Words(None, "Never, external triggers only", False, False)
    try:
        found = timetable.decode(data)
        return Words(
            found.summary or summary,
            found.description or description or "",
            found.periodic,
            found.partitioned,
            _zone(data),
        )
    except UserError:
        # A class of a DAG's author: what its own process said of it is all that may be known here.
        return Words(summary or str(data.get("classpath", "custom")), description or "", False, False)


def _zone(data: dict[str, Any]) -> str | None:
    zone = data.get("timezone")
    if zone is None and isinstance(data.get("timetable"), dict):
        return _zone(data["timetable"])
    if not isinstance(zone, int | float):
        return zone
    minutes = round(zone / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
