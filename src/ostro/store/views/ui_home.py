"""What the home page tells: what is late, what is stuck, what waits for people, and what ran lately."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.states import TaskState
from ostro.store import tables as t
from ostro.store.views.buckets import bucket

_d, _r, _i, _h, _f = t.dag.c, t.dag_run.c, t.task_instance.c, t.hitl_detail.c, t.dag_file.c

#: Where an instance has all it needs but a place to run.
WAITING = (TaskState.SCHEDULED.value, TaskState.QUEUED.value)


class LateDag(msgspec.Struct, frozen=True, kw_only=True):
    """A DAG whose next run should exist by now."""

    dag_id: str
    dag_display_name: str
    due_at: datetime
    max_active_runs: int


class StuckTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task instance that has waited long for a place to run."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    state: str
    since: datetime
    pool: str
    queue: str


class OpenQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question to people that nobody has answered."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    subject: str
    created_at: datetime


class Parsing(msgspec.Struct, frozen=True, kw_only=True):
    """What reading DAG files got done."""

    files: int
    last_parsed: datetime | None


def late_dags(
    tx: Connection, before: datetime, readable: frozenset[str] | None, limit: int
) -> tuple[list[LateDag], int]:
    """DAGs that are switched on and whose next run was due before that moment, the latest first."""
    clauses = [
        _d.is_stale.is_(False),
        _d.is_paused.is_(False),
        _d.next_run_after < before,
        *_only(_d.dag_id, readable),
    ]
    query = (
        sa.select(_d.dag_id, _d.display_name, _d.next_run_after, _d.max_active_runs)
        .where(*clauses)
        .order_by(_d.next_run_after)
        .limit(limit)
    )
    found = [
        LateDag(dag_id=id_, dag_display_name=name or id_, due_at=due, max_active_runs=runs)
        for id_, name, due, runs in tx.execute(query)
    ]
    return found, _count(tx, sa.select(sa.func.count()).select_from(t.dag).where(*clauses))


def stuck_tasks(
    tx: Connection, before: datetime, readable: frozenset[str] | None, limit: int
) -> tuple[list[StuckTask], int]:
    """Instances of DAGs that are switched on that wait for a place since before that moment, the longest first."""
    since = sa.func.coalesce(_i.queued_at, _i.scheduled_at)
    joined = t.task_instance.join(t.dag_run, _r.id == _i.run).join(t.dag, _d.dag_id == _r.dag_id)
    clauses = [_i.state.in_(WAITING), since < before, _d.is_paused.is_(False), *_only(_r.dag_id, readable)]
    query = (
        sa.select(_r.dag_id, _r.run_id, _i.task_id, _i.map_index, _i.state, since.label("since"), _i.pool, _i.queue)
        .select_from(joined)
        .where(*clauses)
        .order_by(since)
        .limit(limit)
    )  # fmt: skip
    found = [StuckTask(**row._asdict()) for row in tx.execute(query)]
    if len(found) < limit:
        return found, len(found)
    return found, _count(tx, sa.select(sa.func.count()).select_from(joined).where(*clauses))


def open_questions(
    tx: Connection, readable: frozenset[str] | None, limit: int
) -> tuple[list[OpenQuestion], int]:
    """Questions of present tries without an answer, the oldest first."""
    joined = t.hitl_detail.join(t.task_instance, _i.id == _h.ti).join(t.dag_run, _r.id == _i.run)
    clauses = [_h.responded_at.is_(None), _h.try_number == _i.try_number, *_only(_r.dag_id, readable)]
    query = (
        sa.select(_r.dag_id, _r.run_id, _i.task_id, _i.map_index, _h.subject, _h.created_at)
        .select_from(joined)
        .where(*clauses)
        .order_by(_h.id)
        .limit(limit)
    )
    found = [OpenQuestion(**row._asdict()) for row in tx.execute(query)]
    return found, _count(tx, sa.select(sa.func.count()).select_from(joined).where(*clauses))


def runs_over_time(
    tx: Connection, since: datetime, until: datetime, seconds: int, readable: frozenset[str] | None
) -> list[dict[str, int]]:
    """Number of runs by state for each stretch of so many seconds, by the moment from which they may run."""
    place = bucket(_r.run_after, since, seconds).label("place")
    query = (
        sa.select(place, _r.state, sa.func.count())
        .where(_r.run_after >= since, _r.run_after < until, *_only(_r.dag_id, readable))
        .group_by(place, _r.state)
    )
    found: list[dict[str, int]] = [{} for _ in range(int((until - since).total_seconds() // seconds))]
    for at, state, count in tx.execute(query):
        if 0 <= at < len(found):
            found[at][state] = count
    return found


def live_tasks(tx: Connection, readable: frozenset[str] | None) -> dict[str, int]:
    """Number of task instances that run or wait for a place, by state."""
    query = (
        sa.select(_i.state, sa.func.count()).where(sa.text(f"task_instance.{t.OCCUPIED}")).group_by(_i.state)
    )
    if readable is not None:
        query = query.select_from(t.task_instance.join(t.dag_run, _r.id == _i.run)).where(
            *_only(_r.dag_id, readable)
        )
    return {row[0]: row[1] for row in tx.execute(query)}


def parsing(tx: Connection) -> Parsing:
    """How many DAG files there are, and when one was read last."""
    files, last = tx.execute(sa.select(sa.func.count(), sa.func.max(_f.parsed_at))).one()
    return Parsing(files=files, last_parsed=last)


def _only(column: sa.ColumnElement[Any], readable: Iterable[str] | None) -> list[sa.ColumnElement[bool]]:
    return [] if readable is None else [column.in_(sorted(readable))]


def _count(tx: Connection, query: sa.Select[Any]) -> int:
    return int(tx.execute(query).scalar_one())
