"""Small things of 2.x that have no home of their own."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ostro.sdk.context import pop_context, push_context
from ostro.sdk.hook import BaseHook
from ostro.sdk.log import KeywordLogger

#: The logger type of `airflow.sdk.types`.
Logger = KeywordLogger
DEFAULT_VIEW_PRESETS = ["grid", "graph", "duration", "gantt", "landing_times"]
ORIENTATION_PRESETS = ["LR", "TB", "RL", "BT"]


class DiscoverableHook(BaseHook):
    """A hook that a connection type finds."""


@contextmanager
def set_current_context(context: Any) -> Iterator[Any]:
    """Make `context` what `get_current_context()` gives, for tests of tasks."""
    push_context(context)
    try:
        yield context
    finally:
        pop_context()


def check_cycle(dag: Any) -> None:
    """Raise AirflowDagCycleException when tasks depend on each other in a ring."""
    dag.check_cycle()


test_cycle = check_cycle


def is_async_callable(func: Any) -> bool:
    """Whether calling it gives an awaitable."""
    while isinstance(func, functools.partial):
        func = func.func
    if inspect.iscoroutinefunction(func):
        return True
    return not inspect.isroutine(func) and inspect.iscoroutinefunction(getattr(func, "__call__", None))  # noqa: B004
