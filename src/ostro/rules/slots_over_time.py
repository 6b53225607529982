"""How many slots were taken over time: the mean of each stretch, of spans that each take some slots for a while."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple


class Span(NamedTuple):
    """Slots that are taken from one moment to another; `until` None: still."""

    slots: int
    since: datetime
    until: datetime | None


def mean_slots(
    spans: Iterable[Span], *, since: datetime, step: timedelta, count: int, now: datetime
) -> list[float]:
    """Mean number of slots in each of `count` stretches of the length `step`. The last one ends with `now`, so that it is
    the mean of what has passed of it."""
    length = step / timedelta(seconds=1)
    end = min((now - since) / timedelta(seconds=1), count * length)
    seconds = [0.0] * count
    #: Slots that begin to fill whole stretches at this one, minus those that end to.
    changes = [0] * (count + 1)
    for span in spans:
        begin = max(0.0, (span.since - since) / timedelta(seconds=1))
        over = end if span.until is None else min(end, (span.until - since) / timedelta(seconds=1))
        if over <= begin:
            continue
        first, last = int(begin // length), min(int(over // length), count - 1)
        if first == last:
            seconds[first] += span.slots * (over - begin)
            continue
        seconds[first] += span.slots * ((first + 1) * length - begin)
        seconds[last] += span.slots * (over - last * length)
        changes[first + 1] += span.slots
        changes[last] -= span.slots
    means, whole = [], 0
    for number in range(count):
        whole += changes[number]
        passed = min(length, end - number * length)
        means.append((seconds[number] + whole * length) / passed if passed > 0 else 0.0)
    return means
