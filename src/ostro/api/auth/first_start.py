"""The account that a new installation starts with."""

from __future__ import annotations

from ostro.api.auth import passwords
from ostro.clock import Clock
from ostro.store import accounts
from ostro.store.engine import Store

ADMIN = "admin"
#: Role of the first account; it may do everything.
ADMIN_ROLE = "admin"


def ensure_admin(store: Store, clock: Clock, password: str | None = None) -> str | None:
    """See that somebody can sign in; returns the password to show when one was generated.

    Without any account, `admin` is made: with `password`, or with a generated one, which is not kept in the clear anywhere. When
    `password` is given (OSTRO_ADMIN_PASSWORD) and differs from the one that `admin` has, it becomes the new one and ends all sessions.
    """
    with store.read() as tx:
        admin = accounts.find_user(tx, ADMIN)
        anybody = admin is not None or bool(accounts.list_users(tx))
    if password:
        if admin is None or not passwords.verify(admin.password_hash, password):
            _put(store, clock, password)
        return None
    if anybody:
        return None
    generated = passwords.generate()
    _put(store, clock, generated)
    return generated


def _put(store: Store, clock: Clock, password: str) -> None:
    hashed = passwords.hash_password(password)
    with store.begin() as tx:
        accounts.put_user(tx, ADMIN, hashed, role=ADMIN_ROLE, now=clock.now())
