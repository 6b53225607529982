"""Mark task instances as success, failed or skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from ostro.clock import Clock
from ostro.commands import subject
from ostro.commands.clear_tasks import ATTEMPTS
from ostro.commands.waking import Wake, tell
from ostro.errors import BadRequest, StoreUnavailable
from ostro.records import RunRecord, TaskInstanceRecord
from ostro.rules import clear as clearing
from ostro.rules import mark as rules
from ostro.rules.selection import Selection, named, widened
from ostro.spec import Topology
from ostro.states import TaskState
from ostro.store import Store

#: Decides anew for the instances as they are by now.
Decide = Callable[[list[TaskInstanceRecord]], rules.Marking]


class MarkedTasks(msgspec.Struct, frozen=True):
    """The instances that get the state (as they were before), the runs of them, and what starts over behind them."""

    instances: list[TaskInstanceRecord] = []
    runs: list[RunRecord] = []
    cleared: list[TaskInstanceRecord] = []


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
    nothing is written, and the answer is the same. Raises NotFound, and BadRequest for a state that cannot be given.
    """
    if state not in rules.MARKABLE:
        raise BadRequest(f"a task cannot be marked {state}; only {', '.join(sorted(rules.MARKABLE))}")
    now = clock.now()
    chosen = named(tasks)
    touched: list[TaskInstanceRecord] = []
    cleared: list[TaskInstanceRecord] = []
    changed: list[RunRecord] = []
    topologies = subject.Topologies(tx)
    for run in subject.the_runs(tx, dag_id, run_id=run_id, past=past, future=future, hold=not dry_run):
        topology = topologies.of(run.version_id)
        rows = subject.rows_of(tx, run)
        if run.run_id == run_id:
            subject.check_tasks(topology, rows, chosen, dag_id)
        selection = widened(topology, chosen, upstream=upstream, downstream=downstream, with_setups=False)
        decide = partial(_decide, topology, selection, state, now)
        found = decide(rows)
        if not found.marked:
            continue
        by_id = {r.id: r for r in rows}
        touched += [by_id[m.ti] for m in found.marked]
        cleared += [by_id[m.ti] for m in found.cleared]
        changed.append(run)
        if not dry_run:
            _write(tx, run, found, decide, now)
    if not dry_run:
        tell(tx, runs=[r.id for r in changed])
    return MarkedTasks(touched, changed, cleared)


def _decide(
    topology: Topology, selection: Selection, state: TaskState, now: datetime, rows: list[TaskInstanceRecord]
) -> rules.Marking:
    return rules.mark_tasks(topology, rows, selection, state, now)


def _write(tx: Any, run: RunRecord, found: rules.Marking, decide: Decide, now: datetime) -> None:
    goes_on = bool(found.cleared)
    for _ in range(ATTEMPTS):
        done = subject.apply(tx, [*found.marked, *found.cleared], now)
        # The clear number tells an engine that is about to end the run that it must look again.
        if done and (not goes_on or subject.change_run(tx, clearing.reset_run(run, now), now)):
            return
        run = subject.the_run(tx, run.dag_id, run.run_id)
        found = decide(subject.rows_of(tx, run))
        goes_on = goes_on or bool(found.cleared)
    raise StoreUnavailable("the tasks change faster than they can be marked; try again")
