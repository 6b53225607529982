"""Names of 1.10 and 2.x that are something plain today."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, ParamSpec, Protocol, Self, TypedDict, runtime_checkable

from ostro.sdk.timetables import AssetOrTimeSchedule, Timetable

__all__ = [
    "DatasetOrTimeSchedule",
    "Literal",
    "ParamSpec",
    "Protocol",
    "Self",
    "TypedDict",
    "apply_defaults",
    "runtime_checkable",
]


def apply_defaults(func: Callable[..., Any]) -> Callable[..., Any]:
    """default_args reach every operator by themselves since 2.0."""
    return func


class DatasetOrTimeSchedule(AssetOrTimeSchedule):
    """`AssetOrTimeSchedule` by its 2.x name and argument."""

    def __new__(cls, *, timetable: Timetable, datasets: Any) -> Any:
        return AssetOrTimeSchedule(assets=datasets, timetable=timetable)
