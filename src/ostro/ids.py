"""Attempt ids: UUIDv7 (RFC 9562), ordered by time, so that the newest attempt sorts last."""

from __future__ import annotations

import os
import time
from datetime import datetime

_last = 0


def attempt_id() -> str:
    """A new UUIDv7 as text; strictly increasing within this process."""
    global _last
    micros = time.time_ns() // 1000
    if micros <= _last:
        micros = _last + 1
    _last = micros
    millis, rest = divmod(micros, 1000)
    # 12 bits behind the version: the microseconds, so that ids of one millisecond keep their order.
    sub = (rest * 4096) // 1000
    tail = int.from_bytes(os.urandom(8), "big") & 0x3FFFFFFFFFFFFFFF | 0x8000000000000000
    value = (millis & 0xFFFFFFFFFFFF) << 80 | 0x7 << 76 | sub << 64 | tail
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def first_attempt_id(moment: datetime) -> str:
    """What sorts before every id made at that moment (to the millisecond) or later, and after those made before."""
    text = f"{max(0, int(moment.timestamp() * 1000)):012x}"
    return f"{text[:8]}-{text[8:]}"
