"""The context of a running task: `context["ds"]`, `{{ ds }}`, `get_current_context()["ti"]`.

Values are made when they are asked for; a task that names none pays for none. Who makes them is `ostro.runtime.context`.
Names that 3.x removed are there too. A file that speaks 2.x sees them among the others; in a file that speaks 3.x they
are found by name only, with a warning in the task log.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ostro.sdk.exceptions import AirflowNotFoundException, RemovedInAirflow3Warning
from ostro.sdk.lazy_value import LazyValue
from ostro.sdk.types import NOTSET

#: Makers of values by name; each takes the context's source.
Makers = Mapping[str, Callable[[Any], Any]]

#: Names of 2.x, and what 3.x has instead.
OLD_KEYS: dict[str, str] = {
    "conf": "airflow.configuration.conf",
    "execution_date": "logical_date",
    "next_ds": "data_interval_end | ds",
    "next_ds_nodash": "data_interval_end | ds_nodash",
    "next_execution_date": "data_interval_end",
    "prev_ds": "",
    "prev_ds_nodash": "",
    "prev_execution_date": "",
    "prev_execution_date_success": "prev_data_interval_start_success",
    "tomorrow_ds": "",
    "tomorrow_ds_nodash": "",
    "yesterday_ds": "",
    "yesterday_ds_nodash": "",
    "triggering_dataset_events": "triggering_asset_events",
    "test_mode": "",
}


class Context(dict[str, Any]):
    """A dict whose values may be made on first use.

    `lazy` and `old` are tables of makers by name, called with `source`; they are shared and never changed. `old` holds
    names of 2.x, `old_visible` puts them among the others without a warning. `costly` names ask the engine.
    """

    def __init__(
        self,
        values: Mapping[str, Any] | Iterable[tuple[str, Any]] = (),
        *,
        source: Any = None,
        lazy: Sequence[Makers] = (),
        old: Sequence[Makers] = (),
        old_visible: bool = False,
        costly: frozenset[str] = frozenset(),
        **kwargs: Any,
    ) -> None:
        super().__init__(values, **kwargs)
        self._source = source
        self._lazy = (*lazy, *old) if old_visible else tuple(lazy)
        self._old = () if old_visible else tuple(old)
        self._costly = costly
        self._deleted: set[str] = set()

    def _maker(self, key: object, tables: Iterable[Makers]) -> Callable[[Any], Any] | None:
        if key not in self._deleted:
            for table in tables:
                if key in table:
                    return table[key]  # type: ignore[index]
        return None

    def __missing__(self, key: str) -> Any:
        maker = self._maker(key, self._lazy)
        if maker is not None:
            value = maker(self._source)
            dict.__setitem__(self, key, value)
            return value
        maker = self._maker(key, self._old)
        if maker is None:
            raise KeyError(key)
        remedy = f"; use {OLD_KEYS[key]}" if OLD_KEYS.get(key) else ""
        warnings.warn(
            f"the context key {key!r} is of Airflow 2{remedy}", RemovedInAirflow3Warning, stacklevel=3
        )
        return maker(self._source)

    def __contains__(self, key: object) -> bool:
        return (
            dict.__contains__(self, key)
            or self._maker(key, self._lazy) is not None
            or self._maker(key, self._old) is not None
        )

    def __iter__(self) -> Iterator[str]:
        yield from list(dict.keys(self))
        for table in self._lazy:
            for key in table:
                if key not in self._deleted and not dict.__contains__(self, key):
                    yield key

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def keys(self) -> Any:
        return dict.fromkeys(self).keys()

    def items(self) -> Any:
        return {key: self[key] for key in self}.items()

    def values(self) -> Any:
        return {key: self[key] for key in self}.values()

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self else default  # noqa: SIM401

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        dict.pop(self, key, None)
        self._deleted.add(key)

    def unpacked(self) -> dict[str, Any]:
        """All values for a function with `**kwargs`; the costly ones are asked for when they are used.

        So are those of 2.x in a file that may be of either: such a function finds them only here.
        """
        hidden = {
            key: LazyValue(partial(self.__getitem__, key))
            for table in self._old
            for key in table
            if key not in self._deleted and not dict.__contains__(self, key)
        }
        return hidden | {
            key: LazyValue(partial(self.__getitem__, key))
            if key in self._costly and not dict.__contains__(self, key)
            else self[key]
            for key in self
        }

    def pop(self, key: str, *default: Any) -> Any:
        if key not in self:
            return dict.pop(self, key, *default)
        value = self[key]
        del self[key]
        return value

    def setdefault(self, key: str, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, *args: Any, **kwargs: Any) -> None:
        for key, value in dict(*args, **kwargs).items():
            self[key] = value

    def copy(self) -> Context:
        """Another context with the same values and makers."""
        stored = {key: dict.__getitem__(self, key) for key in dict.keys(self)}
        other = Context(stored, source=self._source, lazy=self._lazy, old=self._old, costly=self._costly)
        other._deleted = set(self._deleted)
        return other

    __copy__ = copy

    def __or__(self, other: Any) -> Any:
        merged = self.copy()
        merged.update(other)
        return merged

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = None

    def __repr__(self) -> str:
        return f"Context({', '.join(self)})"

    def __reduce__(self) -> Any:
        return (dict, (dict(self.items()),))


def context_merge(context: Any, *args: Any, **kwargs: Any) -> None:
    """Add values to a context in place (`airflow.utils.context.context_merge`)."""
    context.update(*args, **kwargs)


def context_copy_partial(source: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """A dict of some keys of a context."""
    return {key: source[key] for key in keys if key in source}


# ---- the current context ---------------------------------------------------------------------------------------

_stack: list[Context] = []


def push_context(context: Context) -> None:
    """User code of a task begins."""
    _stack.append(context)


def pop_context() -> None:
    """User code of a task ends."""
    _stack.pop()


def get_current_context() -> Context:
    """The context of the task that is running. Raises RuntimeError outside of a task."""
    if not _stack:
        raise RuntimeError(
            "Current context was requested but no context was found! get_current_context() works only while a task runs"
        )
    return _stack[-1]


# ---- `var` and `conn` -------------------------------------------------------------------------------------------


class VariableAccessor:
    """`var.value.key` and `var.json.key` of templates."""

    def __init__(self, deserialize_json: bool) -> None:
        self._deserialize_json = deserialize_json

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        return self.get(key)

    def __getitem__(self, key: str) -> Any:
        return self.get(key)

    def get(self, key: str, default: Any = NOTSET, default_var: Any = NOTSET) -> Any:
        """The Variable, or the default. Raises VariableNotFound when there is neither."""
        from ostro.sdk.variable import Variable

        return Variable.get(
            key, default if default is not NOTSET else default_var, deserialize_json=self._deserialize_json
        )

    def __repr__(self) -> str:
        return "<Variables as JSON>" if self._deserialize_json else "<Variables>"


class Variables:
    """`var` of templates; `var.get("key")` is the old way to `var.value.get("key")`."""

    def __init__(self) -> None:
        self.value = VariableAccessor(deserialize_json=False)
        self.json = VariableAccessor(deserialize_json=True)

    def get(self, key: str, default: Any = NOTSET) -> Any:
        """The Variable as text."""
        return self.value.get(key, default)

    def __getitem__(self, key: str) -> Any:
        return {"value": self.value, "json": self.json}[key]


class ConnectionAccessor:
    """`conn.id` and `conn.get("id")` of templates."""

    def __getattr__(self, conn_id: str) -> Any:
        from ostro.sdk.connection import Connection

        if conn_id.startswith("__"):
            raise AttributeError(conn_id)
        return Connection.get(conn_id)

    def __getitem__(self, conn_id: str) -> Any:
        return self.__getattr__(conn_id)

    def get(self, conn_id: str, default_conn: Any = None) -> Any:
        """The Connection, or the default when there is none."""
        from ostro.sdk.connection import Connection

        try:
            return Connection.get(conn_id)
        except AirflowNotFoundException:
            return default_conn

    def __repr__(self) -> str:
        return "<Connections>"
