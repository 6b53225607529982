"""Operators and sensors, called directly with a small context."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ostro.protocol.task import RunInfo
from ostro.sdk import task, task_group
from ostro.sdk.baseoperator import BaseOperator
from ostro.sdk.context import Context
from ostro.sdk.dag import DAG
from ostro.sdk.dagrun import DagRun
from ostro.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSensorTimeout,
    AirflowSkipException,
)
from ostro.sdk.operators.bash import BashOperator
from ostro.sdk.operators.latest_only import LatestOnlyOperator
from ostro.sdk.operators.python import PythonOperator, ShortCircuitOperator
from ostro.sdk.sensors.base import BaseSensorOperator, PokeReturnValue, poke_mode_only
from ostro.sdk.sensors.bash import BashSensor
from ostro.sdk.sensors.python import PythonSensor
from ostro.sdk.skipmixin import SkipMixin
from ostro.sdk.taskinstance import TaskInstance

DATE = datetime(2024, 3, 5, tzinfo=UTC)


def dag_of(**kwargs: Any) -> DAG:
    return DAG("d", start_date=datetime(2024, 1, 1), **({"schedule": None} | kwargs))


def context_of(task: Any, run_type: str = "manual", date: datetime = DATE, **ti: Any) -> Context:
    info = RunInfo(
        dag_id="d", run_id="r", run_type=run_type, state="running", run_after=date, logical_date=date,
        data_interval_start=date, data_interval_end=date,
    )  # fmt: skip
    run = DagRun(info, task.dag)
    instance = TaskInstance(task, run_id="r", dag_run=run, **ti)
    return Context({"task": task, "ti": instance, "dag_run": run, "dag": task.dag, "ds": "2024-03-05"})


# ---- python ----------------------------------------------------------------------------------------------------


def test_the_context_is_injected_by_name() -> None:
    task = PythonOperator(
        task_id="t", python_callable=lambda x, ds, *, y=0: [x, ds, y], op_args=[1], op_kwargs={"y": 2}
    )

    assert task.execute(context_of(task)) == [1, "2024-03-05", 2]


def test_coroutines_are_awaited() -> None:
    async def work(ds: str) -> str:
        return ds

    task = PythonOperator(task_id="t", python_callable=work)

    assert task.is_async and task.execute(context_of(task)) == "2024-03-05"


def test_the_callable_must_be_callable() -> None:
    with pytest.raises(AirflowException, match="callable"):
        PythonOperator(task_id="t", python_callable="no")  # type: ignore[arg-type]


def test_a_short_circuit_skips_direct_downstream_only_when_told() -> None:
    dag = dag_of()
    t = ShortCircuitOperator(
        task_id="t", python_callable=lambda: 0, ignore_downstream_trigger_rules=False, dag=dag
    )
    a = PythonOperator(task_id="a", python_callable=print, dag=dag)
    t >> a >> PythonOperator(task_id="b", python_callable=print, dag=dag)
    context = context_of(t)

    t.execute(context)

    assert context["ti"].skipped_task_ids == ["a"]


class Own(BaseOperator, SkipMixin):
    """An operator of 2.x that skips as 2.x did."""

    def execute(self, context: Any) -> str:
        self.skip(context["dag_run"], context["dag_run"].execution_date, self.downstream_list)
        return "goes on"


def test_skip_with_the_arguments_of_2x() -> None:
    dag = dag_of()
    t = Own(task_id="t", dag=dag)
    t >> PythonOperator(task_id="a", python_callable=print, dag=dag)
    context = context_of(t)
    from ostro.sdk.context import pop_context, push_context

    push_context(context)
    try:
        assert t.execute(context) == "goes on"
    finally:
        pop_context()

    assert context["ti"].skipped_task_ids == ["a"]


@pytest.mark.parametrize(
    ("task_id", "dialect", "skipped"),
    [
        ("mapped", 3, ["a"]),
        ("function", 3, []),
        ("g.plain", 3, []),
        ("function", 2, ["a"]),
        ("g.plain", 2, ["a"]),
    ],
)
def test_which_mapped_instances_decide(task_id: str, dialect: int, skipped: list[str]) -> None:
    @task_group
    def g(x: int) -> None:
        ShortCircuitOperator(task_id="plain", python_callable=bool)

    with DAG("d") as dag:
        ShortCircuitOperator.partial(task_id="mapped", python_callable=bool).expand(op_args=[[0], [1]])
        task.short_circuit(task_id="function")(bool).expand(x=[0, 1])
        g.expand(x=[0, 1])
    ti = TaskInstance(dag.get_task(task_id), run_id="r", map_index=1, dialect=dialect)

    ti.note_skips({"skipped": ["a"]}, ["a"])

    assert ti.skipped_task_ids == skipped


# ---- latest only -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("run_type", "date", "chosen"),
    [
        ("manual", DATE, ["a"]),
        ("scheduled", DATE, []),
        ("scheduled", datetime(2026, 6, 1, 10, tzinfo=UTC), ["a"]),
        ("scheduled", datetime(2026, 6, 1, 9, tzinfo=UTC), []),
    ],
)
def test_latest_only(
    monkeypatch: pytest.MonkeyPatch, run_type: str, date: datetime, chosen: list[str]
) -> None:
    now = datetime(2026, 6, 1, 10, 30, tzinfo=UTC)
    monkeypatch.setattr("ostro.sdk.operators.latest_only.pendulum.now", lambda zone: now)
    dag = dag_of(schedule="@hourly")
    dag.settle(3)
    t = LatestOnlyOperator(task_id="t", dag=dag)
    t >> PythonOperator(task_id="a", python_callable=print, dag=dag)
    assert t.choose_branch(context_of(t, run_type, date)) == chosen


# ---- bash ------------------------------------------------------------------------------------------------------


def bash(command: str, **kwargs: Any) -> Any:
    task = BashOperator(task_id="t", bash_command=command, **kwargs)
    return task.execute(context_of(task))


def test_the_last_line_is_the_result() -> None:
    assert bash("echo one; echo two; printf three >&2") == "three"
    assert bash("echo 12", output_processor=int) == 12
    assert bash("true") == ""


def test_exit_codes() -> None:
    with pytest.raises(AirflowException, match="non-zero exit code 3"):
        bash("exit 3")
    with pytest.raises(AirflowSkipException):
        bash("exit 99")
    with pytest.raises(AirflowSkipException):
        bash("exit 4", skip_on_exit_code=[4, 5])
    with pytest.raises(AirflowException, match="99"):
        bash("exit 99", skip_on_exit_code=None)


def test_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROM_OUTSIDE", "yes")

    assert bash("echo $FROM_OUTSIDE-$AIRFLOW_CTX_TASK_ID") == "yes-t"
    assert bash("echo $FROM_OUTSIDE-$A", env={"A": "a"}) == "-a"
    assert bash("echo $FROM_OUTSIDE-$A", env={"A": "a"}, append_env=True) == "yes-a"


def test_the_working_folder(tmp_path: Path) -> None:
    assert bash("pwd", cwd=str(tmp_path)) == str(tmp_path)
    assert bash("pwd") not in ("", os.getcwd())
    with pytest.raises(AirflowException, match="Can not find the cwd"):
        bash("pwd", cwd="/no/such/folder")
    with pytest.raises(AirflowException, match="must be a directory"):
        bash("pwd", cwd="/etc/hostname")


def test_bytes_that_are_no_text_do_not_end_the_task() -> None:
    assert bash(r"printf '\xff\n'") == "\\xff"


# ---- sensors ---------------------------------------------------------------------------------------------------


class Sensor(BaseSensorOperator):
    def __init__(self, *, answers: list[Any], **kwargs: Any) -> None:
        super().__init__(**({"poke_interval": 0} | kwargs))
        self.answers = answers

    def poke(self, context: Any) -> Any:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer


def sense(*answers: Any, **kwargs: Any) -> Any:
    ti = {k: kwargs.pop(k) for k in ("reschedule_count", "first_start_date") if k in kwargs}
    sensor = Sensor(task_id="t", answers=list(answers), **kwargs)
    return sensor.execute(context_of(sensor, **ti))


def test_it_pokes_until_the_answer_is_yes() -> None:
    assert sense(False, False, True) is None
    assert sense(False, PokeReturnValue(True, "value")) == "value"


@pytest.mark.parametrize(
    ("kwargs", "error"),
    [
        ({}, AirflowSensorTimeout),
        ({"soft_fail": True}, AirflowSkipException),
        ({"never_fail": True}, AirflowSensorTimeout),
    ],
)
def test_the_timeout(kwargs: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match="timed out"):
        sense(False, timeout=0, **kwargs)


@pytest.mark.parametrize(
    ("raised", "kwargs", "error"),
    [
        (ValueError("x"), {}, ValueError),
        (ValueError("x"), {"soft_fail": True}, ValueError),
        (ValueError("x"), {"never_fail": True}, AirflowSkipException),
        (AirflowFailException("x"), {"soft_fail": True}, AirflowSkipException),
        (AirflowFailException("x"), {"silent_fail": True}, AirflowFailException),
        (AirflowSkipException("x"), {}, AirflowSkipException),
    ],
)
def test_errors_while_poking(raised: Exception, kwargs: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        sense(raised, **kwargs)


def test_a_silent_sensor_goes_on_after_errors() -> None:
    assert sense(ValueError("x"), True, silent_fail=True) is None


def test_rescheduling() -> None:
    with pytest.raises(AirflowRescheduleException) as caught:
        sense(False, mode="reschedule", poke_interval=60)
    wait = caught.value.reschedule_date - datetime.now(UTC)
    assert timedelta(seconds=55) < wait < timedelta(seconds=61)


def test_backoff_grows_and_stays_below_max_wait() -> None:
    sensor = Sensor(
        task_id="t", answers=[False], poke_interval=10, timeout=10_000, exponential_backoff=True, max_wait=60
    )

    waits = [sensor._get_next_poke_interval(n, 0.0) for n in range(1, 8)]

    assert waits[0] >= 5 and waits[-1] == 60 and all(w <= 60 for w in waits)


@pytest.mark.parametrize(
    "kwargs", [{"poke_interval": -1}, {"timeout": -1}, {"mode": "other"}, {"poke_interval": "5"}]
)
def test_wrong_arguments(kwargs: dict[str, Any]) -> None:
    with pytest.raises(AirflowException):
        Sensor(task_id="t", answers=[], **kwargs)


def test_soft_fail_and_never_fail_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="mutually exclusive"):
        Sensor(task_id="t", answers=[], soft_fail=True, never_fail=True)


def test_poke_mode_only() -> None:
    cls = poke_mode_only(type("Only", (Sensor,), {}))

    with pytest.raises(ValueError, match="Only 'poke'"):
        cls(task_id="t", answers=[], mode="reschedule")


def test_python_and_bash_sensors() -> None:
    python = PythonSensor(task_id="p", python_callable=lambda ds: ds == "2024-03-05")
    assert python.execute(context_of(python)) is None

    ready = BashSensor(task_id="b", bash_command="exit 0")
    assert ready.poke(context_of(ready)) is True
    assert BashSensor(task_id="c", bash_command="exit 1").poke(context_of(ready)) is False
    with pytest.raises(AirflowFailException):
        BashSensor(task_id="e", bash_command="exit 2", retry_exit_code=1).poke(context_of(ready))
