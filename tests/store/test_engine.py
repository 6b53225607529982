"""Transactions, and what happens when the database does not do as it is told."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from ostro.errors import SettingInvalid, StoreError, StoreFull, StoreUnavailable
from ostro.store import Store, engine, pools, xcoms
from ostro.store.driver import execute, execute_many, translate
from support.services import ADMIN_URL

from .made import NOW, run


def names(store: Store) -> list[str]:
    with store.read() as tx:
        return list(pools.sizes(tx))


def test_a_write_is_seen_after_its_commit_only(db: Store, other: Store) -> None:
    with db.begin() as tx:
        pools.create(tx, pools.Pool(name="p", slots=1))
        assert names(other) == ["default_pool"]
    assert names(other) == ["default_pool", "p"]


def test_a_reader_sees_one_moment_and_does_not_write(db: Store, other: Store) -> None:
    """Views read several tables in one transaction: what is written between two statements is in none of them."""
    with db.read() as tx:
        assert list(pools.sizes(tx)) == ["default_pool"]
        with other.begin() as elsewhere:
            pools.create(elsewhere, pools.Pool(name="p", slots=1))
        assert list(pools.sizes(tx)) == ["default_pool"]
    assert names(db) == ["default_pool", "p"]
    if db.dialect == "postgresql":
        with pytest.raises(StoreError, match="read-only"), db.read() as tx:
            pools.create(tx, pools.Pool(name="q", slots=1))


def test_what_is_raised_inside_rolls_back(db: Store) -> None:
    def broken() -> None:
        with db.begin() as tx:
            pools.create(tx, pools.Pool(name="p", slots=1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert names(db) == ["default_pool"]


def test_a_constraint_is_a_store_error_and_the_store_goes_on(db: Store) -> None:
    with pytest.raises(StoreError) as caught, db.begin() as tx:
        tx.exec_driver_sql("INSERT INTO pool (name, slots, description) VALUES ('default_pool', 1, '')")
    assert not isinstance(caught.value, StoreUnavailable)
    with pytest.raises(StoreError), db.begin() as tx:
        execute(tx, "INSERT INTO pool (name, slots, description) VALUES ('default_pool', 1, '')")
    with db.begin() as tx:
        assert pools.create(tx, pools.Pool(name="p", slots=1))


def test_a_state_that_is_none_is_refused_by_the_database(db: Store) -> None:
    with db.begin() as tx:
        made = run(tx)
    with pytest.raises(StoreError), db.begin() as tx:
        execute(tx, "UPDATE dag_run SET state = 'dreaming' WHERE id = ?", (made.id,))


def test_threads_share_the_store(db: Store) -> None:
    def write(number: int) -> None:
        for i in range(20):
            with db.begin() as tx:
                pools.create(tx, pools.Pool(name=f"{number}-{i}", slots=1))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(db)) == 81


def test_a_store_for_reading_only(db: Store, store_url: str) -> None:
    reader = Store.open(store_url, readonly=True)
    assert names(reader) == ["default_pool"]
    with pytest.raises(StoreError):
        reader.begin()
    with pytest.raises(StoreError), reader.read() as tx:
        tx.exec_driver_sql("DELETE FROM pool")
    reader.dispose()


def test_dispose_and_go_on(db: Store) -> None:
    names(db)
    with db.begin() as tx:
        pools.create(tx, pools.Pool(name="p", slots=1))
    db.dispose()
    with db.begin() as tx:
        pools.create(tx, pools.Pool(name="q", slots=1))
    assert names(db) == ["default_pool", "p", "q"]


def test_text_that_a_database_does_not_take(db: Store) -> None:
    from ostro.records import XComRow

    with db.begin() as tx:
        made = run(tx, note="a\0b\ud800")
        xcoms.put(tx, made.id, [XComRow(task_id="a\0", key="k\udfff", value=b"1")], NOW)
        assert xcoms.lengths(tx, [made.id])[made.id] == {("a\N{REPLACEMENT CHARACTER}", "k?", -1): -1}


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite://", "sqlite:////no/such/folder/x.db"])
def test_a_wrong_url_is_one_sentence(url: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        Store.open(url)
    assert "\n" not in str(caught.value)


def test_the_password_is_not_shown() -> None:
    assert "secret" not in Store.open("postgresql://me:secret@host/db").url


def test_options_in_the_url_are_kept(postgresql_template: str) -> None:
    store = Store.open(f"{postgresql_template}?application_name=mine&options=-c%20work_mem%3D8MB")
    with store.read() as tx:
        assert tx.exec_driver_sql("SHOW application_name").scalar() == "mine"
        assert tx.exec_driver_sql("SHOW work_mem").scalar() == "8MB"
        assert tx.exec_driver_sql("SHOW timezone").scalar() == "UTC"
    store.dispose()


# ---- SQLite ----------------------------------------------------------------------------------------------------


@pytest.fixture
def lite(sqlite_template: Path, tmp_path: Path) -> Path:
    path = tmp_path / "ostro.db"
    path.write_bytes(sqlite_template.read_bytes())
    return path


def test_sqlite_is_durable_and_checks_keys(lite: Path) -> None:
    store = Store.open(f"sqlite:///{lite}")
    with store.begin() as tx:
        assert tx.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert tx.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert tx.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    store.dispose()


def test_sqlite_locked_by_another_process(lite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT", 50)
    store = Store.open(f"sqlite:///{lite}")
    holder = sqlite3.connect(lite, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable), store.begin():
        raise AssertionError("not reached")
    assert names(store) == ["default_pool"]
    holder.execute("ROLLBACK")
    holder.close()
    with store.begin() as tx:
        pools.create(tx, pools.Pool(name="p", slots=1))
    store.dispose()


def test_sqlite_without_space(lite: Path) -> None:
    store = Store.open(f"sqlite:///{lite}")
    with store.begin() as tx:
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
    rows = [(f"p{i}" * 50,) for i in range(10_000)]
    with pytest.raises(StoreFull), store.begin() as tx:
        execute_many(tx, "INSERT INTO pool (name, slots, description) VALUES (?, 1, '')", rows)
    with store.begin() as tx:
        tx.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2000}")
        pools.create(tx, pools.Pool(name="p", slots=1))
    assert names(store) == ["default_pool", "p"]
    store.dispose()


def test_sqlite_commit_that_fails(lite: Path) -> None:
    store = Store.open(f"sqlite:///{lite}")

    def orphan() -> None:
        with store.begin() as tx:
            tx.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            execute(tx, "INSERT INTO dag_tag (dag_id, name) VALUES ('none', 'x')")

    for _ in range(2):
        with pytest.raises(StoreError, match="FOREIGN KEY"):
            orphan()
    with store.begin() as tx:
        pools.create(tx, pools.Pool(name="p", slots=1))
    assert names(store) == ["default_pool", "p"]
    store.dispose()


def test_a_write_within_a_write_is_refused(lite: Path) -> None:
    store = Store.open(f"sqlite:///{lite}")
    with store.begin(), pytest.raises(StoreError, match="within"):
        store.begin().__enter__()
    with store.begin() as tx:
        assert pools.sizes(tx)
    store.dispose()


def test_sqlite_file_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "ostro.db"
    path.write_bytes(b"no database at all " * 100)
    store = Store.open(f"sqlite:///{path}")
    with pytest.raises(StoreError), store.read() as tx:
        pools.sizes(tx)
    store.dispose()


def test_a_driver_of_the_other_database_is_not_loaded(lite: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys; from ostro import store; s = store.Store.open(sys.argv[1])\n"
        "with s.begin() as tx: store.pools.create(tx, store.Pool(name='p', slots=1))\n"
        "assert not [m for m in sys.modules if 'psycopg' in m or 'alembic' in m or 'dialects.postgresql' in m]"
    )
    subprocess.run([sys.executable, "-c", code, f"sqlite:///{lite}"], check=True, timeout=60)


# ---- PostgreSQL --------------------------------------------------------------------------------------------------


def kick(store: Store) -> None:
    """End all sessions of this database, as a restart of the server does."""
    with psycopg.connect(ADMIN_URL, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            (store.engine.url.database,),
        )


def test_postgresql_restarted_between_transactions(postgresql_template: str) -> None:
    store = Store.open(postgresql_template)
    assert names(store) == ["default_pool"]
    kick(store)
    with pytest.raises(StoreUnavailable):
        names(store)
    assert names(store) == ["default_pool"]
    assert store.ping()
    store.dispose()


def test_all_connections_of_a_restarted_server_are_forgotten_at_once(postgresql_template: str) -> None:
    store = Store.open(postgresql_template)
    several = [store.read() for _ in range(4)]
    for one in several:
        execute(one.__enter__(), "SELECT 1")
    for one in several:
        one.__exit__(None, None, None)
    kick(store)
    failed = 0
    for _ in range(6):
        try:
            assert names(store) == ["default_pool"]
        except StoreUnavailable:
            failed += 1
    assert failed == 1
    store.dispose()


def test_postgresql_restarted_within_a_transaction(postgresql_template: str) -> None:
    store = Store.open(postgresql_template)

    def interrupted() -> None:
        with store.begin() as tx:
            execute(tx, "SELECT 1")
            kick(store)
            execute(tx, "SELECT 1")

    with pytest.raises(StoreUnavailable):
        interrupted()
    with store.begin() as tx:
        assert execute(tx, "SELECT 1").fetchone() == (1,)
    store.dispose()


def test_postgresql_away() -> None:
    store = Store.open("postgresql://nobody@127.0.0.1:1/none")
    assert not store.ping()
    with pytest.raises(StoreUnavailable), store.begin():
        raise AssertionError("not reached")


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("40P01", StoreUnavailable),
        ("40001", StoreUnavailable),
        ("57P01", StoreUnavailable),
        ("08006", StoreUnavailable),
        ("53300", StoreUnavailable),
        ("55P03", StoreUnavailable),
        ("25006", StoreUnavailable),
        ("53100", StoreFull),
        ("23505", StoreError),
        ("42P01", StoreError),
    ],
)
def test_errors_of_postgresql(state: str, kind: type[StoreError]) -> None:
    assert type(translate(psycopg.errors.lookup(state)("text"))) is kind


def test_sqlalchemy_errors_do_not_leave(db: Store) -> None:
    with pytest.raises(StoreError), db.read() as tx:
        tx.execute(sa.text("SELECT * FROM no_such_table"))
