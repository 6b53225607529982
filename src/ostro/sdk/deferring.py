"""What deferrable operators and sensors share."""

from __future__ import annotations

import datetime as dt
from typing import Any


def default_deferrable() -> bool:
    """[operators] default_deferrable: whether operators that can wait in a trigger do so without being told."""
    from ostro.sdk.conf import conf

    return bool(conf.getboolean("operators", "default_deferrable", fallback=False))


def longest_wait(sensor: Any) -> dt.timedelta:
    """How long a sensor may wait in a trigger: its timeout, or execution_timeout when that is shorter."""
    timeout = dt.timedelta(seconds=sensor.timeout)
    limit: dt.timedelta | None = sensor.execution_timeout
    return timeout if limit is None else min(timeout, limit)
