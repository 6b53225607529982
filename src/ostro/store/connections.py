"""Connections; password and extra are encrypted at rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection as Tx

from ostro.store import tables as t
from ostro.store.cipher import Cipher
from ostro.store.dialects import insert_into


class ConnectionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A connection in the clear. `extra` is JSON text as the user gave it."""

    conn_id: str
    conn_type: str = ""
    description: str | None = None
    host: str | None = None
    login: str | None = None
    password: str | None = None
    schema: str | None = None
    port: int | None = None
    extra: str | None = None


def get(tx: Tx, conn_id: str, cipher: Cipher) -> ConnectionRecord | None:
    """The connection; None when there is none."""
    row = tx.execute(_SELECT.where(t.connection.c.conn_id == conn_id)).one_or_none()
    return None if row is None else _record(row, cipher)


def list_all(tx: Tx, cipher: Cipher) -> list[ConnectionRecord]:
    """All connections, sorted by id."""
    return [_record(row, cipher) for row in tx.execute(_SELECT.order_by(t.connection.c.conn_id))]


def ids(tx: Tx) -> list[str]:
    """Ids of all connections, sorted."""
    return list(tx.execute(sa.select(t.connection.c.conn_id).order_by(t.connection.c.conn_id)).scalars())


def save(tx: Tx, connection: ConnectionRecord, cipher: Cipher, *, now: datetime) -> None:
    """Create or replace a connection."""
    values = _values(connection, cipher, now)
    statement = insert_into(tx, t.connection).values(conn_id=connection.conn_id, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["conn_id"], set_=values))


def create(tx: Tx, connection: ConnectionRecord, cipher: Cipher, *, now: datetime) -> bool:
    """Create a connection; False when there is one of that id."""
    statement = insert_into(tx, t.connection).values(
        conn_id=connection.conn_id, **_values(connection, cipher, now)
    )
    return (
        tx.execute(statement.on_conflict_do_nothing().returning(t.connection.c.conn_id)).first() is not None
    )


def delete(tx: Tx, conn_ids: Sequence[str]) -> int:
    """Delete connections; returns how many there were."""
    return tx.execute(sa.delete(t.connection).where(t.connection.c.conn_id.in_(list(conn_ids)))).rowcount


_SELECT = sa.select(*(t.connection.c[name] for name in ConnectionRecord.__struct_fields__))


def _record(row: Any, cipher: Cipher) -> ConnectionRecord:
    values = row._asdict()
    for name in ("password", "extra"):
        if values[name] is not None:
            values[name] = cipher.decrypt(values[name])
    return ConnectionRecord(**values)


def _values(connection: ConnectionRecord, cipher: Cipher, now: datetime) -> dict[str, Any]:
    values = msgspec.structs.asdict(connection)
    del values["conn_id"]
    for name in ("password", "extra"):
        if values[name] is not None:
            values[name] = cipher.encrypt(values[name])
    return {**values, "updated_at": now}
