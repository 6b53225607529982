"""When DAGs are due: what the scheduler plans with, and the next runs that it computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t


class ScheduleRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed to know when a DAG is due. Moments are aware, UTC."""

    dag_id: str
    version_id: int
    timetable: dict[str, Any]
    asset_condition: dict[str, Any] | None
    is_paused: bool
    has_import_errors: bool
    max_active_runs: int
    max_consecutive_failed_dag_runs: int
    start_date: datetime | None
    end_date: datetime | None
    catchup: bool
    #: 2 or 3: which Airflow its file speaks.
    dialect: int = 3
    next_logical_date: datetime | None = None
    next_interval_start: datetime | None = None
    next_interval_end: datetime | None = None
    next_run_after: datetime | None = None
    last_interval_start: datetime | None = None
    last_interval_end: datetime | None = None


class NextRun(msgspec.Struct, frozen=True, kw_only=True):
    """The next run of a DAG as the scheduler computed it; all None when there is none."""

    dag_id: str
    logical_date: datetime | None = None
    data_interval_start: datetime | None = None
    data_interval_end: datetime | None = None
    run_after: datetime | None = None


def load_schedules(tx: Connection, dag_ids: Iterable[str] | None = None) -> list[ScheduleRow]:
    """The schedules of these DAGs (None = all) that a file holds now."""
    d, r = t.dag.c, t.dag_run.c
    wanted = None if dag_ids is None else list(dag_ids)
    latest = (
        sa.select(r.id)
        .where(r.dag_id == d.dag_id, r.logical_date.is_not(None), r.run_type.in_(("scheduled", "backfill")))
        .order_by(r.logical_date.desc())
        .limit(1)
        .correlate(t.dag)
        .scalar_subquery()
    )
    query = (
        sa.select(
            d.dag_id, d.version_id, d.timetable, d.asset_condition, d.is_paused, d.has_import_errors,
            d.max_active_runs, d.max_consecutive_failed_dag_runs, d.start_date, d.end_date, d.catchup, d.dialect,
            d.next_logical_date, d.next_interval_start, d.next_interval_end, d.next_run_after,
            r.data_interval_start.label("last_interval_start"), r.data_interval_end.label("last_interval_end"),
        )
        .outerjoin(t.dag_run, r.id == latest)
        .where(d.is_stale.is_(False), d.version_id.is_not(None))
        .order_by(d.dag_id)
    )  # fmt: skip
    rows: list[ScheduleRow] = []
    for part in [None] if wanted is None else [wanted[i : i + 500] for i in range(0, len(wanted), 500)]:
        selected = query if part is None else query.where(d.dag_id.in_(part))
        rows += [ScheduleRow(**row._asdict()) for row in tx.execute(selected)]
    return rows


def save_next(tx: Connection, rows: Sequence[NextRun]) -> None:
    """Write the next runs; shown in lists."""
    if not rows:
        return
    b = sa.bindparam
    statement = (
        sa.update(t.dag)
        .where(t.dag.c.dag_id == b("b_dag_id"))
        .values(
            next_logical_date=b("logical_date"),
            next_interval_start=b("data_interval_start"),
            next_interval_end=b("data_interval_end"),
            next_run_after=b("run_after"),
        )
    )
    tx.execute(
        statement,
        [
            {
                "b_dag_id": r.dag_id,
                "logical_date": r.logical_date,
                "data_interval_start": r.data_interval_start,
                "data_interval_end": r.data_interval_end,
                "run_after": r.run_after,
            }
            for r in rows
        ],
    )
