"""What earlier runs of a DAG say about a task, for depends_on_past."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t


def has_instance_before(tx: Connection, dag_id: str, task_id: str, logical_date: datetime) -> bool:
    """Whether any run of the DAG before this logical date has an instance of the task."""
    r, i = t.dag_run.c, t.task_instance.c
    query = (
        sa.select(sa.literal(1))
        .select_from(t.task_instance.join(t.dag_run, r.id == i.run))
        .where(r.dag_id == dag_id, r.logical_date < logical_date, i.task_id == task_id)
        .limit(1)
    )
    return tx.execute(query).first() is not None


def next_live_runs(tx: Connection, dag_id: str, logical_date: datetime) -> list[int]:
    """Live runs of the DAG with a later logical date: those that may depend on the run at this one."""
    r = t.dag_run.c
    query = sa.select(r.id).where(sa.text(t.LIVE_RUNS), r.dag_id == dag_id, r.logical_date > logical_date)
    return list(tx.execute(query).scalars())
