"""The seal of the audit log: an HMAC of each row, with a key that is not in the database.

Whoever has only the database can change rows, and cannot make digests that fit them. The key is one of its own: rotating
those that encrypt and sign changes nothing here. Several keys may be given; the first seals, all of them are known.

Beside the key stands what the database cannot be trusted with: up to which row there was no key yet, and the last row that
somebody has looked at. (An installation may be older than its key: its first rows have plain digests.)
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import Connection

if TYPE_CHECKING:
    from ostro.store.engine import Store

#: Execution option of the connections of a store that can seal.
OPTION = "ostro_audit_seals"
#: A digest with a key begins so: version, then the key's mark, then the HMAC.
KEYED = "k1:"


class Memory(msgspec.Struct, frozen=True):
    """What is kept outside of the database."""

    #: Number of the last row without a key.
    begun_after: int
    #: The last row that `verify` has seen, and its digest.
    seen_link: int = 0
    seen_digest: str = ""


class Seals:
    """The keys, and the memory beside them. `recall` reads it (None: there is none yet), `remember` writes it."""

    def __init__(
        self,
        keys: Sequence[bytes],
        recall: Callable[[], Memory | None] = lambda: None,
        remember: Callable[[Memory], None] = lambda _memory: None,
    ) -> None:
        self._keys = {_mark(key): key for key in reversed(keys)}
        self._newest = _mark(keys[0])
        self.recall = recall
        self.remember = remember

    def digest(self, text: bytes) -> str:
        """The digest under the newest key."""
        return self._made(self._newest, text)

    def knows(self, digest: str) -> bool:
        """Whether the key of a digest is here."""
        return self.mark_of(digest) in self._keys

    def fits(self, digest: str, text: bytes) -> bool:
        """Whether this is the digest of the text under one of the keys."""
        mark = self.mark_of(digest)
        return mark in self._keys and hmac.compare_digest(self._made(mark, text), digest)

    @staticmethod
    def mark_of(digest: str) -> str:
        """Which key made it; no secret."""
        return digest.removeprefix(KEYED).partition(":")[0]

    def _made(self, mark: str, text: bytes) -> str:
        return f"{KEYED}{mark}:{hmac.digest(self._keys[mark], text, 'sha256').hex()}"


def use(store: Store, make: Callable[[], Seals]) -> None:
    """From now on transactions of this store seal with a key. It is read when the first row is sealed or looked at."""
    store.set_option(OPTION, cache(make))


def of(tx: Connection) -> Seals | None:
    """The seals of the store; None: it has no key."""
    make = tx.get_execution_options().get(OPTION)
    found: Seals | None = None if make is None else make()
    return found


def is_keyed(digest: str) -> bool:
    """Whether a digest was made with a key."""
    return digest.startswith(KEYED)


def _mark(key: bytes) -> str:
    return hashlib.sha256(b"ostro audit key " + key).hexdigest()[:8]
