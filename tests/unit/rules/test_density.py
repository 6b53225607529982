"""Sums over time against a count of every millisecond."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostro.rules.density import Cell, Density, Row, class_from, class_of

SPAN = 23

#: (groups, start, end, failed) that have a part in [0, SPAN).
intervals = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abcd"), min_size=1, max_size=2, unique=True),
        st.integers(-9, SPAN - 1),
        st.integers(0, 30),
        st.booleans(),
    ).map(lambda one: (one[0], one[1], max(0, one[1]) + one[2], one[3])),
    max_size=12,
)
Interval = tuple[list[str], int, int, bool]


def summed(raw: list[Interval], *, bins: int = 5, groups: int = 9) -> Density:
    density = Density(SPAN, bins=bins, groups=groups)
    for keys, start, end, failed in raw:
        density.add(keys, start, end, failed)
    return density


def of_bins(density: Density, cells: list[Cell]) -> list[tuple[int, int]]:
    found = [(0, 0)] * density.bins
    for cell in cells:
        assert cell.ran and cell.bins
        for number in range(cell.first, cell.first + cell.bins):
            assert found[number] == (0, 0)
            found[number] = (cell.ran, cell.failed)
    return found


def counted(density: Density, raw: list[Interval]) -> list[tuple[int, int]]:
    """The naive way: how many lay in each bin with any millisecond of it, and how many failed in it."""
    found = []
    for number in range(density.bins):
        low, high = number * density.length, min(SPAN, (number + 1) * density.length)

        def at(start: int, end: int, low: int = low, high: int = high) -> range:
            return range(max(low, start), min(high, max(end, max(0, start) + 1)))

        ran = [one for one in raw if at(one[1], one[2])]
        last = [one for one in ran if one[2] <= high or high == SPAN]
        found.append(
            (
                len(ran),
                sum(one[3] for one in last if min(one[2], SPAN) > low or one[2] <= one[1] or one[2] == 0),
            )
        )
    return found


@given(intervals, st.integers(1, 40))
def test_rows_are_counts_of_each_bin(raw: list[Interval], bins: int) -> None:
    density = summed(raw, bins=bins)
    rows, rest, others = density.rows(9)
    assert (rest, others) == (None, 0)
    assert [row.key for row in rows] == sorted({key for one in raw for key in one[0]})
    for row in rows:
        mine = [one for one in raw if row.key in one[0]]
        assert of_bins(density, row.cells) == counted(density, mine)
        assert (row.ran, row.failed) == (len(mine), sum(one[3] for one in mine))
        assert sum(failed for _, failed in of_bins(density, row.cells)) == row.failed
        assert row.busy == sum(min(one[2], SPAN) - max(one[1], 0) for one in mine)
        assert row.longest == max(one[2] - one[1] for one in mine)


@given(intervals, st.integers(1, 40))
def test_what_ran_at_once_is_exact(raw: list[Interval], bins: int) -> None:
    density = summed(raw, bins=bins)
    levels = [sum(start <= at < end for _, start, end, _ in raw) for at in range(SPAN)]
    wanted = [
        levels[number * density.length : (number + 1) * density.length] for number in range(density.bins)
    ]
    assert density.at_once() == [(max(part), sum(part)) for part in wanted]


@given(intervals, st.integers(0, 4), st.integers(0, 4))
def test_nothing_is_left_out_of_the_sums(raw: list[Interval], groups: int, most: int) -> None:
    """Groups that have no row of their own are in the row of the rest."""
    density = summed(raw, groups=groups)
    rows, rest, others = density.rows(most)
    keys = [key for one in raw for key in one[0]]
    assert len(rows) == min(most, groups, len(set(keys)))
    assert others == len(set(keys)) - len(rows)
    assert (rest is not None) == (others > 0)
    every: list[Row] = rows if rest is None else [*rows, rest]
    assert sum(row.ran for row in every) == len(keys)
    assert sum(row.failed for row in every) == sum(one[3] * len(one[0]) for one in raw)
    per_bin = [of_bins(density, row.cells) for row in every]
    one_by_one = [(keys[:1], *one[1:]) for one in raw for _ in one[0]]
    assert [tuple(map(sum, zip(*cells, strict=True))) for cells in zip(*per_bin, strict=True)] == (
        counted(density, one_by_one) if every else []
    )
    assert density.rows(most) == (rows, rest, others)
    assert (density.ran, density.failed) == (len(raw), sum(one[3] for one in raw))


@given(intervals)
def test_durations_are_of_those_that_began_in_the_time(raw: list[Interval]) -> None:
    density = summed(raw)
    took = density.took()
    assert took == sorted(took)
    for cell in took:
        mine = [
            one
            for one in raw
            if one[1] >= 0 and one[1] // density.length == cell.bin
            and class_from(cell.length) <= one[2] - one[1] < class_from(cell.length + 1)
        ]  # fmt: skip
        assert (cell.ran, cell.failed) == (len(mine), sum(one[3] for one in mine))
    assert sum(cell.ran for cell in took) == sum(one[1] >= 0 for one in raw)


@given(st.integers(0, 40 * 86_400_000))
def test_every_duration_is_in_its_class(milliseconds: int) -> None:
    number = class_of(milliseconds)
    assert class_from(number) <= milliseconds < class_from(number + 1)


def test_borders_of_classes() -> None:
    assert [round(class_from(number)) for number in (0, 3, 6, 9)] == [0, 1_000, 3_000, 7_000]
    assert [class_of(at) for at in (0, 999, 1_000, 2_999, 3_000, 7_000)] == [0, 2, 3, 5, 6, 9]


@pytest.mark.parametrize(("start", "end"), [(SPAN, SPAN + 1), (-3, -1), (4, 3)])
def test_what_has_no_part_in_the_time_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="is not in the time"):
        Density(SPAN, bins=5, groups=1).add("a", start, end, False)
    with pytest.raises(ValueError, match="no time"):
        Density(0, bins=5, groups=1)
