"""The book of an acknowledged source: which events are settled, and so may be acknowledged at the broker.

An event is sent to the readers that are there. It is settled when each of them is done with it: it took a later event and
all that it made of this one is stored; or it refused it; or it failed. Settled events of a lane are handed out in their
order and without a gap. The book knows no event loop and no broker.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Collection, Hashable
from typing import Any, Literal

from ostro.sdk.shared_stream import AdvanceItem, AdvanceOutcome

Verdict = Literal["acked", "failed", "rejected"]


class Sent:
    """One event and who is not done with it."""

    __slots__ = ("at", "counts", "lane", "payload", "shares")

    def __init__(self, payload: Any, lane: Hashable, at: float) -> None:
        self.payload = payload
        self.lane = lane
        #: Monotonic seconds.
        self.at = at
        self.shares: dict[Hashable, _Share] = {}
        self.counts: dict[Verdict, int] = {"acked": 0, "failed": 0, "rejected": 0}


class _Share:
    """What one reader still has to do with an event."""

    __slots__ = ("gone_past", "unstored")

    def __init__(self) -> None:
        self.gone_past = False
        #: Numbers of what it made of it that are not known to be stored.
        self.unstored: set[int] = set()


class Book:
    """Of one source. Readers are told apart by any hashable."""

    def __init__(self, numbers: itertools.count[int], ready: Callable[[], None]) -> None:
        """`numbers`: for what readers make of events; `ready` is called when there is something to take."""
        self._numbers = numbers
        self._ready = ready
        self._lanes: dict[Hashable, deque[Sent]] = {}
        #: Of each reader the events that it is not done with, oldest first.
        self._open: dict[Hashable, dict[int, Sent]] = {}
        self._of_number: dict[int, tuple[Sent, Hashable]] = {}

    def send(self, payload: Any, lane: Hashable, readers: Collection[Hashable], at: float) -> Sent:
        """An event goes to these readers. `at`: monotonic seconds."""
        event = Sent(payload, lane, at)
        self._lanes.setdefault(lane, deque()).append(event)
        for reader in readers:
            event.shares[reader] = _Share()
            self._open.setdefault(reader, {})[id(event)] = event
        if not event.shares:
            self._ready()
        return event

    def number(self, event: Sent, reader: Hashable) -> int:
        """The number of something that a reader made of an event; 0 when it is settled without it."""
        share = event.shares.get(reader)
        if share is None:
            return 0
        number = next(self._numbers)
        share.unstored.add(number)
        self._of_number[number] = (event, reader)
        return number

    def stored(self, number: int) -> bool:
        """What has this number is stored; False when the number is not of this book."""
        found = self._of_number.pop(number, None)
        if found is None:
            return False
        event, reader = found
        share = event.shares.get(reader)
        if share is not None:
            share.unstored.discard(number)
            self._look(event, reader, share)
        return True

    def gone_past(self, event: Sent, reader: Hashable) -> None:
        """The reader took a later event."""
        share = event.shares.get(reader)
        if share is not None:
            share.gone_past = True
            self._look(event, reader, share)

    def refused(self, event: Sent, reader: Hashable) -> None:
        """The reader wants the broker to drop it."""
        self._settle(event, reader, "rejected")

    def left(self, reader: Hashable) -> None:
        """Nobody wants this reader any more: it goes past all events; what it made of them is still waited for."""
        for event in list(self._open.get(reader, {}).values()):
            self.gone_past(event, reader)

    def failed(self, reader: Hashable) -> None:
        """The reader comes to nothing: all its events shall come again."""
        for event in list(self._open.get(reader, {}).values()):
            self._settle(event, reader, "failed")

    def late(self, before: float) -> list[Hashable]:
        """Readers with an event that was sent before this monotonic moment."""
        found = []
        for reader, events in self._open.items():
            oldest = next(iter(events.values()), None)
            if oldest is not None and oldest.at < before:
                found.append(reader)
        return found

    def take(self) -> list[AdvanceItem]:
        """Settled events of one lane, in their order; the lanes take turns. Empty when no lane has one at its head."""
        for lane, events in list(self._lanes.items()):
            batch = []
            while events and not events[0].shares:
                event = events.popleft()
                batch.append(AdvanceItem(event.payload, AdvanceOutcome(**event.counts)))
            if batch or not events:
                del self._lanes[lane]
                if events:
                    self._lanes[lane] = events
            if batch:
                return batch
        return []

    def _look(self, event: Sent, reader: Hashable, share: _Share) -> None:
        if share.gone_past and not share.unstored:
            self._settle(event, reader, "acked")

    def _settle(self, event: Sent, reader: Hashable, verdict: Verdict) -> None:
        share = event.shares.pop(reader, None)
        if share is None:
            return
        for number in share.unstored:
            self._of_number.pop(number, None)
        event.counts[verdict] += 1
        mine = self._open[reader]
        del mine[id(event)]
        if not mine:
            del self._open[reader]
        if not event.shares:
            self._ready()
