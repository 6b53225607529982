"""Pool, queue and weight of an instance whose tries belong to different places."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t


def move(
    tx: Connection,
    ti: int,
    *,
    pool: str,
    pool_slots: int,
    queue: str,
    priority_weight: int,
    executor: str | None,
) -> None:
    """Note where the try that begins belongs: who counts what a pool holds reads it here."""
    tx.execute(
        sa.update(t.task_instance)
        .where(t.task_instance.c.id == ti)
        .values(
            pool=pool, pool_slots=pool_slots, queue=queue, priority_weight=priority_weight, executor=executor
        )
    )
