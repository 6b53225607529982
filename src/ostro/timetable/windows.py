"""Windows of partitions, and how many of a window's keys a rollup waits for.

A window says which members make up a period, given the period's first moment (or, backward, its last member). Members
are naive local datetimes, steps are counted on the wall clock: a day always has 24 hours, whatever its zone does.
Names and rules are Airflow's (airflow.partition_mappers).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple


class WindowDirection(StrEnum):
    """Whether a window begins with its anchor, or ends with it."""

    FORWARD = "forward"
    BACKWARD = "backward"


class Declared:
    """A value that is what it was made with: equal to another of its class with the same fields.

    Authors write classes of their own below mappers, windows and policies: `serialize` says what `deserialize` needs.
    """

    #: Arguments of `__init__` that `serialize` says.
    said: ClassVar[tuple[str, ...]] = ()

    def serialize(self) -> dict[str, Any]:
        """What `deserialize` makes the same value of, as JSON. A class with more arguments adds them."""
        from ostro.timetable.partition_codec import encoded

        values = ((name, getattr(self, name, None)) for name in self.said)
        return {name: encoded(value) for name, value in values if value is not None}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Any:
        """The value that `serialize` said."""
        from ostro.timetable.partition_codec import arguments

        several, given = arguments(data)
        return cls(*several, **given)

    def fields(self) -> dict[str, Any]:
        """What `__init__` takes."""
        return dict(self.__dict__)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.fields() == other.fields()

    def __hash__(self) -> int:
        return hash((type(self), repr(self)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.fields().items())})"


class Window(Declared):
    """Base: which decoded upstream items make up one decoded downstream period."""

    Direction = WindowDirection
    said: ClassVar[tuple[str, ...]] = ("direction",)
    #: What mappers beside it decode their keys to.
    expected_decoded_type: ClassVar[type] = str
    direction = WindowDirection.FORWARD

    def __init__(self, *, direction: WindowDirection | str = WindowDirection.FORWARD) -> None:
        self.direction = WindowDirection(direction)

    def to_upstream(self, decoded_downstream: Any) -> Iterable[Any]:
        """The members of the period."""
        raise NotImplementedError(f"{type(self).__name__} does not define to_upstream")


class _TimeWindow(Window):
    """Members at equal steps, or month by month."""

    expected_decoded_type = datetime

    def to_upstream(self, period_start: datetime) -> Iterator[datetime]:
        """The members, earliest first. Backward: those of the period that ends with the anchor, the anchor included."""
        self._check(period_start)
        if self.direction is WindowDirection.FORWARD:
            member, end = period_start, self._after(period_start)
        else:
            member, end = self._step(self._before(period_start)), self._step(period_start)
        while member < end:
            yield member
            member = self._step(member)

    def _check(self, period_start: datetime) -> None: ...

    def _step(self, member: datetime) -> datetime:
        raise NotImplementedError

    def _after(self, anchor: datetime) -> datetime:
        raise NotImplementedError

    def _before(self, anchor: datetime) -> datetime:
        raise NotImplementedError


class _EvenWindow(_TimeWindow):
    step: ClassVar[timedelta]
    length: ClassVar[timedelta]

    def _step(self, member: datetime) -> datetime:
        return member + self.step

    def _after(self, anchor: datetime) -> datetime:
        return anchor + self.length

    def _before(self, anchor: datetime) -> datetime:
        return anchor - self.length


class HourWindow(_EvenWindow):
    """The 60 minutes of an hour."""

    step, length = timedelta(minutes=1), timedelta(hours=1)


class DayWindow(_EvenWindow):
    """The 24 hours of a day."""

    step, length = timedelta(hours=1), timedelta(days=1)


class WeekWindow(_EvenWindow):
    """The 7 days of a week."""

    step, length = timedelta(days=1), timedelta(days=7)


class _MonthsWindow(_TimeWindow):
    months: ClassVar[int]

    def _check(self, period_start: datetime) -> None:
        if period_start.day != 1:
            raise ValueError(
                f"{type(self).__name__} counts from the first day of a month, not from {period_start.isoformat()}; "
                "its upstream mapper must give the first day"
            )

    def _step(self, member: datetime) -> datetime:
        return _add_months(member, 1)

    def _after(self, anchor: datetime) -> datetime:
        return _add_months(anchor, self.months)

    def _before(self, anchor: datetime) -> datetime:
        return _add_months(anchor, -self.months)


class MonthWindow(_MonthsWindow):
    """The days of a calendar month, 28 to 31."""

    months = 1

    def _step(self, member: datetime) -> datetime:
        return member + timedelta(days=1)


class QuarterWindow(_MonthsWindow):
    """The 3 months of a quarter."""

    months = 3


class YearWindow(_MonthsWindow):
    """The 12 months of a year."""

    months = 12


class SegmentWindow(Window):
    """These keys, whatever the period."""

    said = ("segments",)

    def __init__(self, segments: Iterable[str]) -> None:
        super().__init__()
        found: dict[str, None] = {}
        for index, segment in enumerate(segments):
            if not isinstance(segment, str):
                raise ValueError(
                    f"SegmentWindow takes texts; the one at {index} is {type(segment).__name__}: {segment!r}"
                )
            if not segment:
                raise ValueError(f"SegmentWindow takes texts; the one at {index} is empty")
            found[segment] = None
        if not found:
            raise ValueError("SegmentWindow needs at least one segment")
        self.segments = list(found)

    def fields(self) -> dict[str, Any]:
        return {"segments": self.segments}

    def to_upstream(self, decoded_downstream: Any) -> Sequence[str]:
        """All segments."""
        return self.segments


def _add_months(moment: datetime, months: int) -> datetime:
    index = moment.year * 12 + moment.month - 1 + months
    return moment.replace(year=index // 12, month=index % 12 + 1)


# ---- how long to wait ---------------------------------------------------------------------------------------------------


class PartitionSatisfaction(NamedTuple):
    """Whether enough keys are there; `unreachable`: there can never be enough, and why."""

    satisfied: bool
    unreachable: bool = False
    unreachable_reason: str | None = None


class WaitPolicy(Declared):
    """Base: how many keys of a window a rollup waits for."""

    def is_satisfied(self, matched: int, expected: int) -> bool:
        """Whether so many of so many are enough."""
        raise NotImplementedError(f"{type(self).__name__} does not define is_satisfied")

    def is_unreachable(self, expected: int) -> bool:
        """Whether so many can never be enough."""
        return False

    def is_satisfied_by_keys(
        self, *, matched: Collection[str], expected: Collection[str]
    ) -> PartitionSatisfaction:
        """The same for the keys that arrived and those of the window; keys beside the window do not count."""
        arrived, size = len(set(matched) & set(expected)), len(set(expected))
        if self.is_unreachable(size):
            text = f"{self!r} waits for more keys than the window has ({size})"
            return PartitionSatisfaction(False, True, text)
        return PartitionSatisfaction(self.is_satisfied(arrived, size))


class WaitForAll(WaitPolicy):
    """All."""

    def is_satisfied(self, matched: int, expected: int) -> bool:
        return matched == expected


class MinimumCount(WaitPolicy):
    """At least n; a negative n: all but at most |n|."""

    said = ("n",)

    def __init__(self, n: int) -> None:
        if n == 0:
            raise ValueError(
                "MinimumCount(0) would wait for nothing; give a number other than 0, or WaitForAll()"
            )
        self.n = n

    def is_satisfied(self, matched: int, expected: int) -> bool:
        return matched >= (self.n if self.n > 0 else max(0, expected + self.n))

    def is_unreachable(self, expected: int) -> bool:
        return self.n > expected
