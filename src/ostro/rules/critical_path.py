"""Which tasks a run waited for: from the task that ended last back to the first, each with the one that it had to wait for.

A task could not begin before the last of its upstream tasks had ended, so that one is the step before it. What lies between
the two, and before the first, is time in which nothing of the chain ran: the scheduler, a queue, a pool, a limit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple


class Span(NamedTuple):
    """From when to when a task was worked on; no `end` = it still is. Of a mapped task: all its instances together."""

    start: datetime
    end: datetime | None
    #: When it was put into the queue first.
    queued: datetime | None = None


class Step(NamedTuple):
    """One task of the chain."""

    task: int
    start: datetime
    end: datetime
    #: Index of the task whose end it waited for; None = only the run's start.
    after: int | None
    #: Between that end (or the run's start) and its own start; of it, in the queue.
    waited: timedelta
    in_queue: timedelta


def critical_path(
    upstream: Sequence[Sequence[int]],
    spans: Mapping[int, Span],
    began: datetime,
    now: datetime,
    *,
    to: int | None = None,
) -> list[Step]:
    """The chain, first task first; empty when nothing has started. `spans` by index of the task; `began`: of the run.

    `to`: the chain that leads to this task, which may not have begun, instead of the one to the task that ended last.
    """

    def ended(task: int) -> datetime:
        return spans[task].end or now

    task: int | None
    if to is None:
        task = max(spans, key=lambda t: (ended(t), t), default=None)
    else:
        task = to if to in spans else _last_before(to, upstream, spans, ended)
    steps: list[Step] = []
    while task is not None:
        span = spans[task]
        before = _last_before(task, upstream, spans, ended)
        ready = began if before is None else ended(before)
        waited = max(span.start - ready, timedelta())
        queued = timedelta() if span.queued is None else span.start - max(span.queued, ready)
        steps.append(
            Step(task, span.start, ended(task), before, waited, min(max(queued, timedelta()), waited))
        )
        task = before
    return steps[::-1]


def _last_before(
    task: int, upstream: Sequence[Sequence[int]], spans: Mapping[int, Span], ended: Callable[[int], datetime]
) -> int | None:
    """The upstream task that ended last. One that was skipped took no time: what it waited for itself counts instead."""
    found: set[int] = set()
    seen: set[int] = set()
    look = list(upstream[task])
    while look:
        one = look.pop()
        if one in seen:
            continue
        seen.add(one)
        if one in spans:
            found.add(one)
        else:
            look += upstream[one]
    return max(found, key=lambda t: (ended(t), t)) if found else None
