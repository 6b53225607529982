"""depends_on_past and wait_for_downstream."""

from __future__ import annotations

from typing import Any

import pytest

from ostro.rules.board import Facts
from ostro.rules.past import PastState, refusal
from ostro.states import TaskState
from support.simulation import Done, Sim, always, task, topology

S, F, K, N = TaskState.SUCCESS, TaskState.FAILED, TaskState.SKIPPED, TaskState.NONE


@pytest.mark.parametrize(
    ("kw", "past", "allowed"),
    [
        ({}, PastState(run_id="p", states=(F,)), True),
        ({"depends_on_past": True}, None, True),
        ({"depends_on_past": True}, PastState(), True),
        ({"depends_on_past": True}, PastState(run_id="p", states=(S, K)), True),
        ({"depends_on_past": True}, PastState(run_id="p", states=(S, F)), False),
        ({"depends_on_past": True}, PastState(run_id="p", states=(N,)), False),
        ({"depends_on_past": True}, PastState(run_id="p", states=(F,), before_start=True), True),
        ({"depends_on_past": True}, PastState(run_id="p", states=(F,), first_of_backfill=True), True),
        ({"depends_on_past": True}, PastState(run_id="p", ran_before=False), True),
        ({"depends_on_past": True}, PastState(run_id="p", ran_before=True), False),
        ({"depends_on_past": True, "ignore_first_depends_on_past": False}, PastState(run_id="p", ran_before=False), False),
        ({"depends_on_past": True}, PastState(run_id="p", states=(S,), downstream=(F,)), True),
        ({"wait_for_downstream": True}, PastState(run_id="p", states=(S,), downstream=(F,)), False),
        ({"wait_for_downstream": True}, PastState(run_id="p", states=(F,), downstream=(S,)), False),
        ({"wait_for_downstream": True}, PastState(run_id="p", states=(S,), downstream=(S, K)), True),
    ],
)  # fmt: skip
def test_refusal(kw: dict[str, Any], past: PastState | None, allowed: bool) -> None:
    assert (refusal(task("a", **kw), past) is None) is allowed


def waiting_on(past: PastState, *, skip: bool = False, **kw: Any) -> Sim:
    facts = Facts(lengths={}, skips={}, past={"b": past})
    return Sim(topology(task("a"), task("b", "a", depends_on_past=True, **kw), task("c", "b")), facts=facts)


def test_a_run_held_by_the_past_goes_on_for_ever_and_says_why() -> None:
    sim = waiting_on(PastState(run_id="before", states=(F,)))

    assert sim.play(always()) == ""
    assert sim.states() == {"a": "success", "b": "none", "c": "none"}
    reason = sim.board.why(sim.row("b").id, sim.now)
    assert reason.code == "past" and "'before'" in reason.text and "failed" in reason.text


def test_it_starts_when_the_past_changes() -> None:
    sim = waiting_on(PastState(run_id="before", states=(F,)))
    sim.play(always())

    sim.board.note_past("b", PastState(run_id="before", states=(S,)))

    assert sim.play(always()) == "success"


def test_upstream_failed_does_not_wait_for_the_past() -> None:
    sim = waiting_on(PastState(run_id="before", states=(F,)))

    assert sim.play(lambda t, i: Done(F)) == "failed"


@pytest.mark.parametrize("waits", [False, True])
def test_a_skip_may_wait_for_the_past(waits: bool) -> None:
    sim = waiting_on(PastState(run_id="before", states=(F,)), wait_for_past_depends_before_skipping=waits)

    sim.play(lambda t, i: Done(K))

    assert sim.states()["b"] == ("none" if waits else "skipped")
