"""What differs between the tasks of two runs: another state, a task that only one has, much slower or faster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

#: Seconds, and how many times as long, from which a task counts as much slower or faster.
SECONDS = 1.0
TIMES = 1.5
#: What is told first.
ORDER = ("state", "gone", "slower", "faster", None)


class Side(NamedTuple):
    """A task in one of the runs. `duration` in seconds, None when unknown."""

    state: str
    duration: float | None
    tries: int


class Difference(NamedTuple):
    """A task in both; `change` is one of ORDER, None when nothing differs."""

    task_id: str
    a: Side | None
    b: Side | None
    change: str | None


def differences(a: Mapping[str, Side], b: Mapping[str, Side], names: Iterable[str]) -> list[Difference]:
    """The tasks `names`; what differs comes first, states before durations, else in the order given."""
    found = [Difference(name, a.get(name), b.get(name), _change(a.get(name), b.get(name))) for name in names]
    return sorted(found, key=lambda one: ORDER.index(one.change))


def _change(a: Side | None, b: Side | None) -> str | None:
    if a is None or b is None:
        return "gone"
    if a.state != b.state:
        return "state"
    if a.duration is None or b.duration is None or abs(a.duration - b.duration) < SECONDS:
        return None
    if b.duration > a.duration * TIMES:
        return "slower"
    return "faster" if b.duration * TIMES < a.duration else None
