"""Runs as lists of the REST API show them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from ostro.store import tables as t
from ostro.store.views.cursors import Slice, read_slice
from ostro.store.views.filters import Among, Columns, Condition, Page
from ostro.store.views.paging import Join, Listing, read_page


class VersionRef(msgspec.Struct, frozen=True, kw_only=True):
    """The DAG version that a run or instance uses."""

    id: int
    number: int
    bundle: str
    bundle_version: str | None
    created_at: datetime
    bundle_url: str | None = None


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """One run with what belongs to it on screens."""

    id: int
    dag_id: str
    dag_display_name: str
    run_id: str
    run_type: str
    state: str
    run_after: datetime
    logical_date: datetime | None
    data_interval_start: datetime | None
    data_interval_end: datetime | None
    queued_at: datetime | None
    start_date: datetime | None
    end_date: datetime | None
    conf: dict[str, Any] | None
    clear_number: int
    triggered_by: str
    triggering_user: str | None
    note: str | None
    partition_key: str | None
    partition_date: datetime | None
    bundle_version: str | None
    reason: str
    updated_at: datetime
    version: VersionRef

    @property
    def duration(self) -> float | None:
        """Seconds from start to end; None when not over."""
        if self.start_date is None or self.end_date is None:
            return None
        return (self.end_date - self.start_date).total_seconds()


_r, _v = t.dag_run.c, t.dag_version.c
_FIELDS = (
    "id", "dag_id", "run_id", "run_type", "state", "run_after", "logical_date", "data_interval_start",
    "data_interval_end", "queued_at", "start_date", "end_date", "conf", "clear_number", "triggered_by", "triggering_user",
    "note", "partition_key", "partition_date", "bundle_version", "reason", "updated_at",
)  # fmt: skip
_SELECTED = (
    *(_r[name] for name in _FIELDS),
    _v.id, _v.number, _v.bundle, _v.bundle_version, _v.created_at, t.dag.c.display_name,
)  # fmt: skip
_JOINS = (Join(t.dag_version, _v.id == _r.version_id), Join(t.dag, t.dag.c.dag_id == _r.dag_id))


def seconds_between(start: sa.ColumnElement[Any], end: sa.ColumnElement[Any]) -> sa.ColumnElement[float]:
    """Seconds from one moment to another, on either database."""
    return _Seconds(start, end)


class _Seconds(FunctionElement[float]):
    """end - start in seconds."""

    inherit_cache = True
    name = "seconds_between"
    type = sa.Float()


@compiles(_Seconds, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    start, end = (compiler.process(c, **kw) for c in element.clauses)
    return f"(({end} - {start}) / 1000000.0)"


@compiles(_Seconds, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    start, end = (compiler.process(c, **kw) for c in element.clauses)
    return f"EXTRACT(EPOCH FROM ({end} - {start}))"


#: What lists may be filtered and sorted by; names of the API.
COLUMNS: Columns = {
    "id": _r.id,
    "dag_id": _r.dag_id,
    "dag_run_id": _r.run_id,
    "run_id": _r.run_id,
    "run_type": _r.run_type,
    "state": _r.state,
    "run_after": _r.run_after,
    "logical_date": _r.logical_date,
    "data_interval_start": _r.data_interval_start,
    "data_interval_end": _r.data_interval_end,
    "queued_at": _r.queued_at,
    "start_date": _r.start_date,
    "end_date": _r.end_date,
    "updated_at": _r.updated_at,
    "duration": seconds_between(_r.start_date, _r.end_date),
    # As the text that is kept, not as the document it stands for.
    "conf": sa.type_coerce(_r.conf, sa.Text),
    "triggering_user_name": _r.triggering_user,
    "partition_key": _r.partition_key,
    "partition_date": _r.partition_date,
    "note": _r.note,
    "dag_version": _v.number,
    "bundle_name": _v.bundle,
    "bundle_version": _r.bundle_version,
}


_LISTING = Listing(t.dag_run, _JOINS, COLUMNS)
_FROM = _LISTING.everything


def list_runs(
    tx: Connection, conditions: Iterable[Condition], page: Page, *, total: bool = True
) -> tuple[list[RunRow], int]:
    """A page of runs and the number of all that match."""
    return read_page(tx, _LISTING, conditions, page, _by_id, total=total)


def slice_runs(tx: Connection, conditions: Iterable[Condition], page: Page, cursor: str) -> Slice[RunRow]:
    """A page of runs by cursor."""
    return read_slice(tx, _LISTING, conditions, page, cursor, _by_id)


def that_consumed(text: str) -> Condition:
    """Only runs that consumed an event of an asset with this text in its name or URI, whatever the case."""
    x, e, a = t.asset_run_event.c, t.asset_event.c, t.asset.c
    query = (
        sa.select(x.run)
        .join(t.asset_event, e.id == x.event_id)
        .join(t.asset, a.id == e.asset_id)
        .where(a.name.icontains(text, autoescape=True) | a.uri.icontains(text, autoescape=True))
    )
    return Among("id", query)


def get_run(tx: Connection, dag_id: str, run_id: str) -> RunRow | None:
    """One run by its name."""
    query = sa.select(*_SELECTED).select_from(_FROM).where(_r.dag_id == dag_id, _r.run_id == run_id)
    row = tx.execute(query).first()
    return None if row is None else row_of(row)


def _by_id(tx: Connection, ids: list[int]) -> dict[int, RunRow]:
    query = sa.select(*_SELECTED).select_from(_FROM).where(_r.id.in_(ids))
    return {row[0]: row_of(row) for row in tx.execute(query)}


def row_of(row: Any) -> RunRow:
    """A result row as a struct."""
    count = len(_FIELDS)
    version = VersionRef(
        id=row[count],
        number=row[count + 1],
        bundle=row[count + 2],
        bundle_version=row[count + 3],
        created_at=row[count + 4],
    )
    values = dict(zip(_FIELDS, row[:count], strict=True))
    return RunRow(**values, version=version, dag_display_name=row[count + 5] or values["dag_id"])
