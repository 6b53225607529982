"""Another encryption key: everything that is encrypted in the database, encrypted anew with the newest key.

Owns the list of what is encrypted (`VALUES`, `DOCUMENTS`, and arguments of triggers within specs). Everything goes on
meanwhile: rows are looked for outside of the write and changed in short transactions, each row locked before it is read,
so that a change that somebody makes at the same moment is neither lost nor undone. A rotation that was interrupted is
simply begun anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.errors import StoreError
from ostro.spec import decode, encode
from ostro.store import sealed
from ostro.store import tables as t
from ostro.store.cipher import Cipher
from ostro.store.engine import Store

#: Rows changed in one transaction.
BATCH = 200
#: Columns whose bytes are encrypted.
VALUES = (t.connection.c.password, t.connection.c.extra, t.variable.c.value)
#: Columns of sealed documents (`store.sealed`).
DOCUMENTS = (t.trigger.c.kwargs, t.asset_watcher.c.kwargs, t.task_instance.c.next_kwargs)


def rotate(store: Store, cipher: Cipher) -> dict[str, int]:
    """Encrypt everything with the newest key, also documents that never were; returns how many values of each table.

    Raises StoreError, which names the place, when no key fits one of them; what was done before that stays done.
    """
    counts: dict[str, int] = {}
    for column in (*VALUES, *DOCUMENTS):
        name = column.table.name
        counts[name] = counts.get(name, 0) + sum(_column(store, column, cipher))
    counts[t.dag_version.name] = sum(_specs(store, cipher))
    return counts


def _column(store: Store, column: sa.Column[Any], cipher: Cipher) -> Iterator[int]:
    table, key = column.table, next(iter(column.table.primary_key))
    is_document = column in DOCUMENTS
    for keys in _keys(store, key, column.is_not(None)):
        with store.begin() as tx:
            count = 0
            for row, value in _locked(tx, key, column, keys):
                if value is None or (is_document and not value):
                    continue
                with _place(table, row):
                    after = sealed.renewed(cipher, value) if is_document else cipher.rotate(value)
                tx.execute(sa.update(table).where(key == row).values({column.name: after}))
                count += 1
        yield count


def _specs(store: Store, cipher: Cipher) -> Iterator[int]:
    v = t.dag_version
    for keys in _keys(store, v.c.id, sa.true()):
        # Most specs have no triggers: those are not even locked.
        with store.read() as tx:
            rows = tx.execute(sa.select(v.c.id, v.c.spec).where(v.c.id.in_(keys))).all()
        wanted = [number for number, spec in rows if sealed.has_triggers(decode(bytes(spec)))]
        if not wanted:
            continue
        with store.begin() as tx:
            count = 0
            for number, before in _locked(tx, v.c.id, v.c.spec, wanted):
                with _place(v, number):
                    after = encode(sealed.renewed_spec(cipher, decode(bytes(before))))
                tx.execute(sa.update(v).where(v.c.id == number).values(spec=after))
                count += 1
        yield count


def _keys(store: Store, key: sa.Column[Any], where: sa.ColumnElement[bool]) -> Iterator[list[Any]]:
    """Primary keys of all rows that fulfil a condition, in batches. Rows that are made meanwhile have the newest key."""
    last = None
    while True:
        query = sa.select(key).where(where).order_by(key).limit(BATCH)
        with store.read() as tx:
            found = list(tx.execute(query if last is None else query.where(key > last)).scalars())
        if not found:
            return
        yield found
        last = found[-1]


def _locked(tx: Connection, key: sa.Column[Any], column: sa.Column[Any], keys: list[Any]) -> list[Any]:
    """These rows, which nobody else changes until the transaction ends (on SQLite nobody else writes at all)."""
    query = sa.select(key, column).where(key.in_(keys)).order_by(key).with_for_update()
    return list(tx.execute(query).all())


@contextmanager
def _place(table: sa.Table, row: Any) -> Iterator[None]:
    """Adds to a StoreError which row it was."""
    try:
        yield
    except StoreError as error:
        raise StoreError(f"{table.name} {row}: {error}") from None


def samples(tx: Connection, *, limit: int = 3) -> list[bytes]:
    """The newest few encrypted values of Connections, Variables and triggers: does a key fit this database at all?

    Only of what can be deleted without the key, so that an installation that lost it can be put to work again.
    """
    found: list[bytes] = []
    for column in VALUES:
        query = sa.select(column).where(column.is_not(None)).order_by(column.table.c.updated_at.desc())
        found += [bytes(value) for value in tx.execute(query.limit(limit)).scalars()]
    waiting = sa.select(t.trigger.c.kwargs).order_by(t.trigger.c.id.desc()).limit(limit)
    found += [
        value.encode("ascii", "replace") for value in tx.execute(waiting).scalars() if isinstance(value, str)
    ]
    return found
