"""The schedule and the dialect: what is settled when, and the date questions of 2.x."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pendulum
import pytest

from ostro.sdk import DAG, parsing
from ostro.sdk.dialect import decide
from ostro.sdk.freeze import freeze
from ostro.sdk.parsing import Note


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2024, 1, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("notes", "pinned", "expected"),
    [
        ([], None, 3),
        ([Note("path", "airflow.operators.dummy.DummyOperator")], None, 2),
        ([Note("name", "airflow.utils.dates.days_ago")], None, 2),
        ([Note("argument", "DAG(schedule_interval=…)", "schedule=")], None, 2),
        ([Note("value", "trigger_rule='dummy'")], None, 2),
        ([Note("path", "x")], 3, 3),
        ([], 2, 2),
    ],
)
def test_the_verdict(notes: list[Note], pinned: int | None, expected: int) -> None:
    assert decide(notes, pinned=pinned) == expected


def test_a_pin_is_2_or_3() -> None:
    with pytest.raises(ValueError, match="2 or 3"):
        decide([], pinned=1)


@pytest.mark.parametrize(
    ("dialect", "schedule", "kind", "catchup"),
    [
        (2, "0 5 * * *", "cron_interval", True),
        (3, "0 5 * * *", "cron_trigger", False),
        (2, timedelta(hours=1), "delta_interval", True),
        (3, timedelta(hours=1), "delta_trigger", False),
        (2, None, "null", True),
        (3, "@once", "once", False),
    ],
)
def test_what_the_dialect_settles(dialect: int, schedule: Any, kind: str, catchup: bool) -> None:
    spec = freeze(DAG("d", schedule=schedule, start_date=at(1)), dialect=dialect)

    assert (spec.timetable["type"], spec.catchup, spec.dialect) == (kind, catchup, dialect)


def test_catchup_that_was_given_stays() -> None:
    assert not freeze(DAG("d", catchup=False, schedule="@daily", start_date=at(1)), dialect=2).catchup
    assert freeze(DAG("d", catchup=True, schedule="@daily", start_date=at(1)), dialect=3).catchup


def test_no_schedule_means_daily_in_2x_and_none_in_3x() -> None:
    assert freeze(DAG("d", start_date=at(1)), dialect=2).timetable["type"] == "delta_interval"
    assert freeze(DAG("d", start_date=at(1)), dialect=3).timetable["type"] == "null"


def test_cron_intervals_can_be_the_setting_of_the_installation() -> None:
    with parsing.parsing(parsing.ParseContext(defaults={"create_cron_data_intervals": True})):
        spec = freeze(DAG("d", schedule="@daily", start_date=at(1)), dialect=3)

    assert spec.timetable["type"] == "cron_interval"


def test_something_old_at_the_end_of_a_file_changes_the_dag_at_its_start() -> None:
    with parsing.parsing(parsing.ParseContext()) as context:
        dag = DAG("d", schedule="@daily", start_date=at(1))
        assert dag.timetable.summary == "0 0 * * *" and not dag.catchup
        parsing.note(Note("path", "airflow.operators.dummy.DummyOperator"))
        assert dag.catchup

        assert freeze(dag, dialect=decide(context.notes)).timetable["type"] == "cron_interval"


def dag_of(schedule: Any, dialect: int, **kwargs: Any) -> DAG:
    dag = DAG("d", schedule=schedule, start_date=at(1), **kwargs)
    dag.settle(dialect)
    return dag


@pytest.mark.parametrize("dialect", [2, 3])
@pytest.mark.parametrize("schedule", ["@daily", timedelta(days=1)])
def test_following_and_previous_on_the_grid(dialect: int, schedule: Any) -> None:
    dag = dag_of(schedule, dialect)

    assert dag.following_schedule(at(5)) == at(6)
    assert dag.previous_schedule(at(5)) == at(4)


@pytest.mark.parametrize("dialect", [2, 3])
def test_following_and_previous_beside_the_grid(dialect: int) -> None:
    dag = dag_of("@daily", dialect)

    assert dag.following_schedule(at(5, 10, 30)) == at(6)
    assert dag.previous_schedule(at(5, 10, 30)) == at(5)


@pytest.mark.parametrize("dialect", [2, 3])
def test_following_over_months_and_in_another_zone(dialect: int) -> None:
    monthly = dag_of("@monthly", dialect)
    assert monthly.following_schedule(datetime(2024, 2, 1, tzinfo=UTC)) == datetime(2024, 3, 1, tzinfo=UTC)
    assert monthly.previous_schedule(datetime(2024, 3, 1, tzinfo=UTC)) == datetime(2024, 2, 1, tzinfo=UTC)

    seoul = DAG("d", schedule="0 9 * * *", start_date=pendulum.datetime(2024, 1, 1, tz="Asia/Seoul"))
    seoul.settle(dialect)
    assert seoul.following_schedule(at(5)) == at(6)
    assert str(seoul.following_schedule(at(5)).tzinfo) == "UTC"  # type: ignore[union-attr]


@pytest.mark.parametrize("schedule", [None, "@once"])
def test_dags_without_a_grid_have_no_neighbours(schedule: Any) -> None:
    dag = dag_of(schedule, 2)

    assert dag.following_schedule(at(5)) is None
    assert dag.previous_schedule(at(5)) is None


def test_naive_dates_are_utc() -> None:
    assert dag_of("@daily", 2).following_schedule(datetime(2024, 1, 5)) == at(6)


def test_runs_between_two_dates() -> None:
    dag = dag_of("@daily", 2)

    infos = list(dag.iter_dagrun_infos_between(at(3), at(5)))

    assert [i.logical_date for i in infos] == [at(3), at(4), at(5)]
    assert dag.date_range(at(3), end_date=at(5)) == [at(3), at(4), at(5)]
    assert dag.date_range(at(3), num=2, end_date=at(9)) == [at(3), at(4)]


def test_the_next_run_of_2x() -> None:
    dag = dag_of("@daily", 2)

    info = dag.next_dagrun_info(at(5))

    assert info is not None and info.logical_date == at(6) and info.run_after == at(7)
    assert dag.infer_automated_data_interval(at(5)) == (at(5), at(6))
    assert dag.schedule_interval == "@daily" and dag.normalized_schedule_interval == "0 0 * * *"
