"""How operator classes are called: default_args, positional and old arguments, errors."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ostro.sdk import DAG, BaseOperator, TaskGroup, parsing
from ostro.sdk.dialect import decide
from ostro.sdk.exceptions import AirflowException, DagInvalid, DuplicateTaskIdFound
from ostro.sdk.freeze import freeze
from ostro.sdk.operators.empty import EmptyOperator
from ostro.sdk.operators.python import PythonOperator


class Copy(BaseOperator):
    template_fields = ("source",)

    def __init__(self, source: str, target: str = "t", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.source = source
        self.target = target


class CopyTwice(Copy):
    def __init__(self, *, times: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.times = times


def test_default_args_reach_every_init_of_the_chain() -> None:
    with DAG("d", default_args={"times": 5, "source": "s", "retries": 3, "nothing": 1}):
        task = CopyTwice(task_id="t", target="given")

    assert (task.times, task.source, task.target, task.retries) == (5, "s", "given", 3)


def test_nearer_default_args_win() -> None:
    dag = DAG("d", default_args={"owner": "dag", "retries": 1, "queue": "q"})
    with dag, TaskGroup("outer", default_args={"owner": "outer", "retries": 2}):
        with TaskGroup("inner", default_args={"owner": "inner"}):
            a = EmptyOperator(task_id="a")
        b = EmptyOperator(task_id="b", default_args={"owner": "own"})
        c = EmptyOperator(task_id="c", owner="given")

    assert [(t.owner, t.retries, t.queue) for t in (a, b, c)] == [
        ("inner", 2, "q"),
        ("own", 2, "q"),
        ("given", 2, "q"),
    ]


def test_default_args_of_the_author_stay_as_they_were() -> None:
    given = {"owner": "me", "params": {"a": 1}, "start_date": datetime(2024, 1, 1)}
    with DAG("d", default_args=given):
        EmptyOperator(task_id="t")

    assert given == {"owner": "me", "params": {"a": 1}, "start_date": datetime(2024, 1, 1)}


def test_an_explicit_dag_gives_its_default_args() -> None:
    dag = DAG("d", default_args={"owner": "dag"})

    task = EmptyOperator(task_id="t", dag=dag)

    assert task.owner == "dag"
    assert dag.get_task("t") is task


def test_params_are_merged_the_nearest_wins() -> None:
    with DAG("d", params={"a": 1, "b": 1}, default_args={"params": {"b": 2, "c": 2}}):
        task = EmptyOperator(task_id="t", params={"c": 3})

    assert task.params.dump() == {"a": 1, "b": 1, "c": 3} | {"b": task.params["b"]}
    assert task.params["a"] == 1 and task.params["c"] == 3


def test_a_missing_argument_is_named() -> None:
    with pytest.raises(TypeError, match=r"missing keyword argument 'source' of Copy \(task 't'\)"):
        Copy(task_id="t")
    with pytest.raises(TypeError, match="task_id"):
        EmptyOperator()


def test_unknown_arguments_are_listed() -> None:
    with pytest.raises(
        TypeError, match=r"Invalid arguments were passed to Copy \(task_id: t\).*foo=1, bar='x'"
    ):
        Copy(task_id="t", source="s", foo=1, bar="x")


def test_positional_arguments_of_1_10_go_by_name() -> None:
    task = Copy("s", "elsewhere", task_id="t")

    assert (task.source, task.target) == ("s", "elsewhere")
    with pytest.raises(TypeError, match="twice"):
        Copy("s", source="s", task_id="t")
    with pytest.raises(TypeError, match="takes 2 positional arguments but 3 were given"):
        Copy("s", "t", "u", task_id="t")


def test_star_args_of_1_10_classes() -> None:
    from airflow.utils.decorators import apply_defaults

    class Old(BaseOperator):
        @apply_defaults
        def __init__(self, my_param, *args, **kwargs):  # type: ignore[no-untyped-def]
            super(Old, self).__init__(*args, **kwargs)  # noqa: UP008 - as 1.10 code is written
            self.my_param = my_param

    with DAG("d", default_args={"my_param": 7}):
        assert Old(task_id="t").my_param == 7
        assert Old("x", task_id="u").my_param == "x"


@pytest.mark.parametrize(
    ("argument", "value", "attribute", "expected"),
    [
        ("task_concurrency", 3, "max_active_tis_per_dag", 3),
        ("provide_context", True, "task_id", "t"),
        ("trigger_rule", "dummy", "trigger_rule", "always"),
        ("trigger_rule", "none_failed_or_skipped", "trigger_rule", "none_failed_min_one_success"),
    ],
)
def test_arguments_of_2x_still_work_and_show_the_dialect(
    argument: str, value: Any, attribute: str, expected: Any
) -> None:
    with parsing.parsing(parsing.ParseContext()) as context, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        task = PythonOperator(task_id="t", python_callable=print, **{argument: value})

    assert getattr(task, attribute) == expected
    assert decide(context.notes) == 2
    assert "Airflow 2" in str(caught[0].message)
    assert caught[0].filename == __file__


def test_an_old_argument_in_default_args() -> None:
    with parsing.parsing(parsing.ParseContext()) as context, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with DAG("d", default_args={"task_concurrency": 2}):
            task = EmptyOperator(task_id="t")

    assert task.max_active_tis_per_dag == 2
    assert decide(context.notes) == 2


@pytest.mark.parametrize(
    ("argument", "given", "read"),
    [
        ("retries", "3", 3),
        ("retries", None, 0),
        ("retry_delay", 30, timedelta(seconds=30)),
        ("retry_delay", timedelta(minutes=1), timedelta(minutes=1)),
        ("retry_exponential_backoff", True, 2.0),
        ("retry_exponential_backoff", 1.5, 1.5),
        ("priority_weight", "7", 7),
        ("pool", None, "default_pool"),
        ("start_date", "2024-01-02", datetime(2024, 1, 2, tzinfo=UTC)),
        ("on_failure_callback", print, [print]),
        ("inlets", None, []),
        ("depends_on_past", None, False),
        ("email_on_failure", None, True),
        ("owner", None, "airflow"),
        ("outlets", "x", ["x"]),
    ],
)
def test_values_are_read_in_the_forms_that_authors_use(argument: str, given: Any, read: Any) -> None:
    assert getattr(EmptyOperator(task_id="t", **{argument: given}), argument) == read


@pytest.mark.parametrize(
    ("argument", "given"),
    [
        ("retries", "many"),
        ("retries", 1.5),
        ("trigger_rule", "sometimes"),
        ("weight_rule", "heavy"),
        ("pool_slots", 0),
        ("execution_timeout", 5),
        ("retry_delay", object()),
        ("start_date", 5),
    ],
)
def test_values_that_cannot_be_are_refused_with_task_and_argument(argument: str, given: Any) -> None:
    with pytest.raises(DagInvalid, match=f"the argument {argument} of task 't' is invalid"):
        EmptyOperator(task_id="t", **{argument: given})


def test_the_same_rules_hold_when_an_attribute_is_set_later() -> None:
    task = EmptyOperator(task_id="t")

    task.trigger_rule = "all_done"
    task.retries = "4"  # type: ignore[assignment]

    assert task.trigger_rule == "all_done" and task.retries == 4
    with pytest.raises(DagInvalid):
        task.trigger_rule = "sometimes"


@pytest.mark.parametrize("task_id", ["with space", "a" * 251, "", "sl/ash", "a..b", "ü"])
def test_bad_ids_are_refused(task_id: str) -> None:
    if task_id == "ü":
        assert EmptyOperator(task_id=task_id).task_id == "ü"  # \w knows letters of all languages
        return
    with pytest.raises(DagInvalid, match="task_id"):
        EmptyOperator(task_id=task_id)


def test_an_id_that_is_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match="give a string"):
        EmptyOperator(task_id=5)


def test_two_tasks_of_one_id_are_refused() -> None:
    with DAG("d"):
        EmptyOperator(task_id="t")
        with pytest.raises(DuplicateTaskIdFound, match="DAG 'd' has a task 't' already"):
            EmptyOperator(task_id="t")


def test_a_template_field_without_attribute_is_refused() -> None:
    class Forgetful(BaseOperator):
        template_fields = ("query",)

    with pytest.raises(AirflowException, match=r"Forgetful\.template_fields names 'query'"):
        Forgetful(task_id="t")


def test_template_fields_as_text_are_refused() -> None:
    class Careless(BaseOperator):
        template_fields = "query"
        query = ""

    with pytest.raises(TypeError, match="write a list of names"):
        Careless(task_id="t")


def test_an_operator_that_does_not_call_super_is_told() -> None:
    class Lonely(BaseOperator):
        def __init__(self, task_id: str) -> None:
            self.name = task_id

    with pytest.raises(DagInvalid, match=r"does not call super\(\).__init__"):
        Lonely(task_id="t")


def test_a_result_set_later_in_a_template_field_is_a_dependency() -> None:
    with DAG("d"):
        first = Copy(task_id="first", source="s")
        second = Copy(task_id="second", source="s")
        second.source = first.output  # type: ignore[assignment]

    assert second.upstream_task_ids == {"first"}


def test_a_task_lives_no_longer_than_its_dag() -> None:
    with DAG("d", start_date=datetime(2024, 1, 1), end_date=datetime(2024, 3, 1)) as dag:
        early = EmptyOperator(task_id="early", start_date=datetime(2023, 1, 1), end_date=datetime(2025, 1, 1))
        late = EmptyOperator(task_id="late", start_date=datetime(2024, 2, 1))

    assert early.start_date == dag.start_date and early.end_date == dag.end_date
    assert late.start_date == datetime(2024, 2, 1, tzinfo=UTC)


def test_settings_shape_tasks_whose_author_did_not_say() -> None:
    defaults = {"default_task_retries": 4, "default_owner": "ops", "default_pool": "p", "default_queue": "q"}
    with parsing.parsing(parsing.ParseContext(defaults=defaults)):
        task = EmptyOperator(task_id="t")

    assert (task.retries, task.owner, task.pool, task.queue) == (4, "ops", "p", "q")


def test_copies_are_independent() -> None:
    import copy

    with DAG("d", start_date=datetime(2024, 1, 1)) as dag:
        task = Copy(task_id="t", source="s")

    twin = copy.deepcopy(dag)
    task.prepare_for_execution().source = "changed"

    assert task.source == "s"
    assert twin.get_task("t") is not task
    assert freeze(twin) == freeze(dag)


def test_an_argument_may_be_called_cls() -> None:
    class Build(BaseOperator):
        def __init__(self, cls: type, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.cls = cls

    with DAG("d"):
        task = Build(task_id="t", cls=dict)

    assert task.cls is dict
