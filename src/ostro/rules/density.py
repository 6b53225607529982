"""Sums over time of what is too much to be shown one by one: how many ran in each stretch of equal length, of each group
and at once, how many failed, how long they took.

Each interval is given once, in any order, and forgotten. What is kept is bounded by the number of groups, but for the
concurrency: its steps are exact, four bytes for each begin and each end.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable
from typing import NamedTuple

#: Classes of durations in which a doubling lies.
CLASSES = 3


class Cell(NamedTuple):
    """`bins` stretches from `first` on that are alike: how many ran in each at any time, how many failed in each."""

    first: int
    bins: int
    ran: int
    failed: int


class Row(NamedTuple):
    """Sums of one group over the whole time. `busy` and `longest` are milliseconds; `busy` is that within the time."""

    key: str
    ran: int
    failed: int
    busy: int
    longest: int
    cells: list[Cell]


class Took(NamedTuple):
    """How many began in a stretch and took about as long, and how many of them failed."""

    bin: int
    #: See `class_of`.
    length: int
    ran: int
    failed: int


class Density:
    """Sums of intervals within [0, span), in milliseconds."""

    def __init__(self, span: int, *, bins: int, groups: int) -> None:
        """`groups` is how many are told apart: whatever comes later than the first of so many is summed in the rest."""
        if span <= 0 or bins <= 0:
            raise ValueError(f"no time to sum over: {span} ms in {bins} bins")
        self.span = span
        #: Milliseconds of a stretch; the last one may be shorter.
        self.length = math.ceil(span / bins)
        self.bins = math.ceil(span / self.length)
        self.ran = self.failed = 0
        self._groups = groups
        self._rows: dict[str, _Sums] = {}
        self._rest = _Sums(self.bins)
        self._left_out: set[int] = set()
        #: Of each stretch: when in it something began (odd) or ended (even), doubled.
        self._steps = [array("I") for _ in range(self.bins)]
        self._took: dict[tuple[int, int], list[int]] = {}

    def add(self, keys: Iterable[str], start: int, end: int, failed: bool) -> None:
        """An interval that belongs to these groups. Raises ValueError for one that has no part in the time."""
        if start >= self.span or end < max(0, start):
            raise ValueError(f"[{start}, {end}) is not in the time")
        length = self.length
        begin, over = max(0, start), min(end, self.span)
        first = begin // length
        last = first if over <= begin else (over - 1) // length
        self.ran += 1
        self.failed += failed
        if over > begin:
            self._steps[first].append((begin - first * length) * 2 + 1)
            if over < self.span:
                self._steps[over // length].append(over % length * 2)
        if start >= 0:
            took = self._took.setdefault((first, class_of(end - start)), [0, 0])
            took[0] += 1
            took[1] += failed
        for key in keys:
            sums = self._rows.get(key)
            if sums is None:
                if len(self._rows) < self._groups:
                    sums = self._rows[key] = _Sums(self.bins)
                else:
                    sums = self._rest
                    self._left_out.add(hash(key))
            sums.add(first, last, over - begin, end - start, failed)

    def rows(self, most: int) -> tuple[list[Row], Row | None, int]:
        """The busiest groups, as many as `most` and in the order of their keys; all others as one row without a key, and how
        many they are."""
        busiest = sorted(self._rows.items(), key=lambda one: (-one[1].ran, one[0]))
        rest, others = _Sums(self.bins), len(self._left_out) + max(0, len(busiest) - most)
        for sums in (self._rest, *(sums for _, sums in busiest[most:])):
            rest.take(sums)
        shown = [sums.row(key) for key, sums in sorted(busiest[:most])]
        return shown, rest.row("") if others else None, others

    def at_once(self) -> list[tuple[int, int]]:
        """Of each stretch: the most that ran at one moment of it, and how many milliseconds all of them ran together."""
        found = []
        level = 0
        for number, steps in enumerate(self._steps):
            most = together = at = 0
            # At one moment what ends comes before what begins, so that no moment counts both.
            for step in (*sorted(steps), min(self.length, self.span - number * self.length) * 2):
                passed = (step >> 1) - at
                if passed:
                    at += passed
                    together += level * passed
                    most = max(most, level)
                level += 1 if step & 1 else -1
            level += 1  # The last step was the end of the stretch, not of an interval.
            found.append((most, together))
        return found

    def took(self) -> list[Took]:
        """How long those took that began within the time, in the order of time."""
        return [Took(*at, *counts) for at, counts in sorted(self._took.items())]


def class_of(milliseconds: int) -> int:
    """The class of a duration: 0 for the shortest; `class_from` tells where each begins."""
    found = int(CLASSES * math.log2(1 + milliseconds / 1000))
    # The logarithm may be a hair beside the border.
    if class_from(found + 1) <= milliseconds:
        return found + 1
    return found - 1 if class_from(found) > milliseconds else found


def class_from(number: int) -> float:
    """The shortest duration of a class in milliseconds."""
    return (math.pow(2, number / CLASSES) - 1) * 1000


class _Sums:
    """Sums of one group."""

    __slots__ = ("busy", "changes", "failed", "failures", "longest", "ran")

    def __init__(self, bins: int) -> None:
        self.ran = self.failed = self.busy = self.longest = 0
        #: How many more ran in a stretch than in the one before it.
        self.changes = array("l", bytes(array("l").itemsize * (bins + 1)))
        self.failures = array("l", bytes(array("l").itemsize * bins))

    def add(self, first: int, last: int, busy: int, took: int, failed: bool) -> None:
        self.ran += 1
        self.busy += busy
        if took > self.longest:
            self.longest = took
        self.changes[first] += 1
        self.changes[last + 1] -= 1
        if failed:
            self.failed += 1
            self.failures[last] += 1

    def take(self, other: _Sums) -> None:
        self.ran += other.ran
        self.failed += other.failed
        self.busy += other.busy
        self.longest = max(self.longest, other.longest)
        for number, change in enumerate(other.changes):
            self.changes[number] += change
        for number, failures in enumerate(other.failures):
            self.failures[number] += failures

    def row(self, key: str) -> Row:
        return Row(key, self.ran, self.failed, self.busy, self.longest, self._cells())

    def _cells(self) -> list[Cell]:
        cells: list[Cell] = []
        level = first = before = failed_before = 0
        for number, failed in enumerate(self.failures):
            level += self.changes[number]
            if level != before or failed != failed_before:
                if before:
                    cells.append(Cell(first, number - first, before, failed_before))
                first, before, failed_before = number, level, failed
        if before:
            cells.append(Cell(first, len(self.failures) - first, before, failed_before))
        return cells
