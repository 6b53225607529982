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


def numbers_in(tx: Connection, text: str) -> sa.TableValuedAlias:
    """A table with the column `value`: whole numbers that a text has with commas between them."""
    if is_sqlite(tx):
        return sa.func.json_each(f"[{text}]").table_valued(sa.column("value", sa.BigInteger))
    numbers = sa.cast(sa.func.string_to_array(text, ","), sa.ARRAY(sa.BigInteger))
    return sa.func.unnest(numbers).table_valued(sa.column("value", sa.BigInteger)).render_derived()
