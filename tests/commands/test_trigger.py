"""Triggering runs by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from commands.conftest import World, line
from ostro import commands
from ostro.errors import AlreadyExists, BadRequest, NotAllowed, NotFound
from ostro.spec import ParamSpec
from ostro.states import RunState, RunType
from ostro.timetable import CronDataIntervalTimetable, encode
from store.made import NOW


def test_a_run_is_queued_and_the_engine_is_woken(world: World) -> None:
    world.dag(*line("a"))

    run = commands.trigger_run(*world.here, dag_id="d", conf={"x": 1}, note="why", triggering_user="ann")

    assert world.again(run) == run
    assert (run.state, run.run_type, run.conf, run.note) == (RunState.QUEUED, RunType.MANUAL, {"x": 1}, "why")
    assert run.run_id.startswith("manual__2026-03-01T12:30:15.123456+00:00_") and run.logical_date is None
    assert world.wake.calls == [([run.id], ["d"])]


def test_the_data_interval_is_the_timetable_s(world: World) -> None:
    world.dag(*line("a"), timetable=encode(CronDataIntervalTimetable("0 0 * * *", "UTC")))

    run = commands.trigger_run(*world.here, dag_id="d", logical_date=NOW)

    midnight = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    assert (run.data_interval_start, run.data_interval_end) == (midnight - timedelta(days=1), midnight)
    assert run.run_after == midnight
    assert run.run_id == "manual__2026-03-01T00:00:00+00:00"


def test_a_given_interval_stands(world: World) -> None:
    world.dag(*line("a"))
    given = (NOW - timedelta(days=2), NOW - timedelta(days=1))

    run = commands.trigger_run(*world.here, dag_id="d", logical_date=NOW, data_interval=given, run_after=NOW)

    assert (run.data_interval_start, run.data_interval_end, run.run_after) == (*given, NOW)
    with pytest.raises(BadRequest, match="must be greater"):
        commands.trigger_run(*world.here, dag_id="d", logical_date=NOW, data_interval=given[::-1])


def test_dialect_two_gets_the_present_as_logical_date(world: World) -> None:
    world.dag(*line("a"), dialect=2)

    assert commands.trigger_run(*world.here, dag_id="d").logical_date == NOW


def test_dialect_two_can_be_triggered_often_within_one_interval(world: World) -> None:
    world.dag(*line("a"), dialect=2, timetable=encode(CronDataIntervalTimetable("0 0 * * *", "UTC")))

    first = commands.trigger_run(*world.here, dag_id="d")
    second = commands.trigger_run(*world.here, dag_id="d", logical_date=NOW + timedelta(minutes=1))

    assert first.run_id == f"manual__{NOW.isoformat()}"
    assert second.run_id == f"manual__{(NOW + timedelta(minutes=1)).isoformat()}"
    assert first.data_interval_end == second.data_interval_end


@pytest.mark.parametrize("again", [{"run_id": "one"}, {"run_id": "two", "logical_date": NOW}])
def test_a_run_exists_once(world: World, again: dict[str, Any]) -> None:
    world.dag(*line("a"))
    first = commands.trigger_run(*world.here, dag_id="d", run_id="one", logical_date=NOW)

    with pytest.raises(AlreadyExists):
        commands.trigger_run(*world.here, dag_id="d", **again)
    cleared = commands.trigger_run(*world.here, dag_id="d", reset_if_exists=True, **again)

    assert (cleared.id, cleared.clear_number) == (first.id, 1)


@pytest.mark.parametrize(
    ("run_id", "text"),
    [
        ("scheduled__x", "reserved"),
        ("a b", "does not match"),
        ("x" * 251, "250"),
        ("", "250"),
        ("../up", "does not match"),
    ],
)
def test_run_ids_that_cannot_be(world: World, run_id: str, text: str) -> None:
    world.dag(*line("a"))

    with pytest.raises(BadRequest, match=text):
        commands.trigger_run(*world.here, dag_id="d", run_id=run_id)


def test_what_cannot_be_triggered(world: World) -> None:
    world.dag(*line("a"), allowed_run_types=("scheduled",))

    with pytest.raises(NotFound):
        commands.trigger_run(*world.here, dag_id="nobody")
    with pytest.raises(NotAllowed, match="does not allow manual runs"):
        commands.trigger_run(*world.here, dag_id="d")


def test_an_operator_s_run_says_so(world: World) -> None:
    world.dag(*line("a"))

    run = commands.trigger_run(*world.here, dag_id="d", triggered_by="operator")

    assert (run.run_type, run.triggered_by) == (RunType.OPERATOR_TRIGGERED, "operator")


@pytest.mark.parametrize(
    ("schema", "default", "conf", "fits"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 9}, {"value": 3}, {}, True),
        ({"type": "integer", "minimum": 1, "maximum": 9}, {"value": 3}, {"p": "text"}, False),
        ({"type": "integer", "minimum": 1, "maximum": 9}, {"value": 3}, {"p": 10}, False),
        ({"enum": ["red", "blue"]}, {"value": "red"}, {"p": "green"}, False),
        ({"enum": ["red", "blue"]}, {"value": "red"}, {"p": "blue"}, True),
        ({"type": "string"}, {}, {"p": "x"}, True),
        ({"type": "string"}, {}, {}, False),
        ({"type": "string", "pattern": "^[a-z]+$"}, {"value": "abc"}, {"p": "ABC"}, False),
        ({"type": ["null", "string"]}, {"value": None}, {}, True),
        ({"type": "array", "items": {"type": "integer"}}, {"value": [1]}, {"p": ["x"]}, False),
        ({"const": "fixed"}, {"value": "fixed"}, {"p": "other"}, False),
        (
            {"type": "string", "format": "date-time"},
            {"value": "2024-01-01T00:00:00Z"},
            {"p": "yesterday"},
            False,
        ),
        ({}, {"value": 1}, {"zz": 1}, True),
    ],
)
def test_conf_fits_the_params(
    world: World, schema: dict[str, Any], default: dict[str, Any], conf: dict[str, Any], fits: bool
) -> None:
    world.dag(*line("a"), params=(ParamSpec(name="p", schema=schema, **default),))

    if fits:
        assert commands.trigger_run(*world.here, dag_id="d", conf=conf).conf == conf
    else:
        with pytest.raises(BadRequest, match="Invalid input for param p"):
            commands.trigger_run(*world.here, dag_id="d", conf=conf)
        assert world.wake.calls == []
