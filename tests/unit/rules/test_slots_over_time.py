"""Slots over time against a count of every second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostro.rules.slots_over_time import Span, mean_slots

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
STEP, COUNT = timedelta(seconds=10), 6


def at(seconds: int) -> datetime:
    return SINCE + timedelta(seconds=seconds)


def test_a_span_counts_for_the_part_of_a_stretch_that_it_took() -> None:
    spans = [Span(2, at(5), at(25)), Span(1, at(41), at(42))]
    assert mean_slots(spans, since=SINCE, step=STEP, count=COUNT, now=at(60)) == [
        1.0,
        2.0,
        1.0,
        0.0,
        0.1,
        0.0,
    ]


def test_what_is_still_taken_is_taken_until_now() -> None:
    spans = [Span(3, at(-100), None)]
    assert mean_slots(spans, since=SINCE, step=STEP, count=COUNT, now=at(55)) == [3.0] * 6
    assert mean_slots(spans, since=SINCE, step=STEP, count=COUNT, now=at(20)) == [
        3.0,
        3.0,
        0.0,
        0.0,
        0.0,
        0.0,
    ]


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(-20, 70), st.none() | st.integers(0, 90)), max_size=8),
    st.integers(1, 60),
)
def test_it_is_the_mean_of_all_seconds(raw: list[tuple[int, int, int | None]], now: int) -> None:
    spans = [Span(n, at(begin), None if took is None else at(begin + took)) for n, begin, took in raw]

    def taken(second: int) -> int:
        return sum(
            n for n, begin, took in raw if begin <= second < now and (took is None or second < begin + took)
        )

    wanted = []
    for number in range(COUNT):
        passed = [second for second in range(number * 10, number * 10 + 10) if second < now]
        wanted.append(sum(map(taken, passed)) / len(passed) if passed else 0.0)
    found = mean_slots(spans, since=SINCE, step=STEP, count=COUNT, now=at(now))
    assert found == pytest.approx(wanted)
