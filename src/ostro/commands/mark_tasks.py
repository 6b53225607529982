"""Mark task instances as success, failed or skipped."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from ostro.clock import Clock
from ostro.commands import subject
from ostro.commands.clear_tasks import ATTEMPTS
from ostro.commands.waking import Wake, tell
from ostro.errors import BadRequest, StoreUnavailable
from ostro.records import Move, RunRecord, TaskInstanceRecord
from ostro.rules import clear as clearing
from ostro.rules import mark as rules
from ostro.rules.selection import Selection, named, widened
from ostro.spec import Topology
from ostro.states import TaskState
from ostro.store import Store


class MarkedTasks(msgspec.Struct, frozen=True):
    """The instances that get the state (as they were before), and the runs of them."""

    instances: list[TaskInstanceRecord] = []
    runs: list[RunRecord] = []


def mark_tasks(
    store: Store, clock: Clock, wake: Wake, *, dag_id: str, dry_run: bool = False, **more: Any
) -> MarkedTasks:
    """`mark_tasks_in` as a transaction of its own."""
    with store.read() if dry_run else store.begin() as tx:
        done = mark_tasks_in(tx, clock, dag_id=dag_id, dry_run=dry_run, **more)
    if not dry_run and done.runs:
        wake([r.id for r in done.runs], [dag_id])
    return done


def mark_tasks_in(
    tx: Any,
    clock: Clock,
    *,
    dag_id: str,
    run_id: str,
    tasks: Iterable[str | tuple[str, int]],
    state: TaskState,
    upstream: bool = False,
    downstream: bool = False,
    past: bool = False,
    future: bool = False,
    dry_run: bool = False,
) -> MarkedTasks:
    """Give tasks of a run (with those before or after them, in the DAG or in time) a state.

    Failed tasks behind the marked ones are cleared, and their run is queued again when it had ended. With `dry_run`
    nothing is written. Raises NotFound, and BadRequest for a state that cannot be given.
    """
    if state not in rules.MARKABLE:
        raise BadRequest(f"a task cannot be marked {state}; only {', '.join(sorted(rules.MARKABLE))}")
    now = clock.now()
    chosen = named(tasks)
    touched: list[TaskInstanceRecord] = []
    changed: list[RunRecord] = []
    topologies = subject.Topologies(tx)
    for run in subject.the_runs(tx, dag_id, run_id=run_id, past=past, future=future, hold=not dry_run):
        topology = topologies.of(run.version_id)
        rows = subject.rows_of(tx, run)
        if run.run_id == run_id:
            subject.check_tasks(topology, rows, chosen, dag_id)
        selection = widened(topology, chosen, upstream=upstream, downstream=downstream, with_setups=False)
        moves = rules.mark_tasks(rows, selection, state, now)
        if not moves:
            continue
        by_id = {r.id: r for r in rows}
        touched += [by_id[m.ti] for m in moves]
        changed.append(run)
        if not dry_run:
            _write(tx, run, moves, selection, state, now)
            _resume(tx, run, topology, selection, now)
    if not dry_run:
        tell(tx, runs=[r.id for r in changed])
    return MarkedTasks(touched, changed)


def _write(
    tx: Any, run: RunRecord, moves: list[Move], selection: Selection, state: TaskState, now: datetime
) -> None:
    for _ in range(ATTEMPTS):
        if subject.apply(tx, moves, now):
            return
        moves = rules.mark_tasks(subject.rows_of(tx, run), selection, state, now)
    raise StoreUnavailable("the tasks change faster than they can be marked; try again")


def _resume(tx: Any, run: RunRecord, topology: Topology, selection: Selection, now: datetime) -> None:
    """Clear what failed behind the marked tasks."""
    behind = rules.blocked_behind(topology, selection)
    moves = clearing.clear(topology, subject.rows_of(tx, run), behind, only_failed=True)
    if not moves:
        return
    for _ in range(ATTEMPTS):
        # The clear number tells an engine that is about to end the run that it must look again.
        if subject.apply(tx, moves, now) and subject.change_run(tx, clearing.reset_run(run, now), now):
            return
        moves = clearing.clear(topology, subject.rows_of(tx, run), behind, only_failed=True)
        run = subject.the_run(tx, run.dag_id, run.run_id)
    raise StoreUnavailable("the tasks change faster than they can be marked; try again")
