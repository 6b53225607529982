"""Which engine advances a run, when several share a PostgreSQL database.

A lease is an owner, a term and an end in database time: the clocks of the engines do not matter. The term grows each
time a run changes hands; a renewal succeeds only for the owner's own, unexpired lease. An owner must count its lease as
over earlier than the database does (it began to wait before the database answered), and stop writing then.

On SQLite there is one engine; the functions work all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.records import RunRecord
from ostro.store import runs
from ostro.store import tables as t
from ostro.store.clock import in_seconds
from ostro.store.driver import is_sqlite


def take(
    tx: Connection, owner: str, *, seconds: float, limit: int, runs_of: Sequence[int] | None = None
) -> list[RunRecord]:
    """Lease live runs that nobody holds, the longest waiting first; of these ids only, when given.

    Rows that another engine is taking at this moment are passed over.
    """
    r = t.dag_run.c
    free = sa.or_(r.owner.is_(None), r.lease_until < in_seconds(tx, 0))
    wanted = sa.select(r.id).where(sa.text(t.LIVE_RUNS), free).order_by(r.run_after, r.id).limit(limit)
    if runs_of is not None:
        wanted = wanted.where(r.id.in_(list(runs_of)))
    if not is_sqlite(tx):
        wanted = wanted.with_for_update(skip_locked=True)
    ids = list(tx.execute(wanted).scalars())
    if not ids:
        return []
    tx.execute(
        sa.update(t.dag_run)
        .where(r.id.in_(ids))
        .values(owner=owner, lease_until=in_seconds(tx, seconds), lease_term=r.lease_term + 1)
    )
    return runs.load_runs(tx, ids)


def renew(tx: Connection, owner: str, *, seconds: float) -> set[int]:
    """Prolong all unexpired leases of an engine; returns the ids of its runs. What is missing was lost: forget it."""
    r = t.dag_run.c
    mine = (sa.text(t.LIVE_RUNS), r.owner == owner, r.lease_until >= in_seconds(tx, 0))
    if not is_sqlite(tx):
        # In the order of `runs.lock`: an update takes rows as it finds them.
        tx.execute(sa.select(r.id).where(*mine).order_by(r.id).with_for_update(key_share=True))
    done = tx.execute(
        sa.update(t.dag_run).where(*mine).values(lease_until=in_seconds(tx, seconds)).returning(r.id)
    )
    return set(done.scalars())


def held(tx: Connection, owner: str, ids: Iterable[int]) -> set[int]:
    """Which of these runs the engine holds now: the fence of a write. The rows stay locked until the commit."""
    r = t.dag_run.c
    query = (
        sa.select(r.id)
        .where(r.id.in_(sorted(set(ids))), r.owner == owner, r.lease_until >= in_seconds(tx, 0))
        .order_by(r.id)
    )
    if not is_sqlite(tx):
        query = query.with_for_update(key_share=True)
    return set(tx.execute(query).scalars())


def owner_of(tx: Connection, run: int) -> str | None:
    """The engine that advances the run, or did last; None: nobody yet, or there is one engine only."""
    return tx.execute(sa.select(t.dag_run.c.owner).where(t.dag_run.c.id == run)).scalar()


def release(tx: Connection, owner: str) -> set[int]:
    """Give all leases back: the engine stops, or drains. Returns the ids of the runs."""
    r = t.dag_run.c
    mine = (sa.text(t.LIVE_RUNS), r.owner == owner)
    if not is_sqlite(tx):
        # In the order of `runs.lock`: an update takes rows as it finds them.
        tx.execute(sa.select(r.id).where(*mine).order_by(r.id).with_for_update(key_share=True))
    statement = sa.update(t.dag_run).where(*mine).values(owner=None, lease_until=None)
    return set(tx.execute(statement.returning(r.id)).scalars())
