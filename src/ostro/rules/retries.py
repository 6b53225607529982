"""When a failed try is made again.

Source: Airflow's documentation of `retry_delay`, `retry_exponential_backoff` and `max_retry_delay`, and observation.
Without back-off the delay is constant. With a multiplier m the base of try n is b = ceil(delay · m^(n−1)), at least
1 s; the delay is b plus a fixed share of b (0 ≤ share < 1) that the SHA-1 of "dag#task#logical date#try" picks, so
that many tasks failing together do not come back together, yet the same try always waits equally long. It is cut at
24 h and then at max_retry_delay.
"""

from __future__ import annotations

import hashlib
import math
from datetime import datetime, timedelta

from ostro.spec import TaskSpec

#: Longest delay of a back-off, in seconds, before `max_retry_delay` is looked at.
LONGEST = 24 * 60 * 60


def retry_delay(task: TaskSpec, *, dag_id: str, logical_date: datetime | None, try_number: int) -> timedelta:
    """Time between the end of try `try_number` and the next."""
    seconds = task.retry_delay
    if task.retry_exponential_backoff:
        base = _base(seconds, task.retry_exponential_backoff, try_number)
        seed = f"{dag_id}#{task.task_id}#{logical_date}#{try_number}"
        digest = int(hashlib.sha1(seed.encode(), usedforsecurity=False).hexdigest(), 16)
        seconds = min(base + digest % base, LONGEST)
        if task.max_retry_delay is not None:
            seconds = min(seconds, task.max_retry_delay)
    return timedelta(seconds=seconds)


def has_tries_left(task: TaskSpec, *, try_number: int, max_tries: int) -> bool:
    """Whether another try is allowed after try `try_number`."""
    return task.retries > 0 and try_number <= max_tries


def _base(seconds: float, multiplier: float, try_number: int) -> int:
    try:
        return max(1, math.ceil(seconds * multiplier ** (try_number - 1)))
    except OverflowError:
        return LONGEST
