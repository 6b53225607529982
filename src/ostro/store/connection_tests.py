"""Tries of connections: asked for, under way, and what came of them."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t

#: How long a result can be read.
KEPT = timedelta(days=1)
OPEN = ("pending", "running")


class ConnectionTest(msgspec.Struct, frozen=True, kw_only=True):
    """One try. `state`: pending, running, success or failed."""

    token: str
    conn_id: str
    state: str
    message: str | None = None
    created_at: datetime
    updated_at: datetime


_FIELDS = ConnectionTest.__struct_fields__
_c = t.connection_test.c


def open_one(tx: Connection, conn_id: str, *, since: datetime) -> bool:
    """Whether a try of this connection that began later than `since` has no result yet."""
    query = sa.select(_c.token).where(_c.conn_id == conn_id, _c.state.in_(OPEN), _c.created_at > since)
    return tx.execute(query.limit(1)).first() is not None


def put(tx: Connection, test: ConnectionTest) -> None:
    """Write a new try; those that nobody can want to read any more go."""
    tx.execute(sa.delete(t.connection_test).where(_c.created_at < test.created_at - KEPT))
    tx.execute(sa.insert(t.connection_test).values(**msgspec.structs.asdict(test)))


def change(tx: Connection, token: str, state: str, *, now: datetime, message: str | None = None) -> None:
    """The try is in another state."""
    change = {"state": state, "message": message, "updated_at": now}
    tx.execute(sa.update(t.connection_test).where(_c.token == token).values(**change))


def get(tx: Connection, token: str) -> ConnectionTest | None:
    """One try."""
    row = tx.execute(sa.select(*(_c[name] for name in _FIELDS)).where(_c.token == token)).first()
    return None if row is None else ConnectionTest(**row._asdict())
