"""Variables, encrypted at rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t
from ostro.store.cipher import Cipher
from ostro.store.dialects import insert_into


class Variable(msgspec.Struct, frozen=True, kw_only=True):
    """A variable with its value."""

    key: str
    value: str
    description: str | None = None


def get_value(tx: Connection, key: str, cipher: Cipher) -> str | None:
    """The value; None when there is no such variable."""
    found = tx.execute(sa.select(t.variable.c.value).where(t.variable.c.key == key)).scalar_one_or_none()
    return None if found is None else cipher.decrypt(found)


def get(tx: Connection, key: str, cipher: Cipher) -> Variable | None:
    """The variable; None when there is none."""
    v = t.variable.c
    row = tx.execute(sa.select(v.key, v.value, v.description).where(v.key == key)).one_or_none()
    return (
        None
        if row is None
        else Variable(key=row.key, value=cipher.decrypt(row.value), description=row.description)
    )


def set_value(
    tx: Connection, key: str, value: str, cipher: Cipher, *, description: str | None = None, now: datetime
) -> None:
    """Write a variable; the description of an existing one stays when none is given."""
    values = {"value": cipher.encrypt(value), "updated_at": now}
    if description is not None:
        values["description"] = description
    statement = insert_into(tx, t.variable).values(key=key, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values))


def create(tx: Connection, variable: Variable, cipher: Cipher, *, now: datetime) -> bool:
    """Create a variable; False when there is one of that key."""
    statement = insert_into(tx, t.variable).values(
        key=variable.key,
        value=cipher.encrypt(variable.value),
        description=variable.description,
        updated_at=now,
    )
    return tx.execute(statement.on_conflict_do_nothing().returning(t.variable.c.key)).first() is not None


def delete(tx: Connection, keys: Sequence[str]) -> int:
    """Delete variables; returns how many there were."""
    return tx.execute(sa.delete(t.variable).where(t.variable.c.key.in_(list(keys)))).rowcount


def keys(tx: Connection, *, prefix: str = "") -> list[str]:
    """All keys, sorted; those with this prefix."""
    query = sa.select(t.variable.c.key).order_by(t.variable.c.key)
    if prefix:
        query = query.where(t.variable.c.key.startswith(prefix, autoescape=True))
    return list(tx.execute(query).scalars())


def list_all(tx: Connection, cipher: Cipher) -> list[Variable]:
    """All variables with their values, sorted."""
    v = t.variable.c
    return [
        Variable(key=row.key, value=cipher.decrypt(row.value), description=row.description)
        for row in tx.execute(sa.select(v.key, v.value, v.description).order_by(v.key))
    ]
