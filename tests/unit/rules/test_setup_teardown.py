"""Setups and teardowns."""

from __future__ import annotations

import pytest

from ostro.rules import setup_teardown
from ostro.states import TaskState
from support.simulation import Done, Sim, task, topology

S, F, K = TaskState.SUCCESS, TaskState.FAILED, TaskState.SKIPPED


def a_scope() -> Sim:
    """s → w1 → w2 → t, with s → t."""
    return Sim(
        topology(
            task("s", is_setup=True),
            task("w1", "s"),
            task("w2", "w1", trigger_rule="all_done"),
            task("t", "w2", "s", is_teardown=True, trigger_rule="all_done_setup_success"),
        )
    )


@pytest.mark.parametrize(
    ("ends", "states", "run"),
    [
        ({}, {"s": S, "w1": S, "w2": S, "t": S}, "success"),
        ({"w1": F}, {"s": S, "w1": F, "w2": S, "t": S}, "success"),
        ({"w2": F}, {"s": S, "w1": S, "w2": F, "t": S}, "failed"),
        ({"t": F}, {"s": S, "w1": S, "w2": S, "t": F}, "success"),
        ({"s": F}, {"s": F, "w1": TaskState.UPSTREAM_FAILED, "w2": TaskState.UPSTREAM_FAILED, "t": TaskState.UPSTREAM_FAILED}, "failed"),
        ({"s": K}, {"s": K, "w1": K, "w2": K, "t": K}, "success"),
    ],
)  # fmt: skip
def test_a_scope(ends: dict[str, TaskState], states: dict[str, TaskState], run: str) -> None:
    sim = a_scope()

    assert sim.play(lambda t, i: Done(ends.get(t, S))) == run
    assert sim.states() == {k: str(v) for k, v in states.items()}


def test_a_failing_teardown_may_count() -> None:
    t = task("t", "s", is_teardown=True, on_failure_fail_dagrun=True, trigger_rule="all_done_setup_success")
    sim = Sim(topology(task("s", is_setup=True), t))

    assert sim.play(lambda name, i: Done(F if name == "t" else S)) == "failed"


def test_a_teardown_waits_for_work_that_is_not_its_direct_upstream() -> None:
    sim = Sim(
        topology(
            task("s", is_setup=True), task("w", "s"), task("x", "w"), task("y", "w"),
            task("z", "x", trigger_rule="all_done"),
            task("t", "s", "y", "z", is_teardown=True, trigger_rule="all_done_setup_success"),
        )
    )  # fmt: skip
    topo = sim.topo
    assert setup_teardown.between(topo, topo.index["t"]) == {topo.index["w"], topo.index["x"]}
    assert setup_teardown.between(topo, topo.index["z"]) == frozenset()


def test_a_setup_covers_up_to_its_teardown_only() -> None:
    topo = topology(
        task("s", is_setup=True), task("w", "s"), task("t", "s", "w", is_teardown=True), task("after", "w"),
        task("open", is_setup=True), task("o", "open"), task("p", "o"),
    )  # fmt: skip
    i = topo.index

    assert setup_teardown.relevant_setups(topo, i["w"]) == {i["s"]}
    assert setup_teardown.relevant_setups(topo, i["after"]) == frozenset()
    assert setup_teardown.relevant_setups(topo, i["p"]) == {i["open"]}
    assert setup_teardown.indirect_setups(topo, i["o"]) == frozenset()
    assert setup_teardown.companions(topo, i["w"]) == {i["s"], i["t"]}
    assert setup_teardown.companions(topo, i["s"]) == {i["t"]}


def test_only_teardowns_decide_when_there_is_nothing_else() -> None:
    sim = Sim(topology(task("t", is_teardown=True, trigger_rule="all_done_setup_success")))

    assert sim.play(lambda name, i: Done(F)) == "failed"
