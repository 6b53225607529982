"""Partition mappers, windows and wait policies to JSON and back."""

from __future__ import annotations

from typing import Any

from ostro.errors import UserError
from ostro.timetable import mappers, windows
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


def encode(thing: Declared) -> dict[str, Any]:
    """JSON of a mapper, a window or a policy.

    Raises UserError for a class of the author's own: the engine maps keys itself and runs no code of DAG files.
    """
    name = type(thing).__name__
    if _CLASSES.get(name) is not type(thing):
        raise UserError(
            f"{name} is a partition mapper, window or wait policy of your own, which Ostro does not run in its engine; "
            "use those of airflow.sdk, ChainMapper and ProductMapper combine them"
        )
    return {
        "type": name,
        **{key: _encoded(value) for key, value in thing.fields().items() if value is not None},
    }


def _encoded(value: Any) -> Any:
    if isinstance(value, Declared):
        return encode(value)
    if isinstance(value, list):
        return [_encoded(item) for item in value]
    return value


def decode(data: dict[str, Any]) -> Any:
    """The mapper, window or policy of its JSON. Raises UserError for one that this version does not know."""
    given = {key: _decoded(value) for key, value in data.items() if key != "type"}
    cls = _CLASSES.get(data["type"])
    if cls is None:
        raise UserError(f"this version of Ostro knows no {data['type']} of partitions")
    several = given.pop("mappers", ())
    return cls(*several, **given)


def _decoded(value: Any) -> Any:
    if isinstance(value, dict):
        return decode(value)
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    return value


__all__ = ["PartitionMapper", "WaitPolicy", "Window", "decode", "encode"]
