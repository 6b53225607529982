"""States of task instances and runs, and which may follow which.

A task instance starts in NONE ("no status" on screens, null in the API). The scheduler finds it startable and
writes SCHEDULED; with a free slot it becomes QUEUED; given to a process it is RUNNING. From RUNNING it ends in a
finished state, or it pauses: UP_FOR_RETRY (a failed try with tries left), UP_FOR_RESCHEDULE (a sensor that gave
its slot back), DEFERRED (a trigger waits for it), AWAITING_INPUT (a person is asked). RESTARTING is a running task
that was cleared: its process is being ended, whatever it reports it runs again. REMOVED is an instance whose task
or map index left the DAG.

A finished instance leaves its state only by a command of a user (clear, mark) or by removal.
A pair that is not in `TASK_TRANSITIONS` is a defect of the program and raises.
"""

from __future__ import annotations

from enum import StrEnum


class TaskState(StrEnum):
    """State of a task instance. The text is Airflow's; NONE is null in Airflow's API."""

    NONE = "none"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    RUNNING = "running"
    RESTARTING = "restarting"
    SUCCESS = "success"
    FAILED = "failed"
    SKIPPED = "skipped"
    UPSTREAM_FAILED = "upstream_failed"
    REMOVED = "removed"
    UP_FOR_RETRY = "up_for_retry"
    UP_FOR_RESCHEDULE = "up_for_reschedule"
    DEFERRED = "deferred"
    AWAITING_INPUT = "awaiting_input"


class RunState(StrEnum):
    """State of a DAG run."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"


class RunType(StrEnum):
    """Why a run exists; also the first part of its run id."""

    MANUAL = "manual"
    SCHEDULED = "scheduled"
    BACKFILL = "backfill"
    ASSET_TRIGGERED = "asset_triggered"
    OPERATOR_TRIGGERED = "operator_triggered"
    ASSET_MATERIALIZATION = "asset_materialization"


_T = TaskState

#: States in which nothing more happens by itself.
FINISHED = frozenset({_T.SUCCESS, _T.FAILED, _T.SKIPPED, _T.UPSTREAM_FAILED, _T.REMOVED})
#: States in which a process may exist for the instance.
ALIVE = frozenset({_T.RUNNING, _T.RESTARTING})
#: States that occupy a slot of a pool and of the engine's parallelism.
OCCUPYING = frozenset({_T.QUEUED, _T.RUNNING, _T.RESTARTING})
#: States that wait for a moment or an event outside the run.
PAUSED = frozenset({_T.UP_FOR_RETRY, _T.UP_FOR_RESCHEDULE, _T.DEFERRED, _T.AWAITING_INPUT})
#: States counted as a failure of an upstream task.
FAILURES = frozenset({_T.FAILED, _T.UPSTREAM_FAILED})
RUN_FINISHED = frozenset({RunState.SUCCESS, RunState.FAILED})

_BY_USER = frozenset({_T.NONE, _T.SUCCESS, _T.FAILED, _T.SKIPPED, _T.REMOVED})

#: Every legal change of a task instance's state. One that waited may be running in the same write that scheduled it.
TASK_TRANSITIONS: dict[TaskState, frozenset[TaskState]] = {
    _T.NONE: frozenset({_T.SCHEDULED, _T.SKIPPED, _T.UPSTREAM_FAILED, _T.DEFERRED, _T.RUNNING}) | _BY_USER,
    _T.SCHEDULED: frozenset(
        {_T.QUEUED, _T.RUNNING, _T.UP_FOR_RETRY, _T.SKIPPED, _T.UPSTREAM_FAILED, _T.DEFERRED}
    )
    | _BY_USER,
    _T.QUEUED: frozenset({_T.RUNNING, _T.SCHEDULED, _T.UP_FOR_RETRY}) | _BY_USER,
    _T.RUNNING: frozenset(
        {
            _T.RESTARTING,
            _T.SCHEDULED,
            _T.QUEUED,
            _T.UP_FOR_RETRY,
            _T.UP_FOR_RESCHEDULE,
            _T.DEFERRED,
            _T.AWAITING_INPUT,
        }
    )
    | _BY_USER,
    _T.RESTARTING: frozenset({_T.UP_FOR_RETRY}) | _BY_USER,
    _T.UP_FOR_RETRY: frozenset({_T.SCHEDULED, _T.QUEUED, _T.RUNNING, _T.UPSTREAM_FAILED}) | _BY_USER,
    _T.UP_FOR_RESCHEDULE: frozenset({_T.SCHEDULED, _T.QUEUED, _T.RUNNING, _T.UPSTREAM_FAILED}) | _BY_USER,
    _T.DEFERRED: frozenset({_T.SCHEDULED, _T.QUEUED, _T.RUNNING, _T.UP_FOR_RETRY}) | _BY_USER,
    _T.AWAITING_INPUT: frozenset({_T.SCHEDULED, _T.QUEUED, _T.RUNNING, _T.UP_FOR_RETRY}) | _BY_USER,
    _T.SUCCESS: _BY_USER,
    _T.FAILED: _BY_USER,
    _T.SKIPPED: _BY_USER,
    _T.UPSTREAM_FAILED: _BY_USER,
    _T.REMOVED: _BY_USER,
}

#: Every legal change of a run's state. A finished run is queued again by a clear.
RUN_TRANSITIONS: dict[RunState, frozenset[RunState]] = {
    RunState.QUEUED: frozenset({RunState.RUNNING, RunState.SUCCESS, RunState.FAILED}),
    RunState.RUNNING: frozenset({RunState.QUEUED, RunState.SUCCESS, RunState.FAILED}),
    RunState.SUCCESS: frozenset({RunState.QUEUED, RunState.RUNNING, RunState.FAILED}),
    RunState.FAILED: frozenset({RunState.QUEUED, RunState.RUNNING, RunState.SUCCESS}),
}


def check_task_transition(before: TaskState, after: TaskState) -> None:
    """Raise ValueError when `after` may not follow `before`."""
    if after not in TASK_TRANSITIONS[before]:
        raise ValueError(f"a task instance cannot go from {before} to {after}")


def check_run_transition(before: RunState, after: RunState) -> None:
    """Raise ValueError when `after` may not follow `before`."""
    if after not in RUN_TRANSITIONS[before]:
        raise ValueError(f"a run cannot go from {before} to {after}")
