"""Triggers: small coroutines that wait for something while no task process runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from typing import Any, ClassVar

from ostro.sdk.log import LoggingMixin


class StartTriggerArgs:
    """What an operator that starts in its trigger says of it."""

    def __init__(
        self,
        trigger_cls: str,
        next_method: str,
        trigger_kwargs: dict[str, Any] | None = None,
        next_kwargs: dict[str, Any] | None = None,
        timeout: dt.timedelta | None = None,
    ) -> None:
        self.trigger_cls = trigger_cls
        self.next_method = next_method
        self.trigger_kwargs = trigger_kwargs
        self.next_kwargs = next_kwargs
        self.timeout = timeout


class BaseTrigger(LoggingMixin):
    """Base of triggers: `serialize` gives class path and arguments, `run` yields events."""

    supports_triggerer_queue: ClassVar[bool] = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__()
        self.task_instance: Any = None
        self.trigger_id: Any = None

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Dotted path of the class and the keyword arguments to make it again."""
        raise NotImplementedError(f"{type(self).__name__} has no serialize() method")

    def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, then yield an event."""
        raise NotImplementedError(f"{type(self).__name__} has no run() method")

    async def cleanup(self) -> None:
        """Called when the trigger ends, for whatever reason."""

    async def on_kill(self) -> None:
        """Called when the task was ended from outside."""

    @staticmethod
    def repr(classpath: str, kwargs: Mapping[str, Any]) -> str:
        """A trigger as text."""
        listed = ", ".join(f"{k}={v}" for k, v in kwargs.items())
        return f"<{classpath} {listed}>"

    def __repr__(self) -> str:
        return self.repr(*self.serialize())


class BaseEventTrigger(BaseTrigger):
    """Base of triggers that watch assets."""

    @staticmethod
    def hash(classpath: str, kwargs: Mapping[str, Any]) -> int:
        """What makes two watchers the same."""
        import json

        return hash((classpath, json.dumps(kwargs, sort_keys=True, default=str)))


class TriggerEvent:
    """Something that a trigger waited for; the task goes on with its payload."""

    def __init__(self, payload: Any, **kwargs: Any) -> None:
        self.payload = payload

    def __repr__(self) -> str:
        return f"{type(self).__name__}<{self.payload!r}>"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.payload == other.payload

    def __hash__(self) -> int:
        return hash(type(self))


class BaseTaskEndEvent(TriggerEvent):
    """Ends the task right here, without a process."""

    task_instance_state: ClassVar[str] = ""

    def __init__(self, *, xcoms: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(payload=self.task_instance_state)
        self.xcoms = xcoms


class TaskSuccessEvent(BaseTaskEndEvent):
    """The task succeeds."""

    task_instance_state = "success"


class TaskFailedEvent(BaseTaskEndEvent):
    """The task fails."""

    task_instance_state = "failed"


class TaskSkippedEvent(BaseTaskEndEvent):
    """The task is skipped."""

    task_instance_state = "skipped"
