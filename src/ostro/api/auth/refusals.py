"""What is refused goes into the audit log, and an attacker cannot fill the database with it.

Of each kind and party the first few of a window are written; after them only every tenfold count is (10, 100, 1,000 …), with
the number so far. All parties together have a bound of their own, so that many addresses are no way around.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

import msgspec
from starlette.requests import Request

from ostro.clock import Clock
from ostro.errors import StoreError
from ostro.store import Store, event_log

log = logging.getLogger("ostro.api")

#: Seconds of a window.
WINDOW = 60.0
#: Refusals of one party in a window that are written one by one: somebody signed in who may not, a wrong password,
#: a login that has to wait, a request without a valid login.
FORBIDDEN, WRONG, WAITING, UNKNOWN = 60, 20, 1, 1
#: The same for everybody together.
TOGETHER = 120
#: Parties that are counted at once; more are counted as one.
MAX_PARTIES = 5_000
#: Characters kept of a path.
MAX_NOTED = 300
_EVERYBODY = ("", "")


class _Window(msgspec.Struct):
    since: float
    counts: dict[tuple[str, str], int]


class Refusals:
    """Writes down what was refused. One per app, used from many threads."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._window = _Window(clock.monotonic(), {})

    def note(
        self,
        request: Request,
        kind: str,
        party: str,
        free: int,
        *,
        event: str,
        result: event_log.Result,
        owner: str | None,
        **extra: Any,
    ) -> None:
        """Write one refusal, or count it. `party`: who is counted. The refusal stands, whether it can be written or not."""
        count = self._count(kind, party, free)
        if count is None:
            return
        if count > free:
            extra["count"] = count
        entry = event_log.LogEntry(
            event=event,
            at=self._clock.now(),
            owner=owner,
            address=request.client.host if request.client else "",
            result=result,
            extra=extra or None,
        )
        try:
            with self._store.begin() as tx:
                event_log.seal(tx, [entry])
        except StoreError as error:
            log.warning("a refused request could not be noted: %s", error)

    def _count(self, kind: str, party: str, free: int) -> int | None:
        """Which one of this window it is, when it is to be written."""
        now = self._clock.monotonic()
        with self._lock:
            if now - self._window.since >= WINDOW:
                self._window = _Window(now, {})
            counts = self._window.counts
            key = (kind, party)
            if key not in counts and len(counts) >= MAX_PARTIES:
                key = (kind, "")
            counts[key] = own = counts.get(key, 0) + 1
            if not _is_told(own, free):
                return None
            counts[_EVERYBODY] = together = counts.get(_EVERYBODY, 0) + 1
        return own if _is_told(together, TOGETHER) else None


def _is_told(count: int, free: int) -> bool:
    if count <= free:
        return True
    while count % 10 == 0:
        count //= 10
    return count == 1


def shown_path(request: Request) -> dict[str, str]:
    """What was asked for, as the log keeps it: never the query, which may hold anything."""
    return {"method": request.method[:20], "path": request.scope["path"][:MAX_NOTED]}
