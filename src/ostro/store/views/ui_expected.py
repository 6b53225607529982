"""Read models for the forecast of a run's end: what is left of it, and how long its tasks took in earlier runs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.states import FINISHED, RunState, TaskState
from ostro.store import tables as t

_r, _i = t.dag_run.c, t.task_instance.c
#: Finished, or begun and not finished.
_BEGUN = sorted(
    FINISHED
    | {
        TaskState.RUNNING, TaskState.RESTARTING, TaskState.UP_FOR_RETRY, TaskState.UP_FOR_RESCHEDULE,
        TaskState.DEFERRED, TaskState.AWAITING_INPUT,
    }
)  # fmt: skip
#: Most tasks that are named in a query; of more, the times of all tasks are read.
_NAMED = 500


class LeftTask(NamedTuple):
    """A task of a run of which not every instance has finished."""

    task_id: str
    #: Whether any instance of it has begun.
    has_begun: bool


def tasks_left(tx: Connection, run: int) -> list[LeftTask]:
    """In no order."""
    unfinished = sa.func.sum(sa.case((_i.state.in_(sorted(FINISHED)), 0), else_=1))
    begun = sa.func.sum(sa.case((_i.state.in_(_BEGUN), 1), else_=0))
    query = sa.select(_i.task_id, begun).where(_i.run == run).group_by(_i.task_id).having(unfinished > 0)
    return [LeftTask(task_id, count > 0) for task_id, count in tx.execute(query)]


def successful_runs(tx: Connection, dag_id: str, limit: int) -> list[int]:
    """Numbers of the last runs that succeeded, newest first."""
    query = (
        sa.select(_r.id)
        .where(_r.dag_id == dag_id, _r.state == RunState.SUCCESS.value)
        .order_by(_r.run_after.desc(), _r.id.desc())
        .limit(limit)
    )
    return list(tx.execute(query).scalars())


def times_in_runs(tx: Connection, runs: Sequence[int], tasks: Collection[str]) -> list[tuple[str, timedelta]]:
    """(task, time in one of these runs): all its instances and tries together; nothing when it was skipped there."""
    if not runs or not tasks:
        return []
    # What the engine ended itself has a start but no attempt.
    worked = _i.attempt_id.is_not(None)
    start = sa.func.coalesce(_i.first_start_date, _i.start_date)
    query = (
        sa.select(
            _i.task_id,
            sa.func.min(sa.case((worked, start)), type_=_i.start_date.type),
            sa.func.max(sa.case((worked, _i.end_date)), type_=_i.end_date.type),
        )
        .where(_i.run.in_(list(runs)), _i.state != TaskState.REMOVED.value)
        .group_by(_i.run, _i.task_id)
    )
    if len(tasks) <= _NAMED:
        query = query.where(_i.task_id.in_(sorted(tasks)))
    wanted = set(tasks)
    return [(task_id, _between(begin, end)) for task_id, begin, end in tx.execute(query) if task_id in wanted]


def _between(start: datetime | None, end: datetime | None) -> timedelta:
    return max(end - start, timedelta()) if start and end else timedelta()
