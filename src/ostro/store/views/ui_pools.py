"""What took slots of pools lately, and what is in which queue."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.states import RUN_FINISHED, TaskState
from ostro.store import tables as t

_r, _i, _a = t.dag_run.c, t.task_instance.c, t.attempt.c
#: Since when the slots of an attempt were taken: one that goes on after a wait keeps the start of its try.
_TAKEN = sa.func.coalesce(_a.queued_at, _a.start_date, type_=_a.start_date.type)


class Taken(NamedTuple):
    """An attempt: since when it waited for slots, since when it had them, until when. None = still."""

    pool: str
    slots: int
    waited_since: datetime | None
    since: datetime
    until: datetime | None


class Waiter(NamedTuple):
    """An instance that waits for slots."""

    pool: str
    slots: int
    since: datetime


class QueueUse(NamedTuple):
    """Instances of a queue by what they do now."""

    queue: str
    state: str
    instances: int


def taken_since(tx: Connection, since: datetime, limit: int) -> list[Taken]:
    """Attempts that were not over at that moment, those of live runs before those of runs that ended later. Two
    readings, each of an index of the runs: attempts of a run are over when it is."""
    select = (
        sa.select(_i.pool, _i.pool_slots, _a.scheduled_at, _TAKEN, _a.closed_at)
        .select_from(
            t.dag_run.join(t.task_instance, _i.run == _r.id).join(t.attempt, _a.ti == _i.id),
        )
        .where(_TAKEN.is_not(None), sa.or_(_a.closed_at.is_(None), _a.closed_at >= since))
    )
    live = select.where(sa.text(f"dag_run.{t.LIVE_RUNS}")).limit(limit)
    finished = sorted(state.value for state in RUN_FINISHED)
    over = select.where(_r.state.in_(finished), _r.end_date >= since).limit(limit)
    return [Taken(*row) for query in (live, over) for row in tx.execute(query)][:limit]


def waiters(tx: Connection, limit: int) -> list[Waiter]:
    """Instances that could run and wait for slots, as many as the limit."""
    query = (
        sa.select(_i.pool, _i.pool_slots, _i.scheduled_at)
        .where(
            sa.text(f"task_instance.{t.OCCUPIED}"),
            _i.state == TaskState.SCHEDULED.value,
            _i.scheduled_at.is_not(None),
        )
        .limit(limit)
    )
    return [Waiter(*row) for row in tx.execute(query)]


def queues(tx: Connection, readable: frozenset[str] | None) -> list[QueueUse]:
    """How many instances of readable DAGs wait or run in each queue."""
    only: list[sa.ColumnElement[Any]] = [] if readable is None else [_r.dag_id.in_(sorted(readable))]
    query = (
        sa.select(_i.queue, _i.state, sa.func.count())
        .select_from(t.task_instance.join(t.dag_run, _r.id == _i.run))
        .where(sa.text(f"task_instance.{t.OCCUPIED}"), *only)
        .group_by(_i.queue, _i.state)
        .order_by(_i.queue, _i.state)
    )
    return [QueueUse(*row) for row in tx.execute(query)]
