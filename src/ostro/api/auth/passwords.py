"""Password hashes: argon2id. The library is loaded at the first login, not at start."""

from __future__ import annotations

import secrets
import threading
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

#: OWASP password storage cheat sheet, argon2id: memory in KiB, passes, lanes. Of its equal choices the one with the least
#: memory, because the process keeps what it once took.
MEMORY_KIB = 7168
PASSES = 5
LANES = 1
#: Bytes of randomness of a generated password (27 characters).
PASSWORD_BYTES = 20


#: One at a time: hashing is made to be expensive, and logins are rare.
_turn = threading.Lock()


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


@cache
def _nobody() -> str:
    """A hash that no password fits, so that an unknown name costs as much time as a known one."""
    return _hasher().hash(secrets.token_urlsafe(PASSWORD_BYTES))


def generate() -> str:
    """A password for a first start."""
    return secrets.token_urlsafe(PASSWORD_BYTES)


def hash_password(password: str) -> str:
    """The text to keep in place of the password."""
    with _turn:
        return _hasher().hash(password)


def verify(stored: str | None, password: str) -> bool:
    """Whether the password fits the stored hash; None (no such user) never fits, after the same time."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        with _turn:
            _hasher().verify(stored or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_weak(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's and should be made again at login."""
    return _hasher().check_needs_rehash(stored)
