"""Backfills as the web page shows them: how many of their dates have which state."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t

_d, _r = t.backfill_dag_run.c, t.dag_run.c


def count_dates(tx: Connection, backfill_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Per backfill: number of its dates by the state of their run; "left" = dates whose run stays as it is."""
    state = sa.case((_d.exception_reason.is_not(None), "left"), else_=sa.func.coalesce(_r.state, "left"))
    query = (
        sa.select(_d.backfill_id, state, sa.func.count())
        .select_from(t.backfill_dag_run.outerjoin(t.dag_run, _r.id == _d.run))
        .where(_d.backfill_id.in_(list(backfill_ids)))
        .group_by(_d.backfill_id, state)
    )
    found: dict[int, dict[str, int]] = {}
    for backfill_id, name, count in tx.execute(query):
        found.setdefault(backfill_id, {})[name] = int(count)
    return found
