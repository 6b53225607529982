"""Failed runs with what went wrong first in them: for the home page and a DAG's overview."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.states import RunState, TaskState
from ostro.store import tables as t
from ostro.store.views.ui_dags import failing

_d, _r, _i, _a = t.dag.c, t.dag_run.c, t.task_instance.c, t.attempt.c


class FirstFailure(msgspec.Struct, frozen=True, kw_only=True):
    """The task instance of a run that failed first."""

    task_id: str
    map_index: int
    try_number: int
    end_date: datetime | None
    #: What the last try died of, first line; None when nothing is known.
    error: str | None
    #: The same with its code and values, when the engine has them.
    cause: dict[str, Any] | None


class FailedRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that failed."""

    dag_id: str
    dag_display_name: str
    run_id: str
    run_type: str
    run_after: datetime
    logical_date: datetime | None
    end_date: datetime | None
    reason: str
    first: FirstFailure | None


def failing_dags(tx: Connection, readable: frozenset[str] | None, limit: int) -> tuple[list[FailedRun], int]:
    """The latest runs of DAGs whose latest run failed, newest first, and how many such DAGs there are."""
    clauses = [_d.is_stale.is_(False), failing()]
    if readable is not None:
        clauses.append(_d.dag_id.in_(sorted(readable)))
    latest = (
        sa.select(_r.id)
        .where(_r.dag_id == _d.dag_id)
        .order_by(_r.run_after.desc(), _r.id.desc())
        .limit(1)
        .correlate(t.dag)
        .scalar_subquery()
    )
    runs = list(tx.execute(sa.select(latest).select_from(t.dag).where(*clauses)).scalars())
    found = _runs(tx, _r.id.in_(runs), limit) if runs else []
    return found, len(runs)


def failed_runs(tx: Connection, dag_id: str, limit: int) -> list[FailedRun]:
    """The last failed runs of a DAG, newest first."""
    return _runs(tx, sa.and_(_r.dag_id == dag_id, _r.state == RunState.FAILED.value), limit)


def _runs(tx: Connection, clause: sa.ColumnElement[bool], limit: int) -> list[FailedRun]:
    query = (
        sa.select(
            _r.id, _r.dag_id, _d.display_name, _r.run_id, _r.run_type, _r.run_after, _r.logical_date, _r.end_date, _r.reason
        )
        .select_from(t.dag_run.join(t.dag, _d.dag_id == _r.dag_id))
        .where(clause)
        .order_by(_r.run_after.desc(), _r.id.desc())
        .limit(limit)
    )  # fmt: skip
    rows = tx.execute(query).all()
    first = _first_failures(tx, [row.id for row in rows])
    return [
        FailedRun(
            dag_id=row.dag_id,
            dag_display_name=row.display_name or row.dag_id,
            run_id=row.run_id,
            run_type=row.run_type,
            run_after=row.run_after,
            logical_date=row.logical_date,
            end_date=row.end_date,
            reason=row.reason,
            first=first.get(row.id),
        )
        for row in rows
    ]


def _first_failures(tx: Connection, runs: Sequence[int]) -> dict[int, FirstFailure]:
    if not runs:
        return {}
    query = (
        sa.select(_i.run, _i.task_id, _i.map_index, _i.try_number, _i.end_date, _a.cause)
        .select_from(t.task_instance.outerjoin(t.attempt, _a.attempt_id == _i.attempt_id))
        .where(_i.run.in_(list(runs)), _i.state == TaskState.FAILED.value)
        .order_by(_i.end_date.desc(), _i.id.desc())
    )
    # Of each run the last row that is read stays: the one that ended first.
    return {
        row.run: FirstFailure(
            task_id=row.task_id,
            map_index=row.map_index,
            try_number=row.try_number,
            end_date=row.end_date,
            error=first_line(row.cause),
            cause=row.cause if isinstance(row.cause, dict) and "code" in row.cause else None,
        )
        for row in tx.execute(query)
    }


def first_line(cause: object) -> str | None:
    """The first line of a cause of death that says something."""
    text = cause.get("text") if isinstance(cause, dict) else None
    return next((line.strip() for line in str(text or "").splitlines() if line.strip()), None)
