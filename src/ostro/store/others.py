"""What other engines on the same PostgreSQL database hold, so that limits are kept over all of them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.states import OCCUPYING, RunState, TaskState
from ostro.store import tables as t
from ostro.store.clock import in_seconds
from ostro.store.driver import execute, is_sqlite

#: Number of the lock that engines take for the length of a round when there are several of them.
ROUND_LOCK = 0x6F7374726F
_HELD = tuple(s.value for s in (*OCCUPYING, TaskState.DEFERRED, TaskState.AWAITING_INPUT))


class Held(msgspec.Struct, frozen=True):
    """An instance of another engine that counts for some limit."""

    ti: int
    run: int
    dag_id: str
    task_id: str
    map_index: int
    pool: str
    pool_slots: int
    state: str
    #: Whose process it is, or was.
    engine: str | None


class Others(msgspec.Struct, frozen=True):
    """The other engines that live."""

    #: There are some; and among them one that starts tasks.
    any: bool
    any_starts: bool


def alive(tx: Connection, owner: str, *, seconds: float) -> Others:
    """Other schedulers that gave a sign of life in the last so many seconds, in the database's time."""
    e = t.engine.c
    query = sa.select(e.drain_asked_at.is_(None)).where(
        e.id != owner,
        e.kind == "scheduler",
        e.stopped_at.is_(None),
        e.heartbeat_at > in_seconds(tx, -seconds),
    )
    starts = set(tx.execute(query.distinct()).scalars())
    return Others(any=bool(starts), any_starts=True in starts)


def wait_for_round(tx: Connection) -> None:
    """One engine decides at a time, until its transaction ends. Nothing on SQLite, where there is one engine."""
    if not is_sqlite(tx):
        execute(tx, "SELECT pg_advisory_xact_lock(?)", (ROUND_LOCK,))


def held_instances(tx: Connection, owner: str) -> list[Held]:
    """Instances in live runs of other engines that occupy something."""
    i, r = t.task_instance.c, t.dag_run.c
    query = (
        sa.select(i.id, i.run, r.dag_id, i.task_id, i.map_index, i.pool, i.pool_slots, i.state, i.engine)
        .select_from(t.task_instance.join(t.dag_run, r.id == i.run))
        .where(i.state.in_(_HELD), sa.or_(r.owner.is_(None), r.owner != owner))
    )
    return [Held(*row) for row in tx.execute(query)]


def active_runs(tx: Connection, owner: str, dag_ids: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Per DAG: (live, running) runs that other engines hold or nobody does yet; DAGs without one are left out.

    Runs of backfills have a limit of their own and do not count.
    """
    r = t.dag_run.c
    query = (
        sa.select(
            r.dag_id,
            sa.func.count(),
            sa.func.sum(sa.case((r.state == RunState.RUNNING.value, 1), else_=0)),
        )
        .where(
            sa.text(t.LIVE_RUNS),
            sa.or_(r.owner.is_(None), r.owner != owner),
            r.dag_id.in_(list(dag_ids)),
            r.backfill_id.is_(None),
        )
        .group_by(r.dag_id)
    )
    return {dag_id: (int(live), int(running)) for dag_id, live, running in tx.execute(query)}
