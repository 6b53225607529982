"""Runs to come of DAGs that are scheduled on partitions: per key the events that were collected so far.

A key is open until its run is made; a later event with the same key opens it anew. At most one row of a key is open
(a unique index keeps it so).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.records import RunRecord
from ostro.store import runs
from ostro.store import tables as t


class Partition(msgspec.Struct, frozen=True, kw_only=True):
    """One open key of a DAG."""

    id: int
    key: str
    date: datetime | None
    fingerprint: str


class Arrived(msgspec.Struct, frozen=True):
    """An event that was collected."""

    event_id: int
    #: Name and URI of its asset.
    asset: tuple[str, str]
    source_key: str


#: Ids of one statement.
MOST_IDS = 500
_p, _x = t.asset_partition.c, t.asset_partition_event.c
#: Word by word as in the partial index.
_OPEN = sa.text("asset_partition.run IS NULL")


def open_keys(
    tx: Connection, dag_id: str, key: str | None = None, *, only: Collection[int] | None = None
) -> list[Partition]:
    """The open keys of a DAG (this one; those with these ids), in the order in which they were opened."""
    query = sa.select(_p.id, _p.partition_key, _p.partition_date, _p.fingerprint).where(
        _OPEN, _p.dag_id == dag_id
    )
    if key is not None:
        query = query.where(_p.partition_key == key)
    if only is not None:
        query = query.where(_p.id.in_(list(only)))
    return [
        Partition(id=row[0], key=row[1], date=row[2], fingerprint=row[3])
        for row in tx.execute(query.order_by(_p.id))
    ]


def dags_with_open_keys(tx: Connection) -> list[str]:
    """DAGs that have one."""
    return list(tx.execute(sa.select(_p.dag_id).where(_OPEN).distinct()).scalars())


def open_key(
    tx: Connection, dag_id: str, key: str, *, date: datetime | None, fingerprint: str, now: datetime
) -> int:
    """The row of an open key, made when it is new. One that was opened for another definition is dropped."""
    found = open_keys(tx, dag_id, key)
    if found and found[0].fingerprint == fingerprint:
        if found[0].date is None and date is not None:
            change = {"partition_date": date, "updated_at": now}
            tx.execute(sa.update(t.asset_partition).where(_p.id == found[0].id).values(**change))
        return found[0].id
    drop(tx, [one.id for one in found])
    values = {
        "dag_id": dag_id,
        "partition_key": key,
        "partition_date": date,
        "fingerprint": fingerprint,
        "created_at": now,
        "updated_at": now,
    }
    return int(tx.execute(sa.insert(t.asset_partition).values(**values).returning(_p.id)).scalar_one())


def collect(tx: Connection, partition_id: int, *, event_id: int, asset_id: int, source_key: str) -> None:
    """An event takes part in the run of an open key."""
    tx.execute(
        sa.insert(t.asset_partition_event).values(
            partition_id=partition_id, event_id=event_id, asset_id=asset_id, source_key=source_key
        )
    )


def open_with_arrived(
    tx: Connection, dag_id: str, *, only: Collection[int] | None = None
) -> list[tuple[Partition, list[Arrived]]]:
    """The open keys of a DAG (those with these ids) in the order in which they were opened, each with what was
    collected for it, oldest first."""
    if only is None:
        return _with_arrived(tx, _p.dag_id == dag_id)
    ids, found = sorted(only), []
    for start in range(0, len(ids), MOST_IDS):
        found += _with_arrived(tx, _p.dag_id == dag_id, _p.id.in_(ids[start : start + MOST_IDS]))
    return found


def _with_arrived(tx: Connection, *where: Any) -> list[tuple[Partition, list[Arrived]]]:
    a = t.asset.c
    query = (
        sa.select(
            _p.id,
            _p.partition_key,
            _p.partition_date,
            _p.fingerprint,
            _x.event_id,
            a.name,
            a.uri,
            _x.source_key,
        )
        .outerjoin(t.asset_partition_event, _x.partition_id == _p.id)
        .outerjoin(t.asset, a.id == _x.asset_id)
        .where(_OPEN, *where)
        .order_by(_p.id, _x.event_id)
    )
    found: dict[int, tuple[Partition, list[Arrived]]] = {}
    for row in tx.execute(query):
        if row[0] not in found:
            one = Partition(id=row[0], key=row[1], date=row[2], fingerprint=row[3])
            found[row[0]] = (one, [])
        if row[4] is not None:
            found[row[0]][1].append(Arrived(row[4], (row[5], row[6]), row[7]))
    return list(found.values())


def close(tx: Connection, partition_id: int, run: int, now: datetime) -> None:
    """The key has its run."""
    tx.execute(sa.update(t.asset_partition).where(_p.id == partition_id).values(run=run, updated_at=now))


def drop_others(tx: Connection, dag_id: str, fingerprint: str) -> None:
    """Forget the open keys that were opened for another definition."""
    tx.execute(sa.delete(t.asset_partition).where(_OPEN, _p.dag_id == dag_id, _p.fingerprint != fingerprint))


def drop(tx: Connection, partition_ids: Sequence[int]) -> None:
    """Forget open keys and what was collected for them."""
    if partition_ids:
        tx.execute(sa.delete(t.asset_partition).where(_p.id.in_(list(partition_ids))))


def source_date(tx: Connection, event_id: int) -> datetime | None:
    """The partition date of the run that made an event."""
    e, r = t.asset_event.c, t.dag_run.c
    query = (
        sa.select(r.partition_date)
        .join(t.asset_event, sa.and_(e.source_dag_id == r.dag_id, e.source_run_id == r.run_id))
        .where(e.id == event_id)
    )
    return tx.execute(query).scalar_one_or_none()


# ---- runs ----------------------------------------------------------------------------------------------------------------


def runs_with(
    tx: Connection,
    dag_id: str,
    *,
    run_id: str | None = None,
    key: str | None = None,
    date_start: datetime | None = None,
    date_end: datetime | None = None,
) -> list[RunRecord]:
    """Runs of a DAG: this one; those of a partition key; those whose partition date lies within (inclusive)."""
    r = t.dag_run.c
    clauses = [r.dag_id == dag_id]
    if run_id is not None:
        clauses.append(r.run_id == run_id)
    if key is not None:
        clauses.append(r.partition_key == key)
    if date_start is not None:
        clauses.append(r.partition_date >= date_start)
    if date_end is not None:
        clauses.append(r.partition_date <= date_end)
    return runs.load_runs(tx, tx.execute(sa.select(r.id).where(*clauses)).scalars())


def forget(tx: Connection, run_ids: Sequence[int], now: datetime) -> None:
    """These runs have no partition any more."""
    r = t.dag_run
    tx.execute(
        sa.update(r)
        .where(r.c.id.in_(list(run_ids)))
        .values(partition_key=None, partition_date=None, updated_at=now)
    )
