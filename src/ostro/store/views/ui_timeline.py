"""All runs of a stretch of time, in few words each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.states import RUN_FINISHED
from ostro.store import tables as t

_d, _r = t.dag.c, t.dag_run.c


class Span(msgspec.Struct, frozen=True):
    """One run: from when to when."""

    dag_id: str
    run_id: str
    state: str
    run_type: str
    run_after: datetime
    start_date: datetime | None
    end_date: datetime | None


class DagWords(msgspec.Struct, frozen=True, kw_only=True):
    """What runs of a DAG are grouped by."""

    dag_id: str
    name: str
    tags: list[str]
    owners: list[str]


_SPAN = tuple(_r[name] for name in Span.__struct_fields__)


def spans(
    tx: Connection,
    since: datetime,
    until: datetime,
    now: datetime,
    limit: int,
    readable: frozenset[str] | None,
) -> list[Span]:
    """Runs that lay in the stretch with any part of them, the newest first: those that ended in it or later, and those
    that are not over, which last until now. Two short readings, each of an index."""
    only: list[sa.ColumnElement[Any]] = [] if readable is None else [_r.dag_id.in_(sorted(readable))]
    began = sa.func.coalesce(_r.start_date, _r.run_after) < until
    over = (
        sa.select(*_SPAN)
        .where(_r.state.in_(sorted(s.value for s in RUN_FINISHED)), _r.end_date >= since, began, *only)
        .order_by(_r.end_date.desc())
        .limit(limit)
    )
    live = sa.select(*_SPAN).where(sa.text(f"dag_run.{t.LIVE_RUNS}"), began, *only).limit(limit)
    rows = [*(tx.execute(live) if since <= now else ()), *tx.execute(over)]
    return [Span(*row) for row in rows[:limit]]


def words_of(tx: Connection, dag_ids: set[str] | None) -> dict[str, DagWords]:
    """Names, tags and owners of these DAGs; None = of all."""
    query = sa.select(_d.dag_id, _d.display_name, _d.tags, _d.owners)
    if dag_ids is not None and len(dag_ids) <= 1_000:
        query = query.where(_d.dag_id.in_(sorted(dag_ids)))
    return {
        row.dag_id: DagWords(
            dag_id=row.dag_id,
            name=row.display_name or row.dag_id,
            tags=sorted(row.tags or ()),
            owners=[one.strip() for one in row.owners.split(",") if one.strip()],
        )
        for row in tx.execute(query)
        if dag_ids is None or row.dag_id in dag_ids
    }


def due_dags(tx: Connection, until: datetime, limit: int, readable: frozenset[str] | None) -> list[str]:
    """DAGs that are switched on and whose next run is due before that moment, the next first."""
    only = [] if readable is None else [_d.dag_id.in_(sorted(readable))]
    query = (
        sa.select(_d.dag_id)
        .where(_d.is_paused.is_(False), _d.is_stale.is_(False), _d.next_run_after < until, *only)
        .order_by(_d.next_run_after)
        .limit(limit)
    )
    return list(tx.execute(query).scalars())
