"""Any Python value of a DAG file as canonical JSON, for screens and for the hash of the version.

Nothing that differs from one import of the same file to the next gets in: sets are sorted, functions and unknown
objects are named by type, addresses and the fractions of seconds that only `now()` makes are left out, long texts
are cut.
"""

from __future__ import annotations

import datetime as dt
import enum
import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ostro.sdk.types import ArgNotSet

#: Characters of a text that are kept, items of a list or dict, and levels of nesting.
LONGEST_TEXT = 4096
MOST_ITEMS = 200
DEEPEST = 12

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
#: A time of day with a fraction: `datetime.now()` made text.
_CLOCK = re.compile(r"(\d\d:\d\d):\d\d\.\d{3,9}")


def plain(value: Any) -> Any:
    """The value as JSON, for people: long parts cut."""
    return _Describer(cut=True).value(value, 0)


def exact(value: Any) -> Any:
    """The value as JSON, for the engine: whole."""
    return _Describer(cut=False).value(value, 0)


class _Describer:
    """One walk over a value."""

    def __init__(self, *, cut: bool) -> None:
        self._cut = cut

    def value(self, value: Any, depth: int) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            return int(value)
        if isinstance(value, enum.Enum):
            return self.value(value.value, depth + 1)
        if isinstance(value, str):
            return text(value) if self._cut else _unicode(value)
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else repr(value)
        if depth >= DEEPEST:
            return "…"
        if isinstance(value, (dt.datetime, dt.date, dt.time, dt.timedelta)):
            return moment(value) if self._cut else str(value)
        if isinstance(value, Mapping):
            return self._mapping(value, depth)
        if isinstance(value, (set, frozenset)):
            items = sorted((self.value(v, depth + 1) for v in value), key=_sort_key)
            return items[:MOST_ITEMS] if self._cut else items
        if isinstance(value, (list, tuple)):
            return self._sequence(value, depth)
        return _object(value)

    def _sequence(self, value: Sequence[Any], depth: int) -> list[Any]:
        if self._cut and len(value) > MOST_ITEMS:
            shown = [self.value(v, depth + 1) for v in value[:MOST_ITEMS]]
            return [*shown, f"… {len(value) - MOST_ITEMS} more"]
        return [self.value(v, depth + 1) for v in value]

    def _mapping(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key in value:
            if self._cut and len(found) >= MOST_ITEMS:
                found["…"] = f"{len(value) - MOST_ITEMS} more"
                break
            name = _unicode(key) if isinstance(key, str) else str(self.value(key, depth + 1))
            found[name] = self.value(value[key], depth + 1)
        return found


def _object(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray)):
        return f"<{len(value)} bytes>"
    if isinstance(value, os.PathLike):
        return text(str(value))
    if isinstance(value, ArgNotSet):
        return repr(value)
    if hasattr(type(value), "iter_references"):
        # A result, an argument of a mapped group, a literal: their texts name tasks only.
        return text(repr(value))
    if callable(value):
        return callable_name(value)
    return f"<{type(value).__module__}.{type(value).__qualname__}>"


def text(value: str) -> str:
    """A text without addresses and clock fractions, cut."""
    value = str(value)
    if " at 0x" in value:
        value = _ADDRESS.sub("", value)
    if ":" in value and "." in value:
        value = _CLOCK.sub(r"\1:…", value)
    value = _unicode(value)
    return value if len(value) <= LONGEST_TEXT else value[:LONGEST_TEXT] + "…"


def _unicode(value: str) -> str:
    """A plain str that UTF-8 can hold."""
    return str(value).encode("utf-8", "replace").decode()


def moment(value: dt.datetime | dt.date | dt.time | dt.timedelta) -> str:
    """A moment as ISO text; one with fractions of a second comes from `now()` and is named by its type."""
    if isinstance(value, dt.timedelta):
        return str(value)
    if isinstance(value, (dt.datetime, dt.time)) and value.microsecond:
        return f"<{type(value).__name__}>"
    return value.isoformat()


def callable_name(value: Any) -> str:
    """Module and name of a function; an object by its class. The module of a DAG file, which bears a hash, is left out."""
    inner = getattr(value, "func", None)
    if inner is not None and callable(inner) and type(value).__name__ == "partial":
        return f"partial({callable_name(inner)})"
    name = getattr(value, "__qualname__", None) or type(value).__qualname__
    module = getattr(value, "__module__", None) or ""
    if not isinstance(name, str) or module.startswith("dagfile_") or not module:
        return str(name)
    return f"{module}.{name}"


def _sort_key(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
