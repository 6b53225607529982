"""Listeners: objects or modules whose functions, marked with `hookimpl`, are told what happens.

A function takes the arguments that it names. What it raises is logged and changes nothing. The one that was added last
is called first; `tryfirst` and `trylast` move it, as with pluggy.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from typing import Any

#: All hooks of Airflow 3.3.
HOOKS = (
    "on_starting",
    "before_stopping",
    "on_task_instance_running",
    "on_task_instance_success",
    "on_task_instance_failed",
    "on_task_instance_skipped",
    "on_dag_run_running",
    "on_dag_run_success",
    "on_dag_run_failed",
    "on_asset_created",
    "on_asset_alias_created",
    "on_asset_changed",
    "on_asset_event_emitted",
    "on_new_dag_import_error",
    "on_existing_dag_import_error",
)
#: Hooks of 2.x by the name that they have today.
OLD_HOOKS = {"on_dataset_created": "on_asset_created", "on_dataset_changed": "on_asset_changed"}
#: Mark of `hookimpl`.
MARK = "airflow_impl"


class Listeners:
    """The listeners of a process."""

    def __init__(self) -> None:
        self._functions: dict[str, list[tuple[Callable[..., Any], frozenset[str]]]] = {}

    def __bool__(self) -> bool:
        return bool(self._functions)

    def hears(self, hook: str) -> bool:
        """Whether somebody wants to be told."""
        return hook in self._functions

    def add(self, listener: Any) -> None:
        """Take the marked functions of a listener. Raises TypeError for a hook wrapper."""
        for name in dir(listener):
            function = getattr(listener, name, None)
            options = getattr(function, MARK, None)
            hook = OLD_HOOKS.get(name, name)
            if options is None or not callable(function) or hook not in HOOKS:
                continue
            given = options if isinstance(options, dict) else {}
            if given.get("hookwrapper") or given.get("wrapper"):
                raise TypeError(f"the listener's {name} is a hook wrapper; write a plain function")
            known = self._functions.setdefault(hook, [])
            entry = (function, frozenset(inspect.signature(function).parameters))
            if given.get("trylast"):
                known.append(entry)
            else:
                known.insert(0, entry)
            if given.get("tryfirst"):
                known.sort(key=lambda e: not _is_first(e[0]))

    def call(self, hook: str, **arguments: Any) -> None:
        """Tell everybody who wants to know."""
        for function, names in self._functions.get(hook, ()):
            wanted = {name: value for name, value in arguments.items() if name in names}
            if "session" in names:
                from ostro.sdk.around.session import Session

                wanted["session"] = Session()
            for old, new in (("dataset", "asset"),):
                if old in names and new in arguments:
                    wanted[old] = arguments[new]
            try:
                function(**wanted)
            except Exception:  # the boundary to listeners: what they raise harms no task
                label = f"{function.__module__}.{getattr(function, '__qualname__', hook)}"
                logging.getLogger("airflow.listeners").exception("the listener %s raised", label)


def _is_first(function: Any) -> bool:
    options = getattr(function, MARK, None)
    return isinstance(options, dict) and bool(options.get("tryfirst"))


class TaskRunnerMarker:
    """The `component` that on_starting and before_stopping are told of in a task's process."""

    def __repr__(self) -> str:
        return "TaskRunnerMarker()"


class EngineMarker:
    """The `component` that on_starting and before_stopping are told of when the engine starts and ends."""

    job_type = "SchedulerJob"

    def __repr__(self) -> str:
        return "EngineMarker()"
