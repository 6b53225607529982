"""When a run may end: what is left of it, each task as long as it usually takes, one after the other as they depend on each other.

A forecast, not a promise: waits for a queue, a pool or a sensor are in it only as far as they are in the usual time. A task
that takes longer than usual is expected to end now; one that no earlier run has had takes no time, and is counted as unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from ostro.rules.percentile import percentile


class Expected(NamedTuple):
    """A task that has not ended, on the longest way to the run's end."""

    task: int
    #: When it began, or may begin.
    start: datetime
    end: datetime
    #: False = no earlier run tells how long it takes.
    is_known: bool


def usual_times(past: Iterable[tuple[str, timedelta]]) -> dict[str, timedelta]:
    """Median of each task over earlier runs; a run that skipped the task counts as no time."""
    times: dict[str, list[float]] = {}
    for task_id, took in past:
        times.setdefault(task_id, []).append(took.total_seconds())
    return {task_id: timedelta(seconds=percentile(values, 0.5) or 0.0) for task_id, values in times.items()}


def expected_chain(
    upstream: Sequence[Sequence[int]],
    left: Collection[int],
    began: Mapping[int, datetime],
    usual: Mapping[int, timedelta],
    now: datetime,
) -> list[Expected]:
    """The tasks that decide the end, first one first; empty when nothing is left.

    `upstream`: by index, in which an upstream task stands before its downstream tasks. `left`: tasks that have not ended;
    `began`: when, of those that have begun. `usual`: how long each takes.
    """
    found: dict[int, Expected] = {}
    came_from: dict[int, int | None] = {}
    first: dict[int, datetime] = {}
    for task in sorted(left):
        before = max((up for up in upstream[task] if up in found), key=lambda up: found[up].end, default=None)
        took = usual.get(task)
        if task in began:
            before = None
            start = began[task]
            end = max(now, start + (took or timedelta()))
        else:
            start = now if before is None else found[before].end
            end = start + (took or timedelta())
        found[task] = Expected(task, start, end, took is not None)
        came_from[task] = before
        first[task] = start if before is None else first[before]
    chain: list[Expected] = []
    # Of chains that end together the one that began first, and of tasks the one farthest down.
    task_or_none: int | None = max(
        found, key=lambda one: (found[one].end, now - first[one], one), default=None
    )
    while task_or_none is not None:
        chain.append(found[task_or_none])
        task_or_none = came_from[task_or_none]
    return chain[::-1]
