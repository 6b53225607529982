"""Triggers in DAG files: the base classes, tasks that start in their trigger, watchers of assets."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ostro.sdk import serde
from ostro.sdk.assets import Asset, AssetWatcher
from ostro.sdk.baseoperator import BaseOperator
from ostro.sdk.dag import DAG
from ostro.sdk.freeze import freeze
from ostro.sdk.trigger import (
    BaseEventTrigger,
    BaseTrigger,
    StartTriggerArgs,
    TaskFailedEvent,
    TaskSuccessEvent,
    TriggerEvent,
)


class Soon(BaseEventTrigger):
    def __init__(self, n: int = 1) -> None:
        super().__init__()
        self.n = n

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return "m.Soon", {"n": self.n}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        yield TriggerEvent(self.n)


class Starts(BaseOperator):
    start_from_trigger = True
    start_trigger_args = StartTriggerArgs(trigger_cls="m.T", next_method="go", trigger_kwargs={"x": 1})

    def __init__(
        self, *, v: int = 1, start_from_trigger: bool = True, trigger_kwargs: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.start_from_trigger = start_from_trigger
        self.start_trigger_args = StartTriggerArgs(
            trigger_cls="m.T",
            next_method="go",
            trigger_kwargs={"v": v, "at": dt.datetime(2024, 1, 1)},
            timeout=dt.timedelta(minutes=1),
        )


def test_a_trigger_must_say_what_it_is() -> None:
    with pytest.raises(TypeError, match="abstract"):
        BaseTrigger()  # type: ignore[abstract]
    trigger = Soon(3)
    assert repr(trigger) == "<m.Soon n=3>"
    assert (trigger.task_instance, trigger.trigger_id, trigger.template_fields) == (None, None, ())


def test_events() -> None:
    assert repr(TriggerEvent({"a": 1})) == "TriggerEvent<{'a': 1}>"
    assert TriggerEvent(1) == TriggerEvent(1) != TriggerEvent(2)
    ended = TaskSuccessEvent(xcoms={"a": 1})
    assert (ended.payload, ended.xcoms, str(ended.task_instance_state)) == ("success", {"a": 1}, "success")
    with pytest.raises(ValueError, match="not supported"):
        TaskFailedEvent(payload=3)


def tasks_of(dag: DAG) -> dict[str, Any]:
    return {task.task_id: task for task in freeze(dag, "d.py").tasks}


def test_how_a_task_starts_in_its_trigger_is_part_of_its_spec() -> None:
    with DAG("d", schedule=None) as dag:
        Starts(task_id="plain", v=5)
        Starts(task_id="off", start_from_trigger=False)
        Starts.partial(task_id="mapped").expand(v=[1, 2])
        Starts.partial(task_id="given", trigger_kwargs={"x": 7}).expand(v=[1, 2])
        Starts.partial(task_id="mapped_off", start_from_trigger=False).expand(v=[1, 2])
        Starts.partial(task_id="differs").expand(trigger_kwargs=[{"x": 1}, {"x": 2}])
        Starts.partial(task_id="pairs").expand_kwargs([{"v": 1}, {"v": 2}])
        Starts.partial(task_id="other_pairs").expand_kwargs([{"v": 1}, {"start_from_trigger": False}])
    found = tasks_of(dag)
    assert {name for name, task in found.items() if task.start_from_trigger} == {
        "plain", "mapped", "given", "pairs"
    }  # fmt: skip
    start = found["plain"].start_trigger
    assert (start["classpath"], start["next_method"], start["timeout"]) == ("m.T", "go", 60.0)
    assert serde.deserialize(start["kwargs"]) == {"v": 5, "at": dt.datetime(2024, 1, 1)}
    # As in Airflow, a mapped task has what its class says.
    assert found["mapped"].start_trigger["kwargs"] == {"x": 1}
    assert found["given"].start_trigger["kwargs"] == {"x": 7}


def test_watchers_of_the_assets_that_a_dag_listens_to_are_part_of_its_spec() -> None:
    one = Asset("one", watchers=[AssetWatcher("w", Soon(2))])
    with DAG("d", schedule=one & Asset("two")) as dag:
        BaseOperator(task_id="t", outlets=[Asset("three", watchers=[AssetWatcher("x", Soon())])])
    (watcher,) = freeze(dag, "d.py").watchers
    assert (watcher.name, watcher.classpath, watcher.kwargs) == ("w", "m.Soon", {"n": 2})
    assert (watcher.asset_name, watcher.asset_uri) == ("one", "one")


def test_a_watcher_needs_a_trigger_of_events() -> None:
    with pytest.raises(ValueError, match="must inherit BaseEventTrigger"):
        AssetWatcher("w", None)
