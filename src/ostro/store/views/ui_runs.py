"""One run on its page: what its tasks are like in short, which runs it came from, and which came of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t
from ostro.store.driver import fetch
from ostro.store.views.filters import Condition, OneOf, Page
from ostro.store.views.rest_instances import InstanceRow, list_instances

_r, _x, _b = t.dag_run.c, t.run_trigger.c, t.backfill.c


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """A run at the other end of a link, and the task that asked for it."""

    dag_id: str
    dag_display_name: str
    run_id: str
    state: str
    task_id: str
    map_index: int
    at: datetime


class OfBackfill(msgspec.Struct, frozen=True, kw_only=True):
    """The backfill that made a run."""

    id: int
    from_date: datetime
    to_date: datetime
    triggering_user: str | None


class Brief(NamedTuple):
    """One task of a run in few words; of a mapped task all its instances."""

    task_id: str
    state: str
    #: Seconds; None when it has not ended, and of mapped tasks.
    duration: float | None
    tries: int


def parents(tx: Connection, run: int, readable: Iterable[str] | None, limit: int) -> list[Linked]:
    """The runs whose tasks started this one, or had it cleared; the latest first."""
    return _linked(tx, _x.parent, _x.child == run, readable, limit)


def children(tx: Connection, run: int, readable: Iterable[str] | None, limit: int) -> list[Linked]:
    """The runs that tasks of this one started, the latest first."""
    return _linked(tx, _x.child, _x.parent == run, readable, limit)


def _linked(
    tx: Connection, other: Any, condition: Any, readable: Iterable[str] | None, limit: int
) -> list[Linked]:
    query = (
        sa.select(
            _r.dag_id,
            sa.func.coalesce(t.dag.c.display_name, _r.dag_id).label("dag_display_name"),
            _r.run_id,
            _r.state,
            _x.task_id,
            _x.map_index,
            _x.at,
        )
        .select_from(t.run_trigger.join(t.dag_run, _r.id == other).join(t.dag, t.dag.c.dag_id == _r.dag_id))
        .where(condition)
        .order_by(_x.at.desc(), _r.id.desc(), _x.task_id, _x.map_index)
        .limit(limit)
    )
    if readable is not None:
        query = query.where(_r.dag_id.in_(sorted(readable)))
    return [Linked(**row._asdict()) for row in tx.execute(query)]


def backfill_of(tx: Connection, run: int) -> OfBackfill | None:
    """The backfill that a run belongs to."""
    query = (
        sa.select(*(_b[name] for name in OfBackfill.__struct_fields__))
        .join(t.dag_run, _r.backfill_id == _b.id)
        .where(_r.id == run)
    )
    row = tx.execute(query).first()
    return None if row is None else OfBackfill(**row._asdict())


_BRIEF = "SELECT task_id, state, duration, try_number FROM task_instance WHERE run = ? AND map_index = -1"


def briefs(tx: Connection, run: int) -> list[Brief]:
    """All tasks of a run that are not mapped."""
    return [Brief(*row) for row in fetch(tx, _BRIEF, (run,))]


def plain_instances(tx: Connection, dag_id: str, run_id: str, task_ids: list[str]) -> list[InstanceRow]:
    """The instances of these tasks that are not mapped."""
    conditions: list[Condition] = [
        OneOf("dag_id", (dag_id,)),
        OneOf("run_id", (run_id,)),
        OneOf("map_index", (-1,)),
        OneOf("task_id", tuple(task_ids)),
    ]
    return list_instances(tx, conditions, Page(limit=len(task_ids)), total=False)[0]
