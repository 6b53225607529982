"""Where a timetable's own methods get the present moment and a random token from.

The methods that DAG authors call and override carry no `now` (Airflow's signatures). The engine never relies on
this module: it passes `now` to `next_run`, which pins it here for the length of one evaluation. A process that runs
user code sets a source once at its start. There is no default, so that nothing in this package reads a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from ostro.timetable.zones import utc

_pinned: ContextVar[datetime | None] = ContextVar("ostro_timetable_now", default=None)
_clock: Callable[[], datetime] | None = None
_token: Callable[[], str] | None = None


def use_sources(*, clock: Callable[[], datetime], token: Callable[[], str]) -> None:
    """Set for this process what tells the time (aware) and what makes a short random text for run ids."""
    global _clock, _token
    _clock, _token = clock, token


@contextmanager
def at(now: datetime) -> Iterator[None]:
    """Within the block every timetable takes `now` (aware) for the present."""
    mark = _pinned.set(utc(now))
    try:
        yield
    finally:
        _pinned.reset(mark)


def present() -> datetime:
    """The present moment, UTC. Raises RuntimeError when the process has set no source and no moment is pinned."""
    pinned = _pinned.get()
    if pinned is not None:
        return pinned
    if _clock is None:
        raise RuntimeError(
            "This process has not said what time it is: call ostro.timetable.use_sources first."
        )
    return utc(_clock())


def new_token() -> str:
    """A short random text. Raises RuntimeError when the process has set no source."""
    if _token is None:
        raise RuntimeError(
            "This process has no source of random text: call ostro.timetable.use_sources first."
        )
    return _token()
