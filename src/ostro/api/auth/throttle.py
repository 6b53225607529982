"""Slows down guessing of passwords: per account and per address, with delays that double, never a lasting lock-out.

Kept in memory of this process: a restart forgets it, which costs an attacker more than it gives.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import msgspec

#: Wrong tries of one account that cost nothing, and the longest wait in seconds after more of them.
ACCOUNT_FREE = 5
ACCOUNT_MAX_WAIT = 60.0
#: The same for one address. More freedom: many people may share it; the cap keeps it at ten guesses a minute.
ADDRESS_FREE = 20
ADDRESS_MAX_WAIT = 6.0
#: Seconds after which wrong tries are forgotten.
FORGET_AFTER = 900.0
#: More entries than this are not kept; the oldest go first.
MAX_ENTRIES = 10_000


class _Entry(msgspec.Struct):
    failures: int
    last: float
    blocked_until: float


class LoginThrottle:
    """Counts wrong logins. Thread-safe. `monotonic` gives seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._entries: dict[tuple[str, str], _Entry] = {}
        #: To be held from `wait` until `failed` was called: many guesses at once would all find the account free.
        self.turn = threading.Lock()

    def wait(self, username: str, address: str) -> float:
        """Seconds until this account may be tried from this address again; 0 = now."""
        now = self._monotonic()
        with self._lock:
            until = (
                self._blocked_until(("account", username), now),
                self._blocked_until(("address", address), now),
            )
        return max(0.0, max(until) - now)

    def failed(self, username: str, address: str) -> None:
        """A wrong password."""
        now = self._monotonic()
        with self._lock:
            self._count(("account", username), now, ACCOUNT_FREE, ACCOUNT_MAX_WAIT)
            self._count(("address", address), now, ADDRESS_FREE, ADDRESS_MAX_WAIT)
            while len(self._entries) > MAX_ENTRIES:
                del self._entries[next(iter(self._entries))]

    def succeeded(self, username: str) -> None:
        """The right password: the account's wrong tries are forgotten, those of the address are not."""
        with self._lock:
            self._entries.pop(("account", username), None)

    def _blocked_until(self, key: tuple[str, str], now: float) -> float:
        entry = self._entries.get(key)
        if entry is None:
            return 0.0
        if now - entry.last > FORGET_AFTER:
            del self._entries[key]
            return 0.0
        return entry.blocked_until

    def _count(self, key: tuple[str, str], now: float, free: int, max_wait: float) -> None:
        entry = self._entries.pop(key, None) or _Entry(failures=0, last=now, blocked_until=0.0)
        entry.failures += 1
        entry.last = now
        over = entry.failures - free
        if over >= 0:
            entry.blocked_until = now + min(max_wait, 2.0 ** min(over, 10))
        self._entries[key] = entry
