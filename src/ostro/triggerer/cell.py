"""One process with its triggers: opened when it gets its first, opened again when it dies, closed when it is idle."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Callable
from typing import Any

import msgspec

from ostro.protocol.task import FileRef
from ostro.protocol.trigger import StartTrigger, StopTrigger, Stored, TriggersUp
from ostro.triggerer.line import Line

#: Makes a process and gives the connection to it.
Open = Callable[[], socket.socket]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of patience, and how many triggers run at once."""

    #: Most triggers of all processes together, further ones wait; 0 = no limit.
    capacity: int = 0

    #: Without a trigger, after which a process is closed.
    idle: float = 60.0
    #: That a trigger may keep the event loop from the others.
    blocked: float = 5.0
    #: After which a process counts as one that works.
    steady: float = 10.0
    #: Between two starts of a process that dies: first, doubled up to the longest. The first death costs nothing.
    first_pause: float = 0.1
    longest_pause: float = 5.0
    #: Deaths of a process with one trigger after which the trigger is failed.
    deaths: int = 3


class Cell:
    """See the module. `now` is monotonic seconds."""

    def __init__(self, open_process: Open, limits: Limits) -> None:
        self._open = open_process
        self._limits = limits
        #: What runs here, by number.
        self.orders: dict[int, StartTrigger] = {}
        #: Of each DAG file, which content this process may have imported.
        self._imported: dict[tuple[str, str], str] = {}
        self.line: Line | None = None
        self.pid = 0
        #: Times in a row that the process died before it was steady.
        self.deaths = 0
        self._opened_at = 0.0
        self._open_at: float | None = None
        self._idle_since: float | None = None

    def takes(self, file: FileRef | None) -> bool:
        """Whether a trigger of this file may run here: not beside one of the file's earlier content."""
        return file is None or self._imported.get(_key(file), file.fingerprint) == file.fingerprint

    def start(self, order: StartTrigger, now: float) -> None:
        """Run a trigger here."""
        self.orders[order.id] = order
        self._idle_since = None
        if order.file is not None:
            self._imported[_key(order.file)] = order.file.fingerprint
        if self.line is not None:
            self.line.send(order)
        elif self._open_at is None:
            self.open(now)

    def stop(self, trigger: int, *, killed: bool, now: float) -> None:
        """Nobody waits for a trigger any more."""
        self.orders.pop(trigger, None)
        if self.line is not None:
            self.line.send(StopTrigger(id=trigger, killed=killed))
        self._note_idle(now)

    def stored(self, number: int) -> None:
        """What came of an event is in the database. Another process than the one that waits for it knows no such number."""
        if self.line is not None:
            self.line.send(Stored(number=number))

    def ended(self, trigger: int, now: float) -> None:
        """The process has said its last words of a trigger."""
        self.orders.pop(trigger, None)
        self._note_idle(now)

    def open(self, now: float) -> None:
        """Make the process, and tell it its triggers."""
        self._open_at = None
        self._opened_at = now
        self.pid = 0
        try:
            self.line = Line(self._open())
        except OSError:
            # No descriptor to be had: the engine goes on, and so does this, later.
            self._open_at = now + self._limits.longest_pause
            return
        for order in self.orders.values():
            self.line.send(order)

    def receive(self, now: float) -> list[Any]:
        """What the process said; afterwards `line` is None when it has ended."""
        if self.line is None:
            return []
        self.line.flush()
        found = self.line.receive()
        for message in found:
            if isinstance(message, TriggersUp):
                self.pid = message.pid
        if self.line.closed:
            self._died(now)
        return found

    def _died(self, now: float) -> None:
        assert self.line is not None
        self.line.close()
        self.line = None
        self.pid = 0
        # The next one imports what is there now; orders keep the content that they were made for.
        self._imported = {
            _key(o.file): o.file.fingerprint for o in self.orders.values() if o.file is not None
        }
        steady = now - self._opened_at >= self._limits.steady
        self.deaths = 0 if steady else self.deaths + 1
        if self.orders:
            pause = 0.0
            if self.deaths > 1:
                pause = min(
                    self._limits.first_pause * 2 ** min(self.deaths - 2, 16), self._limits.longest_pause
                )
            self._open_at = now + pause

    def tick(self, now: float) -> None:
        """Do what is due."""
        if self._open_at is not None and self._open_at <= now:
            if self.orders:
                self.open(now)
            else:
                self._open_at = None
        if self._idle_since is not None and now >= self._idle_since + self._limits.idle:
            self.close()

    def wakeup(self) -> float | None:
        """When `tick` has something to do."""
        idle = None if self._idle_since is None else self._idle_since + self._limits.idle
        return min((m for m in (self._open_at, idle) if m is not None), default=None)

    def is_sound(self, now: float) -> bool:
        """Whether nothing that runs here is suspected of killing the process."""
        return not self.deaths or (self.line is not None and now - self._opened_at >= self._limits.steady)

    @property
    def is_over(self) -> bool:
        """Without process and triggers."""
        return self.line is None and not self.orders

    def kill(self) -> None:
        """SIGKILL: its event loop is not its own any more. Its end is read like any other."""
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the process: it sees the connection close."""
        self._idle_since = self._open_at = None
        if self.line is not None:
            self.line.close()
            self.line = None

    def _note_idle(self, now: float) -> None:
        if not self.orders and self._idle_since is None and self.line is not None:
            self._idle_since = now


def _key(file: FileRef) -> tuple[str, str]:
    return file.folder, file.path
