"""What a process with triggers says goes out whole, whoever says it."""

from __future__ import annotations

import datetime as dt
import socket
import threading
from typing import Any

import pytest

from ostro.protocol import trigger as p
from ostro.protocol.task import Deferred
from ostro.runtime.outcome import of_error
from ostro.runtime.triggers import Triggers
from ostro.sdk.around.temporal import DateTimeTrigger
from ostro.sdk.baseoperator import BaseOperator
from ostro.sdk.exceptions import TaskDeferred


class Line:
    """In the middle of the first word the watchman speaks too."""

    wants_write = False

    def __init__(self, triggers: Triggers) -> None:
        self.triggers = triggers
        self.said: list[str] = []
        self.watchman = threading.Thread(target=triggers._blocked, args=("trigger 1", 1.0, "here"))

    def send(self, message: Any) -> None:
        self.said.append(f"begin {type(message).__name__}")
        if isinstance(message, p.Fired):
            self.watchman.start()
            self.watchman.join(0.1)
        self.said.append(f"end {type(message).__name__}")


def test_the_watchman_waits_until_a_word_is_said() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        triggers = Triggers(ours, None)  # type: ignore[arg-type]
        line = Line(triggers)
        triggers._link = line  # type: ignore[assignment]
        triggers._say(p.Fired(id=1, payload=None))
        line.watchman.join()
    assert line.said == ["begin Fired", "end Fired", "begin Blocked", "end Blocked"]


@pytest.mark.parametrize(
    ("enabled", "own", "supports", "queue"),
    [
        (False, None, True, None),
        (True, None, True, "of the task"),
        (True, None, False, None),
        (True, "its own", True, "its own"),
        (False, "its own", False, "its own"),
    ],
)
def test_the_queue_of_a_trigger(
    monkeypatch: pytest.MonkeyPatch, enabled: bool, own: str | None, supports: bool, queue: str | None
) -> None:
    class Some(DateTimeTrigger):
        supports_triggerer_queue = supports

    monkeypatch.setenv("AIRFLOW__TRIGGERER__QUEUES_ENABLED", str(enabled))
    trigger: Any = Some(dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
    if own is not None:
        trigger.queue = own
    operator = BaseOperator(task_id="t", queue="of the task")
    with pytest.raises(TaskDeferred) as deferred:
        operator.defer(trigger=trigger, method_name="go")
    result = of_error(deferred.value, end=dt.datetime.now(dt.UTC))
    assert isinstance(result, Deferred) and result.queue == queue
