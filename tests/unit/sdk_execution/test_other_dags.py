"""TriggerDagRunOperator, ExternalTaskSensor and the triggers that wait for other DAGs."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest

from ostro.protocol.task import FindTaskInstances, GetDag, Refused, SetXCom, TriggerRun
from ostro.sdk.around.standard_errors import (
    DuplicateStateError,
    ExternalDagFailedError,
    ExternalDagNotFoundError,
    ExternalTaskFailedError,
    ExternalTaskGroupFailedError,
    ExternalTaskGroupNotFoundError,
    ExternalTaskNotFoundError,
)
from ostro.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
    DagRunAlreadyExists,
    TaskDeferred,
)
from ostro.sdk.operators.trigger_dagrun import DagIsPaused, TriggerDagRunOperator
from ostro.sdk.outside import Outside
from ostro.sdk.sensors.external_task import ExternalTaskMarker, ExternalTaskSensor
from ostro.sdk.trigger import TriggerEvent
from ostro.sdk.triggers.external_task import DagStateTrigger, WorkflowTrigger

from .made import DATE, Engine, context_of, dag_of, engine


def triggering(**kwargs: Any) -> TriggerDagRunOperator:
    with dag_of():
        return TriggerDagRunOperator(task_id="t", trigger_dag_id="other", poke_interval=0, **kwargs)


def run_of(state: str, run_id: str = "x", date: dt.datetime | None = DATE) -> dict[str, Any]:
    return {
        "dag_id": "other",
        "run_id": run_id,
        "run_type": "manual",
        "state": state,
        "run_after": DATE,
        "logical_date": date,
    }


def pushed(made: Engine) -> dict[str, Any]:
    import json

    return {question.row.key: json.loads(question.row.value) for question in made.of(SetXCom)}


# ---- starting runs -----------------------------------------------------------------------------------------------


def test_a_run_is_asked_for_with_all_that_was_given() -> None:
    task = triggering(
        trigger_run_id="mine",
        conf={"a": (1,)},
        logical_date="2024-01-02T03:04:05+00:00",
        run_after=DATE,
        reset_dag_run=True,
        note="why",
    )

    with engine(TriggerRun={"run_id": "mine"}) as made:
        task.execute(context_of(task))

    (asked,) = made.of(TriggerRun)
    assert (asked.dag_id, asked.run_id, asked.conf, asked.note) == ("other", "mine", {"a": [1]}, "why")
    assert (asked.logical_date, asked.run_after) == (dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.UTC), DATE)
    assert asked.reset_if_exists is True
    assert pushed(made) == {"trigger_run_id": "mine"}


@pytest.mark.parametrize("nothing", [None, "", "None"])
def test_a_logical_date_may_be_nothing_and_is_now_when_not_given(nothing: Any) -> None:
    with engine(TriggerRun={"run_id": "x"}) as made:
        for task in (triggering(logical_date=nothing), triggering()):
            task.execute(context_of(task))

    without, now = made.of(TriggerRun)
    assert without.logical_date is None
    assert now.logical_date is not None and now.run_id is None


def test_a_conf_may_be_text_and_must_be_json() -> None:
    with engine(TriggerRun={"run_id": "x"}) as made:
        task = triggering(conf='{"a": 1}')
        task.execute(context_of(task))
        assert made.of(TriggerRun)[0].conf == {"a": 1}
        task = triggering(conf={"a": object()})
        with pytest.raises(ValueError, match="conf parameter should be JSON Serializable"):
            task.execute(context_of(task))


def test_a_date_of_another_type_is_told() -> None:
    with pytest.raises(
        TypeError, match=r"Expected str, datetime.datetime, or None for parameter 'logical_date'"
    ):
        triggering(logical_date=5)


def test_a_run_that_exists_fails_or_skips_the_task() -> None:
    with engine(TriggerRun=Refused(seq=0, code=409, text="there already")):
        task = triggering(trigger_run_id="mine")
        context = context_of(task)
        with pytest.raises(DagRunAlreadyExists, match="mine") as of_3:
            task.execute(context)
        context["ti"].dialect = 2
        with pytest.raises(DagRunAlreadyExists, match="mine") as of_2:
            task.execute(context)
        # 3.x fails for good, 2.x tries again.
        assert isinstance(of_3.value, AirflowFailException)
        assert not isinstance(of_2.value, AirflowFailException)
        task = triggering(skip_when_already_exists=True)
        with pytest.raises(AirflowSkipException, match="there already"):
            task.execute(context_of(task))


def test_a_paused_dag_fails_the_task_when_told_so() -> None:
    task = triggering(fail_when_dag_is_paused=True)
    with engine(GetDag={"is_paused": True}) as made, pytest.raises(DagIsPaused, match="Dag other is paused"):
        task.execute(context_of(task))

    assert made.of(TriggerRun) == []


def test_waiting_ends_as_the_run_does() -> None:
    def after(*states: str) -> Engine:
        left = list(states)
        return Engine(TriggerRun={"run_id": "x"}, GetRun=lambda _: run_of(left.pop(0)))

    from ostro.sdk import asking

    def execute(made: Engine, **kwargs: Any) -> None:
        task = triggering(wait_for_completion=True, **kwargs)
        before = asking.use(made)
        try:
            task.execute(context_of(task))
        finally:
            asking.use(before)

    execute(after("queued", "running", "success"))
    with pytest.raises(AirflowException, match="other failed with failed states failed"):
        execute(after("running", "failed"))
    execute(after("running", "failed"), allowed_states=["failed"], failed_states=[])


def test_a_deferrable_wait_goes_on_with_the_state_of_the_run() -> None:
    task = triggering(wait_for_completion=True, deferrable=True)
    with engine(TriggerRun={"run_id": "x"}), pytest.raises(TaskDeferred) as caught:
        task.execute(context_of(task))
    with engine(FindRuns=[run_of("failed")]) as made:
        event = fire(caught.value.trigger)

    assert made.asked[0].states == ["success", "failed"] and made.asked[0].run_ids == ["x"]
    with pytest.raises(AirflowException, match="failed with failed states"):
        task.execute_complete(context_of(task), event.payload)
    task.execute_complete(context_of(task), ("", {"run_ids": ["x"], "x": "success"}))


# ---- how it goes elsewhere ----------------------------------------------------------------------------------------


def row(task_id: str, state: str, date: dt.datetime = DATE, map_index: int = -1) -> dict[str, Any]:
    return {"task_id": task_id, "state": state, "logical_date": date, "run_id": "x", "map_index": map_index}


LATER = DATE + dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ([], "waiting"),
        ([row("a", "success")], "waiting"),
        ([row("a", "success"), row("b", "running")], "waiting"),
        ([row("a", "success"), row("b", "success")], "success"),
        ([row("a", "success"), row("b", "success", map_index=0), row("b", "none", map_index=1)], "waiting"),
        ([row("a", "success"), row("b", "failed")], "failed"),
        ([row("a", "skipped"), row("b", "failed")], "failed"),
        ([row("a", "skipped")], "skipped"),
    ],
)
def test_the_verdict_on_tasks(rows: list[dict[str, Any]], verdict: str) -> None:
    outside = Outside(dag_id="o", task_ids=["a", "b"], dates=[DATE], skipped=["skipped"], failed=["failed"])

    assert outside.verdict(rows) == verdict


def test_every_date_and_all_of_a_group_count() -> None:
    two = Outside(dag_id="o", task_ids=["a"], dates=[DATE, LATER])
    group = Outside(dag_id="o", group_id="g", dates=[DATE])

    assert two.verdict([row("a", "success")]) == "waiting"
    assert two.verdict([row("a", "success"), row("a", "success", LATER)]) == "success"
    assert group.verdict([row("g.a", "success"), row("g.b", "running")]) == "waiting"
    assert group.verdict([row("g.a", "success"), row("g.b", "success")]) == "success"


def sensor(**kwargs: Any) -> ExternalTaskSensor:
    with dag_of():
        return ExternalTaskSensor(task_id="s", external_dag_id="other", **kwargs)


@pytest.mark.parametrize(
    ("kwargs", "dates"),
    [
        ({}, [DATE]),
        ({"execution_delta": dt.timedelta(days=-1)}, [LATER]),
        ({"execution_date_fn": lambda date: date + dt.timedelta(days=1)}, [LATER]),
        ({"execution_date_fn": lambda date, ds: [date, LATER] if ds == "2024-03-05" else []}, [DATE, LATER]),
    ],
)
def test_which_dates_are_waited_for(kwargs: dict[str, Any], dates: list[dt.datetime]) -> None:
    task = sensor(external_task_id="a", **kwargs)
    with engine(FindTaskInstances=[row("a", "success", date) for date in dates]) as made:
        assert task.poke(context_of(task)) is True

    (asked,) = made.of(FindTaskInstances)
    assert asked.logical_dates == dates and asked.task_ids == ["a"]


def test_a_run_without_a_logical_date_waits_for_when_it_was_due() -> None:
    task = sensor()
    with engine(FindRuns=[run_of("success", date=LATER)]) as made:
        assert task.poke(context_of(task, date=None, run_after=LATER)) is True

    assert made.asked[0].logical_dates == [LATER]


@pytest.mark.parametrize(
    ("kwargs", "answers", "error"),
    [
        ({}, {"FindRuns": [run_of("failed")]}, ExternalDagFailedError),
        (
            {"external_task_ids": ["a"]},
            {"FindTaskInstances": [row("a", "failed")]},
            ExternalTaskFailedError,
        ),
        (
            {"external_task_group_id": "g"},
            {"FindTaskInstances": [row("g.a", "failed")]},
            ExternalTaskGroupFailedError,
        ),
    ],
)
def test_a_failed_state_fails_or_skips_the_sensor(kwargs: Any, answers: Any, error: Any) -> None:
    with engine(**answers):
        task = sensor(failed_states=["failed"], **kwargs)
        with pytest.raises(error):
            task.poke(context_of(task))
        task = sensor(failed_states=["failed"], soft_fail=True, **kwargs)
        with pytest.raises(AirflowSkipException):
            task.poke(context_of(task))
        task = sensor(skipped_states=["failed"], **kwargs)
        with pytest.raises(AirflowSkipException):
            task.poke(context_of(task))


@pytest.mark.parametrize(
    ("kwargs", "known", "error"),
    [
        ({}, None, ExternalDagNotFoundError),
        ({"external_task_id": "b"}, ["a"], ExternalTaskNotFoundError),
        ({"external_task_group_id": "g"}, ["a"], ExternalTaskGroupNotFoundError),
    ],
)
def test_existence_is_checked_once(kwargs: Any, known: Any, error: Any) -> None:
    answer = known and {"is_active": True, "task_ids": known, "group_ids": []}
    task = sensor(check_existence=True, **kwargs)
    with engine(GetDag=answer), pytest.raises(error):
        task.poke(context_of(task))
    with engine(GetDag={"is_active": True, "task_ids": ["b"], "group_ids": ["g"]}) as made:
        task.poke(context_of(task))
        task.poke(context_of(task))
    assert len(made.of(GetDag)) == 1 and made.of(GetDag)[0].with_tasks


@pytest.mark.parametrize(
    ("kwargs", "error"),
    [
        ({"external_task_id": "a", "external_task_ids": ["b"]}, ValueError),
        ({"external_task_group_id": "a", "external_task_ids": ["b"]}, ValueError),
        ({"execution_delta": dt.timedelta(1), "execution_date_fn": lambda d: d}, ValueError),
        ({"allowed_states": ["success"], "failed_states": ["success"]}, DuplicateStateError),
        ({"allowed_states": ["up_for_retry"]}, ValueError),
        ({"external_task_id": "a", "allowed_states": ["nonsense"]}, ValueError),
    ],
)
def test_arguments_that_contradict_each_other_are_refused(kwargs: Any, error: Any) -> None:
    with pytest.raises(error):
        sensor(**kwargs)


def test_a_deferrable_sensor_waits_in_a_trigger() -> None:
    task = sensor(
        external_task_id="a", deferrable=True, failed_states=["failed"], timeout=60, poll_interval=7
    )
    with pytest.raises(TaskDeferred) as caught:
        task.execute(context_of(task))
    trigger = caught.value.trigger

    path, arguments = trigger.serialize()
    assert path.endswith("external_task.WorkflowTrigger")
    assert arguments["logical_dates"] == [DATE] and arguments["poke_interval"] == 7
    assert caught.value.timeout == dt.timedelta(seconds=60)
    with engine(FindTaskInstances=[row("a", "failed")]):
        event = fire(WorkflowTrigger(**arguments))
    assert event == TriggerEvent({"status": "failed"})
    with pytest.raises(ExternalTaskFailedError):
        task.execute_complete(context_of(task), event.payload)
    with pytest.raises(ExternalTaskFailedError, match="could not be found out"):
        task.execute_complete(context_of(task), {"status": "error", "message": "?"})


def test_triggers_ask_again_until_the_state_is_there() -> None:
    left = [[], [run_of("running")], [run_of("success")]]
    with engine(FindRuns=lambda _: left.pop(0)):
        event = fire(WorkflowTrigger("other", logical_dates=[DATE], poke_interval=0))
    assert event == TriggerEvent({"status": "success"})

    some = [[run_of("success", "x")], [run_of("success", "x"), run_of("success", "y")]]
    with engine(FindRuns=lambda _: some.pop(0)):
        event = fire(DagStateTrigger("other", ["success"], run_ids=["x", "y"], poll_interval=0))
    assert event.payload[1]["x"] == event.payload[1]["y"] == "success"


def test_a_marker_checks_its_arguments() -> None:
    with dag_of():
        marker = ExternalTaskMarker(task_id="m", external_dag_id="o", external_task_id="a", logical_date=DATE)
        assert marker.logical_date == DATE.isoformat() and marker.recursion_depth == 10
        with pytest.raises(ValueError, match="recursion_depth should be a positive integer"):
            ExternalTaskMarker(task_id="n", external_dag_id="o", external_task_id="a", recursion_depth=0)


def fire(trigger: Any) -> Any:
    async def within() -> Any:
        async for event in trigger.run():
            return event

    async def limited() -> Any:
        return await asyncio.wait_for(within(), 10)

    return asyncio.run(limited())


def test_the_engine_is_asked_with_tasks_only_where_they_matter() -> None:
    assert GetDag(seq=0, dag_id="d").with_tasks is False
    assert TriggerRun(seq=0, dag_id="d").run_after is None


@pytest.mark.parametrize(
    ("date", "frozen", "empty"),
    [
        ("{{ logical_date.isoformat() }}", None, True),
        ("{{ ts }}", None, True),
        (None, None, True),
        (DATE, DATE.isoformat(), True),
        ("{{ macros.ds_add(ds, 1) }}", "{{ macros.ds_add(ds, 1) }}", False),
    ],
)
def test_the_engine_knows_what_a_marker_points_to(date: Any, frozen: str | None, empty: bool) -> None:
    from ostro.sdk.freeze import freeze

    with dag_of() as dag:
        ExternalTaskMarker(task_id="m", external_dag_id="o", external_task_id="a", logical_date=date)

    (task,) = freeze(dag, dialect=3).tasks
    assert task.links["cleared_with"] == {"dag_id": "o", "task_id": "a", "date": frozen, "depth": 10}
    assert task.is_empty is empty
