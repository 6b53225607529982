"""Pools: create, change, delete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ostro.clock import Clock
from ostro.commands.waking import Wake, tell
from ostro.errors import AlreadyExists, BadRequest, NotAllowed
from ostro.store import Pool, Store, pools

#: The pool of tasks that name none.
DEFAULT_POOL = "default_pool"
#: Longest name of a pool.
MAX_NAME = 256


def set_pool(store: Store, clock: Clock, wake: Wake, *, pool: Pool) -> Pool:
    """`set_pool_in` as a transaction of its own."""
    with store.begin() as tx:
        set_pool_in(tx, pool=pool)
    wake([], [""])
    return pool


def set_pool_in(tx: Any, *, pool: Pool) -> None:
    """Create or replace a pool; slots −1 = without limit. Raises BadRequest."""
    _check(pool)
    pools.save(tx, [pool])
    _tell(tx)


def create_pool(store: Store, clock: Clock, wake: Wake, *, pool: Pool) -> Pool:
    """`create_pool_in` as a transaction of its own."""
    with store.begin() as tx:
        create_pool_in(tx, pool=pool)
    wake([], [""])
    return pool


def create_pool_in(tx: Any, *, pool: Pool) -> None:
    """Create a pool. Raises AlreadyExists and BadRequest."""
    _check(pool)
    if not pools.create(tx, pool):
        raise AlreadyExists(f"Pool with name: `{pool.name}` already exists")
    _tell(tx)


def delete_pools(store: Store, clock: Clock, wake: Wake, *, names: Sequence[str]) -> int:
    """`delete_pools_in` as a transaction of its own."""
    with store.begin() as tx:
        count = delete_pools_in(tx, names=names)
    wake([], [""])
    return count


def delete_pools_in(tx: Any, *, names: Sequence[str]) -> int:
    """Delete pools; returns how many there were. Raises NotAllowed for the default pool."""
    if DEFAULT_POOL in names:
        raise NotAllowed("Default Pool can't be deleted")
    count = pools.delete(tx, names)
    if count:
        _tell(tx)
    return count


def _check(pool: Pool) -> None:
    if not pool.name or len(pool.name) > MAX_NAME:
        raise BadRequest(f"a pool's name has 1 to {MAX_NAME} characters")
    if pool.slots < -1:
        raise BadRequest("a pool has -1 (without limit), 0 or more slots")


def _tell(tx: Any) -> None:
    """Pools belong to no DAG: the engine looks at all of them again when it is told of anything."""
    tell(tx, dags=[""])
