"""Lets go of the engine's own notes when they are old: events, delivered callbacks, expired state of tasks.

One small batch a call, so that the loop is never held up. Runs and their tasks are not touched: that is for people
(`ostro db clean`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ostro import store

#: Seconds between two passes, and between two batches of one.
EVERY = 3600.0
BETWEEN = 0.5
#: What grows by itself and nobody needs for long.
NAMES = ("ti_event", "run_event", "callback_outbox")


class Prune:
    """Deletes rows older than `keep`."""

    def __init__(self, database: store.Store, *, keep: timedelta) -> None:
        self._store = database
        self._keep = keep
        self._pass: Iterator[tuple[str, int]] | None = None
        self._next = 0.0

    def wakeup(self) -> float:
        """Monotonic moment of the next batch."""
        return self._next

    def run_once(self, now: datetime, mono: float) -> int:
        """Delete one batch when it is time; returns how many rows went. Opens its own transactions."""
        if mono < self._next:
            return 0
        if self._pass is None:
            self._pass = self._whole(now)
        found = next(self._pass, None)
        if found is None:
            self._pass = None
            self._next = mono + EVERY
            return 0
        self._next = mono + BETWEEN
        return found[1]

    def _whole(self, now: datetime) -> Iterator[tuple[str, int]]:
        yield from store.clean.prune(self._store, now - self._keep, NAMES)
        while True:
            with self._store.begin() as tx:
                gone = store.state_stores.expire(tx, now)
            if not gone:
                return
            yield "task_state", gone
