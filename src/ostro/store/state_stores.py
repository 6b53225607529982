"""State that tasks and assets keep between tries and runs. Values are JSON text of the task's process; nobody here reads them.

A key of a task belongs to one instance (run, task, map index), survives its tries, and may expire; it goes with its
run. A key of an asset belongs to the asset's name and URI and is kept until somebody deletes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t
from ostro.store.dialects import insert_into


class TaskState(msgspec.Struct, frozen=True, kw_only=True):
    """One key of a task instance."""

    key: str
    value: bytes
    updated_at: datetime
    expires_at: datetime | None


class AssetState(msgspec.Struct, frozen=True, kw_only=True):
    """One key of an asset, and who wrote it last: "task", "watcher" or "api"."""

    key: str
    value: bytes
    updated_at: datetime
    writer: str
    dag_id: str | None = None
    run_id: str | None = None
    task_id: str | None = None
    map_index: int | None = None


_t, _a = t.task_state.c, t.asset_state.c

# ---- tasks -------------------------------------------------------------------------------------------------------


def _instance(run: int, task_id: str, map_index: int) -> tuple[sa.ColumnElement[bool], ...]:
    return _t.run == run, _t.task_id == task_id, _t.map_index == map_index


def task_get(
    tx: Connection, run: int, task_id: str, map_index: int, key: str, now: datetime
) -> TaskState | None:
    """One key; None when it is not there or has expired."""
    query = sa.select(_t.key, _t.value, _t.updated_at, _t.expires_at).where(
        *_instance(run, task_id, map_index), _t.key == key, _fresh(now)
    )
    row = tx.execute(query).one_or_none()
    return None if row is None else TaskState(**{**row._asdict(), "value": bytes(row.value)})


def task_list(
    tx: Connection,
    run: int,
    task_id: str,
    map_index: int,
    now: datetime,
    *,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[TaskState], int]:
    """Keys of an instance by name, and how many there are in all."""
    where = (*_instance(run, task_id, map_index), _fresh(now))
    total = int(tx.execute(sa.select(sa.func.count()).select_from(t.task_state).where(*where)).scalar_one())
    query = (
        sa.select(_t.key, _t.value, _t.updated_at, _t.expires_at)
        .where(*where)
        .order_by(_t.key)
        .limit(limit)
        .offset(offset)
    )
    rows = [TaskState(**{**row._asdict(), "value": bytes(row.value)}) for row in tx.execute(query)]
    return rows, total


def task_put(
    tx: Connection,
    run: int,
    task_id: str,
    map_index: int,
    key: str,
    value: bytes,
    *,
    expires_at: datetime | None,
    now: datetime,
) -> None:
    """Write one key; an earlier value and expiry are replaced."""
    values = {
        "run": run,
        "task_id": task_id,
        "map_index": map_index,
        "key": key,
        "value": value,
        "updated_at": now,
        "expires_at": expires_at,
    }
    statement = insert_into(tx, t.task_state).values(**values)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["run", "task_id", "map_index", "key"],
            set_={name: values[name] for name in ("value", "updated_at", "expires_at")},
        )
    )


def task_delete(
    tx: Connection, run: int, task_id: str, map_index: int | None, *, key: str | None = None
) -> int:
    """Delete one key, or all of an instance, or (without `map_index`) of all instances of the task. Returns how many."""
    where = [_t.run == run, _t.task_id == task_id]
    if map_index is not None:
        where.append(_t.map_index == map_index)
    if key is not None:
        where.append(_t.key == key)
    return tx.execute(sa.delete(t.task_state).where(*where)).rowcount


def task_has_any(tx: Connection, run: int, task_id: str, map_index: int) -> bool:
    """Whether the instance keeps state."""
    query = sa.select(sa.literal(1)).where(*_instance(run, task_id, map_index)).limit(1)
    return tx.execute(query).first() is not None


def expire(tx: Connection, now: datetime, *, limit: int = 1000) -> int:
    """Delete keys of tasks whose moment has come; returns how many."""
    keys = sa.select(_t.run, _t.task_id, _t.map_index, _t.key).where(_t.expires_at <= now).limit(limit)
    old = sa.tuple_(_t.run, _t.task_id, _t.map_index, _t.key).in_(keys)
    return tx.execute(sa.delete(t.task_state).where(old)).rowcount


def count_expired(tx: Connection, now: datetime) -> int:
    """How many keys `expire` would delete."""
    query = sa.select(sa.func.count()).select_from(t.task_state).where(_t.expires_at <= now)
    return int(tx.execute(query).scalar_one())


def _fresh(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(_t.expires_at.is_(None), _t.expires_at > now)


# ---- assets ------------------------------------------------------------------------------------------------------

_ASSET = sa.select(_a.key, _a.value, _a.updated_at, _a.writer, _a.dag_id, _a.run_id, _a.task_id, _a.map_index)


def asset_get(tx: Connection, name: str, uri: str, key: str) -> AssetState | None:
    """One key of an asset."""
    row = tx.execute(_ASSET.where(*_asset(name, uri), _a.key == key)).first()
    return None if row is None else AssetState(**{**row._asdict(), "value": bytes(row.value)})


def asset_list(
    tx: Connection, name: str, uri: str, *, limit: int = 50, offset: int = 0
) -> tuple[Sequence[AssetState], int]:
    """Keys of an asset by name, and how many there are in all."""
    where = _asset(name, uri)
    total = int(tx.execute(sa.select(sa.func.count()).select_from(t.asset_state).where(*where)).scalar_one())
    rows = tx.execute(_ASSET.where(*where).order_by(_a.key).limit(limit).offset(offset))
    return [AssetState(**{**row._asdict(), "value": bytes(row.value)}) for row in rows], total


def asset_named(tx: Connection, asset_id: int) -> tuple[str, str] | None:
    """Name and URI of the asset with this row number."""
    a = t.asset.c
    row = tx.execute(sa.select(a.name, a.uri).where(a.id == asset_id)).first()
    return None if row is None else (row.name, row.uri)


def asset_put(tx: Connection, name: str, uri: str, state: AssetState) -> None:
    """Write one key; an earlier value is replaced."""
    values = {"name": name, "uri": uri, **msgspec.structs.asdict(state)}
    statement = insert_into(tx, t.asset_state).values(**values)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["name", "uri", "key"],
            set_={k: v for k, v in values.items() if k not in ("name", "uri", "key")},
        )
    )


def asset_delete(tx: Connection, name: str, uri: str, *, key: str | None = None) -> int:
    """Delete one key of an asset, or all. Returns how many."""
    where = list(_asset(name, uri))
    if key is not None:
        where.append(_a.key == key)
    return tx.execute(sa.delete(t.asset_state).where(*where)).rowcount


def _asset(name: str, uri: str) -> tuple[sa.ColumnElement[bool], ...]:
    return _a.name == name, _a.uri == uri
