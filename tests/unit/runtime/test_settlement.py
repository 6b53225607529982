"""The book of an acknowledged source."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ostro.runtime.settlement import Book
from ostro.sdk.shared_stream import AdvanceOutcome


class Told:
    """A book, and what was taken from it."""

    def __init__(self) -> None:
        self.rings = 0
        self.book = Book(itertools.count(1), self._ring)

    def _ring(self) -> None:
        self.rings += 1

    def taken(self) -> list[tuple[Any, tuple[int, int, int]]]:
        found = []
        while batch := self.book.take():
            found += [
                (i.broker_payload, (i.outcome.acked, i.outcome.failed, i.outcome.rejected)) for i in batch
            ]
        return found


def test_an_event_is_settled_when_its_reader_is_past_it_and_all_that_came_of_it_is_stored() -> None:
    told = Told()
    event = told.book.send("e", None, ["r"], 0.0)
    first, second = told.book.number(event, "r"), told.book.number(event, "r")
    told.book.gone_past(event, "r")
    assert told.book.stored(first) and told.taken() == []
    assert told.book.stored(second) and told.taken() == [("e", (1, 0, 0))]
    assert not told.book.stored(second)
    assert told.rings == 1


def test_an_event_without_readers_is_settled_and_not_clean() -> None:
    told = Told()
    told.book.send("e", None, [], 0.0)
    assert told.taken() == [("e", (0, 0, 0))]
    assert not AdvanceOutcome(0, 0).is_clean and AdvanceOutcome(1, 0).is_clean
    assert not AdvanceOutcome(1, 0, 1).is_clean and not AdvanceOutcome(1, 1).is_clean


def test_lanes_do_not_wait_for_each_other() -> None:
    told = Told()
    slow = told.book.send("slow", 1, ["r"], 0.0)
    behind = told.book.send("behind", 1, ["r"], 0.0)
    other = told.book.send("other", 2, ["r"], 0.0)
    for event in (behind, other):
        told.book.gone_past(event, "r")
    assert told.taken() == [("other", (1, 0, 0))]
    told.book.gone_past(slow, "r")
    assert told.taken() == [("slow", (1, 0, 0)), ("behind", (1, 0, 0))]


def test_who_fails_refuses_or_leaves() -> None:
    told = Told()
    readers = ["fails", "refuses", "leaves"]
    event = told.book.send("e", None, readers, 5.0)
    number = told.book.number(event, "leaves")
    assert told.book.late(5.0) == [] and told.book.late(5.1) == readers
    told.book.failed("fails")
    told.book.refused(event, "refuses")
    told.book.left("leaves")
    assert told.taken() == []
    told.book.stored(number)
    assert told.taken() == [("e", (1, 1, 1))]
    assert told.book.late(99.0) == []
    assert told.book.number(event, "fails") == 0


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)), max_size=12), st.randoms(use_true_random=False)
)
def test_each_event_is_taken_once_and_in_the_order_of_its_lane(
    sent: list[tuple[int, int]], chance: Any
) -> None:
    """`sent`: how many readers, which lane."""
    told = Told()
    todo = []
    for n, (readers, lane) in enumerate(sent):
        event = told.book.send((lane, n), lane, [f"r{i}" for i in range(readers)], float(n))
        for i in range(readers):
            number = told.book.number(event, f"r{i}")
            todo += [("past", event, f"r{i}"), ("stored", number, "")]
    chance.shuffle(todo)
    taken = told.taken()
    for what, subject, reader in todo:
        if what == "past":
            told.book.gone_past(subject, reader)
        else:
            told.book.stored(subject)
        taken += told.taken()
    payloads = [payload for payload, _ in taken]
    assert sorted(payloads) == sorted((lane, n) for n, (_, lane) in enumerate(sent))
    for lane in (0, 1):
        mine = [n for of, n in payloads if of == lane]
        assert mine == sorted(mine)
