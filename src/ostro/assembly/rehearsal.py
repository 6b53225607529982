"""An engine for tests: time is what the test says, and passes at once while nothing runs.

A retry that is due in five minutes, a sensor that looks again in an hour, a run whose moment has not come: when no
process works and nothing else can happen, the clock jumps to that moment.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ostro.scheduler.loop import Engine
from ostro.states import TaskState

#: States in which something happens without the clock: a process comes or works, a trigger waits for the world.
MOVING = frozenset(
    {TaskState.SCHEDULED, TaskState.QUEUED, TaskState.RUNNING, TaskState.RESTARTING, TaskState.DEFERRED}
)


class MovedClock:
    """The machine's clock, moved by a number of seconds that is kept in a file for processes with user code."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._moved = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._moved

    def monotonic(self) -> float:
        return time.monotonic()

    def move_to(self, moment: datetime | None) -> None:
        """From now on it is `moment` (aware) and goes on from there; None = the machine's own time again."""
        self._moved = timedelta() if moment is None else moment - datetime.now(UTC)
        if self._file is not None:
            written = self._file.with_suffix(".new")
            written.write_text(repr(self._moved.total_seconds()))
            os.replace(written, self._file)

    def moved(self) -> float:
        """Seconds between the machine's time and this one."""
        return self._moved.total_seconds()


class Rehearsal(Engine):
    """See the module. Its clock is a MovedClock."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        #: Whether the clock jumps over times in which nothing can happen.
        self.skips = True
        #: Called after a turn that left nothing to do at this moment.
        self.when_quiet: Callable[[], None] = lambda: None

    def turn(self) -> float | None:
        """As the engine's; moves the clock when only time is missing."""
        wait = super().turn()
        if wait == 0.0:
            return wait
        if self.skips and self._skip():
            return 0.0
        self.when_quiet()
        return wait

    @property
    def settled(self) -> bool:
        """Whether every DAG file was parsed as it is now."""
        return not self.parsing.pending and bool(getattr(self.parsing.loader, "idle", True))

    def _skip(self) -> bool:
        if (
            not self.live.runs
            or self.live.attempts
            or not self.settled
            or not isinstance(self.clock, MovedClock)
        ):
            return False
        states = (i.state for live in self.live.runs.values() for i in live.board.instances.values())
        if any(state in MOVING for state in states):
            return False
        now = self.clock.now()
        moments = [self.expire.next_due(now), *(service.next_due(now) for service in self.services)]
        if not self.config.makes_scheduled_runs:
            moments.append(self.plan.next_due())
        coming = [m for m in moments if m is not None]
        if not coming or min(coming) <= now:
            return False
        self.clock.move_to(min(coming))
        return True


__all__ = ["MovedClock", "Rehearsal"]
