"""Pools: their sizes and who occupies them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.states import TaskState
from ostro.store import tables as t
from ostro.store.dialects import insert_into

#: The pool of tasks that name none, and its size at first.
DEFAULT_POOL = "default_pool"
DEFAULT_SLOTS = 128


class Pool(msgspec.Struct, frozen=True, kw_only=True):
    """A pool. `slots` -1 = without limit."""

    name: str
    slots: int
    description: str = ""
    #: Deferred instances occupy slots too.
    include_deferred: bool = False


class PoolUse(msgspec.Struct, frozen=True, kw_only=True):
    """A pool with the slots that instances hold now, by state."""

    pool: Pool
    running: int = 0
    queued: int = 0
    scheduled: int = 0
    deferred: int = 0

    @property
    def occupied(self) -> int:
        """Slots that are taken."""
        return self.running + self.queued + (self.deferred if self.pool.include_deferred else 0)

    @property
    def open(self) -> float:
        """Slots that are free; infinite without limit."""
        return float("inf") if self.pool.slots < 0 else self.pool.slots - self.occupied


def sizes(tx: Connection) -> dict[str, Pool]:
    """All pools by name."""
    p = t.pool.c
    query = sa.select(p.name, p.slots, p.description, p.include_deferred).order_by(p.name)
    return {row.name: Pool(**row._asdict()) for row in tx.execute(query)}


def list_used(tx: Connection) -> list[PoolUse]:
    """All pools by name, with what occupies them."""
    i = t.task_instance.c
    held: dict[str, dict[str, int]] = {}
    query = (
        sa.select(i.pool, i.state, sa.func.sum(i.pool_slots))
        .where(sa.text(t.OCCUPIED))
        .group_by(i.pool, i.state)
    )
    for name, state, slots in tx.execute(query):
        held.setdefault(name, {})[state] = int(slots)
    return [_used(pool, held.get(name, {})) for name, pool in sizes(tx).items()]


def _used(pool: Pool, held: dict[str, int]) -> PoolUse:
    return PoolUse(
        pool=pool,
        running=held.get(TaskState.RUNNING, 0) + held.get(TaskState.RESTARTING, 0),
        queued=held.get(TaskState.QUEUED, 0),
        scheduled=held.get(TaskState.SCHEDULED, 0),
        deferred=held.get(TaskState.DEFERRED, 0),
    )


def save(tx: Connection, pools: Sequence[Pool]) -> None:
    """Create or replace pools."""
    for pool in pools:
        values = {
            "slots": pool.slots,
            "description": pool.description,
            "include_deferred": pool.include_deferred,
        }
        statement = insert_into(tx, t.pool).values(name=pool.name, **values)
        tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def create(tx: Connection, pool: Pool) -> bool:
    """Create a pool; False when there is one of that name."""
    statement = insert_into(tx, t.pool).values(**msgspec.structs.asdict(pool))
    return tx.execute(statement.on_conflict_do_nothing().returning(t.pool.c.name)).first() is not None


def delete(tx: Connection, names: Sequence[str]) -> int:
    """Delete pools; returns how many there were. The default pool is refused by the command, not here."""
    return tx.execute(sa.delete(t.pool).where(t.pool.c.name.in_(list(names)))).rowcount
