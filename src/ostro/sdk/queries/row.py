"""`Row`: several values of an answer, by position and by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Row(tuple[Any, ...]):
    """A tuple whose values also have names: `row.dag_id`."""

    _fields: tuple[str, ...]

    def __new__(cls, values: Iterable[Any], names: Iterable[str]) -> Row:
        """Values and their names, as many."""
        row = super().__new__(cls, values)
        row._fields = tuple(names)
        return row

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self._fields:
            return self[self._fields.index(name)]
        raise AttributeError(f"the row has no {name!r}, only {', '.join(self._fields)}")

    def _asdict(self) -> dict[str, Any]:
        """Name → value."""
        return dict(zip(self._fields, self, strict=True))

    @property
    def _mapping(self) -> dict[str, Any]:
        return self._asdict()

    def keys(self) -> list[str]:
        """The names."""
        return list(self._fields)
