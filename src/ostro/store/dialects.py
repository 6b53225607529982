"""What the two databases say differently. A dialect is loaded only where it is used (2 MB and 30 ms each)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store.driver import is_sqlite


def insert_into(tx: Connection, table: sa.Table) -> Any:
    """INSERT with ON CONFLICT."""
    if is_sqlite(tx):
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)
