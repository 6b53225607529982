"""Calling user functions with what they ask for from the context, by the names of their parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from types import FunctionType
from typing import Any

from ostro.sdk.context import Context

#: Flags of a code object with *args or **kwargs.
_VARIADIC = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
_RESERVED = "The key {!r} in args is a part of kwargs and therefore reserved."
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def determine_kwargs(
    func: Callable[..., Any], args: Collection[Any], kwargs: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The entries of `kwargs` that `func` takes after the positional `args`; all of them when it has `**kwargs`.

    Raises ValueError when a positional argument lands on a parameter that is in `kwargs` too.
    """
    simple = _simple_names(func)
    if simple is not None:
        for name in simple[: len(args)]:
            if name in kwargs:
                raise ValueError(_RESERVED.format(name))
        return {name: kwargs[name] for name in simple[len(args) :] if name in kwargs}
    try:
        parameters = list(inspect.signature(func).parameters.values())
    except (ValueError, TypeError):  # some builtins have no signature
        return {}
    for parameter in parameters[: len(args)]:
        if parameter.kind in _NAMED and parameter.name in kwargs:
            raise ValueError(_RESERVED.format(parameter.name))
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters):
        taken = {p.name for p in parameters[: len(args)]}
        everything = kwargs.unpacked() if isinstance(kwargs, Context) else dict(kwargs)
        return {key: value for key, value in everything.items() if key not in taken}
    return {p.name: kwargs[p.name] for p in parameters[len(args) :] if p.kind in _NAMED and p.name in kwargs}


def _simple_names(func: Any) -> tuple[str, ...] | None:
    """Parameter names of a plain function without *args and **kwargs, None for anything else."""
    if type(func) is not FunctionType or "__wrapped__" in func.__dict__ or "__signature__" in func.__dict__:
        return None
    code = func.__code__
    if code.co_flags & _VARIADIC or code.co_posonlyargcount:
        return None
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def is_generator_function(func: Any) -> bool:
    """As `inspect.isgeneratorfunction`, whose way a plain function, as nearly all are, need not go."""
    if type(func) is FunctionType:
        return bool(func.__code__.co_flags & inspect.CO_GENERATOR)
    return inspect.isgeneratorfunction(func)


def is_coroutine_function(func: Any) -> bool:
    """As `inspect.iscoroutinefunction`; see `is_generator_function`."""
    if type(func) is FunctionType:
        return bool(func.__code__.co_flags & inspect.CO_COROUTINE)
    return inspect.iscoroutinefunction(func)


class KeywordParameters:
    """`determine_kwargs` by the name that `airflow.utils.operator_helpers` also has."""

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self._kwargs = kwargs

    @classmethod
    def determine(
        cls, func: Callable[..., Any], args: Collection[Any], kwargs: Mapping[str, Any]
    ) -> KeywordParameters:
        """What `func` takes of `kwargs`."""
        return cls(determine_kwargs(func, args, kwargs))

    def unpacking(self) -> Mapping[str, Any]:
        """The keyword arguments."""
        return self._kwargs

    def serializing(self) -> Mapping[str, Any]:
        """The keyword arguments."""
        return self._kwargs


def make_kwargs_callable(func: Callable[..., Any]) -> Callable[..., Any]:
    """A function that takes any keywords and hands on those that `func` knows."""

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **determine_kwargs(func, args, kwargs))

    return wrapper


def run_callable(
    func: Callable[..., Any], args: Collection[Any], kwargs: Mapping[str, Any], outlet_events: Any = None
) -> Any:
    """Call `func`. A generator function is run to its end: what it yields is Metadata for its outlets."""
    if not is_generator_function(func):
        return func(*args, **kwargs)
    generator = func(*args, **kwargs)
    while True:
        try:
            item = next(generator)
        except StopIteration as end:
            return end.value
        asset = getattr(item, "asset", None)
        if asset is None or outlet_events is None:
            raise TypeError(f"a task that yields must yield Metadata, not {type(item).__name__}")
        outlet_events[asset].extra.update(item.extra)
        if getattr(item, "alias", None):
            outlet_events[item.alias].add(asset, extra=item.extra)
