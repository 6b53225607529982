"""What pages of the installation show: load of its processes, triggers, who waits for a pool, deeds, files that name something."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.states import TaskState
from ostro.store import event_log
from ostro.store import tables as t
from ostro.store.views.filters import Columns, Condition, Page, where

_d, _v, _s, _r, _i, _tr, _e = (
    t.dag.c,
    t.dag_version.c,
    t.dag_source.c,
    t.dag_run.c,
    t.task_instance.c,
    t.trigger.c,
    t.event_log.c,
)
_HELD = (TaskState.QUEUED.value, TaskState.RUNNING.value, TaskState.RESTARTING.value)


class TriggerRow(msgspec.Struct, frozen=True, kw_only=True):
    """A trigger and the instance that waits for it."""

    id: int
    classpath: str
    queue: str | None
    created_at: datetime
    timeout_at: datetime | None
    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    #: The engine that advances the run, and so runs the trigger.
    engine: str | None


class Deed(event_log.LogRow, frozen=True, kw_only=True):
    """A row of the audit log with its place in the chain; None: a fact that the engine noted."""

    link: int | None


#: What the audit page may be filtered by.
DEEDS: Columns = {
    **event_log.COLUMNS,
    "result": _e.result,
    "address": _e.address,
    "any": sa.func.coalesce(_e.event, "")
    + sa.literal(" ")
    + sa.func.coalesce(_e.owner, "")
    + sa.literal(" ")
    + sa.func.coalesce(_e.dag_id, "")
    + sa.literal(" ")
    + sa.func.coalesce(_e.run_id, "")
    + sa.literal(" ")
    + sa.func.coalesce(_e.task_id, "")
    + sa.literal(" ")
    + sa.func.coalesce(sa.type_coerce(_e.extra, sa.Text), ""),
}


def load_of_engines(tx: Connection) -> dict[str, dict[str, int]]:
    """Number of task instances that each engine holds, by state."""
    query = (
        sa.select(_i.engine, _i.state, sa.func.count())
        .where(sa.text(f"task_instance.{t.OCCUPIED}"), _i.state.in_(_HELD), _i.engine.is_not(None))
        .group_by(_i.engine, _i.state)
    )
    found: dict[str, dict[str, int]] = {}
    for engine, state, count in tx.execute(query):
        found.setdefault(engine, {})[state] = count
    return found


def runs_of_engines(tx: Connection) -> dict[str, int]:
    """Number of live runs that each engine advances."""
    query = (
        sa.select(_r.owner, sa.func.count())
        .where(sa.text(f"dag_run.{t.LIVE_RUNS}"), _r.owner.is_not(None))
        .group_by(_r.owner)
    )
    return {row[0]: row[1] for row in tx.execute(query)}


def list_triggers(
    tx: Connection, readable: frozenset[str] | None, *, limit: int, offset: int
) -> tuple[list[TriggerRow], int, dict[str, int]]:
    """Triggers that instances of readable DAGs wait for, the oldest first; how many there are, and how many of each class."""
    joined = t.trigger.join(t.task_instance, _i.id == _tr.ti).join(t.dag_run, _r.id == _i.run)
    clauses: list[Any] = _only(_r.dag_id, readable)
    query = (
        sa.select(
            _tr.id, _tr.classpath, _tr.queue, _tr.created_at, _tr.timeout_at, _r.dag_id, _r.run_id, _i.task_id,
            _i.map_index, _r.owner.label("engine"),
        )
        .select_from(joined)
        .where(*clauses)
        .order_by(_tr.id)
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    classes = {
        row[0]: row[1]
        for row in tx.execute(
            sa.select(_tr.classpath, sa.func.count())
            .select_from(joined)
            .where(*clauses)
            .group_by(_tr.classpath)
            .order_by(sa.func.count().desc(), _tr.classpath)
        )
    }
    return [TriggerRow(**row._asdict()) for row in tx.execute(query)], sum(classes.values()), classes


def waiting_for_pool(
    tx: Connection, pool: str, readable: frozenset[str] | None, *, limit: int
) -> tuple[list[int], int]:
    """Ids of instances that could run and wait in this pool, the oldest first, and how many there are."""
    joined = t.task_instance.join(t.dag_run, _r.id == _i.run)
    clauses: list[Any] = [
        sa.text(f"task_instance.{t.OCCUPIED}"),
        _i.pool == pool,
        _i.state == TaskState.SCHEDULED.value,
        *_only(_r.dag_id, readable),
    ]
    total = tx.execute(sa.select(sa.func.count()).select_from(joined).where(*clauses)).scalar_one()
    ids = tx.execute(sa.select(_i.id).select_from(joined).where(*clauses).order_by(_i.id).limit(limit))
    return list(ids.scalars()), int(total)


def list_deeds(tx: Connection, conditions: Iterable[Condition], page: Page) -> tuple[list[Deed], bool]:
    """A page of the audit log, the newest first, and whether there are older ones. Not counted: the log is long."""
    names = Deed.__struct_fields__
    query = (
        sa.select(*(_e[name] for name in names))
        .where(*where(DEEDS, conditions))
        .order_by(_e.id.desc())
        .limit(page.limit + 1)
        .offset(page.offset)
    )
    found = [Deed(**row._asdict()) for row in tx.execute(query)]
    return found[: page.limit], len(found) > page.limit


def words_of_deeds(tx: Connection) -> list[str]:
    """The kinds of deeds that are in the log: from one to the next by an index, however many there are of each."""
    kinds = sa.select(sa.func.min(_e.event).label("event")).cte("kinds", recursive=True)
    following = sa.select(sa.func.min(_e.event)).where(_e.event > kinds.c.event).scalar_subquery()
    kinds = kinds.union_all(sa.select(following).where(kinds.c.event.is_not(None)))
    return sorted(tx.execute(sa.select(kinds.c.event).where(kinds.c.event.is_not(None))).scalars())


def dags_that_name(
    tx: Connection, text: str, readable: frozenset[str] | None, *, limit: int
) -> tuple[list[str], int]:
    """DAGs whose file, as it was read last, holds the text in quotes, and how many there are."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    named = sa.or_(*(_s.source.like(f"%{quote}{escaped}{quote}%", escape="\\") for quote in ("'", '"')))
    query = (
        sa.select(_d.dag_id)
        .select_from(t.dag.join(t.dag_version, _v.id == _d.version_id).join(t.dag_source, _s.hash == _v.source_hash))
        .where(_d.is_stale.is_(False), named, *_only(_d.dag_id, readable))
        .order_by(_d.dag_id)
    )  # fmt: skip
    found = list(tx.execute(query).scalars())
    return found[:limit], len(found)


def _only(column: sa.ColumnElement[Any], readable: Iterable[str] | None) -> list[sa.ColumnElement[bool]]:
    return [] if readable is None else [column.in_(sorted(readable))]
