"""`@task.run_if` and `@task.skip_if`: skip a task by a condition on the context."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ostro.sdk.decorators.base import TaskDecorator
from ostro.sdk.exceptions import AirflowSkipException

#: A condition gives true or false, or a pair with the reason.
Condition = Callable[[Any], Any]


def run_if(condition: Condition, skip_message: str | None = None) -> Callable[[TaskDecorator], TaskDecorator]:
    """Skip the task unless `condition(context)`; stands above `@task`."""

    def decorate(task: TaskDecorator) -> TaskDecorator:
        return _with_condition("run_if", task, condition, skip_message, run_when=True)

    return decorate


def skip_if(
    condition: Condition, skip_message: str | None = None
) -> Callable[[TaskDecorator], TaskDecorator]:
    """Skip the task when `condition(context)`; stands above `@task`."""

    def decorate(task: TaskDecorator) -> TaskDecorator:
        return _with_condition("skip_if", task, condition, skip_message, run_when=False)

    return decorate


def _with_condition(
    name: str, task: TaskDecorator, condition: Condition, message: str | None, *, run_when: bool
) -> TaskDecorator:
    if not isinstance(task, TaskDecorator):
        raise TypeError(f"@task.{name} must stand above @task, it got {task!r}")
    before = task.kwargs.get("pre_execute")

    def check(context: Any) -> None:
        answer = condition(context)
        text = message
        if isinstance(answer, tuple):
            answer, reason = answer
            text = reason or message
        if bool(answer) is not run_when:
            raise AirflowSkipException(text)
        if before is not None:
            before(context)

    task.kwargs["pre_execute"] = check
    return task
