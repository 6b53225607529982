"""Noticing that somebody wrote, without reading what: for screens that show the present.

On SQLite the database keeps a number that changes with every commit of another connection (`PRAGMA data_version`,
a few microseconds, no lock). PostgreSQL has no such thing for plain commits, so there the ends of the event tables are compared.
"""

from __future__ import annotations

from ostro.store.engine import Store
from ostro.store.views import changes


class Watch:
    """Tells whether something was written since it was asked last. One thread at a time; close it after use."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection = store.engine.raw_connection() if store.dialect == "sqlite" else None
        self._seen: object = None

    def changed(self) -> bool:
        """True when something was, or may have been, written; the first call says True."""
        now: object
        if self._connection is not None:
            cursor = self._connection.cursor()
            try:
                now = cursor.execute("PRAGMA data_version").fetchone()[0]
            finally:
                cursor.close()
        else:
            with self._store.read() as tx:
                now = changes.position(tx)
        if now == self._seen:
            return False
        self._seen = now
        return True

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
