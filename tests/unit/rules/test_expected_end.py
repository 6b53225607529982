"""When a run may end: against the longest way found by trying every way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ostro.rules.expected_end import expected_chain, usual_times

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def seconds(n: float) -> timedelta:
    return timedelta(seconds=n)


def test_the_longest_way_decides() -> None:
    # 0 is over, 1 runs for 20 s, 2 has not begun; both before 3, and that before 4.
    chain = expected_chain(
        [(), (0,), (0,), (1, 2), (3,)],
        [1, 2, 3, 4],
        {1: NOW - seconds(20)},
        {1: seconds(30), 2: seconds(5), 3: seconds(7), 4: seconds(1)},
        NOW,
    )
    assert [(one.task, (one.end - NOW).total_seconds()) for one in chain] == [(1, 10), (3, 17), (4, 18)]


def test_what_takes_longer_than_usual_ends_now() -> None:
    (one,) = expected_chain([()], [0], {0: NOW - seconds(100)}, {0: seconds(30)}, NOW)
    assert (one.start, one.end) == (NOW - seconds(100), NOW)


def test_a_task_that_nobody_knows_takes_no_time_and_is_told() -> None:
    chain = expected_chain([(), (0,)], [0, 1], {}, {0: seconds(3)}, NOW)
    assert [(one.task, one.is_known, one.end) for one in chain] == [
        (0, True, NOW + seconds(3)),
        (1, False, NOW + seconds(3)),
    ]


def test_nothing_left() -> None:
    assert expected_chain([(), (0,)], [], {}, {}, NOW) == []


def test_the_usual_time_is_the_median_and_a_skip_counts() -> None:
    past = [("a", seconds(1)), ("a", seconds(9)), ("a", seconds(2)), ("b", seconds(0)), ("b", seconds(0))]
    past.append(("b", seconds(50)))
    assert usual_times(past) == {"a": seconds(2), "b": seconds(0)}


@st.composite
def half_done(draw: st.DrawFn) -> tuple[list[tuple[int, ...]], list[int], dict[int, int], dict[int, int]]:
    """Upstream tasks, what is left, for how many seconds it has run, how long it usually takes."""
    count = draw(st.integers(1, 7))
    upstream = [tuple(draw(st.sets(st.integers(0, n - 1), max_size=3))) if n else () for n in range(count)]
    left = sorted(draw(st.sets(st.integers(0, count - 1))))
    ran = {task: draw(st.integers(0, 50)) for task in left if draw(st.booleans())}
    usual = {task: draw(st.integers(0, 50)) for task in left if draw(st.integers(0, 4))}
    return upstream, left, ran, usual


@given(half_done())
def test_no_way_through_what_is_left_is_longer(
    made: tuple[list[tuple[int, ...]], list[int], dict[int, int], dict[int, int]],
) -> None:
    upstream, left, ran, usual = made

    def longest(task: int) -> int:
        """Seconds from now until the task ends, over every way that leads to it."""
        if task in ran:
            return max(0, usual.get(task, 0) - ran[task])
        return max((longest(up) for up in upstream[task] if up in left), default=0) + usual.get(task, 0)

    chain = expected_chain(
        upstream,
        left,
        {task: NOW - seconds(n) for task, n in ran.items()},
        {task: seconds(n) for task, n in usual.items()},
        NOW,
    )
    if not left:
        assert chain == []
        return
    assert (chain[-1].end - NOW).total_seconds() == max(longest(task) for task in left)
    for one, following in pairwise(chain):
        assert one.task in upstream[following.task]
        assert following.start == one.end
    # The chain begins with what runs, or with what nothing that is left stands before.
    assert chain[0].task in ran or not any(up in left for up in upstream[chain[0].task])
    assert [one.is_known for one in chain] == [one.task in usual for one in chain]
