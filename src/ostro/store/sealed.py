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
from sqlalchemy import Connection

from ostro.errors import StoreError
from ostro.spec import DagSpec
from ostro.spec.codec import encode
from ostro.store.types import to_json

if TYPE_CHECKING:
    from ostro.store.cipher import Cipher
    from ostro.store.engine import Store

#: Execution option of the connections of a store that can seal.
OPTION = "ostro_cipher"
#: Documents of a task that starts in its trigger.
_OF_START = ("kwargs", "next_kwargs")


def use(store: Store, make: Callable[[], Cipher]) -> None:
    """From now on transactions of this store can seal. The cipher is made when the first secret is read or written."""
    store.set_option(OPTION, cache(make))


def seal(tx: Connection, value: Any) -> Any:
    """The document as it is stored, under the newest key. Nothing stays what it is.

    One that is sealed already may come from a spec that this process read before the key was changed: it is sealed anew,
    or nobody could read it when the old key is gone. One whose key is lost stays what it is.

    Raises StoreError when the store has no cipher.
    """
    cipher = _cipher(tx) if value else None
    if cipher is None:
        return value
    try:
        return renewed(cipher, value)
    except StoreError:
        return value


def unseal(tx: Connection, value: Any) -> Any:
    """The document. Raises StoreError when it was encrypted with a key that is not there any more."""
    if not isinstance(value, str):
        return value
    return msgspec.json.decode(_cipher(tx).decrypt(value.encode("ascii", "replace")))


def seal_spec(tx: Connection, encoded: bytes, spec: DagSpec) -> bytes:
    """The encoded spec with the arguments of its triggers sealed; most specs have none and stay as they are."""
    if not has_triggers(spec):
        return encoded
    return encode(_changed(spec, lambda value: seal(tx, value)))


def renewed(cipher: Cipher, value: Any) -> Any:
    """The document as it is stored under the newest key, also one that never was encrypted; an empty one stays itself.

    Raises StoreError when no key fits it.
    """
    if not value:
        return value
    if isinstance(value, str):
        return cipher.rotate(value.encode("ascii", "replace")).decode("ascii")
    return cipher.encrypt(to_json(value)).decode("ascii")


def renewed_spec(cipher: Cipher, spec: DagSpec) -> DagSpec:
    """The spec with the arguments of its triggers under the newest key. Raises StoreError when no key fits them."""
    return _changed(spec, lambda value: renewed(cipher, value))


def has_triggers(spec: DagSpec) -> bool:
    """Whether there is something in it to seal."""
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


def _cipher(tx: Connection) -> Cipher:
    make = tx.get_execution_options().get(OPTION)
    if make is None:
        raise StoreError("this process was given no key to encrypt arguments of triggers with")
    cipher: Cipher = make()
    return cipher
