"""`@task` and its kinds: ids, arguments, outputs, overrides, dependencies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

import pytest

from airflow.sdk import dag
from ostro.sdk import DAG, BaseOperator, TaskGroup, XComArg, asset, task
from ostro.sdk.decorators.base import TaskDecorator
from ostro.sdk.exceptions import AirflowSkipException, DagInvalid
from ostro.sdk.freeze import freeze
from ostro.sdk.operators.bash import BashOperator
from ostro.sdk.operators.empty import EmptyOperator


class Keep(BaseOperator):
    template_fields = ("value",)

    def __init__(self, value: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.value = value


@task
def one() -> int:
    "Gives one."
    return 1


@task
def show(v: Any, w: Any = 10) -> Any:
    return v


def upstream(dag: DAG) -> dict[str, list[str]]:
    return {t.task_id: list(t.upstream) for t in freeze(dag).tasks}


def test_each_call_makes_a_task_with_a_suffix() -> None:
    with DAG("d") as dag:
        one(), one(), one()
        with TaskGroup("g"):
            one(), one()
        one.override(task_id="one__5")()
        one()

    assert dag.task_ids == ["one", "one__1", "one__2", "g.one", "g.one__1", "one__5", "one__6"]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda x: x,
        lambda x: [1, x],
        lambda x: (x, 2),
        lambda x: {"k": x},
        lambda x: {"a": [{"b": (x, [x])}]},
        lambda x: x.map(str),
        lambda x: x.zip(x),
    ],
)
def test_results_anywhere_in_arguments_are_dependencies(wrap: Any) -> None:
    with DAG("d") as dag:
        result = one()
        show(wrap(result))
        show.override(task_id="by_name")(v=wrap(result))
        Keep(task_id="field", value=wrap(result))

    assert {t: u for t, u in upstream(dag).items() if t != "one"} == {
        "show": ["one"],
        "by_name": ["one"],
        "field": ["one"],
    }


def test_a_result_in_env_of_bash_and_as_text() -> None:
    with DAG("d") as dag:
        value = one()
        BashOperator(task_id="b", bash_command="x", env={"V": value})
        command = f"echo {value}"

    assert upstream(dag)["b"] == ["one"]
    assert command == "echo {{ task_instance.xcom_pull(task_ids='one', dag_id='d', key='return_value') }}"


def test_keys_of_results() -> None:
    with DAG("d"):
        result = one()

    assert result["k"].key == "k" and result.key == "return_value"
    assert result == XComArg(result.operator) and result["k"] == XComArg(result.operator, "k")
    with pytest.raises(ValueError, match="XCom key, a string"):
        result[0]  # type: ignore[index]
    with pytest.raises(TypeError, match="cannot be iterated"):
        list(result)
    with pytest.raises(ValueError, match=r"map\(\) works on the result"):
        result["k"].map(str)


class Typed(TypedDict):
    x: int


def test_outputs_are_inferred_from_the_annotation() -> None:
    @task
    def plain() -> dict: ...  # type: ignore[type-arg, empty-body]

    @task
    def with_types() -> dict[str, int]: ...  # type: ignore[empty-body]

    @task
    def mapping() -> Mapping[str, Any]: ...  # type: ignore[empty-body]

    @task
    def typed() -> Typed: ...  # type: ignore[empty-body]

    @task
    def other() -> list[int]: ...  # type: ignore[empty-body]

    @task(multiple_outputs=False)
    def told() -> dict: ...  # type: ignore[type-arg, empty-body]

    assert [t.multiple_outputs for t in (plain, with_types, mapping, typed, other, told)] == [True] * 4 + [
        False
    ] * 2


def test_an_annotation_that_cannot_be_read_means_one_output() -> None:
    def f() -> Nowhere:  # type: ignore[name-defined]  # noqa: F821
        ...

    with pytest.warns(UserWarning, match=r"return annotation of f\(\) cannot be read"):
        assert not task(f).multiple_outputs


def test_override_leaves_the_original_alone() -> None:
    changed = one.override(task_id="uno", retries=4, trigger_rule="all_done")
    with DAG("d") as dag:
        changed()
        one()

    assert dag.get_task("uno").retries == 4 and dag.get_task("uno").trigger_rule == "all_done"
    assert dag.get_task("one").retries == 0


def test_the_docstring_becomes_doc_md() -> None:
    with DAG("d") as dag:
        one()
        one.override(doc_md="own")()

    assert dag.get_task("one").doc_md == "Gives one."
    assert dag.get_task("one__1").doc_md == "own"


def test_context_keys_need_not_be_given_but_have_no_default() -> None:
    @task
    def good(ds, ti, v, run_id=None, **context): ...  # type: ignore[no-untyped-def]

    @task
    def bad(ds="fallback"): ...  # type: ignore[no-untyped-def]

    with DAG("d") as dag:
        good(v=1)
        with pytest.raises(ValueError, match="Context key parameter ds can't have a default other than None"):
            bad()

    assert dag.task_ids == ["good"]


def test_arguments_that_do_not_fit_are_refused() -> None:
    with DAG("d") as dag:
        with pytest.raises(
            TypeError, match=r"missing a required argument: 'v' of the task function show\(\)"
        ):
            show()
        with pytest.raises(TypeError):
            show(1, 2, 3)
        with pytest.raises(TypeError):
            show(1, unknown=2)

    assert dag.task_ids == []


def test_defaults_of_the_function_are_arguments_too() -> None:
    with DAG("d") as dag:
        source = one()

        @task
        def use(v: Any = source, text: str = "{{ ds }}") -> None: ...

        use()

    assert upstream(dag)["use"] == ["one"]
    assert dag.get_task("use").op_kwargs["text"] == "{{ ds }}"


def test_default_args_reach_decorated_tasks() -> None:
    with DAG("d", default_args={"retries": 3, "owner": "me"}) as dag:
        one()
        show.expand(v=[1])

    assert [(t.retries, t.owner) for t in dag.tasks] == [(3, "me"), (3, "me")]


def test_the_kinds() -> None:
    with DAG("d") as dag:
        task.branch(lambda: "x", task_id="branch")()
        task.short_circuit(lambda: True, task_id="short", ignore_downstream_trigger_rules=False)()
        task.bash(lambda: "true", task_id="bash")()
        task.sensor(lambda: True, task_id="sensor", poke_interval=5, mode="reschedule")()
        task.stub(lambda: None, task_id="stub", queue="java")()
        task.python(lambda: None, task_id="python")()

    specs = {t.task_id: t for t in freeze(dag).tasks}
    assert [specs[i].operator_name for i in specs] == [
        "@task.branch",
        "@task.short_circuit",
        "@task.bash",
        "@task.sensor",
        "@task.stub",
        "@task",
    ]
    assert {i for i in specs if specs[i].can_skip_downstream} == {"branch", "short"}
    assert specs["sensor"].sensor_mode == "reschedule"
    assert specs["stub"].queue == "java"


def test_kinds_that_are_not_there() -> None:
    with pytest.raises(AttributeError, match=r"no @task.dokcer; did you mean 'docker'"):
        task.dokcer  # noqa: B018


def test_misuse_of_the_decorator() -> None:
    with pytest.raises(TypeError, match="keyword arguments only"):
        task("name")
    with pytest.raises(TypeError, match="twice"):
        task(task(lambda: 1))
    with DAG("d"), pytest.raises(TypeError, match="not of the class"):
        task(type("Klass", (), {}), task_id="t")()


def test_dag_task_binds_the_dag() -> None:
    dag = DAG("d")

    @dag.task
    def f() -> None: ...

    @dag.task.bash(task_id="g")
    def h() -> str: ...  # type: ignore[empty-body]

    f(), h()

    assert dag.task_ids == ["f", "g"]


def test_run_if_and_skip_if() -> None:
    @task.run_if(lambda context: context["go"], skip_message="not now")
    @task.skip_if(lambda context: (context["stop"], "stopped"))
    @task
    def f() -> None: ...

    assert isinstance(f, TaskDecorator)
    with DAG("d") as dag:
        f()
    hook = dag.get_task("f").pre_execute

    hook({"go": True, "stop": False})
    with pytest.raises(AirflowSkipException, match="not now"):
        hook({"go": False, "stop": False})
    with pytest.raises(AirflowSkipException, match="stopped"):
        hook({"go": True, "stop": True})
    with pytest.raises(TypeError, match="must stand above @task"):
        task.run_if(lambda c: True)(lambda: None)


def test_dag_decorator() -> None:
    @dag(schedule=None, tags=["x"])
    def pipeline(greeting: str = "hello", n: int = 3) -> None:
        "What it does."
        show(greeting, w=n)

    made = pipeline(n=4)
    other = dag(dag_id="named")(pipeline.__wrapped__)()

    assert made.dag_id == "pipeline" and other.dag_id == "named"
    assert made.doc_md == "What it does."
    assert made.params.dump() == {"greeting": "hello", "n": 4}
    assert made.task_ids == ["show"]


def test_a_param_of_the_dag_resolves_to_what_the_run_has() -> None:
    with DAG("d") as made:
        param = made.param("n", 3)

    class Run:
        conf = {"n": 9}

    class Bare:
        conf: dict[str, Any] = {}

    assert param.resolve({"dag_run": Run(), "params": made.params}) == 9
    assert param.resolve({"dag_run": Bare(), "params": made.params}) == 3


def test_asset_decorator_makes_a_dag_of_one_task() -> None:
    found = asset(schedule="@daily", uri="s3://b/k")(_make_asset)

    assert found.name == "_make_asset" and found.uri == "s3://b/k"
    with pytest.raises(DagInvalid, match="nested"):

        @asset(schedule=None)
        def inner() -> None: ...


def _make_asset(self: Any, upstream_asset: Any) -> None: ...


def test_a_provider_decorator_is_made_by_the_factory() -> None:
    from airflow.sdk.bases.decorator import DecoratedOperator, task_decorator_factory

    class Docker(BaseOperator):
        template_fields = ("image",)

        def __init__(self, image: str, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.image = image

    class DockerDecorated(DecoratedOperator, Docker):  # type: ignore[misc]
        template_fields = (*DecoratedOperator.template_fields, "image")
        custom_operator_name = "@task.docker"

    def docker_task(python_callable: Any = None, multiple_outputs: bool | None = None, **kwargs: Any) -> Any:
        return task_decorator_factory(
            python_callable=python_callable,
            multiple_outputs=multiple_outputs,
            decorated_operator_class=DockerDecorated,
            **kwargs,
        )

    @docker_task(image="python:3")
    def f(x: int) -> int:
        return x

    with DAG("d") as made:
        f(1) >> EmptyOperator(task_id="end")
        f.expand(x=[1, 2])

    assert made.get_task("f").image == "python:3"
    assert made.get_task("f__1").operator_class is DockerDecorated
