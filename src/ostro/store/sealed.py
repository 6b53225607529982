"""Arguments of triggers, and of what goes on after them, encrypted at rest as Connections are: they may hold secrets.

Owns what such a document looks like in its column: a JSON text is the encrypted document, everything else is one that was
never encrypted (an empty one, or one that an earlier version wrote). A value that this process made itself is plain in
its memory; one that it read is sealed until `unseal`. A row whose key is lost can so still be listed, cleared and deleted.

The cipher comes with the store (`use`), as an option of its transactions: moves are written in many places, none of which
knows of secrets.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.errors import StoreError
from ostro.spec import DagSpec
from ostro.spec.codec import decode, encode
from ostro.store import tables as t
from ostro.store.types import to_json

if TYPE_CHECKING:
    from ostro.store.cipher import Cipher
    from ostro.store.engine import Store

#: Execution option of the connections of a store that can seal.
OPTION = "ostro_cipher"
#: Columns of sealed documents.
COLUMNS = (t.trigger.c.kwargs, t.asset_watcher.c.kwargs, t.task_instance.c.next_kwargs)
#: Documents of a task that starts in its trigger.
_OF_START = ("kwargs", "next_kwargs")


def use(store: Store, make: Callable[[], Cipher]) -> None:
    """From now on transactions of this store can seal. The cipher is made when the first secret is read or written."""
    store.set_option(OPTION, cache(make))


def seal(tx: Connection, value: Any) -> Any:
    """The document as it is stored. Nothing, and what is sealed already, stays what it is.

    Raises StoreError when the store has no cipher.
    """
    if not value or isinstance(value, str):
        return value
    return _cipher(tx).encrypt(to_json(value)).decode("ascii")


def unseal(tx: Connection, value: Any) -> Any:
    """The document. Raises StoreError when it was encrypted with a key that is not there any more."""
    if not isinstance(value, str):
        return value
    return msgspec.json.decode(_cipher(tx).decrypt(value.encode("ascii", "replace")))


def seal_spec(tx: Connection, encoded: bytes, spec: DagSpec) -> bytes:
    """The encoded spec with the arguments of its triggers sealed; most specs have none and stay as they are."""
    if not _has_triggers(spec):
        return encoded
    return encode(_changed(spec, lambda value: seal(tx, value)))


def rotate(tx: Connection, cipher: Cipher) -> int:
    """Encrypt everything with the newest key, also what never was; returns how many rows.

    Raises StoreError when no key fits one of them.
    """
    count = 0
    for column in COLUMNS:
        table, key = column.table, column.table.c.id
        for number, value in tx.execute(sa.select(key, column).where(column.is_not(None))).all():
            if value:
                tx.execute(
                    sa.update(table).where(key == number).values({column.name: _renewed(cipher, value)})
                )
                count += 1
    v = t.dag_version
    for number in tx.execute(sa.select(v.c.id).order_by(v.c.id)).scalars().all():
        before = tx.execute(sa.select(v.c.spec).where(v.c.id == number)).scalar_one()
        spec = decode(bytes(before))
        if _has_triggers(spec):
            after = encode(_changed(spec, lambda value: _renewed(cipher, value)))
            tx.execute(sa.update(v).where(v.c.id == number).values(spec=after))
            count += 1
    return count


def _has_triggers(spec: DagSpec) -> bool:
    return bool(spec.watchers) or any(task.start_trigger is not None for task in spec.tasks)


def _changed(spec: DagSpec, change: Callable[[Any], Any]) -> DagSpec:
    """The spec with other arguments of triggers."""
    replace = msgspec.structs.replace
    watchers = tuple(replace(each, kwargs=change(each.kwargs)) for each in spec.watchers)
    tasks = tuple(
        task
        if task.start_trigger is None
        else replace(
            task,
            start_trigger={k: change(v) if k in _OF_START else v for k, v in task.start_trigger.items()},
        )
        for task in spec.tasks
    )
    return replace(spec, watchers=watchers, tasks=tasks)


def _renewed(cipher: Cipher, value: Any) -> Any:
    if not value:
        return value
    if isinstance(value, str):
        return cipher.rotate(value.encode("ascii", "replace")).decode("ascii")
    return cipher.encrypt(to_json(value)).decode("ascii")


def _cipher(tx: Connection) -> Cipher:
    make = tx.get_execution_options().get(OPTION)
    if make is None:
        raise StoreError("this process was given no key to encrypt arguments of triggers with")
    cipher: Cipher = make()
    return cipher
