"""Task groups: ids, nesting, edges, collisions, @task_group."""

from __future__ import annotations

from typing import Any

import pytest

from ostro.sdk import DAG, TaskGroup, task, task_group
from ostro.sdk.exceptions import DagInvalid, DuplicateTaskIdFound, TaskAlreadyInTaskGroup
from ostro.sdk.freeze import freeze
from ostro.sdk.operators.empty import EmptyOperator


def empty(name: str, **kwargs: Any) -> EmptyOperator:
    return EmptyOperator(task_id=name, **kwargs)


@task
def inc(v: Any = 0) -> Any:
    return v


def upstream(dag: DAG) -> dict[str, list[str]]:
    return {t.task_id: list(t.upstream) for t in freeze(dag).tasks}


def test_ids_begin_with_those_of_the_groups() -> None:
    with DAG("d") as dag, TaskGroup("a"):
        x = empty("x")
        with TaskGroup("b"):
            y = empty("y")
        with TaskGroup("c", prefix_group_id=False) as c:
            z = empty("z")

    assert [t.task_id for t in (x, y, z)] == ["a.x", "a.b.y", "z"]
    assert c.group_id == "a.c"
    assert [t.label for t in (x, y, z)] == ["x", "y", "z"]
    assert {g.group_id: g.parent for g in freeze(dag).groups} == {"a": "", "a.b": "a", "a.c": "a"}
    assert {t.task_id: t.group_id for t in freeze(dag).tasks} == {"a.x": "a", "a.b.y": "a.b", "z": "a.c"}


def test_edges_of_groups_bind_roots_and_leaves() -> None:
    with DAG("d") as dag:
        with TaskGroup("g") as g:
            empty("a") >> [empty("b"), empty("c")]
        with TaskGroup("h") as h:
            empty("d")
            empty("e")
        empty("start") >> g >> h >> empty("end")

    assert upstream(dag) == {
        "start": [],
        "g.a": ["start"],
        "g.b": ["g.a"],
        "g.c": ["g.a"],
        "h.d": ["g.b", "g.c"],
        "h.e": ["g.b", "g.c"],
        "end": ["h.d", "h.e"],
    }
    groups = {x.group_id: x for x in freeze(dag).groups}
    assert groups["g"].upstream_tasks == ("start",)
    assert groups["h"].upstream_groups == ("g",)


def test_an_empty_group_hands_the_edge_on() -> None:
    with DAG("d") as dag:
        with TaskGroup("g") as g:
            pass
        empty("a") >> g >> empty("b")

    assert upstream(dag)["b"] == ["a"]


def test_a_teardown_does_not_end_its_group() -> None:
    with DAG("d") as dag:
        with TaskGroup("g") as g:
            s = empty("s")
            w = empty("w")
            s >> w >> empty("t").as_teardown(setups=s)
        g >> empty("after")

    assert upstream(dag)["after"] == ["g.w"]


def test_a_teardown_whose_failure_counts_ends_its_group() -> None:
    with DAG("d") as dag:
        with TaskGroup("g") as g:
            empty("w") >> empty("t").as_teardown(on_failure_fail_dagrun=True)
        g >> empty("after")

    assert upstream(dag)["after"] == ["g.t"]


def test_a_group_of_the_same_id_is_refused_or_gets_a_suffix() -> None:
    with DAG("d"):
        TaskGroup("g")
        with pytest.raises(DuplicateTaskIdFound, match="DAG 'd' has a task or group 'g' already"):
            TaskGroup("g")
        assert TaskGroup("g", add_suffix_on_collision=True).group_id == "g__1"
        assert TaskGroup("g", add_suffix_on_collision=True).group_id == "g__2"


def test_a_group_and_a_task_cannot_share_an_id() -> None:
    with DAG("d"):
        empty("x")
        with pytest.raises(DuplicateTaskIdFound):
            TaskGroup("x")
        TaskGroup("y")
        with pytest.raises(DuplicateTaskIdFound):
            empty("y")


def test_a_task_is_in_one_group_only() -> None:
    with DAG("d"):
        with TaskGroup("g"):
            a = empty("a")
        h = TaskGroup("h")
        with pytest.raises(TaskAlreadyInTaskGroup, match=r"'g\.a' is in group 'g' already"):
            h.add(a)


@pytest.mark.parametrize("group_id", ["a.b", "with space", "g" * 201])
def test_bad_group_ids_are_refused(group_id: str) -> None:
    with DAG("d"), pytest.raises(DagInvalid, match="group_id"):
        TaskGroup(group_id)


def test_a_group_outside_of_a_dag_is_refused() -> None:
    with pytest.raises(DagInvalid, match="outside of a DAG"):
        TaskGroup("g")


def test_a_group_given_by_argument() -> None:
    dag = DAG("d")
    group = TaskGroup("g", dag=dag)

    task_ = empty("t", task_group=group)

    assert task_.task_id == "g.t" and task_.dag is dag


def test_the_decorator_gives_what_the_function_gives_or_the_group() -> None:
    @task_group
    def returns(x: Any) -> Any:
        "What it is for."
        return inc(inc(x))

    @task_group(group_id="other", tooltip="tip")
    def silent() -> None:
        empty("only")

    with DAG("d") as dag:
        empty("start") >> silent() >> empty("mid")
        inc.override(task_id="last")(returns(5))

    assert upstream(dag)["other.only"] == ["start"]
    assert upstream(dag)["mid"] == ["other.only"]
    assert upstream(dag)["last"] == ["returns.inc__1"]
    assert {g.group_id: g.tooltip for g in freeze(dag).groups} == {
        "other": "tip",
        "returns": "What it is for.",
    }


def test_the_decorator_gives_suffixes_and_overrides() -> None:
    @task_group
    def g() -> None:
        empty("x")

    with DAG("d") as dag:
        g()
        g()
        g.override(group_id="third")()

    assert [t.task_id for t in dag.tasks] == ["g.x", "g__1.x", "third.x"]


def test_default_args_of_the_decorator() -> None:
    @task_group(default_args={"retries": 9})
    def g() -> None:
        empty("x")

    with DAG("d") as dag:
        g()

    assert dag.get_task("g.x").retries == 9


def test_wrong_arguments_of_the_decorator() -> None:
    with pytest.raises(TypeError, match="colour"):
        task_group(colour="red")(lambda: None)

    @task_group
    def g(x: Any) -> None: ...

    with DAG("d"), pytest.raises(TypeError):
        g()
