"""Task instances: insert, load, search; what runs on a machine. Changes of state are in `transitions`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.records import NewInstance, TaskInstanceRecord
from ostro.states import ALIVE, TaskState
from ostro.store import tables as t
from ostro.store.clock import db_now
from ostro.store.driver import changes, execute, execute_many, fetch, is_sqlite, moment_in
from ostro.store.types import clean_text, from_micros

CHUNK = 10_000


class RunningAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt that the database calls running: whose process may be alive."""

    attempt_id: str
    ti: int
    run: int
    task_id: str
    map_index: int
    try_number: int
    state: TaskState
    hostname: str
    engine: str | None
    pid: int | None
    pid_birth: int | None
    #: In the database's time; `start_date` in that of the engine that started it.
    heartbeat_at: datetime | None
    start_date: datetime | None


_FIELDS = TaskInstanceRecord.__struct_fields__
_SELECT = f"SELECT {', '.join(_FIELDS)} FROM task_instance"
_STATES = {s.value: s for s in TaskState}

_ALLOCATE = "SELECT nextval('task_instance_id_seq') FROM generate_series(1, ?)"
_INSERTED = (
    "id", "run", "task_id", "map_index", "state", "max_tries", "pool", "pool_slots", "queue", "priority_weight",
    "operator", "executor", "version_id",
)  # fmt: skip
_INSERT_SQLITE = (
    f"INSERT INTO task_instance ({', '.join(_INSERTED)}) VALUES ({', '.join('?' * len(_INSERTED))})"
    " ON CONFLICT (run, task_id, map_index) DO NOTHING"
)
_INSERT_POSTGRESQL = (
    f"INSERT INTO task_instance ({', '.join(_INSERTED)}) SELECT * FROM unnest(?::bigint[], ?::bigint[], ?::text[],"
    " ?::int[], ?::text[], ?::int[], ?::text[], ?::int[], ?::text[], ?::bigint[], ?::text[], ?::text[],"
    " ?::bigint[]) ON CONFLICT (run, task_id, map_index) DO NOTHING"
)


def insert_instances(tx: Connection, new: Sequence[NewInstance]) -> list[TaskInstanceRecord]:
    """Insert instances; the records in the same order. One that exists already is returned as it is in the database."""
    if not new:
        return []
    ids = _allocate(tx, len(new))
    rows = [
        (
            i, n.run, clean_text(n.task_id), n.map_index, n.state.value, n.max_tries, clean_text(n.pool), n.pool_slots,
            clean_text(n.queue), n.priority_weight, n.operator, n.executor, n.version_id,
        )
        for i, n in zip(ids, new, strict=True)
    ]  # fmt: skip
    if is_sqlite(tx):
        before = changes(tx)
        execute_many(tx, _INSERT_SQLITE, rows)
        inserted = changes(tx) - before
    else:
        inserted = execute(
            tx, _INSERT_POSTGRESQL, [list(column) for column in zip(*rows, strict=True)]
        ).rowcount
    records = [
        TaskInstanceRecord(
            id=i,
            run=n.run,
            task_id=n.task_id,
            map_index=n.map_index,
            state=n.state,
            max_tries=n.max_tries,
            version_id=n.version_id,
        )
        for i, n in zip(ids, new, strict=True)
    ]
    if inserted < len(new):
        existing = {(r.run, r.task_id, r.map_index): r for r in load_instances(tx, {n.run for n in new})}
        records = [existing[r.run, clean_text(r.task_id), r.map_index] for r in records]
    return records


def load_instances(tx: Connection, runs: Iterable[int]) -> list[TaskInstanceRecord]:
    """All instances of these runs, in the order of their ids."""
    return _load(tx, "run", sorted(set(runs)))


def load_instances_by_id(tx: Connection, ids: Iterable[int]) -> list[TaskInstanceRecord]:
    """The instances with these ids; missing ones are left out."""
    return _load(tx, "id", sorted(set(ids)))


def find_instance(tx: Connection, run: int, task_id: str, map_index: int = -1) -> TaskInstanceRecord | None:
    """One instance of a run."""
    sql = f"{_SELECT} WHERE run = ? AND task_id = ? AND map_index = ?"
    rows = fetch(tx, sql, (run, task_id, map_index))
    return _record(rows[0], is_sqlite(tx)) if rows else None


def find_attempt(tx: Connection, attempt_id: str) -> TaskInstanceRecord | None:
    """The instance whose current attempt this is; None when it is superseded or unknown."""
    where = "id = (SELECT ti FROM attempt WHERE attempt_id = ?) AND attempt_id = ?"
    rows = fetch(tx, f"{_SELECT} WHERE {where}", (attempt_id, attempt_id))
    return _record(rows[0], is_sqlite(tx)) if rows else None


def closed_attempt(tx: Connection, attempt_id: str) -> tuple[TaskState, datetime | None] | None:
    """How and when an attempt ended; None when it is open or unknown."""
    a = t.attempt.c
    query = sa.select(a.state, a.end_date).where(a.attempt_id == attempt_id, a.closed_at.is_not(None))
    row = tx.execute(query).one_or_none()
    return None if row is None else (TaskState(row.state), row.end_date)


def running_on(tx: Connection, *, engine: str | None = None) -> list[RunningAttempt]:
    """Open attempts of instances that are running (or restarting), of one engine or of all."""
    a, i = t.attempt.c, t.task_instance.c
    query = (
        sa.select(
            a.attempt_id, a.ti, i.run, i.task_id, i.map_index, a.try_number, i.state, a.hostname, a.engine, a.pid,
            a.pid_birth, a.heartbeat_at, a.start_date,
        )
        .join(t.task_instance, i.id == a.ti)
        .where(a.closed_at.is_(None), i.state.in_([s.value for s in ALIVE]))
        .order_by(a.attempt_id)
    )  # fmt: skip
    if engine is not None:
        query = query.where(a.engine == engine)
    return [
        RunningAttempt(**{**row._asdict(), "state": TaskState(row.state), "hostname": row.hostname or ""})
        for row in tx.execute(query)
    ]


def ended_since(
    tx: Connection, since: datetime, *, most: int = 20_000
) -> list[tuple[str, int, int, str | None]]:
    """Attempts that a move has ended since this moment: id, process, its birth, and whose process it is.

    Read from the newest of the history back, so that its length does not matter; at most so many moves.
    """
    v, a = t.ti_event.c, t.attempt.c
    alive = [s.value for s in ALIVE]
    found: dict[str, tuple[str, int, int, str | None]] = {}
    last: int | None = None
    for _ in range(0, most, 500):
        query = sa.select(v.sequence, v.at, v.attempt_id, v.before, v.after).order_by(v.sequence.desc())
        rows = tx.execute((query if last is None else query.where(v.sequence < last)).limit(500)).all()
        recent = [row for row in rows if row.at >= since]
        ended = [r.attempt_id for r in recent if r.attempt_id and r.before in alive and r.after not in alive]
        processes = sa.select(a.attempt_id, a.pid, a.pid_birth, a.engine).where(
            a.attempt_id.in_(ended), a.pid.is_not(None), a.closed_at.is_not(None)
        )
        for row in tx.execute(processes) if ended else ():
            found[row.attempt_id] = (row.attempt_id, row.pid, row.pid_birth or 0, row.engine)
        if len(recent) < len(rows) or len(rows) < 500:
            break
        last = rows[-1].sequence
    return list(found.values())


def last_reason(tx: Connection, instance: int) -> str:
    """Why the instance came into its state, in the words of who moved it; "" when that is not known."""
    v = t.ti_event.c
    query = sa.select(v.reason).where(v.ti == instance).order_by(v.sequence.desc()).limit(1)
    return tx.execute(query).scalar() or ""


def heartbeat(tx: Connection, attempt_ids: Sequence[str]) -> list[str]:
    """Note, in the database's time, that these attempts live; returns those that are still open (the others are
    superseded)."""
    if not attempt_ids:
        return []
    at = moment_in(tx)(db_now(tx))
    if is_sqlite(tx):
        sql = "UPDATE attempt SET heartbeat_at = ? WHERE attempt_id = ? AND closed_at IS NULL"
        return [a for a in attempt_ids if execute(tx, sql, (at, a)).rowcount == 1]
    sql = "UPDATE attempt SET heartbeat_at = ? WHERE attempt_id = ANY(?) AND closed_at IS NULL RETURNING attempt_id"
    return [row[0] for row in fetch(tx, sql, (at, list(attempt_ids)))]


def search(
    tx: Connection,
    dag_id: str,
    *,
    task_ids: Sequence[str] | None = None,
    group_id: str | None = None,
    run_ids: Sequence[str] | None = None,
    states: Sequence[str] | None = None,
    map_index: int | None = None,
    logical_dates: Sequence[datetime] | None = None,
    limit: int = 10_000,
) -> list[dict[str, Any]]:
    """Instances of a DAG (any for an empty id) as user code sees them, oldest run first. A group means all task ids below it."""
    i, r = t.task_instance.c, t.dag_run.c
    query = (
        sa.select(
            r.dag_id, r.run_id, r.logical_date, i.task_id, i.map_index, i.state, i.try_number, i.max_tries,
            i.start_date, i.end_date, i.duration, i.hostname, i.pool, i.queue, i.operator, i.queued_at,
            i.pool_slots, i.priority_weight,
        )
        .join(t.dag_run, r.id == i.run)
        .order_by(r.run_after, i.id)
        .limit(limit)
    )  # fmt: skip
    if dag_id:
        query = query.where(r.dag_id == dag_id)
    if task_ids is not None:
        query = query.where(i.task_id.in_(list(task_ids)))
    if group_id is not None:
        query = query.where(i.task_id.startswith(group_id + ".", autoescape=True))
    if run_ids is not None:
        query = query.where(r.run_id.in_(list(run_ids)))
    if states is not None:
        query = query.where(i.state.in_([str(s) for s in states]))
    if map_index is not None:
        query = query.where(i.map_index == map_index)
    if logical_dates is not None:
        query = query.where(r.logical_date.in_(list(logical_dates)))
    return [dict(row._mapping) for row in tx.execute(query)]


def set_note(tx: Connection, ti: int, note: str | None, user: str | None, now: datetime) -> bool:
    """Write the note of an instance; False when there is no such instance."""
    i = t.task_instance
    done = tx.execute(sa.update(i).where(i.c.id == ti).values(note=note, note_user=user, updated_at=now))
    return done.rowcount == 1


# ---- rows ------------------------------------------------------------------------------------------------------------


def _allocate(tx: Connection, count: int) -> Sequence[int]:
    """Ids that were never used, so that the id of a deleted instance never names another one."""
    if not is_sqlite(tx):
        return [row[0] for row in fetch(tx, _ALLOCATE, (count,))]
    rows = fetch(tx, "SELECT seq FROM sqlite_sequence WHERE name = 'task_instance'")
    first = (rows[0][0] if rows else 0) + 1
    return range(first, first + count)


def _load(tx: Connection, column: str, values: list[int]) -> list[TaskInstanceRecord]:
    sqlite = is_sqlite(tx)
    if not sqlite:
        rows = fetch(tx, f"{_SELECT} WHERE {column} = ANY(?) ORDER BY id", (values,)) if values else []
        return [_record(row, sqlite) for row in rows]
    found: list[TaskInstanceRecord] = []
    for start in range(0, len(values), CHUNK):
        part = values[start : start + CHUNK]
        sql = f"{_SELECT} WHERE {column} IN ({', '.join('?' * len(part))}) ORDER BY id"
        found += [_record(row, sqlite) for row in fetch(tx, sql, part)]
    return found


_MOMENTS = tuple(
    _FIELDS.index(n) for n in ("due_at", "queued_at", "start_date", "end_date", "first_start_date")
)
_STATE = _FIELDS.index("state")
_KWARGS = _FIELDS.index("next_kwargs")


def _record(row: Sequence[Any], sqlite: bool) -> TaskInstanceRecord:
    values = list(row)
    if sqlite:
        for i in _MOMENTS:
            if values[i] is not None:
                values[i] = from_micros(values[i])
    values[_STATE] = _STATES[values[_STATE]]
    if values[_KWARGS] is not None:
        values[_KWARGS] = msgspec.json.decode(values[_KWARGS])
    return TaskInstanceRecord(**dict(zip(_FIELDS, values, strict=True)))


def delete_instances(tx: Connection, ids: Sequence[int]) -> int:
    """Delete rows (unexpanded instances whose expansions take their place); returns how many there were."""
    if not ids:
        return 0
    return tx.execute(sa.delete(t.task_instance).where(t.task_instance.c.id.in_(list(ids)))).rowcount
