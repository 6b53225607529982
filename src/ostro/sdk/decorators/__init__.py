"""`task` and its kinds (`@task.bash` …), `task_group`, `setup`, `teardown`.

The operator classes are loaded at the first use of a kind.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ostro.sdk.decorators.base import TaskDecorator, task_decorator_factory
from ostro.sdk.decorators.condition import run_if, skip_if
from ostro.sdk.decorators.group import TaskGroupDecorator, task_group
from ostro.sdk.decorators.setup_teardown import setup, teardown

if TYPE_CHECKING:
    from ostro.sdk.dag import DAG
    from ostro.sdk.decorators.base import DecoratedOperator

__all__ = [
    "TaskDecorator",
    "TaskDecoratorCollection",
    "TaskGroupDecorator",
    "bound_to",
    "setup",
    "task",
    "task_decorator_factory",
    "task_group",
    "teardown",
]

#: Operator class of each kind of `@task`.
KINDS: dict[str, str] = {
    "python": "ostro.sdk.decorators.operators:PythonDecoratedOperator",
    "branch": "ostro.sdk.decorators.operators:BranchPythonDecoratedOperator",
    "short_circuit": "ostro.sdk.decorators.operators:ShortCircuitDecoratedOperator",
    "bash": "ostro.sdk.decorators.operators:BashDecoratedOperator",
    "sensor": "ostro.sdk.decorators.operators:DecoratedSensorOperator",
    "stub": "ostro.sdk.decorators.operators:StubDecoratedOperator",
    "virtualenv": "ostro.sdk.decorators.elsewhere:PythonVirtualenvDecoratedOperator",
    "branch_virtualenv": "ostro.sdk.decorators.elsewhere:BranchPythonVirtualenvDecoratedOperator",
    "external_python": "ostro.sdk.decorators.elsewhere:PythonExternalDecoratedOperator",
    "branch_external_python": "ostro.sdk.decorators.elsewhere:BranchExternalPythonDecoratedOperator",
}


class TaskDecoratorCollection:
    """`task`: `@task`, `@task(...)`, and the kinds as attributes, those of installed providers too."""

    def __init__(self, dag: DAG | None = None) -> None:
        self._dag = dag

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._make("python", *args, **kwargs)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "run_if":
            return run_if
        if name == "skip_if":
            return skip_if
        if name in KINDS:
            return lambda *args, **kwargs: self._make(name, *args, **kwargs)
        decorator = provider_decorators().get(name)
        if decorator is None:
            raise AttributeError(f"there is no @task.{name}{_hint(name)}")
        return decorator if self._dag is None else _bind(decorator, self._dag)

    def _make(self, kind: str, *args: Any, **kwargs: Any) -> Any:
        if len(args) > 1 or (args and not callable(args[0])):
            raise TypeError(f"@task{'' if kind == 'python' else '.' + kind} takes keyword arguments only")
        if self._dag is not None:
            kwargs.setdefault("dag", self._dag)
        return task_decorator_factory(*args, decorated_operator_class=operator_class(kind), **kwargs)


def _hint(name: str) -> str:
    from ostro.sdk.hints import TASK_KINDS, did_you_mean, install_provider

    if name in TASK_KINDS:
        return f" here; {install_provider(TASK_KINDS[name])}"
    return did_you_mean(name, [*KINDS, *TASK_KINDS]) or "; is the provider package that brings it installed?"


def operator_class(kind: str) -> type[DecoratedOperator]:
    """The operator class of a kind of `@task`."""
    module, _, name = KINDS[kind].partition(":")
    found: type[DecoratedOperator] = getattr(import_module(module), name)
    return found


def bound_to(dag: DAG) -> TaskDecoratorCollection:
    """`dag.task`: tasks made with it join this DAG."""
    return TaskDecoratorCollection(dag)


_provider_decorators: dict[str, Callable[..., Any]] | None = None


def provider_decorators() -> dict[str, Callable[..., Any]]:
    """Kinds of `@task` that installed providers bring, by name."""
    global _provider_decorators
    if _provider_decorators is None:
        from ostro.sdk.providers import ProvidersManager

        found: dict[str, Callable[..., Any]] = {}
        for kind, path in ProvidersManager().taskflow_decorators.items():
            if kind not in KINDS:
                module, _, name = path.rpartition(".")
                found[kind] = _later(module, name)
        _provider_decorators = found
    return _provider_decorators


def _later(module: str, name: str) -> Callable[..., Any]:
    return lambda *args, **kwargs: getattr(import_module(module), name)(*args, **kwargs)


def _bind(decorator: Callable[..., Any], dag: DAG) -> Callable[..., Any]:
    def bound(*args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("dag", dag)
        return decorator(*args, **kwargs)

    return bound


task = TaskDecoratorCollection()
