"""The account that a new installation starts with."""

from __future__ import annotations

from ostro.api.auth import passwords
from ostro.clock import Clock
from ostro.commands.accounts import create_user_in, set_password_in
from ostro.commands.act import act
from ostro.rules.permissions import ADMIN as ADMIN_ROLE
from ostro.store import accounts
from ostro.store.engine import Store

ADMIN = "admin"
#: Who does it, for the audit log.
OSTRO = "ostro"


def ensure_admin(store: Store, clock: Clock, password: str | None = None) -> str | None:
    """See that somebody can sign in; returns the password to show when one was generated.

    Without any account, `admin` is made: with `password`, or with a generated one, which is not kept in the clear anywhere
    and must be changed at the first login. When `password` is given (OSTRO_ADMIN_PASSWORD) and differs from the one that
    `admin` has, it becomes the new one and ends all sessions.
    """
    with store.read() as tx:
        admin = accounts.find_user(tx, ADMIN)
        anybody = accounts.any_user(tx)
    if password:
        if admin is None or not passwords.verify(admin.password_hash, password):
            _put(store, clock, password, exists=admin is not None)
        return None
    if anybody:
        return None
    generated = passwords.generate()
    _put(store, clock, generated, exists=False, must_change=True)
    return generated


def _put(store: Store, clock: Clock, password: str, *, exists: bool, must_change: bool = False) -> None:
    hashed = passwords.hash_password(password)
    with act(store, clock, lambda _runs, _dags: None, OSTRO) as doing:
        if exists:
            set_password_in(doing, ADMIN, hashed)
        else:
            create_user_in(doing, ADMIN, hashed, role_names=[ADMIN_ROLE], must_change_password=must_change)
