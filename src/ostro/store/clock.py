"""The database's own time: for leases, and where no caller says what time it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store.driver import fetch, is_sqlite
from ostro.store.types import Moment, from_micros

_SQLITE = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) * 1000"


def db_now(tx: Connection) -> datetime:
    """What time the database says it is now (not the start of the transaction)."""
    if is_sqlite(tx):
        return from_micros(fetch(tx, f"SELECT {_SQLITE}")[0][0])
    found: datetime = fetch(tx, "SELECT clock_timestamp()")[0][0]
    return found


def in_seconds(tx: Connection, seconds: float) -> sa.ColumnElement[Any]:
    """So many seconds from the database's now, inside a statement."""
    if is_sqlite(tx):
        text = f"({_SQLITE} + {round(seconds * 1_000_000)})"
    else:
        text = f"(clock_timestamp() + make_interval(secs => {float(seconds)!r}))"
    return sa.literal_column(text, Moment())
