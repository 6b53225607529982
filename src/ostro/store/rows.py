"""What queries of task code read of the past: tries, deeds, assets. Read only, bounded, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.states import TaskState
from ostro.store import tables as t

#: Of all DAGs together only so many of the newest tries are looked through, so that the engine is not held up.
MOST_TRIES = 200_000
_FAILED = (TaskState.FAILED.value, TaskState.UP_FOR_RETRY.value)


def find_tries(
    tx: Connection,
    *,
    dag_id: str = "",
    run_ids: Sequence[str] | None = None,
    task_ids: Sequence[str] | None = None,
    failed: bool = False,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 10_000,
) -> list[dict[str, Any]]:
    """Tries of a DAG's instances (of any for an empty id), the newest first. `since` and `until` bound their end."""
    a, i, r = t.attempt.c, t.task_instance.c, t.dag_run.c
    query = (
        sa.select(
            r.dag_id, r.run_id, r.logical_date, i.task_id, i.map_index, a.try_number, a.max_tries, a.state,
            a.start_date, a.end_date, a.queued_at, a.hostname, a.pid, i.operator, i.pool, i.queue,
        )
        .select_from(t.attempt.join(t.task_instance, i.id == a.ti).join(t.dag_run, r.id == i.run))
        .order_by(a.attempt_id.desc())
        .limit(limit)
    )  # fmt: skip
    if dag_id:
        query = query.where(r.dag_id == dag_id)
    else:
        newest = sa.select(a.attempt_id).order_by(a.attempt_id.desc()).limit(MOST_TRIES)
        query = query.where(a.attempt_id.in_(newest))
    if run_ids is not None:
        query = query.where(r.run_id.in_(list(run_ids)))
    if task_ids is not None:
        query = query.where(i.task_id.in_(list(task_ids)))
    if failed:
        query = query.where(a.state.in_(_FAILED), a.closed_at.is_not(None))
    if since is not None:
        query = query.where(a.end_date >= since)
    if until is not None:
        query = query.where(a.end_date <= until)
    return [dict(row._mapping) for row in tx.execute(query)]


def find_log(
    tx: Connection,
    *,
    dag_ids: Sequence[str] | None = None,
    events: Sequence[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 10_000,
) -> list[dict[str, Any]]:
    """Deeds of the audit log, the newest first."""
    e = t.event_log.c
    query = sa.select(t.event_log).order_by(e.id.desc()).limit(limit)
    if dag_ids is not None:
        query = query.where(e.dag_id.in_(list(dag_ids)))
    if events is not None:
        query = query.where(e.event.in_(list(events)))
    if since is not None:
        query = query.where(e.at >= since)
    if until is not None:
        query = query.where(e.at <= until)
    return [dict(row._mapping) for row in tx.execute(query)]


def find_assets(
    tx: Connection,
    *,
    names: Sequence[str] | None = None,
    uris: Sequence[str] | None = None,
    limit: int = 10_000,
) -> list[dict[str, Any]]:
    """Assets by id, those that no DAG names any more included."""
    s = t.asset.c
    query = sa.select(
        s.id, s.name, s.uri, s.group_name.label("group"), s.extra, s.created_at, s.updated_at, s.is_active
    )
    query = query.order_by(s.id).limit(limit)
    if names is not None:
        query = query.where(s.name.in_(list(names)))
    if uris is not None:
        query = query.where(s.uri.in_(list(uris)))
    return [dict(row._mapping) for row in tx.execute(query)]
