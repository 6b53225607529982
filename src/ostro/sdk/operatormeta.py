"""How an operator class is called: default_args reach every `__init__` of its chain, by the names of its parameters.

Each `__init__` of an operator class is wrapped. The wrapper
  1. takes positional arguments by the names of the parameters (1.10 code passes them),
  2. renames or drops arguments that 3.x removed (`old_arguments` of the class) and notes them for the dialect,
  3. fills parameters that were not given from the default_args of DAG, group and call,
  4. raises one TypeError that lists what is missing.
As every level of `super().__init__(**kwargs)` passes through its own wrapper, parents get their defaults too.
When the outermost `__init__` is done, the metaclass finishes the task: fields checked, upstream of results set.
"""

from __future__ import annotations

import functools
import inspect
from abc import ABCMeta
from collections.abc import Callable, Mapping
from typing import Any

from ostro.sdk import dialect, scope

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class OperatorMeta(ABCMeta):
    """Metaclass of operators."""

    def __new__(
        mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any
    ) -> OperatorMeta:
        init = namespace.get("__init__")
        cls = super().__new__(mcs, name, bases, namespace, **kwargs)
        if inspect.isfunction(init):
            cls.__init__ = _wrap(init, cls.__dict__.get("old_arguments") or {})  # type: ignore[misc]
        return cls

    # An operator of a user may have an argument `cls`.
    def __call__(cls, /, *args: Any, **kwargs: Any) -> Any:
        operator = super().__call__(*args, **kwargs)
        finish = getattr(operator, "_finish_init", None)
        if finish is not None:
            finish()
        return operator


def parameters_of(cls: type) -> dict[str, inspect.Parameter]:
    """All named parameters of the `__init__` chain of an operator class."""
    found: dict[str, inspect.Parameter] = {}
    for base in cls.__mro__:
        init = base.__dict__.get("__init__")
        if init is None or base is object:
            continue
        for name, parameter in inspect.signature(init).parameters.items():
            if name != "self" and parameter.kind not in _VARIADIC:
                found.setdefault(name, parameter)
    return found


def effective_defaults(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """default_args of the DAG, the group and the call together, the nearest wins."""
    dag = kwargs.get("dag") or scope.current_dag()
    group = kwargs.get("task_group")
    if group is None and (dag is not None or scope.current_group(None) is not None):
        group = scope.current_group(dag)
    merged: dict[str, Any] = {}
    if dag is None and group is not None:
        dag = group.dag
    if dag is not None:
        merged.update(dag.default_args)
    if group is not None:
        merged.update(group.default_args)
    own = kwargs.get("default_args")
    if own:
        merged.update(own)
    return merged


def rename_old(kwargs: dict[str, Any], old: Mapping[str, str | None], owner: str) -> None:
    """Rename (or drop, for None) arguments that 3.x removed. A new name that is given too wins."""
    for name, new in old.items():
        if name not in kwargs:
            continue
        dialect.note("argument", f"{owner}({name}=…)", f"{new}=" if new else "")
        value = kwargs.pop(name)
        if new is not None:
            kwargs.setdefault(new, value)


def _wrap(init: Callable[..., None], old: Mapping[str, str | None]) -> Callable[..., None]:
    parameters = dict(list(inspect.signature(init).parameters.items())[1:])
    positional = [n for n, p in parameters.items() if p.kind in _POSITIONAL]
    takes_args = any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters.values())
    named = [n for n, p in parameters.items() if p.kind not in _VARIADIC]
    required = [n for n in named if parameters[n].default is inspect.Parameter.empty]
    old_by_new = {new: name for name, new in old.items() if new is not None}
    owner = init.__qualname__.removesuffix(".__init__")

    @functools.wraps(init)
    def call(self: Any, *args: Any, **kwargs: Any) -> None:
        rest: tuple[Any, ...] = ()
        if args:
            rest = _take_positional(owner, args, kwargs, positional, takes_args)
        if old:
            rename_old(kwargs, old, owner)
        defaults = self.__dict__.get("_default_args")
        if defaults is None or kwargs.get("dag") or kwargs.get("task_group") or kwargs.get("default_args"):
            defaults = effective_defaults(kwargs)
            self.__dict__["_default_args"] = defaults
        if defaults:
            for name in named:
                if name in kwargs or name in ("params", "default_args", "dag", "task_group"):
                    continue
                if name in defaults:
                    kwargs[name] = defaults[name]
                elif name in old_by_new and old_by_new[name] in defaults:
                    dialect.note("argument", f"default_args[{old_by_new[name]!r}]", name)
                    kwargs[name] = defaults[old_by_new[name]]
        missing = [n for n in required if n not in kwargs]
        if missing:
            task = f" (task {kwargs['task_id']!r})" if "task_id" in kwargs else f" (a {type(self).__name__})"
            names = ", ".join(repr(n) for n in sorted(missing))
            raise TypeError(
                f"missing keyword argument{'s' if len(missing) > 1 else ''} {names} of {owner}{task}"
            )
        if rest:
            # *args of 1.10 code: names before them must be positional again.
            init(self, *(kwargs.pop(n) for n in positional), *rest, **kwargs)
        else:
            init(self, **kwargs)

    return call


def _take_positional(
    owner: str, args: tuple[Any, ...], kwargs: dict[str, Any], positional: list[str], takes_args: bool
) -> tuple[Any, ...]:
    """Positional arguments into `kwargs` by name; returns what goes to *args."""
    if len(args) > len(positional) and not takes_args:
        raise TypeError(
            f"{owner} takes {len(positional)} positional arguments but {len(args)} were given; use keyword arguments"
        )
    for name, value in zip(positional, args, strict=False):
        if name in kwargs:
            raise TypeError(f"{owner} got the argument {name!r} twice")
        kwargs[name] = value
    return args[len(positional) :]
