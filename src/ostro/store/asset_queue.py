"""Queues of DAGs that are scheduled on assets: what makes their next runs, and which events a run consumes.

An event is put into the queue of a DAG in the transaction that writes it, and what made a run leaves the queue in the
transaction that makes the run. A queue has one row for each asset, however many events come (as Airflow's): its run
consumes every event of its assets since the last run that no run of the DAG has consumed. So a DAG that is paused has no
queue, and its next run consumes what came meanwhile. A DAG on partitions has a row for each event with a key; other
events are not for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.states import RunType
from ostro.store import tables as t
from ostro.store.dialects import numbers_in
from ostro.store.driver import execute_many, fetch, moment_in
from ostro.store.types import from_micros


class Queued(msgspec.Struct, frozen=True):
    """A row of a queue: the last event of an asset, or an event with a partition key."""

    event_id: int
    asset_id: int
    #: Name and URI of the asset.
    key: tuple[str, str]
    #: When the first event of the row was written.
    created_at: datetime
    partition_key: str | None


class Pending(msgspec.Struct, frozen=True):
    """Events that the next run of a DAG consumes, found once: there may be a million of them."""

    dag_id: str
    #: Their numbers, with commas between them: they go back to the database as they came.
    ids: str
    #: The moment of the last one without a partition key; None when there is none.
    last: datetime | None


class _Kind(msgspec.Struct):
    type: str = ""


#: Listens to the asset itself, to its name or URI, or to one of the aliases of the event.
_LISTENERS = (
    "SELECT d.dag_id, d.timetable FROM dag d WHERE d.is_stale = ? AND d.is_paused = ? AND d.dag_id IN ("
    "SELECT dag_id FROM dag_schedule_asset WHERE asset_id = ?"
    " UNION SELECT r.dag_id FROM dag_schedule_ref r JOIN asset a ON a.id = ? AND a.is_active"
    " AND ((r.kind = 'name' AND r.text = a.name) OR (r.kind = 'uri' AND r.text = a.uri))"
    " UNION SELECT s.dag_id FROM dag_schedule_alias s JOIN asset_event_alias e ON e.alias_id = s.alias_id"
    " WHERE e.event_id = ?) ORDER BY d.dag_id"
)
_PUT = (
    "INSERT INTO asset_queue (dag_id, event_id, asset_id, slot, created_at) VALUES (?, ?, ?, ?, ?)"
    # Not left as it is: whoever consumes the row at this moment must not take the new event with it.
    " ON CONFLICT (dag_id, asset_id, slot) DO UPDATE SET event_id = excluded.event_id"
)


def put(tx: Connection, event_id: int, asset_id: int, *, at: datetime, partitioned: bool) -> list[str]:
    """Tell the DAGs that listen and are not paused of an event; `partitioned`: it has a partition key. Returns them."""
    found = [
        dag_id
        for dag_id, timetable in fetch(tx, _LISTENERS, (False, False, asset_id, asset_id, event_id))
        if (msgspec.json.decode(timetable, type=_Kind).type == "partitioned_asset") is partitioned
    ]
    slot, moment = event_id if partitioned else 0, moment_in(tx)(at)
    if found:
        execute_many(tx, _PUT, [(dag_id, event_id, asset_id, slot, moment) for dag_id in found])
    return found


def waiting_dags(tx: Connection) -> list[str]:
    """DAGs that a file holds, are not paused, and have something in their queue."""
    sql = (
        "SELECT d.dag_id FROM dag d WHERE d.is_stale = ? AND d.is_paused = ?"
        " AND EXISTS (SELECT 1 FROM asset_queue q WHERE q.dag_id = d.dag_id) ORDER BY d.dag_id"
    )
    return [row[0] for row in fetch(tx, sql, (False, False))]


def load(tx: Connection, dag_id: str, *, limit: int | None = None) -> list[Queued]:
    """What is queued for a DAG, oldest first."""
    sql = (
        "SELECT q.event_id, q.asset_id, a.name, a.uri, q.created_at, e.partition_key FROM asset_queue q"
        " JOIN asset_event e ON e.id = q.event_id JOIN asset a ON a.id = q.asset_id"
        " WHERE q.dag_id = ? ORDER BY q.created_at, q.event_id"
    )
    rows = fetch(tx, sql, (dag_id,)) if limit is None else fetch(tx, f"{sql} LIMIT ?", (dag_id, limit))
    return [Queued(row[0], row[1], (row[2], row[3]), _moment(row[4]), row[5]) for row in rows]


def drop(tx: Connection, dag_id: str, event_ids: Sequence[int]) -> None:
    """The rows with these events leave the queue of the DAG; one that got another event since stays."""
    execute_many(
        tx,
        "DELETE FROM asset_queue WHERE dag_id = ? AND event_id = ?",
        [(dag_id, event_id) for event_id in event_ids],
    )


# ---- what a run consumes ---------------------------------------------------------------------------------------------


def pending(tx: Connection, dag_id: str, queue: Sequence[Queued], *, catchup: bool) -> Pending:
    """What the next run of a DAG would consume: from its last run that assets made on; before the first one since the
    DAG named its assets, or with `catchup` everything."""
    r, s, d = t.dag_run.c, t.dag_schedule_asset.c, t.dag.c
    last = tx.execute(
        sa.select(r.run_after)
        .where(r.dag_id == dag_id, r.run_type == RunType.ASSET_TRIGGERED.value)
        .order_by(r.run_after.desc(), r.id.desc())
        .limit(1)
    ).scalar()
    is_first = last is None
    if last is None and not catchup:
        named = tx.execute(
            sa.select(sa.func.min(s.created_at, type_=s.created_at.type)).where(s.dag_id == dag_id)
        )
        last = named.scalar() or tx.execute(sa.select(d.created_at).where(d.dag_id == dag_id)).scalar_one()
    since = None if last is None else min([last, *(q.created_at for q in queue)])
    found = _found(dag_id, since, whole=catchup).subquery()
    # Without a run there is nobody who may have consumed any.
    fresh = [] if is_first else [_consumed(found.c.id, dag_id).is_(None)]
    moment = sa.func.max(found.c.at, type_=found.c.at.type).filter(found.c.partition_key.is_(None))
    query = sa.select(sa.func.aggregate_strings(sa.cast(found.c.id, sa.Text), ","), moment).where(*fresh)
    ids, at = tx.execute(query).one()
    return Pending(dag_id, ids or "", at)


def unconsumed(tx: Connection, dag_id: str, event_ids: Sequence[int]) -> set[int]:
    """Of these events, those that no run of the DAG has consumed."""
    e = t.asset_event.c
    found: set[int] = set()
    for start in range(0, len(event_ids), 500):
        query = sa.select(e.id).where(
            e.id.in_(list(event_ids[start : start + 500])), _consumed(e.id, dag_id).is_(None)
        )
        found.update(tx.execute(query).scalars())
    return found


def consume_pending(tx: Connection, what: Pending, run: int, queue: Sequence[Queued]) -> None:
    """The run consumes these events; the rows that made it leave the queue."""
    if what.ids:
        chosen = sa.select(sa.literal(run, sa.BigInteger), numbers_in(tx, what.ids).c.value)
        tx.execute(sa.insert(t.asset_run_event).from_select(["run", "event_id"], chosen))
    drop(tx, what.dag_id, [q.event_id for q in queue])


def consume(tx: Connection, dag_id: str, run: int, event_ids: Sequence[int]) -> None:
    """The run consumes these events, and they leave the queue."""
    execute_many(
        tx,
        "INSERT INTO asset_run_event (run, event_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(run, event_id) for event_id in event_ids],
    )
    drop(tx, dag_id, event_ids)


def source_interval(tx: Connection, what: Pending) -> tuple[datetime, datetime] | None:
    """From the earliest start to the latest end of the data intervals of the runs that made these events."""
    if not what.ids:
        return None
    e, r, ids = t.asset_event.c, t.dag_run.c, numbers_in(tx, what.ids)
    start, end = r.data_interval_start, r.data_interval_end
    query = (
        sa.select(sa.func.min(start, type_=start.type), sa.func.max(end, type_=end.type))
        .select_from(ids)
        .join(t.asset_event, e.id == ids.c.value)
        .join(t.dag_run, sa.and_(e.source_dag_id == r.dag_id, e.source_run_id == r.run_id))
        .where(start.is_not(None))
    )
    first, last = tx.execute(query).one()
    return None if first is None else (first, last)


def _found(dag_id: str, since: datetime | None, *, whole: bool) -> Any:
    """The events by way of the assets, references and aliases that the DAG listens to; each by an index.

    `since`: None = all. `whole`: also of before the DAG named its assets.
    """
    e, s, a, r = t.asset_event.c, t.dag_schedule_asset.c, t.asset.c, t.dag_schedule_ref.c
    x, y, q = t.asset_event_alias.c, t.dag_schedule_alias.c, t.asset_queue.c
    later = [] if since is None else [e.at >= since]
    named = [] if whole else [e.at >= s.created_at]
    same = sa.or_(sa.and_(r.kind == "name", r.text == a.name), sa.and_(r.kind == "uri", r.text == a.uri))
    wanted = (e.id, e.at, e.partition_key)
    return sa.union(
        sa.select(*wanted)
        .join(t.dag_schedule_asset, s.asset_id == e.asset_id)
        .where(s.dag_id == dag_id, *later, *named),
        sa.select(*wanted)
        .join(t.asset, sa.and_(a.id == e.asset_id, a.is_active.is_(True)))
        .join(t.dag_schedule_ref, same)
        .where(r.dag_id == dag_id, *later),
        sa.select(*wanted)
        .join(t.asset_event_alias, x.event_id == e.id)
        .join(t.dag_schedule_alias, y.alias_id == x.alias_id)
        .where(y.dag_id == dag_id, *later),
        # Its moment may be one of another clock.
        sa.select(*wanted).join(t.asset_queue, q.event_id == e.id).where(q.dag_id == dag_id),
    )


def _consumed(event_id: Any, dag_id: str) -> Any:
    """A run of the DAG that consumed an event, NULL when there is none.

    Found by the event, and neither EXISTS nor a join: PostgreSQL may read everything that the DAG ever consumed for the
    one, SQLite all runs of the DAG, for each event, for the other.
    """
    x, r = t.asset_run_event.c, t.dag_run.c
    of_dag = sa.select(r.dag_id).where(r.id == x.run).scalar_subquery()
    return sa.select(x.run).where(x.event_id == event_id, of_dag == dag_id).limit(1).scalar_subquery()


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else from_micros(value)


__all__ = [
    "Pending",
    "Queued",
    "consume",
    "consume_pending",
    "drop",
    "load",
    "pending",
    "put",
    "source_interval",
    "unconsumed",
    "waiting_dags",
]
