"""Time in the processes of a test run (`ostro.testing`): as far from the machine's as the test's engine says.

The nursery of such a run has `OSTRO_TEST_TIME` in its environment: a file with a number of seconds. With the package
time-machine installed every clock of Python follows; without it `airflow.utils.timezone.utcnow()` does, and what the
SDK itself measures.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ostro.sdk import timezone

#: Names the file with the seconds.
VARIABLE = "OSTRO_TEST_TIME"
#: Seconds below which the machine's own time is good enough.
NOTHING = 0.5


def following(run: Callable[..., None]) -> Callable[..., None]:
    """The function, carried out at the moved time."""

    def at_moved_time(*args: Any) -> None:
        with moved(_seconds()):
            run(*args)

    return at_moved_time


@contextmanager
def moved(seconds: float) -> Iterator[None]:
    """Until the block ends it is `seconds` later than on the machine."""
    if abs(seconds) < NOTHING:
        yield
        return
    if find_spec("time_machine") is not None:
        import time_machine

        with time_machine.travel(datetime.now(UTC) + timedelta(seconds=seconds), tick=True):
            yield
        return
    before, timezone.moved_by = timezone.moved_by, timedelta(seconds=seconds)
    try:
        yield
    finally:
        timezone.moved_by = before


def _seconds() -> float:
    path = Path(os.environ[VARIABLE])
    return float(path.read_text()) if path.exists() else 0.0
