"""Mark: a user sets the state of tasks, or of a whole run.

Source: Airflow's documentation, "Core concepts / DAG runs" and "UI", and the behaviour of 3.x. Marking does not run
callbacks. Running processes of marked instances are ended by the engine, which sees that they were overtaken.
Marking tasks also clears failed tasks downstream, so that the run goes on behind them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ostro.records import Move, RunRecord, TaskInstanceRecord
from ostro.rules.clear import RunChange, clear
from ostro.rules.selection import Selection, chosen, widened
from ostro.spec import Topology
from ostro.states import FINISHED, RunState, TaskState

#: States that a user may give to a task.
MARKABLE = frozenset({TaskState.SUCCESS, TaskState.FAILED, TaskState.SKIPPED})

#: States in which something goes on for the instance, in a process or outside.
_ACTIVE = frozenset(
    {
        TaskState.RUNNING,
        TaskState.RESTARTING,
        TaskState.DEFERRED,
        TaskState.UP_FOR_RESCHEDULE,
        TaskState.AWAITING_INPUT,
    }
)


class Marking(msgspec.Struct, frozen=True):
    """What marking does to one run. Whoever only asks gets the same answer as whoever does it."""

    #: Instances that get the state.
    marked: list[Move] = []
    #: Failed instances behind them, which start over.
    cleared: list[Move] = []


def mark_tasks(
    topology: Topology,
    instances: Sequence[TaskInstanceRecord],
    selection: Selection,
    state: TaskState,
    now: datetime,
) -> Marking:
    """What gives the selected instances of one run a state; those that have it already need nothing.

    Where none needs it, nothing behind them is cleared either. Raises ValueError for a state that no user may give.
    """
    if state not in MARKABLE:
        raise ValueError(f"a task cannot be marked {state}")
    marked = [
        _set(i, state, now)
        for i in chosen(selection, instances)
        if i.state is not state and i.state is not TaskState.REMOVED
    ]
    if not marked:
        return Marking()
    return Marking(marked, clear(topology, instances, _behind(topology, selection), only_failed=True))


def _behind(topology: Topology, selection: Selection) -> Selection:
    """The tasks after marked ones, with all their instances."""
    wide = widened(topology, selection, upstream=False, downstream=True, with_setups=False)
    return {task_id: None for task_id in wide if task_id not in selection}


def mark_run(
    topology: Topology,
    run: RunRecord,
    instances: Sequence[TaskInstanceRecord],
    state: RunState,
    now: datetime,
) -> tuple[list[Move], RunChange | None]:
    """Moves and change of the run when a user marks it success or failed.

    success: all instances succeed. failed: what is active fails, what has not begun is skipped. Teardowns that are
    not finished are left to run; the run then ends by itself after them, and the change is None.
    Raises ValueError for another state.
    """
    if state not in (RunState.SUCCESS, RunState.FAILED):
        raise ValueError(f"a run cannot be marked {state}")
    work = [i for i in instances if i.state is not TaskState.REMOVED]
    open_teardowns = {i.id for i in work if i.state not in FINISHED and _is_teardown(topology, i)}
    moves = []
    for i in work:
        if i.id in open_teardowns:
            continue
        if state is RunState.SUCCESS:
            after = TaskState.SUCCESS
        elif i.state in FINISHED:
            continue
        else:
            after = TaskState.FAILED if i.state in _ACTIVE else TaskState.SKIPPED
        if i.state is not after:
            moves.append(_set(i, after, now))
    if open_teardowns:
        return moves, None
    change = RunChange(
        run=run.id,
        before=run.state,
        after=state,
        start_date=run.start_date or now,
        end_date=now,
        reason="marked by a user",
    )
    return moves, change


def _is_teardown(topology: Topology, instance: TaskInstanceRecord) -> bool:
    index = topology.index.get(instance.task_id)
    return index is not None and topology.tasks[index].is_teardown


def _set(instance: TaskInstanceRecord, state: TaskState, now: datetime) -> Move:
    return Move(
        ti=instance.id,
        before=instance.state,
        after=state,
        reason=f"marked {state} by a user",
        start_date=instance.start_date or now,
        end_date=now,
        due_at=None,
        next_method=None,
        next_kwargs=None,
        pid=None,
        pid_birth=None,
    )
