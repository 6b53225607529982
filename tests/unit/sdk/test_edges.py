"""Order of tasks: shifts, lists, groups, results, labels, chain and its kin."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ostro.sdk import (
    DAG,
    Label,
    TaskGroup,
    chain,
    chain_linear,
    cross_downstream,
    task,
)
from ostro.sdk.exceptions import AirflowDagCycleException, AirflowException, DagInvalid
from ostro.sdk.freeze import freeze
from ostro.sdk.operators.empty import EmptyOperator


@pytest.fixture
def dag() -> Iterator[DAG]:
    with DAG("d") as made:
        yield made


def empties(names: str) -> list[EmptyOperator]:
    return [EmptyOperator(task_id=n) for n in names]


def edges(dag: DAG) -> set[str]:
    return {f"{up}>{t.task_id}" for t in dag.tasks for up in t.upstream_task_ids}


def test_shifts_return_what_stands_right(dag: DAG) -> None:
    a, b, c, d = empties("abcd")

    assert (a >> b) is b
    assert (c << d) is d
    assert (a >> [c, d]) == [c, d]

    assert edges(dag) == {"a>b", "d>c", "a>c", "a>d"}


def test_lists_on_both_sides(dag: DAG) -> None:
    a, b, c, d = empties("abcd")

    [a, b] >> c >> d
    [d] << c

    assert edges(dag) == {"a>c", "b>c", "c>d"}
    assert all(
        t.task_id in dag.task_dict[u].downstream_task_ids for t in dag.tasks for u in t.upstream_task_ids
    )


def test_set_upstream_and_downstream_take_lists(dag: DAG) -> None:
    a, b, c = empties("abc")

    a.set_downstream([b, c])
    c.set_upstream(b)

    assert edges(dag) == {"a>b", "a>c", "b>c"}


def test_chain_joins_neighbouring_lists_pairwise(dag: DAG) -> None:
    a, b, c, d, e, f = empties("abcdef")

    chain(a, [b, c], [d, e], f)

    assert edges(dag) == {"a>b", "a>c", "b>d", "c>e", "d>f", "e>f"}


def test_chain_refuses_lists_of_different_length(dag: DAG) -> None:
    a, b, c = empties("abc")

    with pytest.raises(AirflowException, match="one has 2 and the next 1"):
        chain([a, b], [c])


def test_chain_linear_and_cross_downstream_join_each_with_each(dag: DAG) -> None:
    a, b, c, d, e = empties("abcde")

    chain_linear(a, [b, c], [d, e])
    assert edges(dag) == {"a>b", "a>c", "b>d", "b>e", "c>d", "c>e"}

    cross_downstream([a], [d, e])
    assert {"a>d", "a>e"} <= edges(dag)


def test_results_stand_for_their_tasks(dag: DAG) -> None:
    @task
    def give() -> int:
        return 1

    first, last = empties("ab")
    first >> give() >> last

    assert edges(dag) == {"a>give", "give>b"}


def test_labels_in_every_position(dag: DAG) -> None:
    a, b, c, d, e, f = empties("abcdef")

    a >> Label("one") >> b
    d << Label("two") << c
    [a, b] >> Label("three") >> e
    chain(e, Label("four"), f)

    assert {(x.upstream, x.downstream, x.label) for x in freeze(dag).edge_labels} == {
        ("a", "b", "one"),
        ("c", "d", "two"),
        ("a", "e", "three"),
        ("b", "e", "three"),
        ("e", "f", "four"),
    }


def test_several_labels_in_a_list(dag: DAG) -> None:
    a, b, c = empties("abc")

    a >> [Label("x") >> b, c]
    chain(a, [Label("l"), Label("r")], [b, c])

    found = {(x.upstream, x.downstream): x.label for x in freeze(dag).edge_labels}
    assert found == {("a", "b"): "l", ("a", "c"): "r"}


def test_a_label_on_a_group_labels_all_edges(dag: DAG) -> None:
    a, z = empties("az")
    with TaskGroup("g") as group:
        empties("bc")

    a >> Label("in") >> group >> Label("out") >> z

    found = {(x.upstream, x.downstream, x.label) for x in freeze(dag).edge_labels}
    assert found == {("a", "g.b", "in"), ("a", "g.c", "in"), ("g.b", "z", "out"), ("g.c", "z", "out")}


def test_a_ring_is_named(dag: DAG) -> None:
    a, b, c, _ = empties("abcd")
    a >> b >> c >> a

    with pytest.raises(
        AirflowDagCycleException, match="DAG 'd' depend on each other in a ring: a >> b >> c >> a"
    ):
        freeze(dag)


def test_a_task_before_itself_is_a_ring(dag: DAG) -> None:
    (a,) = empties("a")
    a >> a

    with pytest.raises(AirflowDagCycleException, match="a >> a"):
        dag.check_cycle()


def test_tasks_of_two_dags_cannot_be_ordered(dag: DAG) -> None:
    (a,) = empties("a")
    with DAG("other"):
        (b,) = empties("b")

    with pytest.raises(DagInvalid, match=r"different DAGs .*of DAG 'd', .*of DAG 'other'"):
        a >> b


def test_tasks_without_a_dag_cannot_be_ordered() -> None:
    a, b = empties("ab")

    with pytest.raises(DagInvalid, match="tasks a, b belong to no DAG"):
        a >> b


def test_a_task_without_a_dag_joins_that_of_its_neighbour() -> None:
    loose = EmptyOperator(task_id="loose")
    with DAG("d") as dag:
        (a,) = empties("a")

    a >> loose

    assert dag.get_task("loose") is loose


def test_something_else_cannot_be_ordered(dag: DAG) -> None:
    @task
    def f() -> None: ...

    (a,) = empties("a")

    with pytest.raises(TypeError, match="call the function if it is a @task"):
        a >> f  # type: ignore[operator]
    with pytest.raises(TypeError):
        a >> "b"


def test_topological_order_keeps_the_order_of_making_among_equals(dag: DAG) -> None:
    a, b, _c, _d = empties("dcba")
    b >> a

    assert [t.task_id for t in dag.topological_sort()] == ["c", "d", "b", "a"]


def test_relatives(dag: DAG) -> None:
    a, b, c, d = empties("abcd")
    a >> b >> c
    a >> d

    assert [t.task_id for t in a.downstream_list] == ["b", "d"]
    assert a.get_flat_relative_ids(upstream=False) == {"b", "c", "d"}
    assert [t.task_id for t in c.get_flat_relatives(upstream=True)] == ["a", "b"]
    assert [t.task_id for t in dag.roots] == ["a"]
    assert [t.task_id for t in dag.leaves] == ["c", "d"]


def test_a_label_between_groups_joins_the_whole_group_that_was_named_first() -> None:
    with DAG("d") as dag:
        with TaskGroup("g"):
            one, two = EmptyOperator(task_id="one"), EmptyOperator(task_id="two")
        after = EmptyOperator(task_id="after")
        one >> Label("then") >> after
    assert dag.get_task("after").upstream_task_ids == {"g.one", "g.two"}
    assert two.downstream_task_ids == {"after"}


def test_a_label_inside_one_group_joins_the_tasks_themselves() -> None:
    with DAG("d") as dag, TaskGroup("g"):
        one, two, three = (
            EmptyOperator(task_id="one"),
            EmptyOperator(task_id="two"),
            EmptyOperator(task_id="three"),
        )
        one >> Label("then") >> three
    assert dag.get_task("g.three").upstream_task_ids == {"g.one"}
    assert two.downstream_task_ids == set()
