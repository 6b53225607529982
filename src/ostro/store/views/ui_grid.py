"""Read models of the web page: state bars, the grid of runs × tasks, counts of one run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.states import TaskState
from ostro.store import tables as t
from ostro.store.driver import fetch
from ostro.store.views.filters import Condition, OneOf, Page, Within
from ostro.store.views.rest_runs import RunRow, list_runs


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One run as a bar."""

    run_id: str
    state: str
    run_type: str
    run_after: datetime
    logical_date: datetime | None
    start_date: datetime | None
    end_date: datetime | None


#: (task id, state, tries, number of instances, how many of them have a note, their oldest version) of one mapped task in one run
#: and state. A plain tuple: a grid has hundreds of thousands.
Cell = tuple[str, str, int, int, int, int | None]


_T = TaskState
#: One letter per state. What most instances end in comes first: the database compares in this order.
LETTERS: dict[TaskState, str] = {
    _T.SUCCESS: "s",
    _T.FAILED: "f",
    _T.SKIPPED: "k",
    _T.UPSTREAM_FAILED: "u",
    _T.NONE: "n",
    _T.SCHEDULED: "c",
    _T.QUEUED: "q",
    _T.RUNNING: "r",
    _T.RESTARTING: "t",
    _T.REMOVED: "x",
    _T.UP_FOR_RETRY: "y",
    _T.UP_FOR_RESCHEDULE: "z",
    _T.DEFERRED: "d",
    _T.AWAITING_INPUT: "a",
}

_r = t.dag_run.c
_BAR = tuple(_r[name] for name in Bar.__struct_fields__)


def latest_bars(tx: Connection, dag_ids: Iterable[str], limit: int) -> dict[str, list[Bar]]:
    """The last runs of each DAG, oldest first. One short index scan per DAG."""
    found: dict[str, list[Bar]] = {}
    query = (
        sa.select(*_BAR)
        .where(_r.dag_id == sa.bindparam("dag_id"))
        .order_by(_r.run_after.desc(), _r.id.desc())
        .limit(limit)
    )
    for dag_id in dag_ids:
        rows = tx.execute(query, {"dag_id": dag_id}).all()
        found[dag_id] = [Bar(**dict(zip(Bar.__struct_fields__, row, strict=True))) for row in reversed(rows)]
    return found


def runs_of(
    tx: Connection,
    dag_id: str,
    conditions: Iterable[Condition] = (),
    *,
    limit: int,
    before: tuple[datetime, int] | None = None,
) -> list[RunRow]:
    """Runs of a DAG for the grid, newest first. `before`: (run_after, id) of the last run of the page before."""
    conditions = [OneOf("dag_id", (dag_id,)), *conditions]
    page = Page(limit=limit, order_by=("-run_after", "-id"))
    if before is None:
        return list_runs(tx, conditions, page, total=False)[0]
    at, last = before
    same = [*conditions, Within(column="run_after", gte=at, lte=at), Within(column="id", lt=last)]
    found = list_runs(tx, same, page, total=False)[0]
    older = [*conditions, Within(column="run_after", lt=at)]
    return (found + list_runs(tx, older, page, total=False)[0])[:limit]


_MAPPED = (
    "SELECT task_id, state, max(try_number), count(*), count(note), min(version_id) FROM task_instance"
    " WHERE run = ? AND map_index >= 0 GROUP BY task_id, state"
)


class Packed(NamedTuple):
    """The states of a run in few pieces: the database puts them together faster than it hands out a row for each."""

    #: Ids of the tasks that are not mapped, a line each, and in the same order the letters of their states.
    task_ids: str
    letters: str
    #: (task id, tries) of those that were tried more than once.
    tries: list[tuple[str, int]]
    #: Ids of those that have a note.
    noted: list[str]
    #: Cells of mapped tasks.
    mapped: list[Cell]
    #: Row id of the oldest version that an instance has.
    oldest: int | None = None


_LETTER = (
    "CASE state " + " ".join(f"WHEN '{state}' THEN '{letter}'" for state, letter in LETTERS.items()) + " END"
)
_PACKED = (
    "SELECT {join}(task_id, '\n'), {join}("
    + _LETTER
    + ", ''), max(try_number), count(note), min(version_id) FROM task_instance"
    " WHERE run = ? AND map_index = -1"
)
_PACKED_SQL = {
    "sqlite": _PACKED.format(join="group_concat"),
    "postgresql": _PACKED.format(join="string_agg"),
}
_TRIES = "SELECT task_id, try_number FROM task_instance WHERE run = ? AND map_index = -1 AND try_number > 1"
_NOTED = "SELECT task_id FROM task_instance WHERE run = ? AND map_index = -1 AND note IS NOT NULL"


def packed(tx: Connection, run: int) -> Packed:
    """States of all tasks of a run."""
    ((task_ids, letters, tries, notes, oldest),) = fetch(tx, _PACKED_SQL[tx.dialect.name], (run,))
    mapped = packed_mapped(tx, run)
    versions = [found for found in (oldest, *(cell[5] for cell in mapped)) if found is not None]
    return Packed(
        task_ids or "",
        letters or "",
        [(task, count) for task, count in fetch(tx, _TRIES, (run,))] if (tries or 0) > 1 else [],
        [task for (task,) in fetch(tx, _NOTED, (run,))] if notes else [],
        mapped,
        min(versions, default=None),
    )


def packed_mapped(tx: Connection, run: int) -> list[Cell]:
    """Mapped instances of a run, counted by task and state."""
    return fetch(tx, _MAPPED, (run,))


class Times(NamedTuple):
    """When the mapped instances of a task ran, and how long those took that have ended, in seconds."""

    start: datetime | None
    end: datetime | None
    shortest: float | None
    longest: float | None
    total: float | None


def mapped_times(tx: Connection, run: int, task_ids: Sequence[str]) -> dict[str, Times]:
    """Times of these mapped tasks of a run; tasks that have no mapped instances are left out."""
    if not task_ids:
        return {}
    i = t.task_instance.c
    took = sa.func.min(i.duration), sa.func.max(i.duration), sa.func.sum(i.duration)
    query = (
        sa.select(i.task_id, sa.func.min(i.start_date), sa.func.max(i.end_date), *took)
        .where(i.run == run, i.map_index >= 0, i.task_id.in_(list(task_ids)))
        .group_by(i.task_id)
    )
    return {row[0]: Times(*row[1:]) for row in tx.execute(query)}


def mapped_counts(tx: Connection, run: int, task_id: str) -> dict[str, int]:
    """Number of mapped instances of a task by state."""
    i = t.task_instance.c
    query = (
        sa.select(i.state, sa.func.count())
        .where(i.run == run, i.task_id == task_id, i.map_index >= 0)
        .group_by(i.state)
    )
    return {row[0]: row[1] for row in tx.execute(query)}
