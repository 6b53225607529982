"""People who may sign in, and their sessions and tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t

TokenKind = Literal["session", "api"]


class User(msgspec.Struct, frozen=True, kw_only=True):
    """One account."""

    id: int
    name: str
    password_hash: str | None
    role: str
    is_active: bool
    must_change_password: bool


_u, _t = t.user_account.c, t.token.c
_FIELDS = User.__struct_fields__
_SELECTED = tuple(_u[name] for name in _FIELDS)


def find_user(tx: Connection, name: str) -> User | None:
    """The account with this name."""
    row = tx.execute(sa.select(*_SELECTED).where(_u.name == name)).first()
    return None if row is None else _user(row)


def list_users(tx: Connection) -> list[User]:
    """All accounts by name."""
    return [_user(row) for row in tx.execute(sa.select(*_SELECTED).order_by(_u.name))]


def put_user(tx: Connection, name: str, password_hash: str, *, role: str, now: datetime) -> int:
    """Make the account, or give the one there is a new password; its id. A new password ends all its sessions."""
    found = find_user(tx, name)
    if found is None:
        inserted = tx.execute(
            sa.insert(t.user_account)
            .values(name=name, password_hash=password_hash, role=role, created_at=now)
            .returning(_u.id)
        )
        return int(inserted.scalar_one())
    set_password_hash(tx, found.id, password_hash)
    revoke_all(tx, found.id, now)
    return found.id


def set_password_hash(tx: Connection, user: int, password_hash: str) -> None:
    """Keep another hash of the password."""
    tx.execute(sa.update(t.user_account).where(_u.id == user).values(password_hash=password_hash))


def delete_user(tx: Connection, name: str) -> bool:
    """Delete the account with its tokens; False when there is none."""
    return tx.execute(sa.delete(t.user_account).where(_u.name == name)).rowcount == 1


def set_active(tx: Connection, user: int, active: bool, now: datetime) -> None:
    """Let the account sign in, or not; the latter ends all its sessions."""
    tx.execute(sa.update(t.user_account).where(_u.id == user).values(is_active=active))
    if not active:
        revoke_all(tx, user, now)


def add_token(
    tx: Connection,
    token_id: str,
    user: int,
    *,
    kind: TokenKind,
    now: datetime,
    expires_at: datetime,
    label: str = "",
) -> None:
    """Remember a token that was given out; also notes the login and forgets tokens long expired."""
    tx.execute(
        sa.insert(t.token).values(
            id=token_id, user_id=user, kind=kind, label=label, created_at=now, expires_at=expires_at
        )
    )
    tx.execute(sa.update(t.user_account).where(_u.id == user).values(last_login_at=now))
    tx.execute(sa.delete(t.token).where(_t.expires_at < now))


def token_user(tx: Connection, token_id: str, now: datetime) -> User | None:
    """The active user of a token that was given out, is not expired and not revoked."""
    query = (
        sa.select(*_SELECTED)
        .select_from(t.token.join(t.user_account, _u.id == _t.user_id))
        .where(
            _t.id == token_id,
            _t.revoked_at.is_(None),
            sa.or_(_t.expires_at.is_(None), _t.expires_at > now),
            _u.is_active.is_(True),
        )
    )
    row = tx.execute(query).first()
    return None if row is None else _user(row)


def revoke_token(tx: Connection, token_id: str, now: datetime) -> bool:
    """End one token; False when it was not there or over already."""
    done = tx.execute(
        sa.update(t.token).where(_t.id == token_id, _t.revoked_at.is_(None)).values(revoked_at=now)
    )
    return done.rowcount == 1


def revoke_all(tx: Connection, user: int, now: datetime) -> int:
    """End all tokens of a user; returns how many."""
    done = tx.execute(
        sa.update(t.token).where(_t.user_id == user, _t.revoked_at.is_(None)).values(revoked_at=now)
    )
    return done.rowcount


def _user(row: sa.Row[tuple[object, ...]]) -> User:
    return User(**dict(zip(_FIELDS, row, strict=True)))  # type: ignore[arg-type]
