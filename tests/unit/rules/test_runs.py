"""Runs: their instances, their start, their end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ostro.rules.runs import initial_instances, missing_instances, pauses_after, startable
from ostro.rules.weights import INT32_MAX, effective_weights
from ostro.spec import DagSpec, Expansion, Literal
from ostro.states import RunState, RunType, TaskState
from support.simulation import T0, Done, Sim, a_run, always, task, topology


@pytest.mark.parametrize(
    ("rule", "weights"),
    [
        ("downstream", [8, 7, 4]),
        ("upstream", [1, 4, 8]),
        ("absolute", [1, 3, 4]),
        ("my.CustomRule", [1, 3, 4]),
    ],
)
def test_weights(rule: str, weights: list[int]) -> None:
    tasks = [
        task("a", weight_rule=rule, priority_weight=1),
        task("b", "a", weight_rule=rule, priority_weight=3),
        task("c", "a", "b", weight_rule=rule, priority_weight=4),
    ]

    assert effective_weights(topology(*tasks)) == weights


def test_weights_fit_into_32_bits() -> None:
    topo = topology(task("a", priority_weight=INT32_MAX), task("b", "a", priority_weight=5))

    assert effective_weights(topo) == [INT32_MAX, 5]


def test_initial_instances_carry_what_the_task_says() -> None:
    one, two = (
        task("a", retries=2, pool="p", pool_slots=3, queue="q"),
        task("m", expansion=Expansion("expand", {"x": Literal(2)})),
    )

    found = initial_instances(topology(one, two), a_run(), 5)

    assert [(n.task_id, n.map_index) for n in found] == [("a", -1), ("m", 0), ("m", 1)]
    assert (found[0].max_tries, found[0].pool, found[0].pool_slots, found[0].queue, found[0].version_id) == (
        2,
        "p",
        3,
        "q",
        5,
    )


@pytest.mark.parametrize(
    ("run", "made"),
    [
        ({"logical_date": None, "run_after": T0 + timedelta(days=9)}, True),
        ({"logical_date": T0 + timedelta(days=9), "queued_at": T0}, False),
        ({"logical_date": T0 + timedelta(days=9), "queued_at": T0 + timedelta(days=9)}, True),
        ({"logical_date": T0 + timedelta(days=9), "run_type": RunType.BACKFILL}, True),
    ],
)
def test_dates_of_tasks_bound_runs_that_have_a_date_of_their_own(run: dict[str, Any], made: bool) -> None:
    found = initial_instances(topology(task("a", end_date=T0.isoformat())), a_run(**run), 1)

    assert bool(found) is made


@pytest.mark.parametrize(
    ("kw", "made"),
    [
        ({"start_date": "2035-01-01T00:00:00+00:00"}, False),
        ({"end_date": "2024-01-01T00:00:00+00:00"}, False),
        ({"start_date": "2024-01-02T00:00:00+00:00", "end_date": "2024-01-02T00:00:00+00:00"}, True),
    ],
)
def test_tasks_outside_their_dates_are_left_out_and_nobody_waits_for_them(
    kw: dict[str, str], made: bool
) -> None:
    topo = topology(task("a", **kw), task("b", "a"))

    assert ("a" in {n.task_id for n in initial_instances(topo, a_run(), 1)}) is made
    assert "a" in {n.task_id for n in initial_instances(topo, a_run(run_type=RunType.BACKFILL), 1)}
    assert Sim(topo).play(always()) == "success"


def test_tasks_that_are_new_in_a_version_get_instances() -> None:
    found = missing_instances(topology(task("a"), task("b")), a_run(), [("a", -1)], 2)

    assert [n.task_id for n in found] == ["b"]


def test_tasks_that_left_the_version_are_removed() -> None:
    sim = Sim(topology(task("a"), task("b", "a")))
    sim.topo = topology(task("b"))
    sim.board = sim.rebuilt()

    assert sim.play(always()) == "success"
    assert sim.states() == {"a": "removed", "b": "success"}


def test_the_oldest_queued_runs_start_first() -> None:
    queued = [a_run(id=i, logical_date=T0 + timedelta(days=day)) for i, day in ((1, 3), (2, 1), (3, 2))]

    assert [r.id for r in startable(queued, running=1, max_active_runs=3)] == [2, 3]
    assert startable(queued, running=4, max_active_runs=3) == []
    assert len(startable(queued, running=99, max_active_runs=0)) == 3
    assert startable([a_run(run_after=T0 + timedelta(days=1))], 0, 1, now=T0) == []


@pytest.mark.parametrize(
    ("limit", "last", "pauses"),
    [(0, "fff", False), (2, "ff", True), (2, "fsf", False), (2, "f", False), (2, "ffs", True)],
)
def test_failures_in_a_row_pause_a_dag(limit: int, last: str, pauses: bool) -> None:
    spec = DagSpec(dag_id="d", max_consecutive_failed_dag_runs=limit)
    states = [RunState.FAILED if c == "f" else RunState.SUCCESS for c in last]

    assert pauses_after(spec, states) is pauses


def test_time_out_skips_everything_unfinished() -> None:
    sim = Sim(topology(task("a"), task("b", "a"), dagrun_timeout=4.0))
    sim.settle_all()
    sim.to("a", TaskState.RUNNING)

    assert sim.board.time_out(T0) == []
    assert sim.board.next_due() == T0 + timedelta(seconds=4)
    for move in sim.board.time_out(T0 + timedelta(seconds=4)):
        sim.apply(move)

    assert sim.states() == {"a": "skipped", "b": "skipped"}


def test_fail_fast_leaves_teardowns() -> None:
    sim = Sim(
        topology(
            task("s", is_setup=True), task("bad", "s"), task("runs", "s"), task("later", "runs"),
            task("t", "s", "later", "bad", is_teardown=True, trigger_rule="all_done_setup_success"), fail_fast=True,
        )
    )  # fmt: skip
    sim.settle_all()
    sim.finish(sim.row("s").id, Done())
    sim.settle_all()
    sim.to("runs", TaskState.RUNNING)
    bad = sim.row("bad").id
    sim.finish(bad, Done(TaskState.FAILED))
    for move in sim.board.fail_fast(bad, sim.now):
        sim.apply(move)

    assert sim.play(always()) == "failed"
    assert sim.states() == {
        "s": "success",
        "bad": "failed",
        "runs": "failed",
        "later": "skipped",
        "t": "success",
    }
