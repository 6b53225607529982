"""The DAG itself: arguments of all versions, ids, dates, checks, subsets, collecting."""

from __future__ import annotations

import sys
import types
import warnings
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pendulum
import pytest

from ostro.errors import UserError
from ostro.sdk import DAG, parsing, runner, task
from ostro.sdk.collecting import collect
from ostro.sdk.dialect import decide
from ostro.sdk.exceptions import AirflowTimetableInvalid, DagInvalid, TaskNotFound
from ostro.sdk.freeze import freeze
from ostro.sdk.operators.empty import EmptyOperator


def make(**kwargs: Any) -> tuple[DAG, int]:
    """A DAG and the dialect that its arguments show."""
    with parsing.parsing(parsing.ParseContext()) as context, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return DAG("d", **kwargs), decide(context.notes)


def test_all_arguments_of_3x() -> None:
    dag, dialect = make(
        description="text",
        schedule="@daily",
        start_date=datetime(2024, 1, 1),
        end_date=datetime(2024, 2, 1),
        template_searchpath="/tmp",
        user_defined_macros={"a": 1},
        user_defined_filters={"b": str},
        default_args={"owner": "me"},
        max_active_tasks=3,
        max_active_runs=2,
        max_consecutive_failed_dag_runs=5,
        dagrun_timeout=timedelta(hours=1),
        catchup=True,
        on_success_callback=print,
        on_failure_callback=[print, print],
        doc_md="doc",
        params={"p": 1},
        access_control={"role": {"can_read"}},
        is_paused_upon_creation=True,
        jinja_environment_kwargs={"trim_blocks": True},
        render_template_as_native_obj=True,
        tags=["b", "a"],
        owner_links={"me": "https://example.com"},
        auto_register=False,
        fail_fast=True,
        allowed_run_types=["manual", "scheduled"],
        dag_display_name="shown",
        disable_bundle_versioning=True,
        rerun_with_latest_version=True,
    )

    spec = freeze(dag, "x.py", dialect)

    assert dialect == 3
    assert (spec.description, spec.display_name, spec.doc_md, spec.tags) == (
        "text",
        "shown",
        "doc",
        ("a", "b"),
    )
    assert (spec.start_date, spec.end_date) == ("2024-01-01T00:00:00+00:00", "2024-02-01T00:00:00+00:00")
    assert (spec.max_active_tasks, spec.max_active_runs, spec.max_consecutive_failed_dag_runs) == (3, 2, 5)
    assert (spec.dagrun_timeout, spec.catchup, spec.fail_fast) == (3600.0, True, True)
    assert spec.callbacks == ("success", "failure") and spec.is_paused_upon_creation is True
    assert spec.allowed_run_types == ("manual", "scheduled") and spec.access_control == {
        "role": {"DAGs": ["can_read"]}
    }
    assert spec.owner_links == {"me": "https://example.com"} and spec.render_template_as_native_obj
    assert (
        spec.relative_fileloc == "x.py" and spec.rerun_with_latest_version and spec.disable_bundle_versioning
    )


@pytest.mark.parametrize(
    ("given", "attribute", "expected"),
    [
        ({"schedule_interval": "@weekly"}, "schedule", "@weekly"),
        ({"schedule_interval": None}, "schedule", None),
        ({"concurrency": 4}, "max_active_tasks", 4),
        ({"fail_stop": True}, "fail_fast", True),
        ({"default_view": "graph"}, "dag_id", "d"),
        ({"orientation": "LR"}, "dag_id", "d"),
        ({"full_filepath": "/x"}, "dag_id", "d"),
    ],
)
def test_arguments_of_2x_still_work_and_show_the_dialect(
    given: dict[str, Any], attribute: str, expected: Any
) -> None:
    dag, dialect = make(**given)

    assert getattr(dag, attribute) == expected
    assert dialect == 2


def test_positional_arguments_of_1_10() -> None:
    with parsing.parsing(parsing.ParseContext()) as context, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dag = DAG("d", "text", "@hourly", datetime(2024, 1, 1))

    assert (dag.description, dag.schedule, dag.start_date) == (
        "text",
        "@hourly",
        datetime(2024, 1, 1, tzinfo=UTC),
    )
    assert decide(context.notes) == 2


def test_unknown_arguments_are_refused() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'shedule'"):
        DAG("d", shedule="@daily")


def test_a_timetable_given_by_its_2x_name() -> None:
    from airflow.timetables.interval import CronDataIntervalTimetable

    timetable = CronDataIntervalTimetable("0 5 * * *", timezone=pendulum.timezone("UTC"))
    dag, dialect = make(timetable=timetable)

    assert dag.timetable is timetable and dialect == 2


@pytest.mark.parametrize("dag_id", ["with space", "x" * 251, "", "a..b"])
def test_bad_ids(dag_id: str) -> None:
    with pytest.raises(DagInvalid, match="dag_id"):
        DAG(dag_id)


@pytest.mark.parametrize(
    ("start", "zone", "iso"),
    [
        (datetime(2024, 1, 1), "UTC", "2024-01-01T00:00:00+00:00"),
        (pendulum.datetime(2024, 1, 1, tz="Asia/Seoul"), "Asia/Seoul", "2023-12-31T15:00:00+00:00"),
        (datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=9))), "+09:00", "2023-12-31T15:00:00+00:00"),
        (date(2024, 1, 1), "UTC", "2024-01-01T00:00:00+00:00"),
        ("2024-01-01", "UTC", "2024-01-01T00:00:00+00:00"),
    ],
)
def test_start_dates_and_the_zone_of_the_dag(start: Any, zone: str, iso: str) -> None:
    for dag in (DAG("d", start_date=start), DAG("d", default_args={"start_date": start})):
        spec = freeze(dag)
        assert (spec.timezone, spec.start_date) == (zone, iso)


def test_the_first_task_bounds_a_dag_without_start_date() -> None:
    with DAG("d", schedule="@daily", catchup=True) as dag:
        EmptyOperator(task_id="a", start_date=datetime(2024, 2, 1), end_date=datetime(2024, 4, 1))
        EmptyOperator(task_id="b", start_date=datetime(2024, 1, 1), end_date=datetime(2024, 3, 1))

    spec = freeze(dag)
    assert (spec.start_date, spec.end_date) == ("2024-01-01T00:00:00+00:00", "2024-04-01T00:00:00+00:00")


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"schedule": "@daily", "catchup": True}, "catchup=True and a schedule needs a start_date"),
        (
            {"schedule": "@continuous", "max_active_runs": 3, "start_date": datetime(2024, 1, 1)},
            "max_active_runs is 3",
        ),
        ({"schedule": object()}, "cannot be understood"),
        ({"max_active_runs": "many"}, "max_active_runs is 'many'"),
        ({"tags": ["x" * 101]}, "has 101 characters"),
        ({"dagrun_timeout": 60}, "give a timedelta"),
        ({"schedule": "@daily", "allowed_run_types": ["manual"]}, "allowed_run_types does not hold that"),
        ({"start_date": 5}, "start_date is 5"),
    ],
)
def test_what_cannot_be_is_refused_with_one_sentence(given: dict[str, Any], text: str) -> None:
    with pytest.raises(DagInvalid, match=text) as caught:
        freeze(DAG("d", **given))
    assert str(caught.value).startswith("DAG 'd'")
    assert isinstance(caught.value, UserError)


def test_a_cron_that_is_none_is_refused() -> None:
    with pytest.raises(AirflowTimetableInvalid, match="DAG 'd' has an invalid schedule"):
        freeze(DAG("d", schedule="99 * * * *", start_date=datetime(2024, 1, 1)))


def test_continuous_lowers_the_default_of_active_runs() -> None:
    assert freeze(DAG("d", schedule="@continuous", start_date=datetime(2024, 1, 1))).max_active_runs == 1


def test_settings_shape_dags_whose_author_did_not_say() -> None:
    defaults = {"max_active_tasks_per_dag": 5, "max_active_runs_per_dag": 6, "catchup_by_default": True}

    with parsing.parsing(parsing.ParseContext(defaults=defaults)):
        spec = freeze(DAG("d"))

    assert (spec.max_active_tasks, spec.max_active_runs, spec.catchup) == (5, 6, True)


def test_the_text_of_a_markdown_file(tmp_path: Any) -> None:
    (tmp_path / "note.md").write_text("# Read me")

    with parsing.parsing(parsing.ParseContext(fileloc=str(tmp_path / "dag.py"))):
        assert DAG("d", doc_md="note.md").doc_md == "# Read me"
        assert DAG("d", doc_md="missing.md").doc_md == "missing.md"


def test_a_dag_may_be_changed_after_it_was_made() -> None:
    dag = DAG("d", start_date=datetime(2024, 1, 1))

    dag.schedule_interval = "@hourly"
    dag.concurrency = 3
    dag.catchup = True
    dag.doc_md = "text"
    dag.on_failure_callback = print

    spec = freeze(dag)
    assert (spec.timetable["expression"], spec.max_active_tasks, spec.catchup) == ("0 * * * *", 3, True)
    assert spec.doc_md == "text" and spec.callbacks == ("failure",) and dag.on_failure_callback == [print]


def test_tasks_are_found_by_id() -> None:
    with DAG("d") as dag:
        a = EmptyOperator(task_id="a")

    assert dag["a"] is dag.get_task("a") is a and dag.has_task("a")
    with pytest.raises(TaskNotFound, match="Task b not found in DAG d"):
        dag.get_task("b")


def test_partial_subset() -> None:
    with DAG("d") as dag:
        a, b, c, d = (EmptyOperator(task_id=n) for n in "abcd")
        a >> b >> c >> d

    assert dag.partial_subset(["b"]).task_ids == ["a", "b"]
    assert dag.partial_subset(["b"], include_upstream=False, include_downstream=True).task_ids == [
        "b",
        "c",
        "d",
    ]
    assert dag.partial_subset("^c$", include_upstream=False, include_direct_upstream=True).task_ids == [
        "b",
        "c",
    ]
    assert dag.partial_subset(["d"], depth=1).task_ids == ["c", "d"]
    part = dag.partial_subset(["b"])
    assert part.get_task("b").downstream_task_ids == set() and dag.get_task("b").downstream_task_ids == {"c"}
    assert part.get_task("a").dag is part and a.dag is dag


def test_collect_finds_globals_and_context_managers_once() -> None:
    module = types.ModuleType("dagfile")
    with parsing.parsing(parsing.ParseContext()):
        in_globals = DAG("in_globals")
        with DAG("made") as made:
            pass
        with DAG("hidden", auto_register=False):
            pass
        vars(module).update(a=in_globals, b=in_globals, c=made)
        with DAG("loose"):
            pass
        found = collect(module)

    assert [d.dag_id for d in found] == ["in_globals", "made", "loose"]


def test_the_parsing_context_says_what_is_wanted() -> None:
    from airflow.sdk import get_parsing_context

    assert get_parsing_context() == (None, None)
    with parsing.parsing(parsing.ParseContext(dag_id="d", task_id="t")):
        assert get_parsing_context().dag_id == "d" and get_parsing_context().task_id == "t"


def test_test_and_cli_go_to_the_installed_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []

    class Runner:
        def test(self, dag: DAG, **options: Any) -> str:
            calls.append((dag.dag_id, options["conf"], options["logical_date"]))
            return "run"

        def cli(self, dag: DAG, arguments: Any) -> None:
            calls.append((dag.dag_id, arguments))

    monkeypatch.setattr(sys, "argv", ["x.py", "list"])
    runner.install(Runner())
    try:
        assert DAG("d").test(run_conf={"a": 1}, logical_date=datetime(2024, 1, 1)) == "run"
        DAG("d").cli()
    finally:
        runner.install(None)

    assert calls == [("d", {"a": 1}, datetime(2024, 1, 1, tzinfo=UTC)), ("d", ["list"])]


def test_the_result_of_a_dag() -> None:
    from airflow.sdk import result

    with DAG("d") as dag:

        @result
        @task
        def f() -> int:
            return 1

        f()

    assert dag.result_task_ids == {"f"}
