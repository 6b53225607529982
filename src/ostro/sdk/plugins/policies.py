"""Cluster policies: functions of a deployment that change or refuse DAGs, tasks and attempts.

They come from `airflow_local_settings` (functions by name) and from entry points of the group `airflow.policy`
(functions marked with `airflow.policies.hookimpl`). As in Airflow a DAG is shown first, then each of its tasks.

`task_instance_mutation_hook` is asked when a DAG is described, so that the engine knows pools, queues and weights (`placing`),
and again in the process of the attempt before user code runs.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ostro.sdk.exceptions import AirflowClusterPolicyError, AirflowClusterPolicyViolation, AirflowException
from ostro.sdk.plugins.sources import LOCAL_SETTINGS, Entry

#: Names of policies.
NAMES = (
    "task_policy",
    "dag_policy",
    "task_instance_mutation_hook",
    "pod_mutation_hook",
    "get_airflow_context_vars",
    "get_dagbag_import_timeout",
)
#: Mark of `airflow.policies.hookimpl`.
MARK = "airflow.policy_impl"


class Policies:
    """The policies of this process, by name."""

    def __init__(self) -> None:
        self._functions: dict[str, list[Callable[..., Any]]] = {}

    def add(self, name: str, function: Callable[..., Any]) -> None:
        """Take one function."""
        self._functions.setdefault(name, []).append(function)

    def has(self, name: str) -> bool:
        """Whether there is such a policy."""
        return name in self._functions

    def judge(self, dag: Any) -> None:
        """Show a DAG and its tasks to the policies.

        Raises AirflowClusterPolicyViolation, AirflowClusterPolicySkipDag, and AirflowClusterPolicyError for any other
        error of a policy.
        """
        self._call("dag_policy", dag, f"DAG {dag.dag_id!r}")
        for task in dag.tasks:
            self._call("task_policy", task, f"task {task.task_id!r} of DAG {dag.dag_id!r}")

    def mutate(self, ti: Any, run: Any) -> None:
        """Show a task instance to the policies, and its run to those that take one. Raises as `judge` does."""
        what = f"task {ti.task_id!r} of DAG {ti.dag_id!r}"
        for function in self._functions.get("task_instance_mutation_hook", ()):
            takes_run = "dag_run" in inspect.signature(function).parameters
            called = functools.partial(function, dag_run=run) if takes_run else function
            self._guard("task_instance_mutation_hook", called, ti, what, function.__module__)

    def context_vars(self, context: Any) -> dict[str, str]:
        """More environment variables of a task. Raises AirflowException when they are no texts."""
        found: dict[str, str] = {}
        for function in self._functions.get("get_airflow_context_vars", ()):
            for key, value in (function(context) or {}).items():
                if not isinstance(key, str) or not isinstance(value, str):
                    raise AirflowException(
                        f"get_airflow_context_vars of {function.__module__} gives {key!r}: {value!r}; both must be texts"
                    )
                found[key] = value
        return found

    def _call(self, name: str, subject: Any, what: str) -> None:
        for function in self._functions.get(name, ()):
            self._guard(name, function, subject, what, function.__module__)

    @staticmethod
    def _guard(name: str, function: Callable[..., Any], subject: Any, what: str, module: str) -> None:
        try:
            function(subject)
        except (AirflowClusterPolicyViolation, AirflowException):
            raise
        except Exception as error:  # the boundary to code of the deployment
            raise AirflowClusterPolicyError(
                f"the {name} of {module} raised {type(error).__name__} for {what}: {error}"
            ) from error


def load(found: tuple[str | Entry, ...]) -> Policies:
    """Import the policies. Raises what their modules raise."""
    policies = Policies()
    for source in found:
        if isinstance(source, Entry):
            _add_marked(policies, source)
        else:
            _add_settings(policies, _import(source))
    return policies


def _import(path: str) -> ModuleType:
    known = sys.modules.get(LOCAL_SETTINGS)
    if known is not None:
        return known
    folder = [os.path.dirname(path)] if os.path.basename(path) == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(LOCAL_SETTINGS, path, submodule_search_locations=folder)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported", path=path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[LOCAL_SETTINGS] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[LOCAL_SETTINGS]
        raise
    return module


def _add_settings(policies: Policies, module: ModuleType) -> None:
    """Functions of local settings by name; `policy` is how 1.10 called the task policy."""
    shown = getattr(module, "__all__", None)
    from ostro.sdk.around import settings

    for name in (*NAMES, "policy"):
        function = getattr(module, name, None)
        if not callable(function) or (shown is not None and name not in shown):
            continue
        current = "task_policy" if name == "policy" else name
        policies.add(current, function)
        if hasattr(settings, current):
            # What providers call themselves, `settings.pod_mutation_hook(pod)`.
            setattr(settings, current, function)
            thin = sys.modules.get("airflow.settings")
            if thin is not None:
                setattr(thin, current, function)


def _add_marked(policies: Policies, entry: Entry) -> None:
    module_name, _, attribute = entry.value.partition(":")
    found: Any = importlib.import_module(module_name)
    for part in attribute.split(".") if attribute else ():
        found = getattr(found, part)
    for name in NAMES:
        function = getattr(found, name, None)
        if callable(function) and getattr(function, MARK, None) is not None:
            policies.add(name, function)
