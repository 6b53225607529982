"""Which instances hold slots now, over all runs: for the question why one more does not start."""

from __future__ import annotations

from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.states import OCCUPYING, TaskState
from ostro.store import tables as t

#: States that a limit counts.
_HELD = sorted(s.value for s in OCCUPYING | {TaskState.DEFERRED, TaskState.AWAITING_INPUT})


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """One instance that holds slots."""

    ti: int
    run: int
    dag_id: str
    task_id: str
    map_index: int
    state: str
    pool: str
    pool_slots: int
    run_after: datetime
    dialect: int
    #: The engine that advances the run; None on SQLite, where there is one.
    owner: str | None
    #: The engine whose process it is, or was.
    engine: str | None


def held(tx: Connection) -> list[Held]:
    """All instances of live runs that hold slots."""
    i, r, d = t.task_instance.c, t.dag_run.c, t.dag.c
    query = (
        sa.select(
            i.id,
            i.run,
            r.dag_id,
            i.task_id,
            i.map_index,
            i.state,
            i.pool,
            i.pool_slots,
            r.run_after,
            d.dialect,
            r.owner,
            i.engine,
        )
        .select_from(t.task_instance.join(t.dag_run, r.id == i.run).join(t.dag, d.dag_id == r.dag_id))
        .where(i.state.in_(_HELD))
    )
    return [
        Held(
            ti=row[0],
            run=row[1],
            dag_id=row[2],
            task_id=row[3],
            map_index=row[4],
            state=row[5],
            pool=row[6],
            pool_slots=row[7],
            run_after=row[8],
            dialect=row[9],
            owner=row[10],
            engine=row[11],
        )
        for row in tx.execute(query)
    ]
