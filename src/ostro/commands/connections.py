"""Connections: create, change, delete. Passwords and extras are encrypted by the store."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from ostro.clock import Clock
from ostro.errors import AlreadyExists, BadRequest
from ostro.store import Cipher, ConnectionRecord, Store, connections

#: What an id may look like, as Airflow allows.
_ID = re.compile(r"^[\w#.()-]{1,200}$")


def set_connection(store: Store, clock: Clock, *, connection: ConnectionRecord, cipher: Cipher) -> None:
    """`set_connection_in` as a transaction of its own. No engine is woken: who needs a connection asks for it."""
    with store.begin() as tx:
        set_connection_in(tx, clock, connection=connection, cipher=cipher)


def set_connection_in(tx: Any, clock: Clock, *, connection: ConnectionRecord, cipher: Cipher) -> None:
    """Create or replace a connection. Raises BadRequest."""
    _check(connection)
    connections.save(tx, connection, cipher, now=clock.now())


def create_connection(store: Store, clock: Clock, *, connection: ConnectionRecord, cipher: Cipher) -> None:
    """`create_connection_in` as a transaction of its own."""
    with store.begin() as tx:
        create_connection_in(tx, clock, connection=connection, cipher=cipher)


def create_connection_in(tx: Any, clock: Clock, *, connection: ConnectionRecord, cipher: Cipher) -> None:
    """Create a connection. Raises AlreadyExists and BadRequest."""
    _check(connection)
    if not connections.create(tx, connection, cipher, now=clock.now()):
        raise AlreadyExists(f"The Connection with connection_id: `{connection.conn_id}` already exists")


def delete_connections(store: Store, clock: Clock, *, conn_ids: Sequence[str]) -> int:
    """`delete_connections_in` as a transaction of its own."""
    with store.begin() as tx:
        return delete_connections_in(tx, conn_ids=conn_ids)


def delete_connections_in(tx: Any, *, conn_ids: Sequence[str]) -> int:
    """Delete connections; returns how many there were."""
    return connections.delete(tx, conn_ids)


def _check(connection: ConnectionRecord) -> None:
    if not _ID.match(connection.conn_id):
        raise BadRequest("a connection's id has 1 to 200 letters, digits and the characters _ - . # ( )")
    if connection.extra:
        try:
            extra = json.loads(connection.extra)
        except ValueError:
            raise BadRequest("the connection's extra must be JSON") from None
        if not isinstance(extra, dict):
            raise BadRequest("the connection's extra must be a JSON object")
