"""People who may sign in, and the roles they have."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import sessions
from ostro.store import tables as t


class User(msgspec.Struct, frozen=True, kw_only=True):
    """One account."""

    id: int
    name: str
    password_hash: str | None
    email: str | None
    full_name: str | None
    is_active: bool
    must_change_password: bool
    external_id: str | None
    created_at: datetime
    last_login_at: datetime | None
    roles: tuple[str, ...] = ()


_u, _r = t.user_account.c, t.user_role.c
_FIELDS = User.__struct_fields__[:-1]
_SELECTED = tuple(_u[name] for name in _FIELDS)


def find_user(tx: Connection, name: str) -> User | None:
    """The account with this name."""
    return _one(tx, _u.name == name)


def find_external(tx: Connection, external_id: str) -> User | None:
    """The account that signs in elsewhere under this identity."""
    return _one(tx, _u.external_id == external_id)


def load_user(tx: Connection, user: int) -> User | None:
    """The account with this number."""
    return _one(tx, _u.id == user)


def list_users(tx: Connection) -> list[User]:
    """All accounts by name."""
    roles: dict[int, list[str]] = {}
    for user, role in tx.execute(sa.select(_r.user_id, _r.role).order_by(_r.role)):
        roles.setdefault(user, []).append(role)
    rows = tx.execute(sa.select(*_SELECTED).order_by(_u.name))
    return [_user(row, roles.get(row.id, ())) for row in rows]


def any_user(tx: Connection) -> bool:
    """Whether there is an account at all."""
    return tx.execute(sa.select(_u.id).limit(1)).first() is not None


def lock_admins(tx: Connection, role: str) -> list[str]:
    """Names of active accounts with the role, held until the transaction ends: for "one must remain"."""
    query = (
        sa.select(_u.name)
        .join(t.user_role, _r.user_id == _u.id)
        .where(_r.role == role, _u.is_active.is_(True))
        .order_by(_u.id)
        .with_for_update(of=t.user_account)
    )
    return list(tx.execute(query).scalars())


def insert_user(
    tx: Connection,
    name: str,
    password_hash: str | None,
    *,
    roles: Iterable[str],
    now: datetime,
    email: str | None = None,
    full_name: str | None = None,
    must_change_password: bool = False,
    external_id: str | None = None,
) -> int:
    """Make the account; its number."""
    inserted = tx.execute(
        sa.insert(t.user_account)
        .values(
            name=name,
            password_hash=password_hash,
            email=email,
            full_name=full_name,
            created_at=now,
            must_change_password=must_change_password,
            external_id=external_id,
        )
        .returning(_u.id)
    )
    user = int(inserted.scalar_one())
    _insert_roles(tx, user, roles)
    return user


def set_password(
    tx: Connection, user: int, password_hash: str, now: datetime, *, must_change: bool = False
) -> None:
    """Give the account another password: all its sessions and tokens end. `must_change`: at the next login."""
    tx.execute(
        sa.update(t.user_account)
        .where(_u.id == user)
        .values(password_hash=password_hash, must_change_password=must_change)
    )
    sessions.revoke_all(tx, user, now)


def strengthen_hash(tx: Connection, user: User, password_hash: str) -> User:
    """Keep another hash of the same password, unless it has been changed meanwhile; the account as it is then."""
    done = tx.execute(
        sa.update(t.user_account)
        .where(_u.id == user.id, _u.password_hash == user.password_hash)
        .values(password_hash=password_hash)
    )
    return msgspec.structs.replace(user, password_hash=password_hash) if done.rowcount == 1 else user


def set_profile(tx: Connection, user: int, values: dict[str, Any]) -> None:
    """Change `email`, `full_name`."""
    unknown = set(values) - {"email", "full_name"}
    if unknown:
        raise ValueError(f"not part of a profile: {', '.join(sorted(unknown))}")
    if values:
        tx.execute(sa.update(t.user_account).where(_u.id == user).values(**values))


def set_roles(tx: Connection, user: int, roles: Iterable[str], now: datetime) -> None:
    """Give the account exactly these roles; its sessions end, so that no page shows what is allowed no more."""
    tx.execute(sa.delete(t.user_role).where(_r.user_id == user))
    _insert_roles(tx, user, roles)
    sessions.revoke_sessions(tx, user, now)


def set_active(tx: Connection, user: int, active: bool, now: datetime) -> None:
    """Let the account sign in, or not; the latter ends all its sessions and tokens."""
    tx.execute(sa.update(t.user_account).where(_u.id == user).values(is_active=active))
    if not active:
        sessions.revoke_all(tx, user, now)


def note_login(tx: Connection, user: User, now: datetime) -> bool:
    """Remember when the account was used last to sign in; False when it was switched off, or its password or login
    elsewhere changed, since `user` was read.

    The row stays locked until the transaction ends: a change of the password comes after it, and ends its session.
    """
    done = tx.execute(
        sa.update(t.user_account)
        .where(
            _u.id == user.id,
            _u.is_active.is_(True),
            _u.password_hash.is_not_distinct_from(user.password_hash),
            _u.external_id.is_not_distinct_from(user.external_id),
        )
        .values(last_login_at=now)
    )
    return done.rowcount == 1


def delete_user(tx: Connection, name: str) -> bool:
    """Delete the account with its tokens and roles; False when there is none."""
    return tx.execute(sa.delete(t.user_account).where(_u.name == name)).rowcount == 1


def _insert_roles(tx: Connection, user: int, roles: Iterable[str]) -> None:
    rows = [{"user_id": user, "role": role} for role in sorted(set(roles))]
    if rows:
        tx.execute(sa.insert(t.user_role), rows)


def _one(tx: Connection, condition: sa.ColumnElement[bool]) -> User | None:
    row = tx.execute(sa.select(*_SELECTED).where(condition)).first()
    if row is None:
        return None
    roles = tx.execute(sa.select(_r.role).where(_r.user_id == row.id).order_by(_r.role)).scalars()
    return _user(row, roles)


def _user(row: Any, roles: Iterable[str]) -> User:
    return User(**dict(zip(_FIELDS, row, strict=True)), roles=tuple(roles))
