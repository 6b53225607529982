"""Two runs against each other."""

from __future__ import annotations

from ostro.rules.differences import Side, differences


def sides(**tasks: tuple[str, float | None]) -> dict[str, Side]:
    return {name: Side(state, duration, 1) for name, (state, duration) in tasks.items()}


def test_what_differs_comes_first_states_before_durations() -> None:
    a = sides(
        same=("success", 3), slow=("success", 2), fast=("success", 9), red=("success", 1), gone=("success", 1)
    )
    b = sides(
        same=("success", 3), slow=("success", 4), fast=("success", 2), red=("failed", 1), new=("success", 1)
    )
    found = differences(a, b, ["same", "slow", "fast", "red", "gone", "new"])
    assert [(one.task_id, one.change) for one in found] == [
        ("red", "state"), ("gone", "gone"), ("new", "gone"), ("slow", "slower"), ("fast", "faster"), ("same", None),
    ]  # fmt: skip


def test_short_times_and_unknown_ones_are_no_difference() -> None:
    a = sides(quick=("success", 0.1), waits=("queued", None), most=("success", 10))
    b = sides(quick=("success", 0.9), waits=("queued", 5), most=("success", 14))
    assert [one.change for one in differences(a, b, a)] == [None, None, None]
