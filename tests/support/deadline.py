"""Waiting for a fact with a deadline: the only place in the tests that lets time pass."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(
    fact: Callable[[], T], *, seconds: float = 30.0, what: str | Callable[[], str] = "", every: float = 0.02
) -> T:
    """Return the first truthy value of `fact`; AssertionError naming `what` (asked then) when the deadline passes."""
    end = time.monotonic() + seconds
    while True:
        value = fact()
        if value:
            return value
        if time.monotonic() > end:
            told = what() if callable(what) else what
            raise AssertionError(f"not within {seconds:g} s: {told or fact}; last value {value!r}")
        time.sleep(every)


def watch(fact: Callable[[], T], *, seconds: float, every: float = 0.02) -> list[T]:
    """Every value that `fact` has in so many seconds, each once, in their order."""
    end = time.monotonic() + seconds
    seen: list[T] = []
    while time.monotonic() < end:
        value = fact()
        if value not in seen:
            seen.append(value)
        time.sleep(every)
    return seen
