"""Runs attempts on this machine: one process each, forked ahead of need.

Owns how many warm processes each file has and which one an attempt gets. Refuses everything about processes
themselves: that is `ostro.worker`, given to it as `Processes`.

How many are made ahead: as many as the scheduler says it could start at once, and a few more for a file whose
attempts follow each other quickly, so that the next one never waits for a fork; never more than there are slots.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import msgspec

from ostro.executors import base
from ostro.executors.base import Available, FileBroken, Place
from ostro.protocol.task import Answer, CallbackOrder, FileRef, TaskOrder

#: Most processes made ahead of a demand that nobody has told yet.
AHEAD = 8
#: Seconds that are looked back upon to see how quickly a file's attempts follow each other.
RECENT = 0.1
#: Seconds after the last attempt of a file at which all but one of its warm processes are let go.
SURPLUS = 1.0
#: Seconds after the last attempt of a file at which its last warm process is let go.
LINGER = 30.0
#: Most files that keep a warm process while nothing happens.
LINGERING = 8
#: Seconds before forks are asked for again that could not be had.
RETRY = 1.0


class Warm(msgspec.Struct, frozen=True):
    """A process waits for an order."""

    place_id: int
    pid: int
    pid_birth: int
    file: FileRef


class WarmLost(msgspec.Struct, frozen=True):
    """A process that waited is gone."""

    place_id: int
    file: FileRef | None


class ForksLost(msgspec.Struct, frozen=True):
    """So many processes that were asked for will not come."""

    file: FileRef
    count: int
    text: str


Event = base.Event | Warm | WarmLost | ForksLost


class Processes(Protocol):
    """What this executor needs of the processes of a machine (`ostro.worker.LocalProcesses`)."""

    def start(self) -> None: ...
    def close(self, *, leave_running: bool) -> None: ...
    def pump(self) -> list[Event]: ...
    def fileno(self) -> int: ...
    def next_wakeup(self) -> float | None: ...
    def fork(self, file: FileRef, count: int) -> None: ...
    def launch(self, place_id: int, order: TaskOrder | CallbackOrder) -> None: ...
    def leave(self, place_id: int) -> None: ...
    def answer(self, place_id: int, answer: Answer) -> None: ...
    def adopt(self, attempt_id: str, pid: int, pid_birth: int) -> bool: ...
    def lives(self, pid: int, pid_birth: int) -> bool: ...
    def stop(self, attempt_id: str, *, grace: float, cause: dict[str, Any]) -> None: ...
    def retire(self, files: Iterable[FileRef]) -> None: ...


class Stock:
    """The warm processes of one file."""

    __slots__ = ("demand", "file", "forking", "owed", "ready", "recent", "retry_at", "used_at")

    def __init__(self, file: FileRef) -> None:
        self.file = file
        self.ready: deque[Place] = deque()
        self.forking = 0
        #: Attempts that could start now, as the scheduler said last.
        self.demand = 0
        #: `reserve` said None: Available is owed.
        self.owed = False
        #: Moments of the last reservations.
        self.recent: deque[float] = deque(maxlen=AHEAD)
        self.used_at = 0.0
        #: Forks could not be had; not before this moment again.
        self.retry_at = 0.0

    def missing(self, now: float, slots: int) -> int:
        """How many processes should be made now."""
        if now < self.retry_at:
            return 0
        while self.recent and self.recent[0] < now - RECENT:
            self.recent.popleft()
        ahead = max(len(self.recent), 1)
        there = len(self.ready) + self.forking
        if not self.demand and there > ahead // 2:
            # Enough for now: forks asked for one by one cost both sides more than forks asked for together.
            return 0
        return min(self.demand + ahead, slots) - there


class LocalExecutor:
    """See the module; the methods are described in `base.Executor`."""

    name = "local"

    def __init__(
        self,
        processes: Processes,
        *,
        slots: int,
        hostname: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.slots = slots
        self.hostname = hostname
        self._processes = processes
        self._monotonic = monotonic
        self._stocks: dict[FileRef, Stock] = {}
        #: Places that were reserved and neither launched nor released, with the stock that they are from.
        self._reserved: dict[int, Stock] = {}
        #: Stocks that sank in this round.
        self._sunk: set[Stock] = set()
        self._trim_at: float | None = None

    def start(self) -> None:
        self._processes.start()

    def expect(self, file: FileRef, count: int) -> None:
        stock = self._stock(file)
        stock.demand = count
        stock.used_at = self._monotonic()
        self._refill(stock, stock.used_at)

    def reserve(self, file: FileRef) -> Place | None:
        stock = self._stock(file)
        now = stock.used_at = self._monotonic()
        if not stock.ready:
            stock.owed = True
            if not stock.forking:
                stock.demand = max(stock.demand, 1)
                self._refill(stock, now)
            return None
        stock.recent.append(now)
        stock.demand = max(0, stock.demand - 1)
        place = stock.ready.popleft()
        self._reserved[place.id] = stock
        self._sunk.add(stock)
        return place

    def launch(self, place: Place, order: TaskOrder | CallbackOrder) -> None:
        self._reserved.pop(place.id, None)
        self._processes.launch(place.id, order)
        if self._sunk:
            # After the first order of a round, for all that were reserved in it: the order must not wait for this.
            self._refill_sunk()

    def release(self, place: Place) -> None:
        stock = self._reserved.pop(place.id, None)
        if stock is not None:
            stock.ready.appendleft(place)

    def discard(self, place: Place) -> None:
        self._reserved.pop(place.id, None)
        self._processes.leave(place.id)

    def answer(self, place_id: int, answer: Answer) -> None:
        self._processes.answer(place_id, answer)

    def adopt(self, attempts: Sequence[tuple[str, int, int]]) -> list[str]:
        return [a for a, pid, pid_birth in attempts if not self._processes.adopt(a, pid, pid_birth)]

    def lives(self, pid: int, pid_birth: int) -> bool:
        return self._processes.lives(pid, pid_birth)

    def stop_attempt(self, attempt_id: str, *, grace: float, cause: dict[str, Any]) -> None:
        self._processes.stop(attempt_id, grace=grace, cause=cause)

    def retire(self, files: Iterable[FileRef]) -> None:
        files = list(files)
        for file in files:
            stock = self._stocks.pop(file, None)
            if stock is not None:
                self._sunk.discard(stock)
                self._let_go(stock, 0)
        self._processes.retire(files)

    def pump(self) -> list[base.Event]:
        events: list[base.Event] = []
        available: set[FileRef] = set()
        now = self._monotonic()
        for event in self._processes.pump():
            if isinstance(event, Warm):
                self._warm(event, available)
            elif isinstance(event, WarmLost):
                self._lost(event)
            elif isinstance(event, ForksLost):
                self._forks_lost(event, now)
            else:
                if isinstance(event, FileBroken):
                    self._stocks.pop(event.file, None)
                events.append(event)
        events += [Available(file) for file in available]
        if self._sunk:
            self._refill_sunk()
        self._trim(now)
        return events

    def filenos(self) -> Iterable[int]:
        return (self._processes.fileno(),)

    def next_wakeup(self) -> float | None:
        moments = (self._processes.next_wakeup(), self._trim_at)
        return min((m for m in moments if m is not None), default=None)

    def close(self, *, leave_running: bool) -> None:
        self._processes.close(leave_running=leave_running)

    # ---- stocks --------------------------------------------------------------------------------------------

    def _stock(self, file: FileRef) -> Stock:
        stock = self._stocks.get(file)
        if stock is None:
            stock = self._stocks[file] = Stock(file)
        return stock

    def _refill(self, stock: Stock, now: float) -> None:
        missing = stock.missing(now, self.slots)
        if missing > 0:
            stock.forking += missing
            self._processes.fork(stock.file, missing)

    def _refill_sunk(self) -> None:
        now = self._monotonic()
        for stock in self._sunk:
            self._refill(stock, now)
        self._sunk.clear()

    def _warm(self, event: Warm, available: set[FileRef]) -> None:
        stock = self._stocks.get(event.file)
        if stock is None:
            # Of a file that was retired meanwhile.
            self._processes.leave(event.place_id)
            return
        stock.forking = max(0, stock.forking - 1)
        stock.ready.append(Place(event.place_id, event.pid, event.pid_birth, self.hostname))
        if stock.owed:
            stock.owed = False
            available.add(stock.file)
        if self._trim_at is None:
            self._trim_at = self._monotonic() + SURPLUS

    def _lost(self, event: WarmLost) -> None:
        self._reserved.pop(event.place_id, None)
        stock = self._stocks.get(event.file) if event.file is not None else None
        if stock is not None:
            before = len(stock.ready)
            stock.ready = deque(place for place in stock.ready if place.id != event.place_id)
            if len(stock.ready) < before and (stock.owed or stock.demand):
                self._sunk.add(stock)

    def _forks_lost(self, event: ForksLost, now: float) -> None:
        stock = self._stocks.get(event.file)
        if stock is None:
            return
        stock.forking = max(0, stock.forking - event.count)
        stock.retry_at = now + RETRY
        if stock.owed or stock.demand:
            self._trim_at = min(self._trim_at or stock.retry_at, stock.retry_at)

    def _trim(self, now: float) -> None:
        """Let go of warm processes that nobody will want soon; ask again for forks that could not be had."""
        if self._trim_at is None or now < self._trim_at:
            return
        self._trim_at = None
        again: list[float] = []
        lingering = 0
        for stock in sorted(self._stocks.values(), key=lambda s: -s.used_at):
            if stock.ready and now - stock.used_at >= SURPLUS:
                # Nobody came although Available was told: the demand has gone by itself (a clear, a limit).
                stock.demand = 0
            elif stock.owed or stock.demand:
                if now >= stock.retry_at:
                    self._refill(stock, now)
                else:
                    again.append(stock.retry_at)
                continue
            idle = now - stock.used_at
            if idle < SURPLUS:
                again.append(stock.used_at + SURPLUS)
            elif idle < LINGER and lingering < LINGERING:
                self._let_go(stock, 1)
                lingering += 1
                again.append(stock.used_at + LINGER)
            else:
                self._let_go(stock, 0)
                if not stock.forking:
                    del self._stocks[stock.file]
        if again:
            self._trim_at = min(again)

    def _let_go(self, stock: Stock, keep: int) -> None:
        while len(stock.ready) > keep:
            self._processes.leave(stock.ready.pop().id)
