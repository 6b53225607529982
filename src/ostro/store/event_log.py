"""The audit log: who did what, when. Written in the transaction of what was done."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t
from ostro.store.views.filters import Columns, Condition, Page, ordered, paged, where


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One deed. `extra` is a small document without secrets."""

    event: str
    at: datetime
    owner: str | None = None
    dag_id: str | None = None
    run_id: str | None = None
    task_id: str | None = None
    map_index: int | None = None
    try_number: int | None = None
    logical_date: datetime | None = None
    extra: Any = None


class LogRow(LogEntry, frozen=True, kw_only=True):
    """One deed with its number."""

    id: int


_e = t.event_log.c
_FIELDS = LogRow.__struct_fields__
#: What lists may be filtered and sorted by; names of the API.
COLUMNS: Columns = {
    "event_log_id": _e.id,
    "id": _e.id,
    "when": _e.at,
    "dttm": _e.at,
    "event": _e.event,
    "owner": _e.owner,
    "dag_id": _e.dag_id,
    "run_id": _e.run_id,
    "task_id": _e.task_id,
    "map_index": _e.map_index,
    "try_number": _e.try_number,
    "logical_date": _e.logical_date,
}


def put(tx: Connection, entry: LogEntry) -> None:
    """Write one deed."""
    tx.execute(sa.insert(t.event_log).values(**msgspec.structs.asdict(entry)))


def list_entries(
    tx: Connection, conditions: Iterable[Condition], page: Page, *, excluded: tuple[str, ...] = ()
) -> tuple[list[LogRow], int]:
    """A page of the log and the number of all entries that match."""
    query = sa.select(*(_e[n] for n in _FIELDS)).where(*where(COLUMNS, conditions))
    if excluded:
        query = query.where(_e.event.not_in(excluded))
    return paged(tx, ordered(query, COLUMNS, page, _e.id), page, _row)


def get(tx: Connection, entry_id: int) -> LogRow | None:
    """One entry."""
    row = tx.execute(sa.select(*(_e[n] for n in _FIELDS)).where(_e.id == entry_id)).first()
    return None if row is None else _row(row)


def _row(row: Any) -> LogRow:
    return LogRow(**dict(zip(_FIELDS, row, strict=True)))
