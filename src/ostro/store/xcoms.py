"""XComs. Values are JSON text as the task's process made it; nothing here reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.records import XComRow
from ostro.store import purges
from ostro.store import tables as t
from ostro.store.driver import execute, execute_many, fetch, moment_in
from ostro.store.types import clean_text

#: The key under which a branch or short circuit leaves which tasks it skipped (Airflow's SkipMixin).
SKIP_KEY = "skipmixin_key"

_PUT = (
    "INSERT INTO xcom (run, task_id, map_index, key, length, at, value) VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (run, task_id, map_index, key)"
    " DO UPDATE SET length = excluded.length, at = excluded.at, value = excluded.value"
)
_CLEAR = "DELETE FROM xcom WHERE run = ? AND task_id = ? AND map_index = ?"
_GET = (
    "SELECT x.value FROM xcom x JOIN dag_run r ON r.id = x.run"
    " WHERE r.dag_id = ? AND r.run_id = ? AND x.task_id = ? AND x.map_index = ? AND x.key = ?"
)


def put(tx: Connection, run: int, rows: Sequence[XComRow], now: datetime) -> None:
    """Write XComs of a run; an earlier value of the same key is replaced."""
    if not rows:
        return
    at = moment_in(tx)(now)
    values = [
        (run, clean_text(r.task_id), r.map_index, clean_text(r.key), r.length, at, r.value) for r in rows
    ]
    if len(values) == 1:
        execute(tx, _PUT, values[0])
    else:
        execute_many(tx, _PUT, values)


def get_one(
    tx: Connection,
    dag_id: str,
    run_id: str,
    task_id: str,
    key: str,
    map_index: int = -1,
    *,
    include_prior_dates: bool = False,
) -> bytes | None:
    """One value. With `include_prior_dates`: of the latest run up to this one's logical date that has it."""
    rows = fetch(tx, _GET, (dag_id, run_id, task_id, map_index, key))
    if rows or not include_prior_dates:
        return bytes(rows[0][0]) if rows else None
    run = _prior_run(tx, dag_id, run_id, task_id, key, map_index)
    if run is None:
        return None
    x = t.xcom.c
    query = sa.select(x.value).where(
        x.run == run, x.task_id == task_id, x.map_index == map_index, x.key == key
    )
    return bytes(tx.execute(query).scalar_one())


def get_many(
    tx: Connection,
    dag_id: str,
    run_id: str,
    task_id: str,
    key: str,
    *,
    start: int | None = None,
    stop: int | None = None,
    include_prior_dates: bool = False,
    newest: bool = False,
) -> list[tuple[int, bytes]]:
    """(map index, value) of all instances of a task, ordered by map index; a slice of it by position (as Python's).

    With `include_prior_dates` those of this run and all runs of earlier logical dates, the oldest of a map index first;
    with `newest` too those of the latest of these runs that has any.
    """
    if include_prior_dates and not newest:
        return _get_all(tx, dag_id, run_id, task_id, key)[start:stop]
    run = _run_number(tx, dag_id, run_id)
    if include_prior_dates and (run is None or _count(tx, run, task_id, key) == 0):
        run = _prior_run(tx, dag_id, run_id, task_id, key, None)
    if run is None:
        return []
    total = _count(tx, run, task_id, key) if _is_negative(start) or _is_negative(stop) else None
    first, last = _positions(start, stop, total)
    x = t.xcom.c
    query = (
        sa.select(x.map_index, x.value)
        .where(x.run == run, x.task_id == task_id, x.key == key)
        .order_by(x.map_index)
        .offset(first)
    )
    if last is not None:
        query = query.limit(max(0, last - first))
    return [(index, bytes(value)) for index, value in tx.execute(query)]


def count(tx: Connection, dag_id: str, run_id: str, task_id: str, key: str) -> int:
    """How many instances of the task have the key."""
    run = _run_number(tx, dag_id, run_id)
    return 0 if run is None else _count(tx, run, task_id, key)


def delete(
    tx: Connection,
    dag_id: str,
    run_id: str,
    task_id: str,
    key: str,
    map_index: int = -1,
    *,
    is_purged: bool = False,
) -> bool:
    """Delete one XCom; False when there was none. `is_purged`: whoever asks has its backend delete the value."""
    run = _run_number(tx, dag_id, run_id)
    if run is not None and not is_purged:
        purges.of_one(tx, run, task_id, key, map_index)
    x = t.xcom
    where = (x.c.run == run, x.c.task_id == task_id, x.c.map_index == map_index, x.c.key == key)
    return run is not None and tx.execute(sa.delete(x).where(*where)).rowcount == 1


def of_instance(tx: Connection, run: int, task_id: str, map_index: int) -> list[tuple[str, bytes]]:
    """(key, value) of all XComs of an instance."""
    x = t.xcom.c
    query = sa.select(x.key, x.value).where(x.run == run, x.task_id == task_id, x.map_index == map_index)
    return [(key, bytes(value)) for key, value in tx.execute(query.order_by(x.key))]


def clear_for(tx: Connection, instances: Sequence[tuple[int, str, int]]) -> None:
    """Delete all XComs of these instances, (run, task_id, map_index) each: a new try starts without any."""
    if instances:
        execute_many(tx, _CLEAR, instances)


def search(
    tx: Connection,
    dag_id: str,
    *,
    run_ids: Sequence[str] | None = None,
    task_ids: Sequence[str] | None = None,
    keys: Sequence[str] | None = None,
    values: bool = True,
    limit: int = 10_000,
) -> list[dict[str, Any]]:
    """XComs of a DAG (any for an empty id) as user code sees them, the newest run first."""
    r, x = t.dag_run.c, t.xcom.c
    query = sa.select(
        r.dag_id, r.run_id, r.logical_date, x.task_id, x.map_index, x.key, x.at.label("timestamp"),
        (x.value if values else sa.null()).label("value"),
    ).join_from(t.xcom, t.dag_run, x.run == r.id)  # fmt: skip
    if dag_id:
        query = query.where(r.dag_id == dag_id)
    for column, wanted in ((r.run_id, run_ids), (x.task_id, task_ids), (x.key, keys)):
        if wanted is not None:
            query = query.where(column.in_(list(wanted)))
    query = query.order_by(r.run_after.desc(), r.id.desc(), x.task_id, x.map_index, x.key).limit(limit)
    return [
        {**row._mapping, "value": None if row.value is None else bytes(row.value)}
        for row in tx.execute(query)
    ]


def lengths(tx: Connection, runs: Iterable[int]) -> dict[int, dict[tuple[str, str, int], int]]:
    """Per run: (task_id, key, map_index) -> length of the list or dict; -1 = a value without length."""
    x = t.xcom.c
    found: dict[int, dict[tuple[str, str, int], int]] = {}
    for part in _parts(runs):
        length = sa.func.coalesce(x.length, -1)
        query = sa.select(x.run, x.task_id, x.key, x.map_index, length).where(x.run.in_(part))
        for run, task_id, key, map_index, n in tx.execute(query):
            found.setdefault(run, {})[task_id, key, map_index] = n
    return found


def skips(tx: Connection, runs: Iterable[int]) -> dict[int, dict[tuple[str, int], Any]]:
    """Per run: (task_id, map_index) -> what a branch or short circuit left, {"skipped": […]} or {"followed": […]}."""
    x = t.xcom.c
    found: dict[int, dict[tuple[str, int], Any]] = {}
    for part in _parts(runs):
        query = sa.select(x.run, x.task_id, x.map_index, x.value).where(x.run.in_(part), x.key == SKIP_KEY)
        for run, task_id, map_index, value in tx.execute(query):
            found.setdefault(run, {})[task_id, map_index] = msgspec.json.decode(value)
    return found


# ---- helpers -------------------------------------------------------------------------------------------------------------


def _parts(runs: Iterable[int]) -> list[list[int]]:
    ids = sorted(set(runs))
    return [ids[i : i + 500] for i in range(0, len(ids), 500)]


def _run_number(tx: Connection, dag_id: str, run_id: str) -> int | None:
    rows = fetch(tx, "SELECT id FROM dag_run WHERE dag_id = ? AND run_id = ?", (dag_id, run_id))
    return rows[0][0] if rows else None


def _count(tx: Connection, run: int, task_id: str, key: str) -> int:
    x = t.xcom.c
    query = sa.select(sa.func.count()).where(x.run == run, x.task_id == task_id, x.key == key)
    return int(tx.execute(query).scalar_one())


def _get_all(tx: Connection, dag_id: str, run_id: str, task_id: str, key: str) -> list[tuple[int, bytes]]:
    r, x = t.dag_run.c, t.xcom.c
    this = sa.select(r.logical_date).where(r.dag_id == dag_id, r.run_id == run_id).scalar_subquery()
    query = (
        sa.select(x.map_index, x.value)
        .join_from(t.xcom, t.dag_run, x.run == r.id)
        .where(r.dag_id == dag_id, x.task_id == task_id, x.key == key)
        .where(sa.or_(r.run_id == run_id, r.logical_date <= this))
        .order_by(x.map_index, r.logical_date, r.id)
    )
    return [(index, bytes(value)) for index, value in tx.execute(query)]


def _prior_run(
    tx: Connection, dag_id: str, run_id: str, task_id: str, key: str, map_index: int | None
) -> int | None:
    """The latest run of the DAG, not after this one's logical date, with such an XCom."""
    r, x = t.dag_run.c, t.xcom.c
    this = sa.select(r.logical_date).where(r.dag_id == dag_id, r.run_id == run_id).scalar_subquery()
    has = sa.exists().where(x.run == r.id, x.task_id == task_id, x.key == key)
    if map_index is not None:
        has = has.where(x.map_index == map_index)
    query = (
        sa.select(r.id)
        .where(r.dag_id == dag_id, r.logical_date <= this, has)
        .order_by(r.logical_date.desc())
        .limit(1)
    )
    return tx.execute(query).scalar_one_or_none()


def _is_negative(value: int | None) -> bool:
    return value is not None and value < 0


def _positions(start: int | None, stop: int | None, total: int | None) -> tuple[int, int | None]:
    if total is not None:
        first, last, _ = slice(start, stop).indices(total)
        return first, last
    return start or 0, stop
