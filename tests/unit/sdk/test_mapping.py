"""expand, expand_kwargs, partial; map, zip, concat; mapped groups; the arguments of one instance."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostro.sdk import DAG, BaseOperator, task, task_group
from ostro.sdk.exceptions import DagInvalid, UnmappableXComTypePushed, UnmappedOperator
from ostro.sdk.freeze import freeze
from ostro.sdk.mapping import ExpandArguments, ExpandDicts
from ostro.sdk.operators.empty import EmptyOperator
from ostro.sdk.operators.python import PythonOperator
from ostro.sdk.xcomarg import XComArg
from ostro.spec import Concat, Expansion, FromXCom, Literal, Mapped, Zipped


class Instance:
    """As much of a task instance as arguments need: its index, and what upstream tasks left."""

    def __init__(self, map_index: int, results: dict[str, Any] | None = None) -> None:
        self.map_index = map_index
        self.dag_id = "d"
        self._results = results or {}

    def xcom_pull(self, task_ids: str, default: Any = None, **kwargs: Any) -> Any:
        return self._results.get(task_ids, default)

    def get_relevant_upstream_map_indexes(self, **kwargs: Any) -> int | None:
        return self.map_index


def context(map_index: int, **results: Any) -> dict[str, Any]:
    return {"ti": Instance(map_index, results), "expanded_ti_count": None}


class Op(BaseOperator):
    template_fields = ("a", "b")

    def __init__(self, a: Any = None, b: Any = None, plain: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.a, self.b, self.plain = a, b, plain


@task
def source(n: int = 3) -> list[int]:
    return list(range(n))


@task
def work(v: Any, k: Any = 1) -> Any:
    return v


def expansion(dag: DAG, task_id: str) -> Expansion | None:
    return next(t.expansion for t in freeze(dag).tasks if t.task_id == task_id)


def test_inputs_become_lengths() -> None:
    with DAG("d") as dag:
        s, t = source(), source.override(task_id="t")()
        Op.partial(task_id="literal").expand(a=[1, 2], b={"k": 1})
        Op.partial(task_id="xcom").expand(a=s)
        Op.partial(task_id="map").expand(a=s.map(str).map(len))
        Op.partial(task_id="zip").expand(a=s.zip(t))
        Op.partial(task_id="longest").expand(a=s.zip(t, fillvalue=None))
        Op.partial(task_id="concat").expand(a=s.concat(t, s.map(str)))
        Op.partial(task_id="dicts").expand_kwargs([{"a": 1}, {"a": 2}, {"b": s}])
        Op.partial(task_id="dicts_xcom").expand_kwargs(s.map(lambda v: {"a": v}))

    x, y = FromXCom("source"), FromXCom("t")
    assert {t.task_id: t.expansion for t in freeze(dag).tasks if t.expansion} == {
        "literal": Expansion("expand", {"a": Literal(2), "b": Literal(1)}),
        "xcom": Expansion("expand", {"a": x}),
        "map": Expansion("expand", {"a": Mapped(x)}),
        "zip": Expansion("expand", {"a": Zipped((x, y))}),
        "longest": Expansion("expand", {"a": Zipped((x, y), True)}),
        "concat": Expansion("expand", {"a": Concat((x, y, Mapped(x)))}),
        "dicts": Expansion("expand_kwargs", {"kwargs": Literal(3)}),
        "dicts_xcom": Expansion("expand_kwargs", {"kwargs": Mapped(x)}),
    }
    assert {t.task_id: t.upstream for t in freeze(dag).tasks if t.expansion} == {
        "literal": (),
        "xcom": ("source",),
        "map": ("source",),
        "zip": ("source", "t"),
        "longest": ("source", "t"),
        "concat": ("source", "t"),
        "dicts": ("source",),
        "dicts_xcom": ("source",),
    }


def test_fields_of_a_mapped_task_come_from_partial_and_default_args() -> None:
    with DAG("d", default_args={"retries": 2, "pool": "p", "plain": "from defaults"}) as dag:
        mapped = Op.partial(
            task_id="m",
            retries=5,
            max_active_tis_per_dagrun=1,
            map_index_template="{{ v }}",
            trigger_rule="all_done",
        ).expand(a=[1])

    spec = freeze(dag).tasks[0]
    assert (spec.retries, spec.pool, spec.max_active_tis_per_dagrun) == (5, "p", 1)
    assert (spec.map_index_template, spec.trigger_rule, spec.operator) == ("{{ v }}", "all_done", "Op")
    assert mapped.unmap(context(0)).plain == "from defaults"


def test_one_instance_is_built_as_declared() -> None:
    with DAG("d", params={"x": 1}) as dag:
        before = EmptyOperator(task_id="before")
        mapped = Op.partial(task_id="m", b="shared", retries=2, params={"y": 2}).expand(a=["one", "two"])
        before >> mapped
        mapped.trigger_rule = "all_done"

    op = mapped.unmap(context(1))

    assert isinstance(op, Op) and (op.a, op.b, op.task_id, op.retries) == ("two", "shared", "m", 2)
    assert op.dag is dag and op.upstream_task_ids == {"before"} and op.trigger_rule == "all_done"
    assert op.params.dump() == {"x": 1, "y": 2}
    assert dag.get_task("m") is mapped and len(dag.tasks) == 2


def test_values_of_other_tasks_are_no_templates() -> None:
    with DAG("d"):
        s = source()
        by_task = Op.partial(task_id="a").expand(a=s)
        by_author = Op.partial(task_id="b").expand(a=["{{ 1 + 1 }}"])
        function = work.expand(v=s).operator

    results = {"source": ["{{ 1 + 1 }}", "x"]}
    first, second, third = (m.unmap({"ti": Instance(0, results)}) for m in (by_task, by_author, function))
    for op in (first, second, third):
        op.resolve_template_files()
        op.render_template_fields({})

    assert first.a == "{{ 1 + 1 }}"
    assert second.a == "2"
    assert third.op_kwargs == {"v": "{{ 1 + 1 }}", "k": 1}


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_the_product_varies_the_last_name_fastest(lengths: list[int]) -> None:
    inputs = {f"n{i}": [(i, j) for j in range(length)] for i, length in enumerate(lengths)}
    expected: list[dict[str, Any]] = [{}]
    for name, values in inputs.items():
        expected = [{**e, name: v} for e in expected for v in values]

    found = [ExpandArguments(inputs).resolve(context(i)).kwargs for i in range(len(expected))]

    assert found == expected


def test_dicts_are_mapped_by_their_items() -> None:
    assert ExpandArguments({"a": {"k": 1, "l": 2}}).resolve(context(1)).kwargs == {"a": ("l", 2)}
    with DAG("d"):
        s = source()
    assert ExpandArguments({"a": s}).resolve(context(0, source={"k": 1})).kwargs == {"a": ("k", 1)}


def test_expand_kwargs_takes_one_dict() -> None:
    with DAG("d"):
        s = source()

    assert ExpandDicts([{"a": 1}, {"b": s}]).resolve(context(1, source=7)).kwargs == {"b": 7}
    assert ExpandDicts(s).resolve(context(0, source=[{"a": 5}])).kwargs == {"a": 5}
    with pytest.raises(ValueError, match="element 0 is a int"):
        ExpandDicts(s).resolve(context(0, source=[5]))
    with pytest.raises(ValueError, match="has the key 1"):
        ExpandDicts(s).resolve(context(0, source=[{1: 5}]))


@pytest.mark.parametrize("value", [5, "text", None, {1, 2}])
def test_results_that_cannot_be_mapped_over(value: Any) -> None:
    with DAG("d"):
        s = source()

    with pytest.raises(UnmappableXComTypePushed):
        ExpandArguments({"a": s}).resolve(context(0, source=value))


def test_without_an_index_there_are_no_arguments() -> None:
    with pytest.raises(UnmappedOperator):
        ExpandArguments({"a": [1]}).resolve(context(-1))


def test_map_zip_concat_give_elements() -> None:
    with DAG("d"):
        s, t = source(), source.override(task_id="t")()
    given_ = context(0, source=[1, 2, 3], t=["a", "b"])

    def values(arg: XComArg) -> list[Any]:
        return list(arg.resolve(given_))

    assert values(s.map(lambda v: v * 10).map(str)) == ["10", "20", "30"]
    assert values(s.zip(t)) == [(1, "a"), (2, "b")]
    assert values(s.zip(t, fillvalue="-")) == [(1, "a"), (2, "b"), (3, "-")]
    assert values(s.concat(t)) == [1, 2, 3, "a", "b"]
    assert s.concat(t).resolve(given_)[-1] == "b" and s.zip(t).resolve(given_)[-1] == (2, "b")
    with pytest.raises(DagInvalid):
        s.map(str).resolve(context(0, source=5))


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: Op.partial(task_id="m", unknown=1), TypeError, "unexpected keyword argument 'unknown'"),
        (lambda: Op.partial(a=1), TypeError, "needs a task_id"),
        (lambda: Op.partial(task_id="m").expand(), TypeError, "expanded over nothing"),
        (
            lambda: Op.partial(task_id="m").expand(unknown=[1]),
            TypeError,
            "unexpected keyword argument 'unknown'",
        ),
        (lambda: Op.partial(task_id="m").expand(a="text"), ValueError, "unexpected type 'str'"),
        (lambda: Op.partial(task_id="m").expand(a=5), ValueError, "unexpected type 'int'"),
        (lambda: Op.partial(task_id="m").expand(task_id=["x"]), TypeError, "cannot be mapped over 'task_id'"),
        (lambda: Op.partial(task_id="m").expand(retries=[1]), TypeError, "cannot be mapped over 'retries'"),
        (lambda: Op.partial(task_id="m", a=1).expand(a=[1]), TypeError, "'a' in partial"),
        (lambda: Op.partial(task_id="m").expand_kwargs({"a": 1}), TypeError, "needs a list of dicts"),
        (lambda: Op.partial(task_id="m").expand_kwargs([1]), TypeError, "one element is a int"),
        (lambda: Op.partial(task_id="m").expand(a=source()["k"]), ValueError, "mapped over the XCom 'k'"),
        (lambda: work.expand(unknown=[1]), TypeError, "unexpected keyword argument 'unknown'"),
        (lambda: work.partial(unknown=1), TypeError, "unexpected keyword argument 'unknown'"),
        (lambda: work.expand(v="text"), ValueError, "unexpected type 'str'"),
        (lambda: work.expand(), TypeError, "expanded over nothing"),
    ],
)
def test_mistakes_are_named(make: Any, error: type[Exception], text: str) -> None:
    with warnings.catch_warnings(), DAG("d") as dag:
        warnings.simplefilter("ignore")
        with pytest.raises(error, match=text):
            make()

    assert "m" not in dag.task_dict and "work" not in dag.task_dict


def test_partial_without_expand_warns() -> None:
    with DAG("d"), pytest.warns(UserWarning, match="Task m was never mapped"):
        Op.partial(task_id="m")


def test_functions_are_mapped_over_their_arguments() -> None:
    with DAG("d") as dag:
        first = work.partial(k=2).expand(v=source())
        work.override(task_id="last")(first)
        work.expand_kwargs([{"v": 1}, {"v": 2, "k": 3}])

    assert [t.task_id for t in dag.tasks] == ["source", "work", "last", "work__1"]
    assert expansion(dag, "work") == Expansion("expand", {"v": FromXCom("source")})
    assert expansion(dag, "last") is None
    op = dag.get_task("work__1").unmap(context(1))
    assert op.op_kwargs == {"v": 2, "k": 3} and op.task_id == "work__1"


def test_a_mapped_group_is_an_expansion_of_the_group() -> None:
    @task_group
    def g(x: Any, y: Any) -> Any:
        return work(work(x, k=y))

    with DAG("d") as dag:
        result = g.partial(y=5).expand(x=source())
        work.override(task_id="after")(result)
        g.override(group_id="h").expand_kwargs([{"x": 1, "y": 2}])

    spec = freeze(dag)
    assert {x.group_id: x.expansion for x in spec.groups} == {
        "g": Expansion("expand", {"x": FromXCom("source")}),
        "h": Expansion("expand_kwargs", {"kwargs": Literal(1)}),
    }
    ups = {t.task_id: t.upstream for t in spec.tasks}
    assert ups["g.work"] == ("source",) and ups["g.work__1"] == ("g.work",) and ups["after"] == ("g.work__1",)
    inner = dag.get_task("g.work")
    assert inner.op_args[0].resolve(context(2, source=[7, 8, 9])) == 9
    assert inner.op_kwargs["k"] == 5


def test_roots_of_a_mapped_group_wait_for_what_it_is_mapped_over() -> None:
    @task_group
    def g(x: Any) -> None:
        EmptyOperator(task_id="first") >> work(x)

    with DAG("d") as dag:
        g.expand(x=source())

    assert {t.task_id: t.upstream for t in freeze(dag).tasks} == {
        "source": (),
        "g.first": ("source",),
        "g.work": ("g.first", "source"),
    }


def test_mapping_inside_of_mapping_is_refused() -> None:
    @task_group
    def g(x: Any) -> None:
        work.expand(v=[1])

    with DAG("d"), pytest.raises(DagInvalid, match="map only one of them"):
        g.expand(x=[1])


def test_always_is_refused_in_a_group_that_is_mapped_over_a_result() -> None:
    @task_group
    def g(x: Any) -> None:
        EmptyOperator(task_id="t", trigger_rule="always")

    with DAG("d"):
        g.expand(x=[1])
        with pytest.raises(DagInvalid, match="cannot have the trigger rule always"):
            g.override(group_id="h").expand(x=source())


def test_dicts_are_looked_at_when_an_instance_runs() -> None:
    with DAG("d") as dag:
        Op.partial(task_id="m", b=1).expand_kwargs([{"x": 1}, {"retries": 1}, {"b": 2}])
        Op.partial(task_id="lax", b=1).expand_kwargs([{"b": 2, "retries": 1}], strict=False)

    mapped = dag.get_task("m")
    for index, text in enumerate(
        ("Invalid arguments were: x=1", "cannot be mapped over 'retries'", "'b' in partial")
    ):
        with pytest.raises(TypeError, match=text):
            mapped.unmap(context(index))
    lax = dag.get_task("lax").unmap(context(0))
    assert (lax.b, lax.retries) == (2, 1)


def test_what_expand_gives_a_function_wins_over_partial() -> None:
    with DAG("d") as dag:
        work.partial(v=1, k=5).expand(v=[7])

    assert dag.get_task("work").unmap(context(0)).op_kwargs == {"v": 7, "k": 5}


def test_instances_may_have_documentation_and_results_of_their_own() -> None:
    with DAG("d") as dag:
        Op.partial(task_id="m").expand(doc_md=["x", "y"], do_xcom_push=[False])

    assert [dag.get_task("m").unmap(context(i)).doc_md for i in (0, 1)] == ["x", "y"]
    assert dag.get_task("m").unmap(context(0)).do_xcom_push is False


def test_dicts_of_a_task_are_rendered_and_single_values_are_not() -> None:
    @task
    def dicts() -> Any: ...

    with DAG("d") as dag:
        Op.partial(task_id="m").expand_kwargs(dicts())
        Op.partial(task_id="n").expand_kwargs([{"a": source(), "b": "{{ ds }}"}])

    assert dag.get_task("m").resolve(context(0, dicts=[{"a": "{{ ds }}"}])).from_tasks == frozenset()
    assert dag.get_task("n").resolve(context(0, source="{{ ds }}")).from_tasks == {"a"}


def test_a_value_from_inside_the_group_is_that_of_the_own_index() -> None:
    @task_group
    def g(x: Any) -> Any:
        return PythonOperator(task_id="p", python_callable=print, op_args=[x]).output

    with DAG("d") as dag:
        out = g.expand(x=[1, 2])
        outside = work(out)

    class Asked(Instance):
        asked: dict[str, Any]

        def xcom_pull(self, **kwargs: Any) -> Any:
            self.asked = kwargs
            return "value"

    ti = Asked(1)
    assert out.resolve({"ti": ti}) == "value" and ti.asked["map_indexes"] == 1
    assert outside.operator.upstream_task_ids == {"g.p"}
    assert dag.get_task("g.p").get_closest_mapped_task_group().group_id == "g"
