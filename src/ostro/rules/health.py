"""Whether a part of the installation works: judged by what it got done last, not by whether its process exists."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

Health = Literal["healthy", "stalled", "dead", "absent"]


def health_of(
    heartbeat: datetime | None, progress: datetime | None, *, now: datetime, limit: timedelta
) -> Health:
    """`heartbeat`: last sign of life, `progress`: last moment at which it got something done.

    absent: there never was one. dead: no sign of life within `limit`. stalled: it lives, and gets nothing done.
    """
    if heartbeat is None:
        return "absent"
    if now - heartbeat > limit:
        return "dead"
    if progress is not None and heartbeat - progress > limit:
        return "stalled"
    return "healthy"
