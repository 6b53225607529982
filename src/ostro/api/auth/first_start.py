"""The account that a new installation starts with."""

from __future__ import annotations

from ostro.api.auth import passwords
from ostro.clock import Clock
from ostro.commands.accounts import create_user_in, set_password_in
from ostro.commands.act import act
from ostro.errors import AlreadyExists
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
    generated = None if password or anybody else passwords.generate()
    chosen = password or generated
    if chosen is None or (admin is not None and passwords.verify(admin.password_hash, chosen)):
        return None
    try:
        _put(store, clock, chosen, exists=admin is not None, must_change=generated is not None)
    except AlreadyExists:
        # Another server of the same database began at the same moment.
        return ensure_admin(store, clock, password)
    return generated


def _put(store: Store, clock: Clock, password: str, *, exists: bool, must_change: bool = False) -> None:
    hashed = passwords.hash_password(password)
    with act(store, clock, lambda _runs, _dags: None, OSTRO) as doing:
        if exists:
            set_password_in(doing, ADMIN, hashed)
        else:
            create_user_in(doing, ADMIN, hashed, role_names=[ADMIN_ROLE], must_change_password=must_change)
