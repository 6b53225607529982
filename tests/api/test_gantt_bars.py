"""Bars of one instance in time, from its attempts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ostro.api.ui.gantt import Bar, bars_of
from ostro.store.views.ui_gantt import Attempt, Instance

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


def at(seconds: float | None) -> datetime | None:
    return None if seconds is None else BEGIN + timedelta(seconds=seconds)


def attempt(number: int, state: str, *times: float | None) -> Attempt:
    """`times`: scheduled, queued, start, end."""
    scheduled, queued, start, end = (at(t) for t in times)
    return Attempt(1, number, state, scheduled, queued, start, end, end)


def instance(state: str, **times: float | None) -> Instance:
    moments: dict[str, Any] = {name: at(value) for name, value in times.items()}
    empty = {"scheduled_at": None, "queued_at": None, "start": None, "end": None}
    return Instance(id=1, task_id="t", map_index=-1, state=state, label=None, **empty | moments)


def plain(bars: list[Bar]) -> list[tuple[str, int, float, float | None, str]]:
    def seconds(moment: datetime | None) -> float | None:
        return None if moment is None else (moment - BEGIN).total_seconds()

    return [(b.kind, b.try_number, seconds(b.start) or 0.0, seconds(b.end), b.state) for b in bars]


def test_one_try() -> None:
    bars = bars_of(instance("success", start=5, end=9), [attempt(1, "success", 1, 3, 5, 9)])
    assert plain(bars) == [
        ("scheduled", 1, 1, 3, ""),
        ("queued", 1, 3, 5, ""),
        ("running", 1, 5, 9, "success"),
    ]


def test_between_two_tries_it_waits() -> None:
    tries = [attempt(1, "up_for_retry", None, 1, 2, 4), attempt(2, "success", None, 14, 15, 20)]
    bars = bars_of(instance("success", start=15, end=20), tries)
    assert plain(bars) == [
        ("queued", 1, 1, 2, ""),
        ("running", 1, 2, 4, "up_for_retry"),
        ("retry", 1, 4, 14, "up_for_retry"),
        ("queued", 2, 14, 15, ""),
        ("running", 2, 15, 20, "success"),
    ]


def test_a_deferral_that_goes_on_has_no_end() -> None:
    bars = bars_of(instance("deferred", start=2), [attempt(1, "deferred", None, 1, 2, 3)])
    assert plain(bars)[-1] == ("deferred", 1, 3, None, "deferred")


def test_a_sensor_between_two_looks() -> None:
    tries = [attempt(1, "up_for_reschedule", None, 1, 2, 3), attempt(1, "running", None, 8, 9, None)]
    bars = bars_of(instance("running", start=9), tries)
    assert plain(bars)[2:] == [
        ("reschedule", 1, 3, 8, "up_for_reschedule"),
        ("queued", 1, 8, 9, ""),
        ("running", 1, 9, None, "running"),
    ]


def test_one_that_waits_for_its_first_try() -> None:
    assert plain(bars_of(instance("scheduled", scheduled_at=1), [])) == [("scheduled", 1, 1, None, "")]
    assert plain(bars_of(instance("queued", scheduled_at=1, queued_at=2), [])) == [
        ("scheduled", 1, 1, 2, ""),
        ("queued", 1, 2, None, ""),
    ]


def test_a_retry_that_is_queued_again() -> None:
    tries = [attempt(1, "up_for_retry", None, 1, 2, 4)]
    bars = bars_of(instance("queued", scheduled_at=10, queued_at=11), tries)
    assert plain(bars)[2:] == [
        ("retry", 1, 4, 10, "up_for_retry"),
        ("scheduled", 2, 10, 11, ""),
        ("queued", 2, 11, None, ""),
    ]


def test_what_the_engine_finished_itself_is_a_bar_without_length() -> None:
    bars = bars_of(instance("success", start=3, end=3), [])
    assert plain(bars) == [("running", 1, 3, 3, "success")]


def test_one_that_was_never_touched_has_no_bars() -> None:
    assert bars_of(instance("none"), []) == []
