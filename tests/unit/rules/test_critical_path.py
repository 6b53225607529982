"""Which tasks a run waited for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ostro.rules.critical_path import Span, critical_path

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
NOW = BEGAN + timedelta(seconds=100)


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def span(start: float, end: float | None, queued: float | None = None) -> Span:
    return Span(at(start), None if end is None else at(end), None if queued is None else at(queued))


def test_the_chain_goes_back_from_the_last_end_over_the_last_of_the_upstream_tasks() -> None:
    # 0 → 1 (slow) and 2 (fast) → 3; 4 ended early.
    upstream = [(), (0,), (0,), (1, 2), ()]
    spans = {0: span(1, 3), 1: span(4, 20), 2: span(4, 6), 3: span(25, 30, queued=22), 4: span(1, 2)}
    steps = critical_path(upstream, spans, BEGAN, NOW)
    assert [(s.task, s.after) for s in steps] == [(0, None), (1, 0), (3, 1)]
    assert [s.waited.total_seconds() for s in steps] == [1, 1, 5]
    assert [s.in_queue.total_seconds() for s in steps] == [0, 0, 3]


def test_what_still_runs_ends_now() -> None:
    steps = critical_path([(), ()], {0: span(0, 50), 1: span(10, None)}, BEGAN, NOW)
    assert [(s.task, s.end) for s in steps] == [(1, NOW)]


def test_a_task_that_never_started_is_stepped_over() -> None:
    steps = critical_path([(), (0,), (1,)], {0: span(0, 5), 2: span(6, 9)}, BEGAN, NOW)
    assert [(s.task, s.after) for s in steps] == [(0, None), (2, 0)]


def test_a_task_that_began_before_its_upstream_ended_waited_for_nothing() -> None:
    steps = critical_path([(), (0,)], {0: span(0, 8), 1: span(5, 20, queued=1)}, BEGAN, NOW)
    assert [(s.task, s.waited, s.in_queue) for s in steps] == [
        (0, timedelta(), timedelta()),
        (1, timedelta(), timedelta()),
    ]


def test_the_chain_to_a_task_that_has_not_begun() -> None:
    spans = {0: span(0, 5), 1: span(0, 90)}
    steps = critical_path([(), (), (0,)], spans, BEGAN, NOW, to=2)
    assert [(s.task, s.after) for s in steps] == [(0, None)]
    assert critical_path([(), ()], {0: span(0, 5)}, BEGAN, NOW, to=1) == []


def test_nothing_started() -> None:
    assert critical_path([()], {}, BEGAN, NOW) == []
