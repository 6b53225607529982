"""Deleting all tables of Ostro, and nothing else that somebody keeps in the same database."""

from __future__ import annotations

import sqlalchemy as sa

from ostro.store import archives
from ostro.store import tables as t
from ostro.store.engine import Store


def has_tables(store: Store) -> bool:
    """Whether there is anything to delete."""
    with store.read() as tx:
        return sa.inspect(tx).has_table("alembic_version")


def drop(store: Store) -> None:
    """Delete the tables with everything in them, in one transaction."""
    with store.begin() as tx:
        archives.drop(tx, archives.names(tx))
        t.metadata.drop_all(tx)
        tx.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
