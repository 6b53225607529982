"""Deleting all tables of Ostro, on both databases, and only those."""

from __future__ import annotations

from ostro.store import Store, resetting
from ostro.store.variables import keys


def test_tables_are_deleted_and_made_anew(db: Store) -> None:
    with db.begin() as tx:
        tx.exec_driver_sql("CREATE TABLE somebody_elses (a INTEGER)")
    assert resetting.has_tables(db) and db.is_current()
    resetting.drop(db)
    assert not resetting.has_tables(db) and not db.is_current()
    db.migrate()
    with db.read() as tx:
        assert keys(tx) == []
        assert tx.exec_driver_sql("SELECT count(*) FROM somebody_elses").scalar() == 0
