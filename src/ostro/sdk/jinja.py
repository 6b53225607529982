"""Jinja as Airflow's templates expect it: sandbox, date filters, and a context that is asked only for what is named.

Imported only when a template has to be rendered: Jinja is slow to load.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import jinja2
import jinja2.nativetypes
import jinja2.sandbox
from jinja2.runtime import Context as JinjaContext


class Layers(dict[str, Any]):
    """Variables of a template: the task's context over the environment's globals, looked up one by one."""

    def __init__(self, context: Mapping[str, Any], globals_: Mapping[str, Any]) -> None:
        super().__init__()
        self._layers = (context, globals_)

    def __contains__(self, key: object) -> bool:
        return any(key in layer for layer in self._layers)

    def __missing__(self, key: str) -> Any:
        for layer in self._layers:
            if key in layer:
                return layer[key]
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(key for layer in self._layers for key in layer))

    def keys(self) -> Any:
        return list(self)

    def items(self) -> Any:
        return [(key, self[key]) for key in self]

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _LazyContext(JinjaContext):
    """Does not copy the variables when a template includes another."""

    def get_all(self) -> dict[str, Any]:
        return Layers(self.vars, self.parent) if self.vars else self.parent


class _Safe:
    """Names with one underscore are open to templates, Python's internals are not."""

    context_class: Any = _LazyContext

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return not jinja2.sandbox.is_internal_attribute(obj, attr)


class SandboxedEnvironment(_Safe, jinja2.sandbox.SandboxedEnvironment):
    """Renders to text."""


class NativeEnvironment(_Safe, jinja2.sandbox.SandboxedEnvironment, jinja2.nativetypes.NativeEnvironment):
    """Renders to Python values."""


def render(template: jinja2.Template, context: Mapping[str, Any]) -> Any:
    """The rendered template. Raises what the template raises (UndefinedError, SecurityError …)."""
    env = template.environment
    variables = Layers(context, template.globals)
    inner = env.context_class(env, variables, template.name, template.blocks, globals=template.globals)
    try:
        result = env.concat(template.root_render_func(inner))
        if isinstance(result, jinja2.StrictUndefined):
            # A native template that is one name gives the object itself; as text it would have failed.
            str(result)
        return result
    except Exception:
        env.handle_exception()


# ---- filters -------------------------------------------------------------------------------------------------------


def ds_filter(value: dt.date | None) -> str | None:
    """2024-03-05"""
    return None if value is None else value.strftime("%Y-%m-%d")


def ds_nodash_filter(value: dt.date | None) -> str | None:
    """20240305"""
    return None if value is None else value.strftime("%Y%m%d")


def ts_filter(value: dt.date | None) -> str | None:
    """2024-03-05T06:07:08+00:00"""
    return None if value is None else value.isoformat()


def ts_nodash_filter(value: dt.date | None) -> str | None:
    """20240305T060708"""
    return None if value is None else value.strftime("%Y%m%dT%H%M%S")


def ts_nodash_with_tz_filter(value: dt.date | None) -> str | None:
    """20240305T060708+0000"""
    return None if value is None else value.isoformat().replace("-", "").replace(":", "")


FILTERS = {
    "ds": ds_filter,
    "ds_nodash": ds_nodash_filter,
    "ts": ts_filter,
    "ts_nodash": ts_nodash_filter,
    "ts_nodash_with_tz": ts_nodash_with_tz_filter,
}
