"""Arguments of triggers, and of what goes on after them, are never legible in the database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ostro.errors import StoreError
from ostro.spec import DagSpec, TaskSpec, decode
from ostro.spec.dag import WatcherSpec
from ostro.states import TaskState as S
from ostro.store import NewTrigger, Store, instances, sealed, specs, transitions, triggers, watchers
from ostro.store import tables as t

from . import made
from .made import NOW, move, run, start

CANARY = "swordfish-7f3a"
SECRET = {"token": CANARY}


def with_triggers() -> DagSpec:
    begins: dict[str, Any] = {
        "classpath": "m.T", "kwargs": SECRET, "next_method": "go", "next_kwargs": SECRET, "timeout": None,
    }  # fmt: skip
    watcher = WatcherSpec(name="w", classpath="m.W", kwargs=SECRET, asset_name="a", asset_uri="a")
    return DagSpec(
        dag_id="secret",
        is_paused_upon_creation=False,
        watchers=(watcher,),
        tasks=(
            TaskSpec(task_id="a", operator="X"),
            TaskSpec(task_id="b", operator="X", start_trigger=begins),
        ),
    )


def fill(db: Store) -> int:
    """A deferred instance with its trigger, and a DAG with a watcher and a task that starts in its trigger."""
    with db.begin() as tx:
        made.save(tx, with_triggers(), path="secret.py")
        (ti,) = made.instances(tx, run(tx), "a")
        waits = move(ti.id, S.RUNNING, S.DEFERRED, next_method="go", next_kwargs=SECRET)
        assert transitions.apply_moves(tx, [start(ti.id)], NOW) == [True]
        assert transitions.apply_moves(tx, [waits], NOW) == [True]
        triggers.put(tx, NewTrigger(ti=ti.id, attempt_id="x", classpath="m.T", kwargs=SECRET), NOW)
    return ti.id


def raw(db: Store) -> str:
    """Everything that the tables hold of it."""
    with db.read() as tx:
        found = [tx.exec_driver_sql(f"SELECT * FROM {table}").all() for table in t.metadata.tables]
    return str(found) + str([bytes(v) for v in _specs(db)])


def _specs(db: Store) -> list[Any]:
    with db.read() as tx:
        return list(tx.execute(sa.select(t.dag_version.c.spec)).scalars())


def legible(db: Store, ti: int) -> list[Any]:
    """All of it, decrypted."""
    with db.read() as tx:
        version = specs.current_version(tx, "secret")
        assert version is not None
        spec = decode(specs.load_spec(tx, version))
        begins = spec.tasks[1].start_trigger
        assert begins is not None
        (watcher,) = watchers.active(tx)
        stored = [
            instances.load_instances_by_id(tx, [ti])[0].next_kwargs,
            triggers.of_instances(tx, [ti])[ti].kwargs,
            watcher.kwargs,
            spec.watchers[0].kwargs,
            begins["kwargs"],
            begins["next_kwargs"],
        ]
        return [sealed.unseal(tx, value) for value in stored]


def test_nothing_of_it_is_legible(db: Store) -> None:
    ti = fill(db)
    assert CANARY not in raw(db)
    assert legible(db, ti) == [SECRET] * 6
    if db.dialect == "sqlite":
        for end in ("", "-wal", "-shm"):
            assert CANARY.encode() not in Path(f"{db.engine.url.database}{end}").read_bytes()


def test_equal_dags_keep_their_version_though_encryption_differs_each_time(db: Store) -> None:
    fill(db)
    with db.begin() as tx:
        before = specs.current_version(tx, "secret")
        made.save(tx, with_triggers(), path="secret.py")
        assert specs.current_version(tx, "secret") == before
        assert len(watchers.active(tx)) == 1


def test_what_was_never_encrypted_can_still_be_read(db: Store) -> None:
    ti = fill(db)
    plain = '{"token": "' + CANARY + '"}'
    with db.begin() as tx:
        tx.exec_driver_sql(f"UPDATE trigger SET kwargs = '{plain}'")
        tx.exec_driver_sql(f"UPDATE task_instance SET next_kwargs = '{plain}'")
    assert legible(db, ti) == [SECRET] * 6


def test_without_a_key_nothing_is_written(other: Store) -> None:
    other.set_option(sealed.OPTION, None)
    with pytest.raises(StoreError, match="no key"), other.begin() as tx:
        sealed.seal(tx, SECRET)
    with other.begin() as tx:
        assert sealed.seal(tx, {}) == {} and sealed.seal(tx, None) is None
