"""Enumerations of DAG files. Members are str: `TriggerRule.ALL_DONE == "all_done"`."""

from __future__ import annotations

from enum import Enum, StrEnum

from ostro.states import FINISHED, TaskState


class TriggerRule(str, Enum):  # noqa: UP042 (StrEnum prints as the value)
    """When a task may start, seen from its direct upstream tasks.

    In a template it prints as `TriggerRule.ALL_DONE`, as in Airflow 3.3.2; the other enums print as their values.
    """

    ALL_SUCCESS = "all_success"
    ALL_FAILED = "all_failed"
    ALL_DONE = "all_done"
    ALL_DONE_MIN_ONE_SUCCESS = "all_done_min_one_success"
    ALL_DONE_SETUP_SUCCESS = "all_done_setup_success"
    ONE_SUCCESS = "one_success"
    ONE_FAILED = "one_failed"
    ONE_DONE = "one_done"
    NONE_FAILED = "none_failed"
    NONE_SKIPPED = "none_skipped"
    ALWAYS = "always"
    NONE_FAILED_MIN_ONE_SUCCESS = "none_failed_min_one_success"
    ALL_SKIPPED = "all_skipped"
    # Names of 1.10 and 2.x for the rules above. Enum counts them as aliases: they are in no list of the members.
    DUMMY = "always"  # noqa: PIE796
    NONE_FAILED_OR_SKIPPED = "none_failed_min_one_success"  # noqa: PIE796

    @classmethod
    def is_valid(cls, trigger_rule: str) -> bool:
        """Whether the text names a rule."""
        return trigger_rule in cls._value2member_map_

    @classmethod
    def all_triggers(cls) -> set[str]:
        """All rules."""
        return set(cls)


#: Trigger rules of 1.10 and 2.x that 3.x no longer has.
OLD_TRIGGER_RULES = {
    "dummy": TriggerRule.ALWAYS,
    "none_failed_or_skipped": TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
}


class WeightRule(StrEnum):
    """How the effective priority of a task is made from the weights of its neighbours."""

    DOWNSTREAM = "downstream"
    UPSTREAM = "upstream"
    ABSOLUTE = "absolute"

    @classmethod
    def is_valid(cls, weight_rule: str) -> bool:
        """Whether the text names a rule."""
        return weight_rule in cls._value2member_map_

    @classmethod
    def all_weight_rules(cls) -> set[str]:
        """All rules."""
        return set(cls)


class TaskInstanceState(StrEnum):
    """State of a task instance; "no state" is None."""

    REMOVED = "removed"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    RESTARTING = "restarting"
    FAILED = "failed"
    UP_FOR_RETRY = "up_for_retry"
    UP_FOR_RESCHEDULE = "up_for_reschedule"
    UPSTREAM_FAILED = "upstream_failed"
    SKIPPED = "skipped"
    DEFERRED = "deferred"
    AWAITING_INPUT = "awaiting_input"


class IntermediateTIState(StrEnum):
    """States between scheduling and the end."""

    SCHEDULED = "scheduled"
    QUEUED = "queued"
    RESTARTING = "restarting"
    UP_FOR_RETRY = "up_for_retry"
    UP_FOR_RESCHEDULE = "up_for_reschedule"
    DEFERRED = "deferred"
    AWAITING_INPUT = "awaiting_input"


class TerminalTIState(StrEnum):
    """States in which nothing more happens."""

    SUCCESS = "success"
    FAILED = "failed"
    SKIPPED = "skipped"
    UPSTREAM_FAILED = "upstream_failed"
    REMOVED = "removed"


class DagRunState(StrEnum):
    """State of a DAG run."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"


class DagRunType(StrEnum):
    """Why a run exists."""

    BACKFILL_JOB = "backfill"
    SCHEDULED = "scheduled"
    MANUAL = "manual"
    OPERATOR_TRIGGERED = "operator_triggered"
    ASSET_TRIGGERED = "asset_triggered"
    ASSET_MATERIALIZATION = "asset_materialization"

    @staticmethod
    def from_run_id(run_id: str) -> DagRunType:
        """The type that a run id shows by its first part; manual when it shows none."""
        for kind in DagRunType:
            if run_id.startswith(f"{kind.value}__"):
                return kind
        return DagRunType.MANUAL

    def generate_run_id(self, *, suffix: str) -> str:
        """The run id made of this type and a suffix."""
        return f"{self.value}__{suffix}"


class DagRunTriggeredByType(Enum):
    """Who started a run."""

    CLI = "cli"
    OPERATOR = "operator"
    REST_API = "rest_api"
    UI = "ui"
    TEST = "test"
    TIMETABLE = "timetable"
    ASSET = "asset"
    BACKFILL = "backfill"


class State:
    """States of task instances and runs as plain names, and the sets of them (`airflow.utils.state.State`)."""

    SUCCESS = TaskInstanceState.SUCCESS
    RUNNING = TaskInstanceState.RUNNING
    FAILED = TaskInstanceState.FAILED
    NONE = None
    REMOVED = TaskInstanceState.REMOVED
    SCHEDULED = TaskInstanceState.SCHEDULED
    QUEUED = TaskInstanceState.QUEUED
    RESTARTING = TaskInstanceState.RESTARTING
    UP_FOR_RETRY = TaskInstanceState.UP_FOR_RETRY
    UP_FOR_RESCHEDULE = TaskInstanceState.UP_FOR_RESCHEDULE
    UPSTREAM_FAILED = TaskInstanceState.UPSTREAM_FAILED
    SKIPPED = TaskInstanceState.SKIPPED
    DEFERRED = TaskInstanceState.DEFERRED
    AWAITING_INPUT = TaskInstanceState.AWAITING_INPUT

    task_states: tuple[TaskInstanceState | None, ...] = (None, *TaskInstanceState)
    dag_states: tuple[DagRunState, ...] = (
        DagRunState.QUEUED,
        DagRunState.SUCCESS,
        DagRunState.RUNNING,
        DagRunState.FAILED,
    )
    finished: frozenset[TaskInstanceState] = frozenset(TaskInstanceState(s.value) for s in FINISHED)
    unfinished: frozenset[TaskInstanceState | None] = frozenset(
        {None, *(s for s in TaskInstanceState if TaskState(s.value) not in FINISHED)}
    )
    failed_states: frozenset[TaskInstanceState] = frozenset(
        {TaskInstanceState.FAILED, TaskInstanceState.UPSTREAM_FAILED}
    )
    success_states: frozenset[TaskInstanceState] = frozenset(
        {TaskInstanceState.SUCCESS, TaskInstanceState.SKIPPED}
    )
    finished_dr_states: frozenset[DagRunState] = frozenset({DagRunState.SUCCESS, DagRunState.FAILED})
    unfinished_dr_states: frozenset[DagRunState] = frozenset({DagRunState.QUEUED, DagRunState.RUNNING})
    adoptable_states: frozenset[TaskInstanceState] = frozenset(
        {TaskInstanceState.QUEUED, TaskInstanceState.RUNNING, TaskInstanceState.RESTARTING}
    )
