"""XComs as lists of the REST API show them: everything but the value, which is read one at a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t
from ostro.store.views.filters import Columns, Condition, Page, ordered, paged, where


class XComRow(msgspec.Struct, frozen=True, kw_only=True):
    """One XCom and the run that it belongs to. `size` in bytes of JSON."""

    key: str
    task_id: str
    map_index: int
    at: datetime
    size: int
    dag_id: str
    dag_display_name: str
    run_id: str
    logical_date: datetime | None
    run_after: datetime


_x, _r = t.xcom.c, t.dag_run.c
_FROM = t.xcom.join(t.dag_run, _r.id == _x.run).join(t.dag, t.dag.c.dag_id == _r.dag_id)
_SELECTED = (
    _x.key, _x.task_id, _x.map_index, _x.at, sa.func.length(_x.value), _r.dag_id, t.dag.c.display_name, _r.run_id,
    _r.logical_date, _r.run_after,
)  # fmt: skip

#: What lists may be filtered and sorted by; names of the API.
COLUMNS: Columns = {
    "key": _x.key,
    "xcom_key": _x.key,
    "task_id": _x.task_id,
    "map_index": _x.map_index,
    "timestamp": _x.at,
    "dag_id": _r.dag_id,
    "run_id": _r.run_id,
    "dag_run_id": _r.run_id,
    "dag_display_name": t.dag.c.display_name,
    "logical_date": _r.logical_date,
    "run_after": _r.run_after,
}


def list_xcoms(
    tx: Connection, conditions: Iterable[Condition], page: Page, *, total: bool = True
) -> tuple[list[XComRow], int]:
    """A page of XComs and the number of all that match."""
    query = sa.select(*_SELECTED).select_from(_FROM).where(*where(COLUMNS, conditions))
    return paged(
        tx, ordered(query, COLUMNS, page, _x.run, _x.task_id, _x.map_index, _x.key), page, _row, total=total
    )


def _row(row: Any) -> XComRow:
    key, task_id, map_index, at, size, dag_id, display, run_id, logical_date, run_after = row
    return XComRow(
        key=key,
        task_id=task_id,
        map_index=map_index,
        at=at,
        size=size,
        dag_id=dag_id,
        dag_display_name=display or dag_id,
        run_id=run_id,
        logical_date=logical_date,
        run_after=run_after,
    )
