"""Rows as the engine hands them around: frozen, without behaviour that needs a database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ostro.states import RunState, RunType, TaskState


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One DAG run. `id` is the row number used inside the engine, `run_id` the name that users see."""

    id: int
    dag_id: str
    run_id: str
    run_type: RunType
    state: RunState
    run_after: datetime
    logical_date: datetime | None = None
    data_interval_start: datetime | None = None
    data_interval_end: datetime | None = None
    queued_at: datetime | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    conf: dict[str, Any] = {}
    #: The DAG version that the run is pinned to.
    version_id: int
    clear_number: int = 0
    triggered_by: str = "timetable"
    triggering_user: str | None = None
    note: str | None = None
    backfill_id: int | None = None
    partition_key: str | None = None
    #: The moment that the partition stands for.
    partition_date: datetime | None = None
    #: The version of the bundle (a commit) whose code its tasks run; None = what is in the bundle's folder.
    bundle_version: str | None = None


class TaskInstanceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One task instance: a task (and map index) in a run. `run` is `RunRecord.id`."""

    id: int
    run: int
    task_id: str
    map_index: int = -1
    state: TaskState = TaskState.NONE
    try_number: int = 0
    max_tries: int = 0
    #: UUIDv7 of the current try; None before the first.
    attempt_id: str | None = None
    #: When a paused instance may go on (retry, reschedule, trigger timeout).
    due_at: datetime | None = None
    queued_at: datetime | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    pid: int | None = None
    hostname: str | None = None
    #: Name of the engine whose process it is.
    engine: str | None = None
    #: The version the instance ran with last.
    version_id: int | None = None
    #: First start of the present series of reschedules (sensor timeouts count from here).
    first_start_date: datetime | None = None
    rendered_map_index: str | None = None
    #: Where a deferred task goes on: method and its JSON arguments.
    next_method: str | None = None
    next_kwargs: Any = None


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A decided change of one task instance. Applied only when its state still is `before`.

    Fields left UNSET stay as they are.
    """

    ti: int
    before: TaskState
    after: TaskState
    #: Short code and text for people, e.g. "trigger_rule", "upstream 'a' failed".
    reason: str = ""
    try_number: int | msgspec.UnsetType = msgspec.UNSET
    max_tries: int | msgspec.UnsetType = msgspec.UNSET
    attempt_id: str | msgspec.UnsetType | None = msgspec.UNSET
    #: When set, applied only if this is the current attempt: the fence.
    if_attempt: str | None = None
    due_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    scheduled_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    queued_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    start_date: datetime | msgspec.UnsetType | None = msgspec.UNSET
    end_date: datetime | msgspec.UnsetType | None = msgspec.UNSET
    pid: int | msgspec.UnsetType | None = msgspec.UNSET
    #: Start time of the process in clock ticks since boot: with the pid it names one process for certain.
    pid_birth: int | msgspec.UnsetType | None = msgspec.UNSET
    hostname: str | msgspec.UnsetType | None = msgspec.UNSET
    engine: str | msgspec.UnsetType | None = msgspec.UNSET
    version_id: int | msgspec.UnsetType | None = msgspec.UNSET
    first_start_date: datetime | msgspec.UnsetType | None = msgspec.UNSET
    rendered_map_index: str | msgspec.UnsetType | None = msgspec.UNSET
    next_method: str | msgspec.UnsetType | None = msgspec.UNSET
    next_kwargs: Any = msgspec.UNSET
    #: Number of mapped instances an upstream value makes: set on success of a task that others map over.
    #: Cause of death and what the process left: {"kind": "exit|signal|oom|timeout|lost|user", "text": …, "exit_code": …, "signal": …}.
    cause: dict[str, Any] | msgspec.UnsetType | None = msgspec.UNSET


class NewInstance(msgspec.Struct, frozen=True, kw_only=True):
    """A task instance to insert into a run (expansion of a mapped task, a task new in the version)."""

    run: int
    task_id: str
    map_index: int = -1
    state: TaskState = TaskState.NONE
    max_tries: int = 0
    pool: str = "default_pool"
    pool_slots: int = 1
    queue: str = "default"
    priority_weight: int = 1
    operator: str = ""
    executor: str | None = None
    version_id: int | None = None


class XComRow(msgspec.Struct, frozen=True, kw_only=True):
    """One XCom. `value` is JSON text as the task process made it; nobody between reads it."""

    task_id: str
    key: str
    value: bytes
    map_index: int = -1
    #: Length of the value when it is a list or dict that a mapped task may expand over.
    length: int | None = None
