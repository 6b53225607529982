"""`@task_group`: a function whose tasks make a group."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ostro.sdk import scope
from ostro.sdk.mapping import (
    ExpandArguments,
    ExpandDicts,
    ExpandInput,
    MappedArgument,
    check_disjoint,
    check_expand,
    check_expand_kwargs,
)
from ostro.sdk.taskgroup import MappedTaskGroup, TaskGroup
from ostro.sdk.types import NOTSET

_PARAMETERS = frozenset(inspect.signature(TaskGroup.__init__).parameters) - {"self"}


class TaskGroupDecorator:
    """A decorated function. Calling it makes a group, and gives what the function returns, else the group."""

    _is_task_decorator = True

    def __init__(
        self,
        function: Callable[..., Any],
        group_kwargs: Mapping[str, Any],
        partial_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        self.function = function
        self.group_kwargs = dict(group_kwargs)
        self.group_kwargs.setdefault("group_id", function.__name__)
        self.partial_kwargs = dict(partial_kwargs or {})
        unknown = sorted(self.group_kwargs.keys() - _PARAMETERS)
        if unknown:
            raise TypeError(
                f"@task_group got unexpected arguments {', '.join(unknown)} ({function.__name__})"
            )
        self.__wrapped__ = function
        self.__name__ = function.__name__
        self.__doc__ = function.__doc__

    def __repr__(self) -> str:
        return f"<@task_group {self.group_kwargs['group_id']}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        check_disjoint(self._where, self.partial_kwargs, kwargs)
        inspect.signature(self.function).bind(*args, **{**self.partial_kwargs, **kwargs})
        return self._fill(TaskGroup(**self._kwargs()), args, {**self.partial_kwargs, **kwargs})

    def override(self, **kwargs: Any) -> TaskGroupDecorator:
        """The same function with other group arguments."""
        return TaskGroupDecorator(self.function, {**self.group_kwargs, **kwargs}, self.partial_kwargs)

    def partial(self, **kwargs: Any) -> TaskGroupDecorator:
        """Arguments that all instances share; followed by `expand()`."""
        self._check_names("partial", kwargs)
        check_disjoint(self._where, self.partial_kwargs, kwargs)
        return TaskGroupDecorator(self.function, self.group_kwargs, {**self.partial_kwargs, **kwargs})

    def expand(self, **kwargs: Any) -> Any:
        """One instance of the group for each combination of the elements."""
        check_expand(self._where, kwargs)
        self._check_names("expand", kwargs)
        check_disjoint(self._where, self.partial_kwargs, kwargs)
        return self._map(ExpandArguments(kwargs), kwargs)

    def expand_kwargs(self, kwargs: Any) -> Any:
        """One instance of the group for each dict of a list."""
        check_expand_kwargs(self._where, kwargs)
        names = [n for n in self._named() if n not in self.partial_kwargs]
        return self._map(ExpandDicts(kwargs), names)

    # ---- parts ---------------------------------------------------------------------------------------------

    @property
    def _where(self) -> str:
        return f"task group {self.group_kwargs['group_id']!r}"

    def _kwargs(self) -> dict[str, Any]:
        kwargs = {"add_suffix_on_collision": True, **self.group_kwargs}
        if self.function.__doc__ and not kwargs.get("tooltip") and not kwargs.get("doc_md"):
            kwargs["tooltip"] = inspect.cleandoc(self.function.__doc__)
        return kwargs

    def _map(self, expand_input: ExpandInput, names: Any) -> Any:
        arguments = {name: MappedArgument(expand_input, name) for name in names}
        bound = {**self.partial_kwargs, **arguments}
        inspect.signature(self.function).bind(**bound)
        return self._fill(MappedTaskGroup(expand_input=expand_input, **self._kwargs()), (), bound)

    def _fill(self, group: TaskGroup, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        dag = group.dag
        inside = dag is not None and scope.current_dag() is not dag
        if inside:
            scope.push_dag(dag)  # type: ignore[arg-type]
        try:
            with group:
                # What the function gives back stands for the group, so that edges bind to it.
                result = self.function(*args, **kwargs)
        finally:
            if inside:
                scope.pop_dag()
        return group if result is None else result

    def _named(self) -> list[str]:
        parameters = inspect.signature(self.function).parameters.values()
        return [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]

    def _check_names(self, verb: str, kwargs: Mapping[str, Any]) -> None:
        parameters = inspect.signature(self.function).parameters.values()
        if any(p.kind is p.VAR_KEYWORD for p in parameters):
            return
        unknown = sorted(set(kwargs) - set(self._named()))
        if unknown:
            listed = ", ".join(repr(u) for u in unknown)
            raise TypeError(f"{verb}() got unexpected keyword argument {listed} ({self._where})")


def task_group(python_callable: Callable[..., Any] | None = None, **tg_kwargs: Any) -> Any:
    """Make a task group of a function: `@task_group` or `@task_group(group_id=..., default_args=...)`."""
    if tg_kwargs.get("dag", NOTSET) is None:
        tg_kwargs.pop("dag")
    if python_callable is None:

        def decorate(function: Callable[..., Any]) -> TaskGroupDecorator:
            return TaskGroupDecorator(function, tg_kwargs)

        return decorate
    if not callable(python_callable):
        raise TypeError("No args allowed while using @task_group, use kwargs instead")
    return TaskGroupDecorator(python_callable, tg_kwargs)
