"""Read models of one run in time: when each task was worked on, and each attempt of it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.states import FINISHED
from ostro.store import tables as t

_i, _a = t.task_instance.c, t.attempt.c
#: An attempt of a task that is not mapped, or of one of its instances.
_IS_PLAIN = _i.map_index == -1


class TaskSpan(NamedTuple):
    """One task of a run, or all instances of a mapped task together."""

    task_id: str
    instances: int
    #: Of them not finished.
    unfinished: int
    start: datetime | None
    end: datetime | None
    queued: datetime | None


class Instance(NamedTuple):
    """A task instance in time."""

    id: int
    task_id: str
    map_index: int
    state: str
    scheduled_at: datetime | None
    queued_at: datetime | None
    start: datetime | None
    end: datetime | None
    label: str | None


class Attempt(NamedTuple):
    """A process, or a wait of the triggerer, for an instance."""

    ti: int
    try_number: int
    state: str
    scheduled_at: datetime | None
    queued_at: datetime | None
    start: datetime | None
    end: datetime | None
    closed_at: datetime | None


def task_spans(tx: Connection, run: int) -> list[TaskSpan]:
    """Tasks of the run that a process has worked on, in no order. Times of all tries together."""
    unfinished = sa.func.sum(sa.case((_i.state.in_(sorted(FINISHED)), 0), else_=1))
    query = (
        sa.select(
            _i.task_id,
            sa.func.count(),
            unfinished,
            sa.func.min(sa.func.coalesce(_i.first_start_date, _i.start_date), type_=_i.start_date.type),
            sa.func.max(_i.end_date),
            sa.func.min(_i.queued_at),
        )
        # What the engine ended itself (skipped, upstream failed, empty) has a start but no attempt.
        .where(_i.run == run, _i.start_date.is_not(None), _i.attempt_id.is_not(None))
        .group_by(_i.task_id)
    )
    return [TaskSpan(*row) for row in tx.execute(query)]


def instances_in_time(tx: Connection, run: int, *, task_id: str | None = None, limit: int) -> list[Instance]:
    """Instances that are not mapped; with `task_id` the mapped instances of that task, by map index."""
    wanted = [_i.run == run]
    wanted += [_IS_PLAIN] if task_id is None else [_i.task_id == task_id, _i.map_index >= 0]
    query = (
        sa.select(
            _i.id, _i.task_id, _i.map_index, _i.state, _i.scheduled_at, _i.queued_at, _i.start_date, _i.end_date,
            _i.rendered_map_index,
        )
        .where(*wanted)
        .order_by(_i.task_id, _i.map_index)
        .limit(limit)
    )  # fmt: skip
    return [Instance(*row) for row in tx.execute(query)]


def attempts_of(tx: Connection, run: int, *, task_id: str | None = None, limit: int) -> list[Attempt]:
    """Attempts of the same instances, oldest first."""
    wanted = [_i.run == run]
    wanted += (
        [_IS_PLAIN] if task_id is None else [_i.task_id == task_id, _i.map_index >= 0, _i.map_index < limit]
    )
    query = (
        sa.select(
            _a.attempt_id, _a.ti, _a.try_number, _a.state, _a.scheduled_at, _a.queued_at, _a.start_date, _a.end_date,
            _a.closed_at,
        )
        .select_from(t.task_instance.join(t.attempt, _a.ti == _i.id))
        .where(*wanted)
    )  # fmt: skip
    # Their ids are ordered by time. Sorted here: the database would sort on disk what it reads by an index.
    return [Attempt(*row[1:]) for row in sorted(tx.execute(query), key=lambda row: str(row[0]))]
