"""Partition mappers, windows and wait policies to JSON and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ostro.errors import UserError
from ostro.timetable import mappers, windows
from ostro.timetable.codec import class_path
from ostro.timetable.foreign import ForeignMapper, holds_custom
from ostro.timetable.mappers import PartitionMapper
from ostro.timetable.windows import Declared, WaitPolicy, Window

#: By class name; a name is for ever, specs of old versions hold it.
_CLASSES: dict[str, type[Declared]] = {
    cls.__name__: cls
    for cls in (
        mappers.IdentityMapper,
        mappers.AllowedKeyMapper,
        mappers.FixedKeyMapper,
        mappers.ProductMapper,
        mappers.ChainMapper,
        mappers.StartOfHourMapper,
        mappers.StartOfDayMapper,
        mappers.StartOfWeekMapper,
        mappers.StartOfMonthMapper,
        mappers.StartOfQuarterMapper,
        mappers.StartOfYearMapper,
        mappers.RollupMapper,
        mappers.FanOutMapper,
        windows.HourWindow,
        windows.DayWindow,
        windows.WeekWindow,
        windows.MonthWindow,
        windows.QuarterWindow,
        windows.YearWindow,
        windows.SegmentWindow,
        windows.WaitForAll,
        windows.MinimumCount,
    )
}


#: Makes values of authors' classes of their JSON, in processes that run user code.
Custom = Callable[[dict[str, Any]], Any]
_custom: ContextVar[Custom | None] = ContextVar("custom", default=None)


def encode(thing: Declared) -> dict[str, Any]:
    """JSON of a mapper, a window or a policy.

    A class of the author's own is {"type": "custom"}: where the class is, and what its `serialize` gave. Raises
    UserError when that is no JSON, or the class lacks what it is for.
    """
    if isinstance(thing, ForeignMapper):
        return thing.data
    name = type(thing).__name__
    if _CLASSES.get(name) is type(thing):
        return {"type": name, **thing.serialize()}
    return _encode_custom(thing)


def _encode_custom(thing: Declared) -> dict[str, Any]:
    cls = type(thing)
    method = "to_downstream" if isinstance(thing, PartitionMapper) else "to_upstream"
    base = PartitionMapper if isinstance(thing, PartitionMapper) else Window
    if isinstance(thing, base) and getattr(cls, method) is getattr(base, method):
        raise UserError(f"{cls.__qualname__} is no {base.__name__}: it does not define {method}")
    data = thing.serialize()
    try:
        json.dumps(data)
    except (TypeError, ValueError) as error:
        raise UserError(f"serialize() of {cls.__qualname__} gives what is no JSON: {error}") from error
    found: dict[str, Any] = {"type": "custom", "classpath": class_path(cls), "data": data}
    if isinstance(thing, PartitionMapper) and thing.is_rollup:
        found["is_rollup"] = True
    return found


def encoded(value: Any) -> Any:
    """JSON of an argument."""
    if isinstance(value, Declared):
        return encode(value)
    if isinstance(value, list | tuple):
        return [encoded(item) for item in value]
    return value


def decode(data: dict[str, Any], *, custom: Custom | None = None) -> Any:
    """The mapper, window or policy of its JSON. Raises UserError for one that this version does not know.

    `custom` makes those of authors' classes; without it a mapper that is or holds one is a `ForeignMapper`.
    """
    if custom is not None:
        token = _custom.set(custom)
        try:
            return decode(data)
        finally:
            _custom.reset(token)
    make = _custom.get()
    if make is None and holds_custom(data):
        return ForeignMapper(data)
    if data["type"] == "custom":
        assert make is not None
        return make(data)
    cls = _CLASSES.get(data["type"])
    if cls is None:
        raise UserError(f"this version of Ostro knows no {data['type']} of partitions")
    return cls.deserialize({key: value for key, value in data.items() if key != "type"})


def arguments(data: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """What `__init__` takes, of what `serialize` said: by position, and by name."""
    given = {key: _decoded(value) for key, value in data.items()}
    return given.pop("mappers", []), given


def _decoded(value: Any) -> Any:
    if isinstance(value, dict) and (value.get("type") == "custom" or value.get("type") in _CLASSES):
        return decode(value)
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    return value


__all__ = ["Custom", "PartitionMapper", "WaitPolicy", "Window", "arguments", "decode", "encode", "encoded"]
