"""What the loader does next, and when: looks, parses, refreshes. All moments are monotonic seconds."""

from __future__ import annotations

import heapq
from enum import IntEnum

from ostro.loader.entries import Key


class Why(IntEnum):
    """Reason of a parse; a smaller one goes first."""

    EDITED = 0
    NEW = 1
    DEPENDENCY = 2
    REFRESH = 3


class Agenda:
    """Three lists. A file stands in each at most once; taking a file out of one is never an error."""

    def __init__(self, quiet: float, quiet_most: float) -> None:
        self._quiet = quiet
        self._quiet_most = quiet_most
        #: Files to look at: when, when at the latest, why.
        self._looks: dict[Key, tuple[float, float, Why]] = {}
        self._queue: list[tuple[int, int, Key]] = []
        self._queued: dict[Key, int] = {}
        self._refreshes: list[tuple[float, Key]] = []
        self._refresh_at: dict[Key, float] = {}
        self._count = 0

    # ---- looks: notices of change came; wait until they are over ---------------------------------------------------

    def notice(self, key: Key, now: float, why: Why) -> None:
        """A notice of change: look after a moment of silence."""
        before = self._looks.get(key)
        latest = now + self._quiet_most if before is None else before[1]
        why = why if before is None else min(why, before[2])
        self._looks[key] = (min(now + self._quiet, latest), latest, why)

    def look(self, key: Key, at: float, why: Why) -> None:
        """Look at a certain moment, unless an earlier one is arranged."""
        before = self._looks.get(key)
        if before is None or at < before[0]:
            self._looks[key] = (at, at, why if before is None else min(why, before[2]))

    def take_looks(self, now: float) -> list[tuple[Key, Why]]:
        """The files to look at now."""
        due = [(key, why) for key, (at, _, why) in self._looks.items() if at <= now]
        for key, _ in due:
            del self._looks[key]
        return due

    # ---- queue of parses -------------------------------------------------------------------------------------------

    def enqueue(self, key: Key, why: Why) -> None:
        """Parse as soon as a process is free."""
        before = self._queued.get(key)
        if before is None or why < before:
            self._queued[key] = why
            self._count += 1
            heapq.heappush(self._queue, (int(why), self._count, key))

    def next_parse(self) -> Key | None:
        """The file to parse next, taken out of the queue."""
        while self._queue:
            why, _, key = heapq.heappop(self._queue)
            if self._queued.get(key) == why:
                del self._queued[key]
                return key
        return None

    @property
    def waiting(self) -> int:
        """Files in the queue."""
        return len(self._queued)

    # ---- refreshes: parse again though nothing is known to have changed --------------------------------------------

    def refresh(self, key: Key, at: float | None) -> None:
        """Set the moment of the next refresh; None = never."""
        if at is None:
            self._refresh_at.pop(key, None)
            return
        self._refresh_at[key] = at
        heapq.heappush(self._refreshes, (at, key))

    def take_refreshes(self, now: float) -> list[Key]:
        """The files to refresh now."""
        due = []
        while self._refreshes and self._refreshes[0][0] <= now:
            at, key = heapq.heappop(self._refreshes)
            if self._refresh_at.get(key) == at:
                del self._refresh_at[key]
                due.append(key)
        return due

    # ---- all -------------------------------------------------------------------------------------------------------

    def drop(self, key: Key) -> None:
        """The file is gone."""
        self._looks.pop(key, None)
        self._queued.pop(key, None)
        self._refresh_at.pop(key, None)

    def next_moment(self) -> float | None:
        """When the next look or refresh is due."""
        while self._refreshes and self._refresh_at.get(self._refreshes[0][1]) != self._refreshes[0][0]:
            heapq.heappop(self._refreshes)
        moments = [at for at, _, _ in self._looks.values()]
        if self._refreshes:
            moments.append(self._refreshes[0][0])
        return min(moments, default=None)

    @property
    def looking(self) -> bool:
        """Whether files wait to be looked at."""
        return bool(self._looks)
