"""Backfills as lists of the REST API show them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t
from ostro.store.backfills import BackfillRecord
from ostro.store.views.filters import Columns, Condition, Page, ordered, paged, where


class BackfillRow(BackfillRecord, frozen=True, kw_only=True):
    """One backfill with the name that its DAG shows."""

    dag_display_name: str


_b = t.backfill.c
_OWN = BackfillRecord.__struct_fields__
COLUMNS: Columns = {
    "id": _b.id,
    "dag_id": _b.dag_id,
    "from_date": _b.from_date,
    "to_date": _b.to_date,
    "is_paused": _b.is_paused,
    "created_at": _b.created_at,
    "completed_at": _b.completed_at,
    "updated_at": _b.updated_at,
    "max_active_runs": _b.max_active_runs,
}


def list_backfills(
    tx: Connection, conditions: Iterable[Condition], page: Page, *, active: bool | None = None
) -> tuple[list[BackfillRow], int]:
    """A page of backfills and the number of all that match. `active`: only those that are complete, or are not."""
    query = _select().where(*where(COLUMNS, conditions))
    if active is not None:
        query = query.where(_b.completed_at.is_(None) if active else _b.completed_at.is_not(None))
    return paged(tx, ordered(query, COLUMNS, page, _b.id), page, _row)


def get_backfill(tx: Connection, backfill_id: int) -> BackfillRow | None:
    """One backfill."""
    row = tx.execute(_select().where(_b.id == backfill_id)).first()
    return None if row is None else _row(row)


def _select() -> sa.Select[Any]:
    columns = [_b[name] for name in _OWN]
    return sa.select(*columns, t.dag.c.display_name).join(t.dag, t.dag.c.dag_id == _b.dag_id)


def _row(row: Any) -> BackfillRow:
    values = dict(zip((*_OWN, "dag_display_name"), row, strict=True))
    values["conf"] = values["conf"] or {}
    values["dag_display_name"] = values["dag_display_name"] or values["dag_id"]
    return BackfillRow(**values)
