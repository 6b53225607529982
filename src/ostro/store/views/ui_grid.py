"""Read models of the web page: state bars, the grid of runs × tasks, counts of one run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

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


#: (task id, state, tries, number of instances, whether they are mapped) of one task in one run and state. A plain tuple: a
#: grid has hundreds of thousands.
Cell = tuple[str, str, int, int, int]


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
    *,
    limit: int,
    before: tuple[datetime, int] | None = None,
    run_ids: Sequence[str] = (),
    states: Sequence[str] = (),
    run_types: Sequence[str] = (),
) -> list[RunRow]:
    """Runs of a DAG for the grid, newest first. `before`: (run_after, id) of the last run of the page before."""
    conditions: list[Condition] = [OneOf("dag_id", (dag_id,))]
    if run_ids:
        conditions.append(OneOf("run_id", tuple(run_ids)))
    if states:
        conditions.append(OneOf("state", tuple(states)))
    if run_types:
        conditions.append(OneOf("run_type", tuple(run_types)))
    page = Page(limit=limit, order_by=("-run_after", "-id"))
    if before is None:
        return list_runs(tx, conditions, page, total=False)[0]
    at, last = before
    same = [*conditions, Within(column="run_after", gte=at, lte=at), Within(column="id", lt=last)]
    found = list_runs(tx, same, page, total=False)[0]
    older = [*conditions, Within(column="run_after", lt=at)]
    return (found + list_runs(tx, older, page, total=False)[0])[:limit]


# Most tasks have one instance: those come as they stand in the index; only mapped ones are counted.
_CELLS = (
    "SELECT task_id, state, try_number, 1, 0 FROM task_instance WHERE run = ? AND map_index = -1"
    " UNION ALL SELECT task_id, state, max(try_number), count(*), 1 FROM task_instance"
    " WHERE run = ? AND map_index >= 0 GROUP BY task_id, state"
)


def cells(tx: Connection, run: int) -> list[Cell]:
    """States of all tasks of a run; mapped instances counted by state."""
    return fetch(tx, _CELLS, (run, run))


def mapped_counts(tx: Connection, run: int, task_id: str) -> dict[str, int]:
    """Number of mapped instances of a task by state."""
    i = t.task_instance.c
    query = (
        sa.select(i.state, sa.func.count())
        .where(i.run == run, i.task_id == task_id, i.map_index >= 0)
        .group_by(i.state)
    )
    return {row[0]: row[1] for row in tx.execute(query)}
