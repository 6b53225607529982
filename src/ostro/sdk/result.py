"""`@result` (3.3): marks the task whose result is the result of the run; and the retention that never ends."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ostro.sdk import scope
from ostro.sdk.exceptions import DagInvalid

#: Retention of a task's state that is kept for ever.
NEVER_EXPIRE = dt.timedelta.max


def result(t: Any) -> Any:
    """The value of this task is what `/wait` of the run gives. Takes a task, a result, or a @task function."""
    from ostro.sdk.decorators.base import TaskDecorator

    if isinstance(t, TaskDecorator):
        return _OfDecorator(t)
    dag = next((n.dag for n in t.roots if n.dag is not None), None) or scope.current_dag()
    if dag is None:
        raise DagInvalid("result() is used outside of a DAG; use it inside `with DAG(...)`")
    dag.add_result(t)
    return t


class _OfDecorator:
    """A @task function whose calls are marked as the result."""

    def __init__(self, decorator: Any) -> None:
        self._decorator = decorator

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return result(self._decorator(*args, **kwargs))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._decorator, name)
