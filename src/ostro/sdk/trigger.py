"""Triggers: small coroutines that wait for something while no task process runs."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ostro.sdk.enums import TaskInstanceState
from ostro.sdk.templater import Templater


@dataclass
class StartTriggerArgs:
    """What an operator that starts in its trigger says of it (`start_from_trigger`)."""

    trigger_cls: str
    next_method: str
    trigger_kwargs: dict[str, Any] | None = None
    next_kwargs: dict[str, Any] | None = None
    timeout: dt.timedelta | None = None


class BaseTrigger(ABC, Templater):
    """Base of triggers: `serialize` gives class path and arguments, `run` yields events.

    `task_instance` is the task instance that waits, None for a watcher of assets. `run` must not keep the event loop to
    itself: await, or move work to a thread.
    """

    supports_triggerer_queue: ClassVar[bool] = True

    template_fields: Sequence[str]
    template_ext: Sequence[str]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__()
        self._task_instance: Any = None
        self.trigger_id: Any = None
        self.template_fields = ()
        self.template_ext = ()
        self.task_id: str | None = None

    @property
    def task_instance(self) -> Any:
        """The task instance that waits."""
        return self._task_instance

    @task_instance.setter
    def task_instance(self, ti: Any) -> None:
        self._task_instance = ti
        if ti is not None:
            self.task_id = ti.task_id
            task = getattr(ti, "task", None)
            if task is not None:
                self.template_fields = task.template_fields
                self.template_ext = task.template_ext

    @property
    def task(self) -> Any:
        """The operator, where it is known: in a task that starts in its trigger."""
        return getattr(self._task_instance, "task", None)

    @abstractmethod
    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Dotted path of the class and the keyword arguments to make it again."""

    @abstractmethod
    def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, then yield an event; an async generator. It may be started anew from its arguments at any time."""

    async def cleanup(self) -> None:
        """Called when the trigger ends, for whatever reason: release what it holds in this process."""

    async def on_kill(self) -> None:
        """Called when its task was ended from outside (cleared, marked, run ended): stop what it watches elsewhere.

        Not called for a time-out, an event, or when the trigger moves to another process.
        """

    @staticmethod
    def repr(classpath: str, kwargs: Mapping[str, Any]) -> str:
        """A trigger as text."""
        listed = ", ".join(f"{k}={v}" for k, v in kwargs.items())
        return f"<{classpath} {listed}>" if listed else f"<{classpath}>"

    def __repr__(self) -> str:
        return self.repr(*self.serialize())


class BaseEventTrigger(BaseTrigger):
    """Base of triggers that watch assets: `run` goes on for ever and yields an event each time.

    Watchers whose `shared_stream_key` is equal share one source: `open_shared_stream` is run once for all of them, and
    each picks its events from it in `filter_shared_stream`. With `create_shared_stream_producer` the source is one whose
    events are acknowledged when what came of them is stored (`ostro.sdk.shared_stream`).
    """

    supports_triggerer_queue: ClassVar[bool] = False

    asset_state_store: Any = None

    @staticmethod
    def hash(classpath: str, kwargs: Mapping[str, Any]) -> int:
        """What makes two watchers the same."""
        import json

        from ostro.sdk import serde

        return hash((classpath, json.dumps(serde.serialize(dict(kwargs)), sort_keys=True, default=str)))

    def shared_stream_key(self) -> Hashable | None:
        """Watchers with the same key share a source; None: it has its own."""
        return None

    @classmethod
    def open_shared_stream(cls, kwargs: dict[str, Any]) -> AsyncIterator[Any]:
        """The source of all watchers with one key, an endless async generator. `kwargs` are those of one of them."""
        raise NotImplementedError(f"{cls.__name__} has a shared_stream_key but no open_shared_stream()")

    def filter_shared_stream(self, shared_stream: AsyncIterator[Any]) -> AsyncIterator[TriggerEvent]:
        """This watcher's events among those of the source, an async generator."""
        raise NotImplementedError(
            f"{type(self).__name__} has a shared_stream_key but no filter_shared_stream()"
        )

    @classmethod
    def create_shared_stream_producer(cls, kwargs: dict[str, Any]) -> Any:
        """The producer (SharedStreamProducer) of a source whose events are acknowledged; without it they are not."""
        raise NotImplementedError(f"{cls.__name__} has no create_shared_stream_producer()")


class TriggerEvent:
    """Something that a trigger waited for; the task goes on with its payload."""

    def __init__(self, payload: Any, **kwargs: Any) -> None:
        self.payload = payload

    def __repr__(self) -> str:
        return f"TriggerEvent<{self.payload!r}>"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.payload == other.payload

    def __hash__(self) -> int:
        return hash(type(self))


class BaseTaskEndEvent(TriggerEvent):
    """Ends the task right here, without a process."""

    task_instance_state: ClassVar[TaskInstanceState]

    def __init__(self, *, xcoms: dict[str, Any] | None = None, payload: Any = None, **kwargs: Any) -> None:
        if payload is not None:
            raise ValueError("Param 'payload' not supported for this class.")
        super().__init__(payload=str(self.task_instance_state))
        self.xcoms = xcoms


class TaskSuccessEvent(BaseTaskEndEvent):
    """The task succeeds."""

    task_instance_state = TaskInstanceState.SUCCESS


class TaskFailedEvent(BaseTaskEndEvent):
    """The task fails, and is not tried again."""

    task_instance_state = TaskInstanceState.FAILED


class TaskSkippedEvent(BaseTaskEndEvent):
    """The task is skipped."""

    task_instance_state = TaskInstanceState.SKIPPED


def start_of(task: Any) -> dict[str, Any] | None:
    """How a task starts in its trigger, for its spec; None when it starts in a process.

    A mapped task takes what its operator class and `partial()` say. When its instances differ in that, each starts in a
    process and defers there, which comes to the same.
    """
    owner = task.operator_class if task.is_mapped else task
    given: dict[str, Any] = task.partial_kwargs if task.is_mapped else {}
    start = getattr(owner, "start_trigger_args", None)
    wanted = given.get("start_from_trigger", getattr(owner, "start_from_trigger", False))
    if start is None or not wanted or (task.is_mapped and _differs(task.expand_input.value)):
        return None
    from ostro.sdk import serde

    timeout = given.get("trigger_timeout", start.timeout)
    return {
        "classpath": start.trigger_cls,
        "kwargs": serde.serialize(given.get("trigger_kwargs") or start.trigger_kwargs or {}),
        "next_method": start.next_method,
        "next_kwargs": serde.serialize(given.get("next_kwargs") or start.next_kwargs or {}),
        "timeout": timeout.total_seconds() if isinstance(timeout, dt.timedelta) else timeout,
    }


def _differs(expanded: Any) -> bool:
    """Whether what a task is mapped over may name its trigger's arguments."""
    if isinstance(expanded, Mapping):
        return not _OF_TRIGGER.isdisjoint(expanded)
    if isinstance(expanded, Sequence):
        return any(not isinstance(one, Mapping) or _differs(one) for one in expanded)
    return True


_OF_TRIGGER = frozenset({"start_from_trigger", "trigger_kwargs", "next_kwargs", "trigger_timeout"})
