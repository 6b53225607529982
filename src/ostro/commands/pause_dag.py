"""Pause and unpause DAGs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ostro.clock import Clock
from ostro.commands.waking import Wake, tell
from ostro.errors import NotFound
from ostro.store import Store, specs


def pause_dag(store: Store, clock: Clock, wake: Wake, *, dag_id: str, paused: bool) -> bool:
    """`pause_dag_in` as a transaction of its own."""
    with store.begin() as tx:
        changed = pause_dag_in(tx, dag_id=dag_id, paused=paused)
    if changed:
        wake([], [dag_id])
    return changed


def pause_dag_in(tx: Any, *, dag_id: str, paused: bool) -> bool:
    """Pause or unpause a DAG; True when that was a change. Raises NotFound.

    A paused DAG makes no runs and its runs start no tasks; running tasks finish.
    """
    if specs.dag_summary(tx, dag_id) is None:
        raise NotFound(f"The Dag with ID: `{dag_id}` was not found")
    return bool(pause_dags_in(tx, dag_ids=[dag_id], paused=paused))


def pause_dags(store: Store, clock: Clock, wake: Wake, *, dag_ids: Sequence[str], paused: bool) -> list[str]:
    """`pause_dags_in` as a transaction of its own."""
    with store.begin() as tx:
        changed = pause_dags_in(tx, dag_ids=dag_ids, paused=paused)
    if changed:
        wake([], changed)
    return changed


def pause_dags_in(tx: Any, *, dag_ids: Sequence[str], paused: bool) -> list[str]:
    """Pause or unpause DAGs; returns those that are changed by it. Unknown ones are left out."""
    changed = specs.set_paused(tx, dag_ids, paused)
    tell(tx, dags=changed)
    return changed
