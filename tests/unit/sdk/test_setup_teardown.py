"""Setups and teardowns: marks, edges, blocks, decorators, checks."""

from __future__ import annotations

from typing import Any

import pytest

from ostro.sdk import DAG, setup, task, task_group, teardown
from ostro.sdk.exceptions import AirflowException, DagInvalid, FailFastDagInvalidTriggerRule
from ostro.sdk.freeze import freeze
from ostro.sdk.operators.empty import EmptyOperator
from ostro.sdk.setup_teardown import ContextWrapper


def empty(name: str, **kwargs: Any) -> EmptyOperator:
    return EmptyOperator(task_id=name, **kwargs)


def upstream(dag: DAG) -> dict[str, list[str]]:
    return {t.task_id: list(t.upstream) for t in freeze(dag).tasks}


def test_as_teardown_marks_and_orders() -> None:
    with DAG("d") as dag:
        s, w, t = empty("s"), empty("w"), empty("t")
        assert (s >> w >> t.as_teardown(setups=s, on_failure_fail_dagrun=True)) is t

    specs = {x.task_id: x for x in freeze(dag).tasks}
    assert specs["s"].is_setup and not specs["s"].is_teardown
    assert specs["t"].is_teardown and specs["t"].trigger_rule == "all_done_setup_success"
    assert specs["t"].on_failure_fail_dagrun
    assert specs["t"].upstream == ("s", "w")


def test_a_block_stands_between_setup_and_teardown() -> None:
    with DAG("d") as dag:
        with empty("t").as_teardown(setups=empty("s")) as block:
            empty("a") >> empty("b")
            empty("c")
        late = empty("late")
        assert block.setups and late.task_id not in upstream(dag)["t"]

    assert upstream(dag) == {"s": [], "a": ["s"], "b": ["a"], "c": ["s"], "t": ["b", "c", "s"], "late": []}


def test_a_task_from_outside_joins_a_block() -> None:
    with DAG("d") as dag:
        outside = empty("outside")
        with empty("t").as_teardown(setups=empty("s")) as block:
            block.add_task(outside)

    assert upstream(dag)["outside"] == ["s"] and upstream(dag)["t"] == ["outside", "s"]


def test_blocks_inside_blocks() -> None:
    with (
        DAG("d") as dag,
        empty("t1").as_teardown(setups=empty("s1")),
        empty("t2").as_teardown(setups=empty("s2")),
    ):
        empty("w")

    found = upstream(dag)
    assert found["s2"] == ["s1"] and found["w"] == ["s2"] and found["t2"] == ["s2", "w"]
    assert found["t1"] == ["s1", "t2"]


def test_several_setups_as_one_block() -> None:
    with DAG("d") as dag:
        s1, s2 = empty("s1").as_setup(), empty("s2").as_setup()
        with ContextWrapper([s1, s2]):
            empty("w")

    assert upstream(dag)["w"] == ["s1", "s2"]


def test_only_setups_and_teardowns_open_blocks() -> None:
    with DAG("d"), pytest.raises(AirflowException, match="neither setup nor teardown"):
        empty("x").__enter__()


def test_decorators_above_tasks_and_functions() -> None:
    @setup
    def make() -> str:
        return "x"

    @teardown(on_failure_fail_dagrun=True)
    @task
    def drop(x: str) -> None: ...

    @teardown
    def plain() -> None: ...

    with DAG("d") as dag:
        made = make()
        work = empty("work")
        made >> work >> drop(made)
        work >> plain()

    specs = {x.task_id: x for x in freeze(dag).tasks}
    assert specs["make"].is_setup
    assert specs["drop"].is_teardown and specs["drop"].on_failure_fail_dagrun
    assert specs["drop"].upstream == ("make", "work")
    assert (
        specs["plain"].trigger_rule == "all_done_setup_success" and not specs["plain"].on_failure_fail_dagrun
    )


def test_the_trigger_rule_of_a_decorated_teardown_is_fixed() -> None:
    @teardown
    @task(trigger_rule="always")
    def t() -> None: ...

    with DAG("d"), pytest.raises(ValueError, match="not configurable"):
        t()


def test_a_group_cannot_be_a_setup() -> None:
    with pytest.raises(AirflowException, match="cannot be marked"):

        @setup
        @task_group
        def g() -> None: ...


def test_tasks_after_a_setup_need_all_success() -> None:
    with DAG("d") as dag:
        empty("s").as_setup() >> empty("w", trigger_rule="all_done")

    with pytest.raises(DagInvalid, match="'w' comes after the setup 's'"):
        freeze(dag)


def test_fail_fast_needs_all_success_everywhere() -> None:
    with DAG("d", fail_fast=True):
        empty("ok").as_teardown()
        with pytest.raises(FailFastDagInvalidTriggerRule, match="task 'x' has all_done"):
            empty("x", trigger_rule="all_done")
