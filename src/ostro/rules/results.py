"""What the end of an attempt makes of its task instance."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from msgspec import UNSET, UnsetType

from ostro.protocol.task import (
    AwaitsInput,
    Deferred,
    Failed,
    Rescheduled,
    Result,
    ResultMessage,
    Skipped,
    Succeeded,
)
from ostro.records import Move
from ostro.rules.instance import Instance
from ostro.rules.retries import has_tries_left, retry_delay
from ostro.spec import TaskSpec
from ostro.states import TaskState


def on_result(task: TaskSpec, instance: Instance, result: ResultMessage, now: datetime) -> Move:
    """The move that a result causes. It carries the attempt as a fence: an overtaken attempt changes nothing."""
    if instance.state is TaskState.RESTARTING:
        return _run_again(instance, result.attempt_id or None, now)
    if isinstance(result, Succeeded):
        return _ended(instance, result, TaskState.SUCCESS, "succeeded")
    if isinstance(result, Skipped):
        return _ended(instance, result, TaskState.SKIPPED, result.text or "skipped itself")
    if isinstance(result, Failed):
        named = result.rendered_map_index or UNSET
        retryable = result.retryable and not result.fail_now
        cause = {"kind": result.kind, "text": result.text}
        return _failed(
            task, instance, result.end_date, cause,
            retryable=retryable, delay=result.retry_delay, attempt_id=result.attempt_id or None, named=named,
        )  # fmt: skip
    return _paused(instance, result, now)


def on_death(task: TaskSpec, instance: Instance, cause: dict[str, Any], now: datetime) -> Move:
    """The move when the process of an attempt ended without a result: as a failure that may be tried again."""
    if instance.state is TaskState.RESTARTING:
        return _run_again(instance, instance.attempt_id, now)
    return _failed(
        task, instance, now, cause, retryable=True, delay=None, attempt_id=instance.attempt_id
    )  # fmt: skip


#: What a task that goes on after its trigger failed is told; Airflow's words, by which code of providers decides.
TRIGGER_FAILED = "Trigger failure"
TRIGGER_TIMED_OUT = "Trigger timeout"
#: Instead of a method: the task goes on by raising.
FAIL_METHOD = "__fail__"


def due_after(now: datetime, seconds: float | None) -> datetime | None:
    """When a wait is over; never, when that is beyond the calendar."""
    try:
        return None if seconds is None else now + timedelta(seconds=seconds)
    except OverflowError:
        return None


def resumed(
    instance: Instance, arguments: dict[str, Any], now: datetime, *, reason: str = "its trigger fired"
) -> Move:
    """What an instance waited for has come: it goes on in its next method with these arguments, when a slot is free."""
    return Move(
        ti=instance.id, before=instance.state, after=TaskState.SCHEDULED, reason=reason,
        scheduled_at=now, due_at=None, next_kwargs=arguments,
    )  # fmt: skip


def resumed_with_failure(
    instance: Instance, error: str, now: datetime, *, traceback: list[str] | None = None
) -> Move:
    """The trigger failed or took too long: the task goes on by raising, so that its own rules for failures hold."""
    arguments: dict[str, Any] = {"error": error}
    if traceback is not None:
        arguments["traceback"] = traceback
    return Move(
        ti=instance.id, before=instance.state, after=TaskState.SCHEDULED, reason=error.lower(),
        scheduled_at=now, due_at=None, next_method=FAIL_METHOD, next_kwargs=arguments,
    )  # fmt: skip


def ended_outside(instance: Instance, after: TaskState, now: datetime) -> Move:
    """The trigger said how the task ends; no process is needed, and no try follows."""
    return Move(
        ti=instance.id, before=instance.state, after=after, reason="its trigger said so",
        start_date=instance.start_date or now, end_date=now, due_at=None,
        next_method=None, next_kwargs=None, cause=None, pid=None, pid_birth=None,
    )  # fmt: skip


def _ended(instance: Instance, result: Result, after: TaskState, reason: str) -> Move:
    return Move(
        ti=instance.id, before=instance.state, after=after, reason=reason,
        if_attempt=result.attempt_id or None, end_date=result.end_date, due_at=None,
        rendered_map_index=result.rendered_map_index or UNSET,
        next_method=None, next_kwargs=None, cause=None, pid=None, pid_birth=None,
    )  # fmt: skip


def _failed(
    task: TaskSpec, instance: Instance, end: datetime, cause: dict[str, Any],
    *, retryable: bool, delay: float | None, attempt_id: str | None, named: str | UnsetType = UNSET,
) -> Move:  # fmt: skip
    after, due, reason = TaskState.FAILED, None, str(cause.get("text") or cause.get("kind") or "failed")
    if retryable and has_tries_left(task, try_number=instance.try_number, max_tries=instance.max_tries):
        run = instance.run
        wait = (
            timedelta(seconds=delay)
            if delay is not None
            else retry_delay(
                task, dag_id=run.dag_id, logical_date=run.logical_date, try_number=instance.try_number
            )
        )  # fmt: skip
        after, due = TaskState.UP_FOR_RETRY, end + wait
    return Move(
        ti=instance.id, before=instance.state, after=after, reason=reason, if_attempt=attempt_id,
        end_date=end, due_at=due, next_method=None, next_kwargs=None, cause=cause, pid=None, pid_birth=None,
        rendered_map_index=named,
    )  # fmt: skip


def _paused(instance: Instance, result: Rescheduled | Deferred | AwaitsInput, now: datetime) -> Move:
    if isinstance(result, Rescheduled):
        return Move(
            ti=instance.id, before=instance.state, after=TaskState.UP_FOR_RESCHEDULE,
            reason="gives its slot back until it looks again", if_attempt=result.attempt_id or None,
            end_date=result.end_date, due_at=result.until, pid=None, pid_birth=None,
            first_start_date=instance.first_start_date or instance.start_date or now,
            rendered_map_index=result.rendered_map_index or UNSET, next_method=None, next_kwargs=None,
        )  # fmt: skip
    deferred = isinstance(result, Deferred)
    return Move(
        ti=instance.id, before=instance.state,
        after=TaskState.DEFERRED if deferred else TaskState.AWAITING_INPUT,
        reason="waits for a trigger" if deferred else "waits for a person's answer",
        if_attempt=result.attempt_id or None,
        due_at=due_after(now, result.timeout),
        rendered_map_index=result.rendered_map_index or UNSET,
        next_method=result.next_method, next_kwargs=result.next_kwargs, pid=None, pid_birth=None,
    )  # fmt: skip


def _run_again(instance: Instance, attempt_id: str | None, now: datetime) -> Move:
    """Cleared while it ran: whatever its process said, it runs again, tries left or not."""
    return Move(
        ti=instance.id, before=instance.state, after=TaskState.NONE, reason="cleared while it ran",
        if_attempt=attempt_id, end_date=now, due_at=None, first_start_date=None,
        next_method=None, next_kwargs=None, pid=None, pid_birth=None,
    )  # fmt: skip
