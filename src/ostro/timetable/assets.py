"""Runs that asset events start, alone or beside a timetable.

What an asset is belongs to the SDK. Here a condition is any object with `as_expression()`, which gives JSON:
{"asset": …}, {"alias": …}, {"asset_ref": …}, or {"all": […]} / {"any": […]} of conditions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from ostro.timetable.base import ClockedTimetable, DagRunInfo, DataInterval, TimeRestriction, Timetable
from ostro.timetable.moment import at, new_token
from ostro.timetable.run_id import run_id_for
from ostro.timetable.zones import utc


@runtime_checkable
class Condition(Protocol):
    """An asset, an alias, or a combination of them."""

    def as_expression(self) -> Any:
        """The condition as JSON."""
        ...


class StoredCondition:
    """A condition read back from JSON, or made of a list of conditions (all of them)."""

    def __init__(self, expression: Any, parts: Iterable[Any] = ()) -> None:
        self._expression = expression
        #: The conditions that it was made of; not known of one read back.
        self.parts = tuple(parts)

    def as_expression(self) -> Any:
        return self._expression

    def iter_assets(self) -> Iterator[Any]:
        """All assets in its parts, as `Asset.iter_assets` gives them."""
        for part in self.parts:
            yield from part.iter_assets()

    def iter_asset_aliases(self) -> Iterator[Any]:
        """All aliases in its parts."""
        for part in self.parts:
            yield from part.iter_asset_aliases()

    def iter_asset_refs(self) -> Iterator[Any]:
        """All references in its parts."""
        for part in self.parts:
            yield from part.iter_asset_refs()


class AssetTriggeredTimetable(ClockedTimetable):
    """Runs only when the condition on assets is met: `schedule=asset`, `[a, b]`, `a | b`."""

    description = "Triggered by assets"
    periodic = False
    run_ordering = ("run_after",)

    def __init__(self, assets: Condition | Iterable[Condition]) -> None:
        self.asset_condition: Condition = condition_of(assets)

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> AssetTriggeredTimetable:
        return cls(StoredCondition(data["asset_condition"]))

    def serialize(self) -> dict[str, Any]:
        return {"asset_condition": self.asset_condition.as_expression()}

    @property
    def summary(self) -> str:
        return "Asset"

    def infer_manual_data_interval(self, *, run_after: datetime) -> DataInterval:
        return DataInterval.exact(utc(run_after))

    def next_at(
        self, last: DataInterval | None, restriction: TimeRestriction, now: datetime
    ) -> DagRunInfo | None:
        return None

    def generate_run_id(
        self, *, run_type: str, run_after: datetime, data_interval: DataInterval | None, **extra: Any
    ) -> str:
        # Two events may start runs in the same microsecond, so the moment alone is never the name.
        return run_id_for(run_type, run_after, None, token=new_token())


class AssetOrTimeSchedule(ClockedTimetable):
    """Runs at the moments of a timetable, and also when the condition on assets is met."""

    def __init__(self, *, assets: Condition | Iterable[Condition], timetable: Timetable) -> None:
        self.asset_condition: Condition = condition_of(assets)
        self.timetable = timetable
        self.periodic = timetable.periodic
        self.can_be_scheduled = timetable.can_be_scheduled
        self.active_runs_limit = timetable.active_runs_limit
        self.run_ordering = ("run_after",)

    def serialize(self) -> dict[str, Any]:
        """Without the inner timetable, which the codec adds."""
        return {"asset_condition": self.asset_condition.as_expression()}

    def validate(self) -> None:
        self.timetable.validate()

    @property
    def summary(self) -> str:
        return f"Asset or {self.timetable.summary}"

    @property
    def description(self) -> str:  # type: ignore[override]
        return f"Triggered by assets or {self.timetable.description}"

    def infer_manual_data_interval(self, *, run_after: datetime) -> DataInterval:
        return self.timetable.infer_manual_data_interval(run_after=run_after)

    def next_at(
        self, last: DataInterval | None, restriction: TimeRestriction, now: datetime
    ) -> DagRunInfo | None:
        with at(now):
            return self.timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)

    def generate_run_id(
        self, *, run_type: str, run_after: datetime, data_interval: DataInterval | None, **extra: Any
    ) -> str:
        if data_interval is None:
            return run_id_for(run_type, run_after, None, token=new_token())
        return self.timetable.generate_run_id(
            run_type=run_type, run_after=run_after, data_interval=data_interval, **extra
        )

    def __eq__(self, other: object) -> bool:
        same = super().__eq__(other)
        return same if same is NotImplemented else bool(same) and self.timetable == other.timetable  # type: ignore[attr-defined]

    __hash__ = ClockedTimetable.__hash__


def condition_of(assets: Condition | Iterable[Condition]) -> Condition:
    """One condition of what was given as assets; a list means all of them.

    Raises ValueError when something in it is no asset.
    """
    if isinstance(assets, Condition):
        return assets
    parts = list(assets)
    for part in parts:
        if not isinstance(part, Condition):
            raise ValueError(f"{part!r} is no asset")
    return StoredCondition({"all": [part.as_expression() for part in parts]}, parts)
