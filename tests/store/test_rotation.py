"""Another encryption key: everything encrypted is encrypted anew, while others go on reading and writing."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from ostro.errors import StoreError
from ostro.spec import decode
from ostro.store import (
    Cipher,
    ConnectionRecord,
    NewTrigger,
    Store,
    connections,
    rotation,
    sealed,
    specs,
    triggers,
    variables,
)
from ostro.store import tables as t

from .made import NOW
from .test_sealed import CANARY, SECRET, fill, legible, raw

#: A Fernet token, wherever it stands.
TOKEN = re.compile(rb"gAAAA[A-Za-z0-9_=-]{80,}")


class Keys:
    """A database that was written with the old key, and the processes' ciphers before, during and after the change."""

    def __init__(self, db: Store) -> None:
        with db.read() as tx:
            self.old: Cipher = tx.get_execution_options()[sealed.OPTION]()
        key = Cipher.new_key()
        self.new = Cipher([key])
        self.both = Cipher([key, *self.old._keys])


def full(db: Store, keys: Keys) -> int:
    """Something in each place that is encrypted; the number of a deferred instance."""
    with db.begin() as tx:
        variables.set_value(tx, "k", "v", keys.old, now=NOW)
        both = ConnectionRecord(conn_id="both", password="p", extra="{}")
        for record in (both, ConnectionRecord(conn_id="extra", extra="{}"), ConnectionRecord(conn_id="none")):
            connections.save(tx, record, keys.old, now=NOW)
    return fill(db)


def tokens(db: Store) -> list[bytes]:
    """Everything in all tables that looks encrypted."""
    found = []
    with db.read() as tx:
        for table in t.metadata.sorted_tables:
            for row in tx.exec_driver_sql(f'SELECT * FROM "{table.name}"').all():
                for value in row:
                    data = bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()
                    found += TOKEN.findall(data)
    return found


def test_afterwards_the_new_key_alone_reads_everything_that_is_encrypted_anywhere(db: Store) -> None:
    keys = Keys(db)
    ti = full(db, keys)
    before = tokens(db)
    assert len(before) == 10
    assert rotation.rotate(db, keys.both) == {
        "connection": 3, "variable": 1, "trigger": 1, "asset_watcher": 1, "task_instance": 1, "dag_version": 1,
    }  # fmt: skip
    after = tokens(db)
    assert len(after) == len(before) and not set(after) & set(before)
    for token in after:
        keys.new.decrypt(token)
        with pytest.raises(StoreError):
            keys.old.decrypt(token)
    sealed.use(db, lambda: keys.new)
    assert legible(db, ti) == [SECRET] * 6
    with db.read() as tx:
        assert variables.get_value(tx, "k", keys.new) == "v"
        found = connections.get(tx, "both", keys.new)
    assert found is not None and (found.password, found.extra) == ("p", "{}")


def test_what_was_never_encrypted_is_encrypted(db: Store) -> None:
    keys = Keys(db)
    ti = fill(db)
    with db.begin() as tx:
        tx.exec_driver_sql('UPDATE trigger SET kwargs = \'{"token": "' + CANARY + "\"}'")
    rotation.rotate(db, keys.both)
    assert CANARY not in raw(db)
    sealed.use(db, lambda: keys.new)
    assert legible(db, ti) == [SECRET] * 6


def test_it_can_be_done_again_and_takes_many_rows(db: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "BATCH", 3)
    keys = Keys(db)
    with db.begin() as tx:
        for n in range(10):
            variables.set_value(tx, f"k{n}", f"v{n}", keys.old, now=NOW)
    for _ in range(2):
        assert rotation.rotate(db, keys.both)["variable"] == 10
    with db.read() as tx:
        assert [v.value for v in variables.list_all(tx, keys.new)] == [f"v{n}" for n in range(10)]


class Interrupted(Cipher):
    """Calls back after the value was read, before it is written."""

    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    def rotate(self, data: bytes) -> bytes:
        self.meanwhile()
        return super().rotate(data)


def test_a_change_at_the_same_moment_is_not_undone(db: Store, other: Store) -> None:
    keys = Keys(db)
    with db.begin() as tx:
        variables.set_value(tx, "k", "before", keys.old, now=NOW)

    def change() -> None:
        with other.begin() as tx:
            variables.set_value(tx, "k", "after", keys.both, now=NOW)

    someone = threading.Thread(target=change)

    def meanwhile() -> None:
        someone.start()
        # A change that could be lost is committed at once; one that waits for our lock is still waiting.
        someone.join(0.5)

    cipher = Interrupted(keys.both._keys)
    cipher.meanwhile = meanwhile
    rotation.rotate(db, cipher)
    someone.join()
    with db.read() as tx:
        assert variables.get_value(tx, "k", keys.new) == "after"


def test_a_spec_read_before_the_change_writes_nothing_under_the_old_key_after_it(db: Store) -> None:
    """Engines keep decoded specs; a task that starts in its trigger takes its arguments from there."""
    keys = Keys(db)
    ti = fill(db)
    with db.read() as tx:
        version = specs.current_version(tx, "secret")
        assert version is not None
        kept = specs.load_spec(tx, version)
    sealed.use(db, lambda: keys.both)
    rotation.rotate(db, keys.both)
    begins = decode(kept).tasks[1].start_trigger
    assert begins is not None
    with db.begin() as tx:
        tx.execute(sa.delete(t.trigger))
        triggers.put(
            tx,
            NewTrigger(ti=ti, attempt_id="y", classpath="m.T", kwargs=begins["kwargs"], from_file=True),
            NOW,
        )
    sealed.use(db, lambda: keys.new)
    assert legible(db, ti) == [SECRET] * 6


def test_a_value_that_no_key_reads_is_named(db: Store) -> None:
    keys = Keys(db)
    with db.begin() as tx:
        variables.set_value(tx, "lost", "v", Cipher([Cipher.new_key()]), now=NOW)
    with pytest.raises(StoreError, match=r"variable lost: a stored secret .* key that is not there any more"):
        rotation.rotate(db, keys.both)
