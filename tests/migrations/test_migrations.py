"""The scripts make what the tables say, once, whatever happens meanwhile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from ostro.errors import StoreError, StoreUnavailable
from ostro.spec import decode
from ostro.store import Cipher, Store, event_log, migrations, pools, run_triggers, runs, sealed
from ostro.store import tables as t
from ostro.store.tables import ORDERED_INDEXES, PARTIAL_INDEXES, complete_metadata
from ostro.store.views import ui_installation, ui_runs
from store import made

MADE = {table.name for table in complete_metadata().sorted_tables}


@pytest.fixture
def db(database_url: str) -> Iterator[Store]:
    store = Store.open(database_url)
    yield store
    store.dispose()


def tables(store: Store) -> set[str]:
    with store.read() as tx:
        return set(sa.inspect(tx).get_table_names()) - {"sqlite_sequence"}


def test_an_empty_database_gets_exactly_the_tables(db: Store) -> None:
    with pytest.raises(StoreError, match="db migrate"):
        db.check()
    assert db.migrate() is True
    assert tables(db) == MADE | {"alembic_version"}
    assert db.migrate() is False
    db.check()
    with db.read() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True, "compare_server_default": False})
        differences = compare_metadata(context, complete_metadata())
        # Alembic cannot compare an index with an order of its own.
        assert {d[1].name for d in differences if d[0] == "remove_index"} == {i[0] for i in ORDERED_INDEXES}
        assert len(differences) == len(ORDERED_INDEXES)
        assert checks(tx, "reflected") == checks(tx, "said")
        assert pools.sizes(tx)["default_pool"].slots == 128


def checks(tx: sa.Connection, which: str) -> dict[str, set[str]]:
    """Names of the CHECK constraints per table: Alembic does not compare them."""
    if which == "said":
        return {
            table.name: {str(c.name) for c in table.constraints if isinstance(c, sa.CheckConstraint)}
            for table in complete_metadata().sorted_tables
        }
    inspector = sa.inspect(tx)
    return {name: {str(c["name"]) for c in inspector.get_check_constraints(name)} for name in MADE}


def test_all_states_are_in_the_checks(db: Store) -> None:
    from ostro.states import RunState, RunType, TaskState

    db.migrate()
    with db.read() as tx:
        inspector = sa.inspect(tx)
        for table, name, values in (
            ("task_instance", "state", TaskState), ("dag_run", "state", RunState), ("dag_run", "run_type", RunType),
            ("attempt", "state", TaskState), ("ti_event", "after", TaskState),
        ):  # fmt: skip
            (text,) = (
                c["sqltext"]
                for c in inspector.get_check_constraints(table)
                if c["name"] == f"ck_{table}_{name}"
            )
            assert all(f"'{value}'" in text for value in values)


def test_partial_indexes_are_partial(db: Store) -> None:
    db.migrate()
    query = "SELECT sql FROM sqlite_master WHERE name = '{}'"
    if db.dialect == "postgresql":
        query = "SELECT indexdef FROM pg_indexes WHERE indexname = '{}'"
    with db.read() as tx:
        for index in PARTIAL_INDEXES:
            text = tx.exec_driver_sql(query.format(index.name)).scalar_one()
            assert " WHERE " in text and ("UNIQUE" in text) is index.unique


def test_the_head_is_the_newest_script() -> None:
    script = ScriptDirectory(str(migrations.FOLDER))
    assert script.get_heads() == [migrations.HEAD]
    assert {s.revision for s in script.walk_revisions()} == migrations.known_revisions()


def test_a_newer_database_is_refused(db: Store) -> None:
    db.migrate()
    with db.begin() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer"):
        db.migrate()
    with pytest.raises(StoreError, match="9999"):
        db.check()


def test_two_processes_migrate_at_once(database_url: str) -> None:
    stores = [Store.open(database_url) for _ in range(3)]
    gate = threading.Barrier(3)
    results: list[Any] = []

    def work(store: Store) -> None:
        gate.wait(30)
        try:
            results.append(store.migrate())
        except BaseException as error:
            results.append(error)

    threads = [threading.Thread(target=work, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(map(str, results)) == ["False", "False", "True"]
    stores[0].check()
    for store in stores:
        store.dispose()


#: Stops for ever after so many statements of the migration, and says so.
STOPPED = """
import sys, time
from sqlalchemy import event
from ostro.store import Store
store = Store.open(sys.argv[1])
left = int(sys.argv[2])
def count(*_):
    global left
    left -= 1
    if left == 0:
        print("there", flush=True)
        time.sleep(3600)
for engine in {store.engine, store._write_engine}:
    event.listen(engine, "before_cursor_execute", count)
store.migrate()
"""


@pytest.mark.parametrize("statements", [8, 30, 50])
def test_killed_in_the_middle_it_is_done_again(database_url: str, statements: int) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", STOPPED, database_url, str(statements)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "there\n"
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait(30)
        child.stdout and child.stdout.close()
    store = Store.open(database_url)
    assert tables(store) in (set(), {"alembic_version"})
    assert migrated(store) is True
    assert tables(store) == MADE | {"alembic_version"}
    store.dispose()


def migrated(store: Store) -> bool:
    """PostgreSQL notices the death of a client a moment later, and holds its locks until then."""
    from support.deadline import wait_for

    def attempt() -> bool | None:
        try:
            return store.migrate()
        except StoreUnavailable:
            return None

    return bool(wait_for(attempt, seconds=60, what="the migration"))


def test_the_scripts_are_in_the_package() -> None:
    assert (Path(migrations.__file__).parent / "versions" / "0004_deadlines_and_states.py").is_file()


def test_arguments_of_triggers_that_were_legible_are_encrypted(db: Store) -> None:
    key = Cipher([Cipher.new_key()])
    sealed.use(db, lambda: key)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    held = {"p": "canary"}
    spec = {
        "dag_id": "d",
        "tasks": [{"task_id": "a", "operator": "X", "start_trigger": {"kwargs": held, "next_kwargs": {}}}],
    }
    with db.begin() as tx:
        migrations.upgrade(tx, "0005")
        tx.execute(sa.insert(t.dag).values(dag_id="d", is_paused=False, created_at=now, timetable={}))
        watcher = {
            "dag_id": "d",
            "asset_name": "a",
            "asset_uri": "a",
            "name": "w",
            "key": "k",
            "classpath": "m.W",
        }
        tx.execute(sa.insert(t.asset_watcher).values(**watcher, kwargs=held, created_at=now))
        encoded = json.dumps(spec).encode()
        made = {"number": 1, "hash": "h", "created_at": now, "updated_at": now, "spec": encoded}
        tx.execute(sa.insert(t.dag_version).values(dag_id="d", **made))
    assert db.migrate()
    with db.read() as tx:
        written = bytes(tx.execute(sa.select(t.dag_version.c.spec)).scalar_one())
        kwargs = tx.execute(sa.select(t.asset_watcher.c.kwargs)).scalar_one()
        assert b"canary" not in written and "canary" not in str(kwargs)
        begins = decode(written).tasks[0].start_trigger
        assert begins is not None and begins["next_kwargs"] == {}
        assert sealed.unseal(tx, begins["kwargs"]) == sealed.unseal(tx, kwargs) == held


def test_a_filled_database_of_before_knows_the_relatives_of_new_runs(db: Store) -> None:
    with db.begin() as tx:
        migrations.upgrade(tx, "0006")
        parent, child = made.run(tx, "parent"), made.run(tx, "child")
        for event in ("b", "a", "b"):
            event_log.seal(tx, [event_log.LogEntry(event=event, at=made.NOW)])
    assert db.migrate()
    with db.begin() as tx:
        assert ui_runs.children(tx, parent.id, None, 9) == []
        run_triggers.put(tx, child.id, parent.id, "t", -1, made.NOW)
        assert [one.run_id for one in ui_runs.children(tx, parent.id, None, 9)] == ["child"]
        runs.delete_runs(tx, [parent.id])
        assert ui_runs.parents(tx, child.id, None, 9) == []
        assert ui_installation.words_of_deeds(tx) == ["a", "b"]
    with db.read() as tx:
        assert event_log.verify(tx).broken is None
