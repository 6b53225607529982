"""Mapped tasks that are cleared: one index alone, and with a list that has become shorter or longer."""

from __future__ import annotations

from typing import Any

from ostro import commands
from ostro.records import XComRow
from ostro.spec import DagSpec, Expansion, FromXCom, TaskSpec
from scheduler.conftest import Bench

MAPPED = DagSpec(
    dag_id="d",
    tasks=(
        TaskSpec(task_id="src", operator="PythonOperator"),
        TaskSpec(
            task_id="m",
            operator="PythonOperator",
            upstream=("src",),
            expansion=Expansion("expand", {"x": FromXCom("src")}),
        ),
        TaskSpec(task_id="end", operator="PythonOperator", upstream=("m",)),
    ),
)


def _give(bench: Bench, length: int) -> None:
    row = XComRow(task_id="src", key="return_value", value=b"[]", length=length)
    bench.executor.succeed("src", xcoms=[row])
    bench.turn()


def _end(bench: Bench) -> list[str]:
    """Let everything succeed; what ran."""
    ran = []
    while names := list(bench.executor.running()):
        ran += names
        for name in names:
            bench.executor.succeed(name)
        bench.turn()
    return sorted(ran)


def _clear(bench: Bench, **what: Any) -> None:
    commands.clear_tasks(bench.store, bench.clock, bench.engine.wake, dag_id="d", run_id="r1", **what)
    bench.turn()


def test_one_index_is_cleared_alone(bench: Bench) -> None:
    bench.add(MAPPED)
    run = bench.trigger("d")
    _give(bench, 3)
    assert _end(bench) == ["end", "m[0]", "m[1]", "m[2]"]

    _clear(bench, tasks=[("m", 1)])
    assert _end(bench) == ["m[1]"]
    _clear(bench, tasks=[("m", 1)], downstream=True)
    assert _end(bench) == ["end", "m[1]"]
    assert bench.run_state(run) == "success"


def test_a_list_that_became_shorter_and_longer(bench: Bench) -> None:
    bench.add(MAPPED)
    run = bench.trigger("d")
    _give(bench, 3)
    _end(bench)

    _clear(bench, tasks=["src"], downstream=True)
    _give(bench, 2)
    assert _end(bench) == ["end", "m[0]", "m[1]"]
    assert bench.states(run)["m[2]"] == "removed"
    assert bench.run_state(run) == "success"

    _clear(bench, tasks=["src"], downstream=True)
    _give(bench, 4)
    assert _end(bench) == ["end", "m[0]", "m[1]", "m[2]", "m[3]"]
    assert set(bench.states(run).values()) == {"success"}

    _clear(bench, tasks=["src"], downstream=True)
    _give(bench, 0)
    assert [bench.states(run)[f"m[{i}]"] for i in range(4)] == ["removed"] * 4
