"""Dependencies on the previous run: depends_on_past and wait_for_downstream.

Source: Airflow's documentation, "Core concepts / DAGs / Control flow / Depends on past". Which run is the previous
one (the previous scheduled run when the DAG catches up, else the previous by logical date) is the caller's to find.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ostro.rules.reason import Reason
from ostro.spec import TaskSpec
from ostro.states import TaskState

_GOOD = frozenset({TaskState.SUCCESS, TaskState.SKIPPED})


class PastState(msgspec.Struct, frozen=True, kw_only=True):
    """What the previous run tells about one task. A task without `PastState` has no previous run."""

    #: Name of the previous run, None when there is none.
    run_id: str | None = None
    #: The previous run lies before the task's own start date.
    before_start: bool = False
    #: States of all instances of the task in the previous run.
    states: tuple[TaskState, ...] = ()
    #: Any earlier run has an instance of the task.
    ran_before: bool = True
    #: States of all instances of the tasks directly after it, in the previous run (for wait_for_downstream).
    downstream: tuple[TaskState, ...] = ()
    #: The run is the first one of a backfill: what lies before it does not count.
    first_of_backfill: bool = False


def needs_past(task: TaskSpec) -> bool:
    """Whether the previous run matters to the task. wait_for_downstream implies depends_on_past."""
    return task.depends_on_past or task.wait_for_downstream


def refusal(task: TaskSpec, past: PastState | None) -> Reason | None:
    """None when the past allows the task to run, else why it does not."""
    if not needs_past(task) or past is None or past.run_id is None:
        return None
    if past.before_start or past.first_of_backfill:
        return None
    if not past.states:
        if task.ignore_first_depends_on_past and not past.ran_before:
            return None
        text = f"the previous run {past.run_id!r} has no instance of this task"
        return Reason("past", text, values={"run": past.run_id})
    bad = _bad(past.states)
    if bad:
        text = f"depends on the past: in the previous run {past.run_id!r} the task is {_names(bad)}"
        return Reason("past", text, values={"run": past.run_id, "states": bad})
    bad = _bad(past.downstream)
    if task.wait_for_downstream and bad:
        text = f"waits for downstream: in the previous run {past.run_id!r} a task after this one is {_names(bad)}"
        return Reason("past", text, values={"run": past.run_id, "downstream": bad})
    return None


def _bad(states: Iterable[TaskState]) -> list[str]:
    return sorted({str(s) for s in states if s not in _GOOD})


def _names(states: list[str]) -> str:
    return ", ".join("without a state" if s == TaskState.NONE else s for s in states)
