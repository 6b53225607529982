"""Slows down guessing of passwords: per account and per address, never a lasting lock-out.

An account's waits double with each wrong password; an address has so many wrong ones a minute, whatever the accounts. Who
guesses from elsewhere cannot keep the owner out: an address from which an account has signed in is counted apart for it.

Kept in memory of this process: a restart forgets it, which costs an attacker more than it gives. From where people sign in
the database knows, too (`signing_in`), so that a restart takes nothing from an owner who is being guessed at.
"""

from __future__ import annotations

import ipaddress
import threading
from collections import deque
from collections.abc import Callable
from typing import TypeVar

import msgspec

_K = TypeVar("_K")
_V = TypeVar("_V")

#: Wrong tries of one account that cost nothing, and the longest wait in seconds after more of them: ten in the first
#: minute, one a minute later.
ACCOUNT_FREE = 5
ACCOUNT_MAX_WAIT = 60.0
#: Wrong tries of one address within so many seconds, whatever the account.
ADDRESS_FREE = 10
ADDRESS_WITHIN = 60.0
#: Seconds after which wrong tries are forgotten.
FORGET_AFTER = 900.0
#: More entries of a kind than this are not kept; the oldest go first.
MAX_ENTRIES = 10_000
#: An address of IPv6 is one of very many that its owner has: this much of it is theirs.
IPV6_NETWORK = 64


class _Account(msgspec.Struct):
    failures: int
    last: float
    blocked_until: float


class LoginThrottle:
    """Counts wrong logins. Thread-safe. `monotonic` gives seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        #: By name, and by name and address for addresses that the account signed in from.
        self._accounts: dict[tuple[str, str], _Account] = {}
        self._addresses: dict[str, deque[float]] = {}
        self._known: dict[tuple[str, str], None] = {}
        #: To be held from `wait` until `failed` was called: many guesses at once would all find the account free.
        self.turn = threading.Lock()

    def wait(self, username: str, address: str) -> float:
        """Seconds until this account may be tried from this address again; 0 = now."""
        now, network = self._monotonic(), network_of(address)
        with self._lock:
            until = max(
                self._account_until(self._key(username, network), now), self._address_until(network, now)
            )
        return max(0.0, until - now)

    def failed(self, username: str, address: str) -> None:
        """A wrong password."""
        now, network = self._monotonic(), network_of(address)
        with self._lock:
            key = self._key(username, network)
            entry = self._accounts.pop(key, None) or _Account(failures=0, last=now, blocked_until=0.0)
            entry.failures += 1
            entry.last = now
            over = entry.failures - ACCOUNT_FREE
            if over >= 0:
                entry.blocked_until = now + min(ACCOUNT_MAX_WAIT, 2.0 ** min(over, 10))
            _keep(self._accounts, key, entry)
            times = self._addresses.pop(network, None) or deque(maxlen=ADDRESS_FREE)
            times.append(now)
            _keep(self._addresses, network, times)

    def succeeded(self, username: str, address: str) -> None:
        """The right password: the account's wrong tries are forgotten, as counted for this address; the address's are not."""
        network = network_of(address)
        with self._lock:
            self._accounts.pop(self._key(username, network), None)
            self._known.pop((username, network), None)
            _keep(self._known, (username, network), None)

    def remember(self, username: str, address: str) -> None:
        """The account has signed in from this address before."""
        key = (username, network_of(address))
        with self._lock:
            if key not in self._known:
                _keep(self._known, key, None)

    def _key(self, username: str, network: str) -> tuple[str, str]:
        return (username, network if (username, network) in self._known else "")

    def _account_until(self, key: tuple[str, str], now: float) -> float:
        entry = self._accounts.get(key)
        if entry is None:
            return 0.0
        if now - entry.last > FORGET_AFTER:
            del self._accounts[key]
            return 0.0
        return entry.blocked_until

    def _address_until(self, network: str, now: float) -> float:
        times = self._addresses.get(network)
        if times is None or len(times) < ADDRESS_FREE:
            return 0.0
        return times[0] + ADDRESS_WITHIN


def network_of(address: str) -> str:
    """The address, or the network that one household or machine has of IPv6."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, IPV6_NETWORK), strict=False))


def _keep(entries: dict[_K, _V], key: _K, value: _V) -> None:
    entries[key] = value
    while len(entries) > MAX_ENTRIES:
        del entries[next(iter(entries))]
