"""Moments as people write them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from ostro.errors import BadRequest


def moment(text: str, zone: str) -> datetime:
    """An aware moment of ISO 8601 or another common notation; without an offset it is in `zone`. Raises BadRequest."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        from dateutil import parser

        try:
            found = parser.parse(text)
        except (parser.ParserError, OverflowError):
            raise BadRequest(f"{text!r} is no date; write it like 2026-01-31T08:00:00+00:00") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=ZoneInfo(zone))
