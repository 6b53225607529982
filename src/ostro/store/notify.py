"""Waking other processes: LISTEN and NOTIFY of PostgreSQL. On SQLite there is nothing to listen to (the engine has a
socket). A message is only a hint; what it speaks of is in the database, and a lost one costs a later look.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection

from ostro.errors import StoreError
from ostro.store.driver import execute, is_sqlite, translate
from ostro.store.engine import Store

CHANNEL = "ostro"
#: PostgreSQL takes less than 8000 bytes; a longer message becomes "look at everything".
MAX_PAYLOAD = 7_000


def send(
    tx: Connection, *, runs: list[int] | None = None, dags: list[str] | None = None, **more: Any
) -> None:
    """Tell all listeners when this transaction commits: these runs and DAGs were changed. Nothing on SQLite."""
    if is_sqlite(tx):
        return
    payload = json.dumps({"runs": runs or [], "dags": dags or [], **more}, separators=(",", ":"))
    if len(payload.encode()) > MAX_PAYLOAD:
        payload = json.dumps({"all": True})
    execute(tx, "SELECT pg_notify(?, ?)", (CHANNEL, payload))


class Listener:
    """Hears `send`, on a connection of its own. One thread at a time. PostgreSQL only."""

    def __init__(self, store: Store) -> None:
        """Raises StoreUnavailable when the database cannot be reached."""
        if store.dialect != "postgresql":
            raise StoreError("only PostgreSQL tells its clients what changed")
        self._store = store
        self._connection: Any = None
        self._lost = False
        self.connect()

    def connect(self) -> None:
        """Listen (again). Messages between a loss and this call are gone: the caller looks at everything."""
        self.close()
        try:
            raw = self._store.engine.raw_connection()
            self._connection = raw.driver_connection
            raw.detach()
            self._connection.autocommit = True
            self._connection.execute(f"LISTEN {CHANNEL}")
        except Exception as error:  # the driver's tree; translated at this edge
            self.close()
            raise translate(error) from error

    def fileno(self) -> int:
        """Readable when `pump` has something to say; -1 while the connection is lost."""
        return -1 if self._connection is None else int(self._connection.fileno())

    def pump(self) -> list[dict[str, Any]]:
        """All messages that came, without waiting. Raises StoreUnavailable when the connection is lost: `connect` again."""
        if self._connection is None:
            raise translate(_not_connected())
        found = []
        try:
            for message in self._connection.notifies(timeout=0):
                found.append(_decoded(message.payload))
        except Exception as error:
            self.close()
            raise translate(error) from error
        return found

    def close(self) -> None:
        """Stop listening."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _decoded(payload: str) -> dict[str, Any]:
    try:
        data = json.loads(payload)
    except ValueError:
        return {"all": True}
    return data if isinstance(data, dict) else {"all": True}


def _not_connected() -> Exception:
    from psycopg import OperationalError

    return OperationalError("the listening connection was lost")
