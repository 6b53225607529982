"""Delete a run with its task instances, XComs and history."""

from __future__ import annotations

from typing import Any

from ostro.clock import Clock
from ostro.commands import subject
from ostro.commands.waking import Wake, tell
from ostro.errors import NotAllowed
from ostro.records import RunRecord
from ostro.states import ALIVE, RunState
from ostro.store import Store, runs


def delete_run(store: Store, clock: Clock, wake: Wake, *, dag_id: str, run_id: str) -> RunRecord:
    """`delete_run_in` as a transaction of its own."""
    with store.begin() as tx:
        run = delete_run_in(tx, dag_id=dag_id, run_id=run_id)
    wake([run.id], [dag_id])
    return run


def delete_run_in(tx: Any, *, dag_id: str, run_id: str) -> RunRecord:
    """Delete a run; returns what it was. Raises NotFound, and NotAllowed while it, or a task of it, runs."""
    run = subject.the_run(tx, dag_id, run_id)
    if run.state is RunState.RUNNING or any(r.state in ALIVE for r in subject.rows_of(tx, run)):
        raise NotAllowed(
            f"The DagRun with dag_id: `{dag_id}` and run_id: `{run_id}` cannot be deleted in {run.state.value} state"
        )
    runs.delete_runs(tx, [run.id])
    tell(tx, runs=[run.id], dags=[dag_id])
    return run
