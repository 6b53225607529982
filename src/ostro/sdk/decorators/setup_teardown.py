"""`@setup` and `@teardown`, above `@task`, `@task_group` or a plain function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ostro.sdk.decorators.base import TaskDecorator
from ostro.sdk.exceptions import AirflowException


def setup(func: Any) -> TaskDecorator:
    """Tasks of this function are setups: the tasks after them need their success."""
    decorated = _as_task(func)
    decorated.is_setup = True
    return decorated


def teardown(_func: Any = None, *, on_failure_fail_dagrun: bool = False) -> Any:
    """Tasks of this function are teardowns: they run when their setups succeeded, whatever became of the rest."""

    def decorate(func: Any) -> TaskDecorator:
        decorated = _as_task(func)
        decorated.is_teardown = True
        decorated.on_failure_fail_dagrun = on_failure_fail_dagrun
        return decorated

    return decorate if _func is None else decorate(_func)


def _as_task(func: Any) -> TaskDecorator:
    from ostro.sdk.decorators import task
    from ostro.sdk.decorators.group import TaskGroupDecorator

    if isinstance(func, TaskGroupDecorator):
        raise AirflowException("Task groups cannot be marked as setup or teardown.")
    if isinstance(func, TaskDecorator):
        return func
    made: Callable[..., Any] = task(func)
    return made  # type: ignore[return-value]
