"""A value that is asked for when it is first used: for context values that cost a question, given to `**kwargs`."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any


class LazyValue:
    """Behaves as the value in all that Python lets an object decide; only `is` sees the difference."""

    __slots__ = ("_known", "_make", "_value")

    def __init__(self, make: Callable[[], Any]) -> None:
        object.__setattr__(self, "_make", make)
        object.__setattr__(self, "_known", False)

    def __getattr__(self, name: str) -> Any:
        return getattr(unwrap(self), name)

    @property
    def __class__(self) -> Any:
        return type(unwrap(self))

    @__class__.setter
    def __class__(self, value: Any) -> None:
        raise TypeError("the class of a context value cannot be changed")

    def __repr__(self) -> str:
        return repr(unwrap(self))

    def __str__(self) -> str:
        return str(unwrap(self))

    def __format__(self, spec: str) -> str:
        return format(unwrap(self), spec)

    def __bool__(self) -> bool:
        return bool(unwrap(self))

    def __hash__(self) -> int:
        return hash(unwrap(self))

    def __reduce__(self) -> Any:
        return (_same, (unwrap(self),))


def unwrap(value: Any) -> Any:
    """The value behind a LazyValue; anything else as it is."""
    if type(value) is not LazyValue:
        return value
    if not object.__getattribute__(value, "_known"):
        object.__setattr__(value, "_value", object.__getattribute__(value, "_make")())
        object.__setattr__(value, "_known", True)
    return object.__getattribute__(value, "_value")


def _same(value: Any) -> Any:
    return value


def _forward(function: Callable[..., Any], *, swapped: bool = False) -> Callable[..., Any]:
    def method(self: Any, *others: Any) -> Any:
        values = [unwrap(self), *map(unwrap, others)]
        return function(*reversed(values)) if swapped else function(*values)

    return method


for _name in (
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "add",
    "sub",
    "mul",
    "mod",
    "truediv",
    "getitem",
    "contains",
):
    setattr(LazyValue, f"__{_name}__", _forward(getattr(operator, _name)))
for _name in ("add", "sub", "mul", "mod"):
    setattr(LazyValue, f"__r{_name}__", _forward(getattr(operator, _name), swapped=True))
for _name, _function in (
    ("len", len),
    ("iter", iter),
    ("int", int),
    ("float", float),
    ("call", lambda f, *a: f(*a)),
):
    setattr(LazyValue, f"__{_name}__", _forward(_function))
