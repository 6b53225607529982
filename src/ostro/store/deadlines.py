"""Deadlines of runs, and the SLAs of 2.x: moments by which a run or one of its tasks must have succeeded.

A row waits until it is missed, or is deleted when the run succeeds in time. Being missed is a guarded write, so that
of several engines exactly one calls the callback.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.states import RunState
from ostro.store import tables as t
from ostro.store.dialects import insert_into
from ostro.store.views.filters import Columns, Condition, Page, ordered, paged, where


class NewDeadline(msgspec.Struct, frozen=True, kw_only=True):
    """A deadline to write. `kind`: deadline or sla; `number`: position among the DAG's alerts."""

    run: int
    kind: str = "deadline"
    number: int = 0
    #: The task of an SLA.
    task_id: str = ""
    name: str | None = None
    #: What it counts from, in Airflow's word.
    reference: str = ""
    base_at: datetime
    due_at: datetime


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """A row, with its run."""

    id: int
    run: int
    kind: str
    number: int
    task_id: str
    name: str | None
    reference: str
    base_at: datetime
    due_at: datetime
    missed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    dag_id: str
    run_id: str
    version_id: int
    run_state: str
    run_end: datetime | None
    logical_date: datetime | None


_d, _r = t.deadline.c, t.dag_run.c
_ROW = sa.select(
    *t.deadline.c,
    _r.dag_id,
    _r.run_id,
    _r.version_id,
    _r.state.label("run_state"),
    _r.end_date.label("run_end"),
    _r.logical_date,
).join(t.dag_run, _r.id == _d.run)
#: The partial index is used by these words.
_OPEN = sa.text(f"deadline.{t.OPEN_DEADLINES}")
_KEY = ("run", "kind", "number", "task_id")


def put(tx: Connection, rows: Sequence[NewDeadline], now: datetime) -> None:
    """Write deadlines; one that is there already is kept as it is."""
    for row in rows:
        values = {**msgspec.structs.asdict(row), "created_at": now, "updated_at": now}
        tx.execute(insert_into(tx, t.deadline).values(**values).on_conflict_do_nothing(index_elements=_KEY))


def put_again(tx: Connection, rows: Sequence[NewDeadline], now: datetime) -> None:
    """Write deadlines of a run that was cleared: one that counts from another moment than before is open again."""
    for row in rows:
        values = {**msgspec.structs.asdict(row), "created_at": now, "updated_at": now}
        again = {"base_at": row.base_at, "due_at": row.due_at, "missed_at": None, "updated_at": now}
        statement = insert_into(tx, t.deadline).values(**values)
        tx.execute(
            statement.on_conflict_do_update(
                index_elements=_KEY, set_=again, where=(_d.base_at != row.base_at)
            )
        )


def runs_with(tx: Connection, runs: Collection[int]) -> set[int]:
    """Of these runs, those that have deadlines, missed or not."""
    if not runs:
        return set()
    query = sa.select(_d.run).where(_d.run.in_(list(runs))).distinct()
    return set(tx.execute(query).scalars())


def due(tx: Connection, now: datetime, *, limit: int = 100) -> list[Deadline]:
    """Open deadlines whose moment has come, the oldest first."""
    query = _ROW.where(_OPEN, _d.due_at <= now).order_by(_d.due_at, _d.id).limit(limit)
    return [Deadline(**row._asdict()) for row in tx.execute(query)]


def next_due(tx: Connection) -> datetime | None:
    """The next moment of an open deadline."""
    return tx.execute(sa.select(_d.due_at).where(_OPEN).order_by(_d.due_at).limit(1)).scalar()


def miss(tx: Connection, ids: Sequence[int], now: datetime) -> list[int]:
    """These were missed; returns those that nobody else had called missed before."""
    if not ids:
        return []
    statement = (
        sa.update(t.deadline)
        .where(_d.id.in_(list(ids)), _d.missed_at.is_(None))
        .values(missed_at=now, updated_at=now)
        .returning(_d.id)
    )
    return sorted(tx.execute(statement).scalars())


def delete(tx: Connection, ids: Sequence[int]) -> None:
    """These were met."""
    if ids:
        tx.execute(sa.delete(t.deadline).where(_d.id.in_(list(ids))))


def delete_met(tx: Connection, run: int, end: datetime) -> None:
    """The run succeeded at this moment: its deadlines that lay ahead are met."""
    tx.execute(sa.delete(t.deadline).where(_d.run == run, _d.missed_at.is_(None), _d.due_at >= end))


#: What lists may be filtered and sorted by; names of the API.
COLUMNS: Columns = {
    "id": _d.id,
    "dag_id": _r.dag_id,
    "dag_run_id": _r.run_id,
    "run_id": _r.run_id,
    "kind": _d.kind,
    "deadline_time": _d.due_at,
    "created_at": _d.created_at,
    "last_updated_at": _d.updated_at,
    "alert_name": _d.name,
}


def list_deadlines(
    tx: Connection, conditions: Iterable[Condition], page: Page, *, missed: bool | None = None
) -> tuple[list[Deadline], int]:
    """A page of deadlines, the earliest first unless the page says, and the number of all that match."""
    query = _ROW.where(*where(COLUMNS, conditions))
    if missed is not None:
        query = query.where(_d.missed_at.is_not(None) if missed else _d.missed_at.is_(None))
    in_order = ordered(query, COLUMNS, page, _d.due_at, _d.id)
    return paged(tx, in_order, page, lambda row: Deadline(**row._asdict()))


def average_runtime(
    tx: Connection, dag_id: str, *, most: int, least: int, before: int
) -> tuple[float, int] | None:
    """Mean seconds of the last `most` successful runs other than `before`, and how many; None when fewer than `least`."""
    query = (
        sa.select(_r.start_date, _r.end_date)
        .where(
            _r.dag_id == dag_id,
            _r.state == RunState.SUCCESS.value,
            _r.start_date.is_not(None),
            _r.end_date.is_not(None),
            _r.id != before,
        )
        # By the moment of the start, which an index of the table has.
        .order_by(_r.start_date.desc(), _r.id.desc())
        .limit(most)
    )
    lasted = [(row.end_date - row.start_date).total_seconds() for row in tx.execute(query)]
    if len(lasted) < least:
        return None
    return sum(lasted) / len(lasted), len(lasted)
