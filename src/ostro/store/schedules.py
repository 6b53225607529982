"""When DAGs are due: what the scheduler plans with, and the next runs that it computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t

#: Timetables whose runs may have no logical date.
_WITHOUT_DATES = frozenset({"cron_partition", "custom", "asset_or_time"})


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
    #: The scheduled run after which the next one comes: the latest by logical date, without these by `run_after`.
    last_run_after: datetime | None = None
    last_interval_start: datetime | None = None
    last_interval_end: datetime | None = None
    last_partition_date: datetime | None = None
    last_partition_key: str | None = None


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
            r.run_after.label("last_run_after"), r.data_interval_start.label("last_interval_start"),
            r.data_interval_end.label("last_interval_end"),
        )
        .outerjoin(t.dag_run, r.id == latest)
        .where(d.is_stale.is_(False), d.version_id.is_not(None))
        .order_by(d.dag_id)
    )  # fmt: skip
    rows: list[ScheduleRow] = []
    for part in [None] if wanted is None else [wanted[i : i + 500] for i in range(0, len(wanted), 500)]:
        selected = query if part is None else query.where(d.dag_id.in_(part))
        rows += [ScheduleRow(**row._asdict()) for row in tx.execute(selected)]
    return _with_partitions(tx, rows)


def _with_partitions(tx: Connection, rows: list[ScheduleRow]) -> list[ScheduleRow]:
    """The same, where the last run is one without a logical date: of a partition, or of an author's timetable."""
    r = t.dag_run.c
    asked = [row.dag_id for row in rows if row.timetable.get("type") in _WITHOUT_DATES]
    found: dict[str, dict[str, Any]] = {}
    for i in range(0, len(asked), 500):
        names = sa.select(t.dag.c.dag_id).where(t.dag.c.dag_id.in_(asked[i : i + 500])).subquery()
        latest = (
            sa.select(r.id)
            .where(
                r.dag_id == names.c.dag_id,
                r.logical_date.is_(None),
                r.run_type.in_(("scheduled", "backfill")),
            )
            .order_by(r.run_after.desc(), r.id.desc())
            .limit(1)
            .correlate(names)
            .scalar_subquery()
        )
        query = (
            sa.select(r.dag_id, r.run_after, r.partition_date, r.partition_key)
            .select_from(names)
            .join(t.dag_run, r.id == latest)
        )
        for dag_id, *values in tx.execute(query):
            found[dag_id] = dict(
                zip(("last_run_after", "last_partition_date", "last_partition_key"), values, strict=True)
            )
    # A DAG with runs of both kinds has had another timetable before: it goes on behind the one that was due last.
    return [
        msgspec.structs.replace(row, **last, last_interval_start=None, last_interval_end=None)
        if (last := found.get(row.dag_id)) is not None
        and (row.last_run_after is None or row.last_run_after <= last["last_run_after"])
        else row
        for row in rows
    ]


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
