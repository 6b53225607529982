"""Sensors that wait for moments and files, operators that branch by the clock, their triggers and FSHook."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pendulum
import pytest

from ostro.sdk import serde, timezone
from ostro.sdk.around.temporal import DateTimeTrigger
from ostro.sdk.around.weekday import WeekDay
from ostro.sdk.exceptions import AirflowException, AirflowNotFoundException, TaskDeferred
from ostro.sdk.hooks.filesystem import FSHook
from ostro.sdk.operators.branch_by_time import (
    BranchDateTimeOperator,
    BranchDayOfWeekOperator,
    bounds_around,
)
from ostro.sdk.sensors.filesystem import FileSensor
from ostro.sdk.sensors.moments import (
    DateTimeSensor,
    DateTimeSensorAsync,
    DayOfWeekSensor,
    TimeDeltaSensor,
    TimeDeltaSensorAsync,
    TimeSensor,
    TimeSensorAsync,
    WaitSensor,
)
from ostro.sdk.trigger import TaskSuccessEvent, TriggerEvent, start_of
from ostro.sdk.triggers.file import DirectoryFileDeleteTrigger, FileDeleteTrigger, FileTrigger

from .made import DATE, context_of, dag_of

PAST = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
FUTURE = dt.datetime(2999, 1, 1, tzinfo=dt.UTC)


def deferred(task: Any, **context: Any) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as caught:
        task.execute(context_of(task, **context))
    return caught.value


async def first(trigger: Any) -> Any:
    async for event in trigger.run():
        return event
    return None


def fire(trigger: Any) -> Any:
    async def within() -> Any:
        return await asyncio.wait_for(first(trigger), 10)

    return asyncio.run(within())


# ---- moments -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("target", "come"), [(PAST, True), (FUTURE, False), ("2020-01-01T00:00:00", True)])
def test_a_date_time_sensor_looks_at_the_clock(target: Any, come: bool) -> None:
    task = DateTimeSensor(task_id="t", target_time=target)

    assert task.poke(context_of(task)) is come


def test_a_target_time_of_another_type_is_told() -> None:
    with pytest.raises(TypeError, match=r"Expected str or datetime.datetime type for target_time"):
        DateTimeSensor(task_id="t", target_time=5)


def test_the_async_sensor_waits_in_a_trigger_that_can_end_the_task() -> None:
    task = DateTimeSensorAsync(task_id="t", target_time=FUTURE, end_from_trigger=True)

    signal = deferred(task)

    assert signal.trigger.serialize() == (
        "airflow.providers.standard.triggers.temporal.DateTimeTrigger",
        {"moment": FUTURE, "end_from_trigger": True},
    )
    assert signal.method_name == "execute_complete"
    assert signal.timeout == dt.timedelta(seconds=task.timeout)


@pytest.mark.parametrize("moment", [FUTURE, FUTURE.isoformat(), "{{ ds }}"])
def test_a_sensor_started_from_its_trigger_may_have_a_template(moment: Any) -> None:
    task = DateTimeSensorAsync(task_id="t", target_time=moment, start_from_trigger=True)
    arguments = task.start_trigger_args.trigger_kwargs
    trigger = DateTimeTrigger(**arguments)

    assert task.start_from_trigger and arguments["target_time"] == task.target_time
    if moment == "{{ ds }}":
        assert trigger.serialize()[1] == {"target_time": "{{ ds }}", "end_from_trigger": False}
        trigger.target_time = FUTURE.isoformat()
    assert trigger.moment == FUTURE
    assert trigger.serialize()[1] == {"moment": FUTURE, "end_from_trigger": False}


def test_a_time_sensor_started_from_its_trigger_waits_for_the_day_on_which_it_began() -> None:
    with dag_of(start_date=pendulum.datetime(2024, 1, 1, tz="Europe/Berlin")):
        task = TimeSensor(
            task_id="t", target_time=dt.time(6, 30), start_from_trigger=True, end_from_trigger=True
        )
        other = TimeSensor(task_id="u", target_time=dt.time(6, 30))
    assert task.start_from_trigger and not other.start_from_trigger
    assert start_of(other) is None
    start = start_of(task)
    assert start is not None
    # Nothing in it changes from day to day: it would be a new version of the DAG.
    assert start["kwargs"] == {
        "target_time": "06:30:00", "zone": "Europe/Berlin", "end_from_trigger": True,
    }  # fmt: skip
    trigger = serde.import_class(start["classpath"])(**start["kwargs"])
    trigger.task_instance = SimpleNamespace(
        task_id="t", task=None, start_date=dt.datetime(2024, 7, 1, 22, 30, tzinfo=dt.UTC)
    )
    assert trigger.moment == dt.datetime(2024, 7, 2, 4, 30, tzinfo=dt.UTC)
    assert [type(event).__name__ for event in asyncio.run(_all(trigger))] == ["TaskSuccessEvent"]


async def _all(trigger: Any) -> list[Any]:
    return [event async for event in trigger.run()]


def test_a_time_sensor_waits_for_the_time_of_the_day_it_started_on_in_the_zone_of_the_dag() -> None:
    import pendulum

    with dag_of(start_date=pendulum.datetime(2024, 1, 1, tz="Europe/Berlin")):
        task = TimeSensor(task_id="t", target_time=dt.time(6, 30))
    context = context_of(task, run_after=dt.datetime(2024, 7, 1, 22, 30, tzinfo=dt.UTC))

    # 22:30 UTC is already the next day in Berlin.
    assert task._moment_of(context) == dt.datetime(2024, 7, 2, 4, 30, tzinfo=dt.UTC)
    assert task.poke(context) is True


def test_the_async_time_sensor_defers() -> None:
    with dag_of():
        task = TimeSensorAsync(task_id="t", target_time=dt.time(6, 30))

    assert deferred(task).trigger.moment == DATE.replace(hour=6, minute=30)


@pytest.mark.parametrize(("date", "base"), [(DATE, DATE), (None, FUTURE)])
def test_a_time_delta_counts_from_the_end_of_the_interval_or_from_when_the_run_was_due(
    date: Any, base: dt.datetime
) -> None:
    delta = dt.timedelta(hours=1)
    task = TimeDeltaSensor(task_id="t", delta=delta)
    context = context_of(task, date=date, run_after=FUTURE)

    assert task._moment_of(context) == base + delta
    assert task.poke(context) is (base < timezone.utcnow())


def test_an_async_time_delta_that_is_over_does_not_defer() -> None:
    task = TimeDeltaSensorAsync(task_id="t", delta=dt.timedelta(hours=1))

    assert task.execute(context_of(task)) is True
    assert deferred(task, date=FUTURE).trigger.moment == FUTURE + dt.timedelta(hours=1)


def test_a_wait_of_minutes_or_a_timedelta() -> None:
    assert WaitSensor(task_id="t", time_to_wait=2).time_to_wait == dt.timedelta(minutes=2)
    task = WaitSensor(task_id="u", time_to_wait=dt.timedelta(hours=1), deferrable=True)
    left = deferred(task).trigger.moment - timezone.utcnow()

    assert dt.timedelta(minutes=59) < left <= dt.timedelta(hours=1)
    assert WaitSensor(task_id="v", time_to_wait=dt.timedelta(0)).execute(context_of(task)) is None


def test_a_trigger_for_a_moment_gives_it_or_ends_the_task() -> None:
    assert fire(DateTimeTrigger(PAST)) == TriggerEvent(PAST)
    assert fire(DateTimeTrigger(PAST, end_from_trigger=True)) == TaskSuccessEvent()


def test_default_deferrable_is_read_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE", "true")

    assert TimeDeltaSensor(task_id="t", delta=dt.timedelta(1)).deferrable is True
    assert FileSensor(task_id="u", filepath="x", deferrable=False).deferrable is False


# ---- days --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("week_day", "follows"),
    [("Tuesday", "yes"), (WeekDay.MONDAY, "no"), ({"monday", "TUESDAY"}, "yes"), ([WeekDay.SUNDAY], "no")],
)
def test_branch_and_sensor_by_the_day_of_the_logical_date(week_day: Any, follows: str) -> None:
    with dag_of():
        branch = BranchDayOfWeekOperator(
            task_id="b",
            follow_task_ids_if_true="yes",
            follow_task_ids_if_false="no",
            week_day=week_day,
            use_task_logical_date=True,
        )
        sensor = DayOfWeekSensor(task_id="s", week_day=week_day, use_task_logical_date=True)

    assert branch.choose_branch(context_of(branch)) == follows
    assert sensor.poke(context_of(sensor)) is (follows == "yes")


def test_a_day_that_is_none_is_told() -> None:
    with pytest.raises(AttributeError, match='Invalid Week Day passed: "Someday"'):
        DayOfWeekSensor(task_id="s", week_day="Someday")


@pytest.mark.parametrize(
    ("lower", "upper", "follows"),
    [
        (DATE, DATE, "yes"),
        (DATE + dt.timedelta(seconds=1), None, "no"),
        (None, DATE - dt.timedelta(seconds=1), "no"),
        (dt.time(0, 0), dt.time(1, 0), "yes"),
        (dt.time(22, 0), dt.time(4, 0), "no"),
        (dt.datetime(2024, 3, 4), None, "yes"),
    ],
)
def test_branch_by_bounds(lower: Any, upper: Any, follows: str) -> None:
    with dag_of():
        branch = BranchDateTimeOperator(
            task_id="b",
            follow_task_ids_if_true="yes",
            follow_task_ids_if_false="no",
            target_lower=lower,
            target_upper=upper,
            use_task_logical_date=True,
        )

    assert branch.choose_branch(context_of(branch)) == follows


def test_an_upper_time_below_the_lower_is_on_the_next_day() -> None:
    low, high = bounds_around(DATE, dt.time(22), dt.time(4), dt.UTC)

    assert (low, high) == (DATE.replace(hour=22), DATE.replace(hour=4) + dt.timedelta(days=1))


def test_a_branch_without_bounds_is_refused() -> None:
    with pytest.raises(AirflowException, match="At least one must be defined"):
        BranchDateTimeOperator(
            task_id="b",
            follow_task_ids_if_true="a",
            follow_task_ids_if_false="b",
            target_lower=None,
            target_upper=None,
        )


# ---- files -------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    extra = json.dumps({"conn_type": "fs", "extra": {"path": str(tmp_path)}})
    monkeypatch.setenv("AIRFLOW_CONN_PLACE", extra)
    return tmp_path


def test_the_base_path_is_that_of_the_connection(folder: Path) -> None:
    assert FSHook("place").get_path() == str(folder)
    assert FSHook("place").test_connection()[0] is True
    assert FSHook().get_path() == "/"
    with pytest.raises(AirflowNotFoundException):
        FSHook("elsewhere")


def test_a_file_sensor_finds_files_patterns_and_folders_with_files(folder: Path) -> None:
    def found(filepath: str, **kwargs: Any) -> bool:
        task = FileSensor(task_id="t", filepath=filepath, fs_conn_id="place", **kwargs)
        return bool(task.poke(context_of(task)))

    (folder / "empty").mkdir()
    (folder / "a" / "b").mkdir(parents=True)
    assert not found("a")
    (folder / "a" / "b" / "x.csv").write_text("1")

    assert found("a") and found("a/b/x.csv") and found("*/b/*.csv") and found("**/*.csv", recursive=True)
    assert not found("empty") and not found("*.csv") and not found("a/b/y.csv")


def test_a_deferrable_file_sensor_looks_first_and_then_waits_in_a_trigger(folder: Path) -> None:
    task = FileSensor(
        task_id="t", filepath="x", fs_conn_id="place", deferrable=True, poke_interval=3, timeout=9
    )

    signal = deferred(task)

    assert signal.trigger.serialize()[1] == {
        "filepath": str(folder / "x"),
        "recursive": False,
        "poke_interval": 3,
    }
    assert signal.timeout == dt.timedelta(seconds=9)
    (folder / "x").write_text("")
    assert task.execute(context_of(task)) is None
    assert fire(signal.trigger) == TriggerEvent(True)
    with pytest.raises(AirflowException, match="not found"):
        task.execute_complete(context_of(task), None)


def test_a_file_sensor_started_from_its_trigger_tells_the_engine_how(folder: Path) -> None:
    task = FileSensor(task_id="t", filepath="x", fs_conn_id="place", deferrable=True, start_from_trigger=True)

    assert task.start_trigger_args.trigger_cls == FileTrigger("x").serialize()[0]
    assert task.start_trigger_args.trigger_kwargs["filepath"] == str(folder / "x")


def test_a_trigger_waits_until_the_file_is_there(folder: Path) -> None:
    async def within() -> Any:
        waiting = asyncio.create_task(first(FileTrigger(str(folder / "x"), poke_interval=0.01)))
        await asyncio.sleep(0.03)
        assert not waiting.done()
        (folder / "x").write_text("")
        return await asyncio.wait_for(waiting, 10)

    assert asyncio.run(within()) == TriggerEvent(True)


def test_a_file_that_is_a_message_is_taken(folder: Path) -> None:
    path = str(folder / "x")
    in_folder = DirectoryFileDeleteTrigger(directory=str(folder), filename="x")
    for trigger, payload in ((FileDeleteTrigger(path), True), (in_folder, {"filepath": path})):
        (folder / "x").write_text("")
        assert fire(trigger) == TriggerEvent(payload)
        assert not (folder / "x").exists()


def test_connections_know_the_hooks_of_the_standard_provider(folder: Path) -> None:
    from ostro.sdk.connection import Connection

    assert Connection.get("place").get_hook().get_path() == str(folder)
    assert Connection.get("place").test_connection() == (True, f"Path {folder} is existing.")
