"""Mark a run as success or failed, or queue it again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ostro.clock import Clock
from ostro.commands import subject
from ostro.commands.clear_tasks import ATTEMPTS
from ostro.commands.waking import Wake, tell
from ostro.errors import BadRequest, StoreUnavailable
from ostro.records import RunRecord, TaskInstanceRecord
from ostro.rules.clear import RunChange
from ostro.rules.mark import mark_run as decide
from ostro.states import RunState
from ostro.store import Store


class MarkedRun(msgspec.Struct, frozen=True):
    """The run and the instances that are changed, as they were before."""

    run: RunRecord
    instances: list[TaskInstanceRecord] = []


def mark_run(
    store: Store,
    clock: Clock,
    wake: Wake,
    *,
    dag_id: str,
    run_id: str,
    state: RunState,
    dry_run: bool = False,
) -> MarkedRun:
    """`mark_run_in` as a transaction of its own."""
    with store.read() if dry_run else store.begin() as tx:
        done = mark_run_in(tx, clock, dag_id=dag_id, run_id=run_id, state=state, dry_run=dry_run)
    if not dry_run:
        wake([done.run.id], [dag_id])
    return done


def mark_run_in(
    tx: Any, clock: Clock, *, dag_id: str, run_id: str, state: RunState, dry_run: bool = False
) -> MarkedRun:
    """success: all its instances succeed; failed: what is active fails, the rest is skipped; queued: it goes on.

    Teardowns that are not finished are left to run, and the run ends after them. Raises NotFound, and BadRequest for
    RUNNING, which only the engine gives.
    """
    now = clock.now()
    for _ in range(ATTEMPTS):
        (run,) = subject.the_runs(tx, dag_id, run_id=run_id, hold=not dry_run)
        topology = subject.topology_of(tx, run)
        rows = subject.rows_of(tx, run)
        if state in (RunState.SUCCESS, RunState.FAILED):
            moves, change = decide(topology, run, rows, state, now)
        else:
            moves, change = [], _queue(run, state, now)
        touched = {m.ti for m in moves}
        result = MarkedRun(run, [r for r in rows if r.id in touched])
        if dry_run:
            return result
        if subject.apply(tx, moves, now) and (change is None or subject.change_run(tx, change, now)):
            tell(tx, runs=[run.id], dags=[dag_id])
            return result
    raise StoreUnavailable("the run changes faster than it can be marked; try again")


def _queue(run: RunRecord, state: RunState, now: datetime) -> RunChange:
    if state is not RunState.QUEUED:
        raise BadRequest(f"a run cannot be marked {state}; only success, failed or queued")
    return RunChange(
        run=run.id,
        before=run.state,
        after=state,
        queued_at=now,
        start_date=None,
        end_date=None,
        reason="queued by a user",
    )
