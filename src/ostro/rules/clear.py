"""Clear: which instances of a run start over, and how.

Source: Airflow's documentation, "Core concepts / DAG runs / Re-run DAG". A running task becomes RESTARTING: its process
is ended and it runs again, tries left or not. Everything else becomes NONE. max_tries grows, so that a cleared task
has as many tries as a new one. A finished run is queued again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from ostro.records import Move, RunRecord, TaskInstanceRecord
from ostro.rules.selection import Selection, chosen
from ostro.spec import Topology
from ostro.states import FAILURES, RUN_FINISHED, RunState, TaskState

#: Nothing to clear: not begun, not part of the DAG, or about to start over already.
_UNTOUCHED = frozenset({TaskState.NONE, TaskState.REMOVED, TaskState.RESTARTING})


class RunChange(msgspec.Struct, frozen=True, kw_only=True):
    """A decided change of a run. Fields left UNSET stay as they are."""

    run: int
    before: RunState
    after: RunState
    queued_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    start_date: datetime | msgspec.UnsetType | None = msgspec.UNSET
    end_date: datetime | msgspec.UnsetType | None = msgspec.UNSET
    clear_number: int | msgspec.UnsetType = msgspec.UNSET
    reason: str = ""


def clear(
    topology: Topology,
    instances: Iterable[TaskInstanceRecord],
    selection: Selection,
    *,
    only_failed: bool = False,
    only_running: bool = False,
) -> list[Move]:
    """Moves that clear the selected instances of one run; those that never started need none."""
    wanted = frozenset(TaskState) - _UNTOUCHED
    if only_failed or only_running:
        wanted = (FAILURES if only_failed else frozenset()) | (
            frozenset({TaskState.RUNNING}) if only_running else frozenset()
        )
    return [_cleared(topology, i) for i in chosen(selection, instances) if i.state in wanted]


def reset_run(run: RunRecord, now: datetime) -> RunChange:
    """What a clear makes of the run itself: queued again when it was finished, its clear number counted in any case."""
    if run.state not in RUN_FINISHED:
        return RunChange(
            run=run.id, before=run.state, after=run.state, clear_number=run.clear_number + 1, reason="cleared"
        )
    return RunChange(
        run=run.id,
        before=run.state,
        after=RunState.QUEUED,
        queued_at=now,
        start_date=None,
        end_date=None,
        clear_number=run.clear_number + 1,
        reason="cleared",
    )


def running(moves: Sequence[Move]) -> list[int]:
    """Instances among the cleared ones that run right now (`prevent_running_task` refuses the clear then)."""
    return [m.ti for m in moves if m.before is TaskState.RUNNING]


def state_after(before: TaskState) -> TaskState:
    """The state that an instance is cleared to."""
    return TaskState.RESTARTING if before is TaskState.RUNNING else TaskState.NONE


def _cleared(topology: Topology, instance: TaskInstanceRecord) -> Move:
    index = topology.index.get(instance.task_id)
    if index is None:
        max_tries = max(instance.max_tries, instance.try_number)
    else:
        max_tries = instance.try_number + topology.tasks[index].retries
    after = state_after(instance.state)
    if after is TaskState.RESTARTING:
        return Move(
            ti=instance.id,
            before=instance.state,
            after=after,
            reason="cleared by a user",
            max_tries=max_tries,
        )
    return Move(
        ti=instance.id,
        before=instance.state,
        after=after,
        reason="cleared by a user",
        max_tries=max_tries,
        due_at=None,
        queued_at=None,
        start_date=None,
        end_date=None,
        first_start_date=None,
        next_method=None,
        next_kwargs=None,
        pid=None,
        pid_birth=None,
    )
