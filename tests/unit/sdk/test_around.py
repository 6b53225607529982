"""What Airflow's other modules offer to DAG files."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ostro.errors import UserError
from ostro.sdk import DAG, BaseNotifier, ExceptionRetryPolicy, RetryAction, RetryRule
from ostro.sdk.exceptions import AirflowTaskTimeout
from ostro.sdk.freeze import freeze
from ostro.sdk.operators.empty import EmptyOperator


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def test_days_ago() -> None:
    from airflow.utils.dates import days_ago

    found = days_ago(2, hour=3)

    assert (found.hour, found.minute, found.microsecond) == (3, 0, 0) and found.utcoffset() == timedelta(0)
    assert timedelta(days=1) <= datetime.now(UTC) - found.replace(hour=0) < timedelta(days=3, seconds=5)


def test_date_range() -> None:
    from airflow.utils.dates import date_range

    start = datetime(2024, 1, 1, tzinfo=UTC)
    assert date_range(start, num=3, delta=timedelta(days=1)) == [start + timedelta(days=i) for i in range(3)]
    assert date_range(start, num=-2, delta=timedelta(days=1)) == [start - timedelta(days=1), start]
    assert date_range(start, end_date=datetime(2024, 1, 3, tzinfo=UTC), delta="@daily")[-1].day == 3
    assert date_range(start) == []
    with pytest.raises(ValueError, match="not both"):
        date_range(start, end_date=start, num=1, delta=timedelta(1))


def test_round_time_and_units() -> None:
    from airflow.utils.dates import infer_time_unit, round_time, scale_time_units

    assert round_time(datetime(2015, 1, 1, 6), timedelta(days=1), datetime(2015, 1, 1)) == datetime(
        2015, 1, 1
    )
    assert round_time(datetime(2015, 1, 1, 18), timedelta(days=1), datetime(2015, 1, 1)) == datetime(
        2015, 1, 2
    )
    assert infer_time_unit([130, 5]) == "minutes" and scale_time_units([120], "minutes") == [2.0]


def test_small_functions() -> None:
    from airflow.utils.helpers import chunks, exactly_one, merge_dicts, prune_dict

    assert list(chunks([1, 2, 3], 2)) == [[1, 2], [3]]
    assert merge_dicts({"a": {"x": 1}, "b": 1}, {"a": {"y": 2}}) == {"a": {"x": 1, "y": 2}, "b": 1}
    assert exactly_one(1, None) and not exactly_one(1, 2)
    assert prune_dict({"a": None, "b": {"c": None, "d": 0}}) == {"b": {"d": 0}}


def test_subdags_become_groups() -> None:
    from airflow.executors.sequential_executor import SequentialExecutor
    from airflow.operators.subdag import SubDagOperator

    def sub(parent: str, child: str) -> DAG:
        with DAG(f"{parent}.{child}") as inner:
            EmptyOperator(task_id="a") >> EmptyOperator(task_id="b")
        return inner

    with DAG("d") as dag:
        start, end = EmptyOperator(task_id="start"), EmptyOperator(task_id="end")
        start >> SubDagOperator(task_id="s", subdag=sub("d", "s"), executor=SequentialExecutor()) >> end

    spec = freeze(dag)
    assert {t.task_id: t.upstream for t in spec.tasks} == {
        "start": (),
        "s.a": ("start",),
        "s.b": ("s.a",),
        "end": ("s.b",),
    }
    assert {t.task_id: t.group_id for t in spec.tasks}["s.b"] == "s"


def test_executors_of_files_are_names() -> None:
    from airflow.executors.celery_executor import CeleryExecutor

    with pytest.raises(UserError, match=r"CeleryExecutor.execute_async .* \[core\] executor"):
        CeleryExecutor(parallelism=4).execute_async("key", ["true"])


def test_files_may_ask_for_the_default_executor() -> None:
    from airflow.executors import GetDefaultExecutor

    assert GetDefaultExecutor().parallelism == 0


def test_a_session_is_handed_on() -> None:
    from airflow.utils.db import create_session, provide_session

    @provide_session
    def f(x: int, session: Any = None) -> Any:
        return session

    with create_session() as session, pytest.raises(UserError, match=r"SQL text is not possible"):
        session.execute("x")
    assert f(1) is not None and f(1, session="own") == "own" and f(1, "own") == "own"


def test_dagbag(tmp_path: Path) -> None:
    from airflow.models import DagBag

    (tmp_path / "good.py").write_text("from airflow import DAG\nwith DAG('good_one', schedule=None): pass\n")
    (tmp_path / "bad.py").write_text("from airflow import DAG\nraise ValueError('broken')\n")
    (tmp_path / "other.py").write_text("raise ValueError('not for us')\n")

    bag = DagBag(str(tmp_path), include_examples=False)

    assert bag.dag_ids == ["good_one"] and bag.get_dag("good_one") is bag.dags["good_one"]
    assert list(bag.import_errors) == [str(tmp_path / "bad.py")]
    assert "broken" in bag.import_errors[str(tmp_path / "bad.py")]


def test_timeout() -> None:
    from airflow.utils.timeout import timeout

    def spin() -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            pass

    with pytest.raises(AirflowTaskTimeout), timeout(0.05):
        spin()
    with timeout(10):
        pass


def test_patch_environ() -> None:
    from airflow.utils.process_utils import patch_environ

    with patch_environ({"OSTRO_TEST_X": "1"}):
        assert os.environ["OSTRO_TEST_X"] == "1"
    assert "OSTRO_TEST_X" not in os.environ


def test_weekdays() -> None:
    from airflow.providers.standard.utils.weekday import WeekDay

    assert WeekDay.validate_week_day("monday") == {1}
    assert WeekDay.validate_week_day([WeekDay.SUNDAY, "Saturday"]) == {6, 7}
    with pytest.raises(AttributeError, match="Invalid Week Day"):
        WeekDay.convert("someday")


def test_mail_is_built() -> None:
    from airflow.utils.email import build_mime_message

    message, recipients = build_mime_message(
        "me@x.org", "a@x.org; b@x.org", "hello", "<b>hi</b>", cc=["c@x.org"], bcc="d@x.org"
    )

    assert recipients == ["a@x.org", "b@x.org", "c@x.org", "d@x.org"]
    assert (
        message["To"] == "a@x.org, b@x.org" and message["CC"] == "c@x.org" and "d@x.org" not in str(message)
    )


def test_deprecated_names_of_providers() -> None:
    import types

    from airflow.utils.deprecation_tools import add_deprecated_classes

    package = types.ModuleType("ostro_test_package")
    sys.modules["ostro_test_package"] = package
    try:
        add_deprecated_classes(
            {"__init__": {"Old": "datetime.datetime"}, "sub": {"Old": "datetime.date"}}, "ostro_test_package"
        )
        from ostro_test_package import Old as First  # type: ignore[import-not-found]
        from ostro_test_package.sub import Old as Second  # type: ignore[import-not-found]

        assert First.__name__ == "datetime" and Second.__name__ == "date"
    finally:
        for name in ("ostro_test_package", "ostro_test_package.sub"):
            sys.modules.pop(name, None)


def test_retry_policies() -> None:
    policy = ExceptionRetryPolicy(
        rules=[
            RetryRule(ConnectionError, retry_delay=timedelta(seconds=5)),
            RetryRule("builtins.ValueError", action=RetryAction.FAIL, reason="bad data"),
        ]
    )

    assert policy.evaluate(ConnectionResetError(), 1, 3).retry_delay == timedelta(seconds=5)
    assert policy.evaluate(ValueError(), 1, 3).action is RetryAction.FAIL
    assert policy.evaluate(KeyError(), 1, 3).action is RetryAction.DEFAULT
    assert not RetryRule(OSError, match_subclasses=False).matches(ConnectionError())


def test_a_notifier_renders_and_never_fails_the_callback() -> None:
    told: list[str] = []

    class Tell(BaseNotifier):
        template_fields = ("text",)

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

        def notify(self, context: Any) -> None:
            told.append(self.text)
            raise ValueError("the service is down")

    Tell("run {{ run_id }}")({"run_id": "r1"})

    assert told == ["run r1"]


def test_names_that_cannot_be_used_yet_say_so() -> None:
    from airflow.models import Log, TaskReschedule

    with pytest.raises(
        UserError, match=r"TaskReschedule is not part of this release of Ostro; use ti\.get_first"
    ):
        TaskReschedule("x")
    with pytest.raises(UserError, match="a task cannot make a row of Log: the engine writes them"):
        Log("x", task_instance=None)


def test_temporal_triggers() -> None:
    import asyncio

    from airflow.triggers.temporal import DateTimeTrigger, TimeDeltaTrigger

    async def first(trigger: Any) -> Any:
        return await anext(trigger.run())

    moment = datetime.now(UTC) - timedelta(seconds=1)
    assert asyncio.run(first(DateTimeTrigger(moment))).payload == moment
    path, kwargs = TimeDeltaTrigger(timedelta(hours=1)).serialize()
    assert path.endswith("temporal.DateTimeTrigger")
    assert DateTimeTrigger(**kwargs).moment > datetime.now(UTC)
    with pytest.raises(ValueError, match="naive"):
        DateTimeTrigger(datetime(2024, 1, 1))


def test_what_a_fork_server_loads_is_small() -> None:
    heavy = "sqlalchemy pydantic httpx rich jinja2 jsonschema asyncio cryptography fastapi structlog typer uvicorn psycopg yaml"
    code = (
        "import sys, ostro.sdk; ostro.sdk.preload()\n"
        f"print([m for m in {heavy.split()!r} if m in sys.modules])\n"
        "print(len(sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    loaded, count = done.stdout.splitlines()
    assert loaded == "[]", done.stderr
    assert int(count) < 420
