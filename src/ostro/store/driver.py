"""The database drivers: their errors in words of Ostro, and the short way past SQLAlchemy for the hot statements.

A hot statement is SQL text made once, with ? for each parameter; it goes to the driver's own cursor inside the
transaction that SQLAlchemy opened, which costs a tenth of a Core execution. Everything else uses Core.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from ostro.errors import NumberTooLarge, StoreError, StoreFull, StoreUnavailable, TextNotKept
from ostro.store.types import to_micros

#: SQLite result codes (primary) of a database that may answer later: BUSY, LOCKED, NOMEM, INTERRUPT, IOERR, CANTOPEN,
#: PROTOCOL.
_SQLITE_LATER = frozenset({5, 6, 7, 9, 10, 14, 15})
_SQLITE_FULL = 13
#: SQLSTATE classes and codes of PostgreSQL that may pass: connection, serialization and deadlock, resources, locks,
#: cancel and shutdown, read-only after a failover.
_POSTGRES_LATER = ("08", "40", "53", "55P03", "57", "25006")
_POSTGRES_FULL = "53100"
_POSTGRES_RANGE = "22003"


def translate(error: BaseException) -> StoreError:
    """The error of a driver as one of Ostro's."""
    text = str(error).strip() or type(error).__name__
    if isinstance(error, OverflowError) or getattr(error, "sqlstate", None) == _POSTGRES_RANGE:
        return NumberTooLarge("a number is larger than the database keeps: 64 bits for ids, 32 for the rest")
    # Of the driver, before anything is sent: it has no SQLSTATE.
    if "cannot contain NUL" in text:
        return TextNotKept("a text has a NUL character, which the database does not keep")
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        primary = None if code is None else code & 0xFF
        if primary == _SQLITE_FULL:
            return StoreFull(f"the database has no space left: {text}")
        if primary in _SQLITE_LATER:
            return StoreUnavailable(f"the database cannot be used now: {text}")
        return StoreError(text)
    state = getattr(error, "sqlstate", None)
    if state == _POSTGRES_FULL:
        return StoreFull(f"the database has no space left: {text}")
    if (state is None and type(error).__name__ in {"OperationalError", "InterfaceError"}) or (
        state is not None and state.startswith(_POSTGRES_LATER)
    ):
        return StoreUnavailable(f"the database cannot be used now: {text}")
    return StoreError(text)


def is_sqlite(tx: Connection) -> bool:
    """Whether the transaction is on SQLite."""
    return tx.dialect.name == "sqlite"


def execute(tx: Connection, sql: str, params: Sequence[Any] = ()) -> Any:
    """Run one hot statement in the driver; returns its cursor."""
    try:
        return _driver(tx).execute(_marked(tx, sql), params)
    except Exception as error:  # the drivers' trees differ; anything else is raised as it is
        raise _translated(error) from error


def fetch(tx: Connection, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of one hot statement."""
    try:
        rows: list[tuple[Any, ...]] = _driver(tx).execute(_marked(tx, sql), params).fetchall()
    except Exception as error:
        raise _translated(error) from error
    return rows


def execute_many(tx: Connection, sql: str, rows: Iterable[Sequence[Any]]) -> None:
    """Run one hot statement for many rows."""
    try:
        _driver(tx).cursor().executemany(_marked(tx, sql), rows)
    except Exception as error:
        raise _translated(error) from error


def changes(tx: Connection) -> int:
    """How many rows this connection has changed so far (SQLite)."""
    return int(_driver(tx).total_changes)


def _driver(tx: Connection) -> Any:
    return tx.connection.driver_connection


def moment_in(tx: Connection) -> Callable[[datetime | None], Any]:
    """How a moment is bound in hot statements."""
    return _micros if is_sqlite(tx) else _as_it_is


def _marked(tx: Connection, sql: str) -> str:
    return sql if tx.dialect.name == "sqlite" else _with_percent(sql)


@lru_cache(maxsize=1024)
def _with_percent(sql: str) -> str:
    return sql.replace("?", "%s")


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)


def _as_it_is(moment: datetime | None) -> datetime | None:
    return moment


def _translated(error: Exception) -> Exception:
    if isinstance(error, sqlite3.Error | OverflowError) or type(error).__module__.startswith("psycopg"):
        return translate(error)
    return error
