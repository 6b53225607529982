"""A listed signature against one of ours: every call that the listed one allows must be possible."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from typing import Any

from ostro.sdk.operatormeta import parameters_of

#: Stands for a default that is no literal.
SOME = object()


def listed(signature: str) -> list[tuple[str, str, Any]]:
    """(name, kind, default) of each parameter; kinds are those of `inspect`, shortened."""
    (function,) = ast.parse(f"def f{signature}: pass").body
    assert isinstance(function, ast.FunctionDef)
    args = function.args
    found: list[tuple[str, str, Any]] = []
    plain = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(plain) - len(args.defaults)) + list(args.defaults)
    for arg, default in zip(plain, defaults, strict=True):
        found.append((arg.arg, "positional", _default(default)))
    if args.vararg:
        found.append((args.vararg.arg, "var_positional", inspect.Parameter.empty))
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        found.append((arg.arg, "keyword", _default(default)))
    if args.kwarg:
        found.append((args.kwarg.arg, "var_keyword", inspect.Parameter.empty))
    return found


def _default(node: ast.expr | None) -> Any:
    if node is None:
        return inspect.Parameter.empty
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return SOME
    return SOME if value is ... else value


def parameters(thing: Any) -> dict[str, inspect.Parameter]:
    """What ours takes; of an operator what all its constructors take together."""
    if isinstance(thing, type) and hasattr(thing, "template_fields"):
        return parameters_of(thing)
    try:
        return dict(inspect.signature(thing).parameters)
    except ValueError:
        return dict(inspect.signature(thing.__new__).parameters)


def differences(signature: str, thing: Any) -> Iterator[str]:
    """Sentences about what a caller by the listed signature would notice."""
    ours = parameters(thing)
    takes_all = any(p.kind is p.VAR_KEYWORD for p in ours.values())
    takes_more = any(p.kind is p.VAR_POSITIONAL for p in ours.values())
    order = [n for n, p in ours.items() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    place = 0
    for name, kind, default in listed(signature):
        if kind == "var_positional":
            if not takes_more and signature != "(*args, **kwargs)":
                yield f"takes no further positional arguments (*{name})"
            continue
        if kind == "var_keyword":
            continue
        mine = ours.get(name)
        if mine is None and not takes_all:
            yield f"has no parameter {name}"
        if (
            mine is not None
            and default not in (SOME, inspect.Parameter.empty)
            and _plain(mine.default)
            and mine.default != default
        ):
            yield f"{name} is {mine.default!r} by default, not {default!r}"
        if kind == "positional":
            if not takes_more and (place >= len(order) or order[place] != name) and not takes_all:
                yield f"{name} is not positional argument {place + 1}"
            place += 1


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str))


def find(path: str) -> Any:
    """`module:name`."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)
