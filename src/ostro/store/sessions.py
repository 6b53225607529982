"""What was given out to signed-in people: sessions of the page, tokens of programs. Whatever is not here, or revoked, is void."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t

TokenKind = Literal["session", "api"]
#: The last use of a token is noted when the one noted before is older than this.
USE_NOTED_EVERY = timedelta(minutes=1)


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """One session or token. `label` "" = given out by a login, not by name."""

    id: str
    user_id: int
    user: str
    kind: TokenKind
    label: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    address: str
    client: str


_u, _t = t.user_account.c, t.token.c


def add_token(
    tx: Connection,
    token_id: str,
    user: int,
    *,
    kind: TokenKind,
    now: datetime,
    expires_at: datetime | None,
    label: str = "",
    address: str = "",
    client: str = "",
) -> None:
    """Remember a token that was given out; also forgets tokens long expired."""
    tx.execute(
        sa.insert(t.token).values(
            id=token_id,
            user_id=user,
            kind=kind,
            label=label,
            created_at=now,
            expires_at=expires_at,
            address=address,
            client=client,
        )
    )
    tx.execute(sa.delete(t.token).where(_t.expires_at < now))


def token_user(tx: Connection, token_id: str, now: datetime, idle: timedelta | None = None) -> int | None:
    """The number of the active user of a token that is not expired and not revoked.

    `idle`: a session that was not used for so long is over.
    """
    query = (
        sa.select(_u.id, _t.last_used_at)
        .select_from(t.token.join(t.user_account, _u.id == _t.user_id))
        .where(_t.id == token_id, *_valid(now, idle), _u.is_active.is_(True))
    )
    row = tx.execute(query).first()
    return None if row is None else int(row.id)


def note_use(tx: Connection, token_id: str, now: datetime) -> None:
    """Remember that the token was used, once in `USE_NOTED_EVERY`."""
    tx.execute(
        sa.update(t.token)
        .where(_t.id == token_id, sa.or_(_t.last_used_at.is_(None), _t.last_used_at < now - USE_NOTED_EVERY))
        .values(last_used_at=now)
    )


def list_tokens(
    tx: Connection,
    now: datetime,
    *,
    user: int | None = None,
    named: bool | None = None,
    idle: timedelta | None = None,
) -> list[Token]:
    """What is valid now, the newest first: of one user or of all. `named`: API tokens with a name, or all others.

    `idle`: sessions that were not used for so long are left out.
    """
    fields = [_t[n] for n in Token.__struct_fields__ if n != "user"]
    query = (
        sa.select(*fields, _u.name.label("user"))
        .select_from(t.token.join(t.user_account, _u.id == _t.user_id))
        .where(*_valid(now, idle))
        .order_by(_t.created_at.desc(), _t.id)
    )
    if user is not None:
        query = query.where(_t.user_id == user)
    if named is not None:
        query = query.where(_t.label != "" if named else _t.label == "")
    return [Token(**row._mapping) for row in tx.execute(query)]


def addresses_of(tx: Connection, user: int) -> set[str]:
    """From where the user has signed in lately; what was given out there may be over or revoked."""
    return set(tx.execute(sa.select(_t.address).where(_t.user_id == user).distinct()).scalars())


def find_token(tx: Connection, token_id: str, now: datetime) -> Token | None:
    """One that is valid now."""
    return next((token for token in list_tokens(tx, now) if token.id == token_id), None)


def revoke_token(tx: Connection, token_id: str, now: datetime) -> bool:
    """End one token; False when it was not there or over already."""
    done = tx.execute(
        sa.update(t.token).where(_t.id == token_id, _t.revoked_at.is_(None)).values(revoked_at=now)
    )
    return done.rowcount == 1


def revoke_all(tx: Connection, user: int, now: datetime, *, but: Iterable[str] = ()) -> int:
    """End all sessions and tokens of a user, but those named; returns how many."""
    return _revoke(tx, now, _t.user_id == user, _t.id.not_in(list(but)))


def revoke_sessions(tx: Connection, user: int, now: datetime) -> int:
    """End what logins of the user gave out; API tokens with a name stay, and may do what the user may do."""
    return _revoke(tx, now, _t.user_id == user, _t.label == "")


def _revoke(tx: Connection, now: datetime, *conditions: sa.ColumnElement[bool]) -> int:
    done = tx.execute(sa.update(t.token).where(_t.revoked_at.is_(None), *conditions).values(revoked_at=now))
    return done.rowcount


def _valid(now: datetime, idle: timedelta | None) -> tuple[sa.ColumnElement[bool], ...]:
    found = (_t.revoked_at.is_(None), sa.or_(_t.expires_at.is_(None), _t.expires_at > now))
    if idle is None:
        return found
    used = sa.func.coalesce(_t.last_used_at, _t.created_at, type_=_t.created_at.type)
    return (*found, sa.or_(_t.kind != "session", used > now - idle))
