"""Partition mappers and windows as DAG files declare them (3.2 and 3.3)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any


class _Declared:
    """A value that only says what the author wrote."""

    def __init__(self, **given: Any) -> None:
        self.__dict__.update(given)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(type(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.__dict__.items())})"


class PartitionMapper(_Declared):
    """Base: from the partition key of an asset event to those of the runs that it starts."""

    def __init__(self, *, max_downstream_keys: int | None = None, **given: Any) -> None:
        super().__init__(max_downstream_keys=max_downstream_keys, **given)


class IdentityMapper(PartitionMapper):
    """The same key."""


class AllowedKeyMapper(PartitionMapper):
    """The same key, if it is one of these."""

    def __init__(self, allowed_keys: Iterable[str], *, max_downstream_keys: int | None = None) -> None:
        super().__init__(allowed_keys=list(allowed_keys), max_downstream_keys=max_downstream_keys)


class FixedKeyMapper(PartitionMapper):
    """Always this key."""

    def __init__(self, downstream_key: str, *, max_downstream_keys: int | None = None) -> None:
        super().__init__(downstream_key=downstream_key, max_downstream_keys=max_downstream_keys)


class ProductMapper(PartitionMapper):
    """Each part of the key by a mapper of its own."""

    def __init__(
        self,
        mapper0: PartitionMapper,
        mapper1: PartitionMapper,
        *mappers: PartitionMapper,
        delimiter: str = "|",
        max_downstream_keys: int | None = None,
    ) -> None:
        super().__init__(
            mappers=[mapper0, mapper1, *mappers], delimiter=delimiter, max_downstream_keys=max_downstream_keys
        )


class ChainMapper(PartitionMapper):
    """One mapper after the other."""

    def __init__(
        self,
        mapper0: PartitionMapper,
        mapper1: PartitionMapper,
        *mappers: PartitionMapper,
        max_downstream_keys: int | None = None,
    ) -> None:
        super().__init__(mappers=[mapper0, mapper1, *mappers], max_downstream_keys=max_downstream_keys)


class _StartOf(PartitionMapper):
    def __init__(
        self,
        *,
        max_downstream_keys: int | None = None,
        timezone: Any = "UTC",
        input_format: str = "%Y-%m-%dT%H:%M:%S",
        output_format: str | None = None,
    ) -> None:
        super().__init__(
            max_downstream_keys=max_downstream_keys,
            timezone=timezone,
            input_format=input_format,
            output_format=output_format,
        )


class StartOfHourMapper(_StartOf):
    """The hour that a moment is in."""


class StartOfDayMapper(_StartOf):
    """The day that a moment is in."""


class StartOfWeekMapper(_StartOf):
    """The week that a moment is in."""


class StartOfMonthMapper(_StartOf):
    """The month that a moment is in."""


class StartOfQuarterMapper(_StartOf):
    """The quarter that a moment is in."""


class StartOfYearMapper(_StartOf):
    """The year that a moment is in."""


class FanOutMapper(PartitionMapper):
    """One key to all keys of a window."""

    def __init__(
        self,
        *,
        upstream_mapper: PartitionMapper,
        window: Window,
        downstream_mapper: PartitionMapper | None = None,
        max_downstream_keys: int | None = None,
    ) -> None:
        super().__init__(
            upstream_mapper=upstream_mapper,
            window=window,
            downstream_mapper=downstream_mapper,
            max_downstream_keys=max_downstream_keys,
        )


class RollupMapper(PartitionMapper):
    """All keys of a window to one."""

    def __init__(
        self,
        *,
        upstream_mapper: PartitionMapper,
        window: Window,
        wait_policy: WaitPolicy | None = None,
        max_downstream_keys: int | None = None,
    ) -> None:
        super().__init__(
            upstream_mapper=upstream_mapper,
            window=window,
            wait_policy=wait_policy or WaitForAll(),
            max_downstream_keys=max_downstream_keys,
        )


class WaitPolicy(_Declared):
    """How many keys of a window a rollup waits for."""


class WaitForAll(WaitPolicy):
    """All."""


class MinimumCount(WaitPolicy):
    """At least n; a negative n: all but at most |n|."""

    def __init__(self, n: int) -> None:
        if n == 0:
            raise ValueError("MinimumCount(0) would wait for nothing; give a number other than 0")
        super().__init__(n=n)


class WindowDirection(StrEnum):
    """Whether a window lies before or after its key."""

    FORWARD = "forward"
    BACKWARD = "backward"


class Window(_Declared):
    """A stretch of keys."""

    Direction = WindowDirection

    def __init__(self, *, direction: WindowDirection | str = WindowDirection.FORWARD, **given: Any) -> None:
        super().__init__(direction=WindowDirection(direction), **given)


class HourWindow(Window):
    """An hour."""


class DayWindow(Window):
    """A day."""


class WeekWindow(Window):
    """A week."""


class MonthWindow(Window):
    """A month."""


class QuarterWindow(Window):
    """A quarter."""


class YearWindow(Window):
    """A year."""


class SegmentWindow(Window):
    """These keys."""

    def __init__(self, segments: Iterable[str]) -> None:
        super().__init__(segments=list(segments))
