"""Delete a DAG with its versions, runs and history. It comes back when its file is still there and is parsed again."""

from __future__ import annotations

from typing import Any

from ostro.clock import Clock
from ostro.commands.waking import Wake, tell
from ostro.errors import NotAllowed, NotFound
from ostro.states import ALIVE
from ostro.store import Store, instances, runs, specs


def delete_dag(store: Store, clock: Clock, wake: Wake, *, dag_id: str) -> None:
    """`delete_dag_in` as a transaction of its own."""
    with store.begin() as tx:
        gone = delete_dag_in(tx, dag_id=dag_id)
    wake(gone, [dag_id])


def delete_dag_in(tx: Any, *, dag_id: str) -> list[int]:
    """Delete a DAG; returns the row ids of its live runs that went with it.

    Raises NotFound, and NotAllowed while a task of it runs.
    """
    live = [r.id for r in runs.live_runs(tx, dag_ids=[dag_id])]
    if any(i.state in ALIVE for i in instances.load_instances(tx, live)):
        raise NotAllowed(f"Task instances of dag with id: '{dag_id}' are still running")
    if not specs.delete_dag(tx, dag_id):
        raise NotFound(f"The Dag with ID: `{dag_id}` was not found")
    tell(tx, runs=live, dags=[dag_id])
    return live
