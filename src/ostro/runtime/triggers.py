"""The process that runs triggers: one event loop, a coroutine for each.

Owns what triggers do to each other: one that raises ends alone, one that keeps the loop to itself is named (`Watchman`).
Refuses decisions: it tells what became of each trigger (`ostro.protocol.trigger`), the engine does the rest. It ends when
its control connection closes; triggers are made anew from their arguments in the next process.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import traceback
from typing import Any

import msgspec

from ostro.protocol import trigger as p
from ostro.protocol.worker import TriggerLimits
from ostro.runtime import trigger_logs
from ostro.runtime.link import Link
from ostro.runtime.shared_streams import SharedStreams
from ostro.runtime.trigger_classes import Classes
from ostro.runtime.trigger_logs import WATCHER_BYTES, LogFile, RoutedLog
from ostro.runtime.watchman import Watchman
from ostro.sdk import serde
from ostro.sdk.trigger import BaseTaskEndEvent, TriggerEvent

#: Seconds that triggers get to clean up when the process ends.
LAST_SECONDS = 5.0
#: Seconds between two looks whether the engine takes more of what it is told.
FLUSH_EVERY = 0.02
_LOGGER = "airflow.triggers"


class Triggers:
    """All triggers of one process."""

    def __init__(
        self,
        control: socket.socket,
        classes: Classes,
        *,
        limits: TriggerLimits | None = None,
        watched: bool = True,
    ) -> None:
        """`watched`: whether a trigger that keeps the event loop to itself is looked for."""
        self._link = Link(control, p.ToTriggers)
        self._classes = classes
        self._limits = limits or TriggerLimits()
        self._watched = watched
        self._streams = SharedStreams(self._limits)
        self._logs: dict[int, LogFile] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        #: Triggers that are being ended, and whether their task was killed.
        self._stopping: dict[int, bool] = {}
        #: Started and stopped triggers whose last words are still to be heard.
        self._all: set[asyncio.Task[None]] = set()
        self._over: asyncio.Event
        self._flushing = False
        #: The watchman speaks from its own thread, when the loop is busy: with many triggers perhaps with speaking.
        self._speaking = threading.Lock()

    async def run(self) -> None:
        """Until the engine closes the connection."""
        loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        loop.set_exception_handler(_stray)
        threshold = self._limits.blocked
        watchman = Watchman(loop, self._link.fileno(), self._blocked, self._is_busy, threshold=threshold)
        loop.add_reader(self._link.fileno(), self._receive)
        self._say(p.TriggersUp(pid=os.getpid()))
        watchman.start()
        try:
            await self._over.wait()
        finally:
            loop.remove_reader(self._link.fileno())
            self._streams.abandon()
            for task in self._all:
                task.cancel()
            if self._all:
                await asyncio.wait(self._all, timeout=LAST_SECONDS)
            await self._streams.closed()
            watchman.stop()

    def _is_busy(self) -> bool:
        return self._watched and bool(self._tasks)

    # ---- the engine's words --------------------------------------------------------------------------------

    def _receive(self) -> None:
        for message in self._link.receive():
            if isinstance(message, p.StartTrigger):
                self._start(message)
            elif isinstance(message, p.Stored):
                self._streams.stored(message.number)
            else:
                self._stop(message)
        if self._link.closed:
            self._over.set()

    def _start(self, order: p.StartTrigger) -> None:
        if order.id in self._tasks:
            return
        task = asyncio.get_running_loop().create_task(self._live(order), name=f"trigger {order.id}")
        self._tasks[order.id] = task
        self._all.add(task)
        task.add_done_callback(self._all.discard)

    def _stop(self, order: p.StopTrigger) -> None:
        task = self._tasks.pop(order.id, None)
        if task is not None:
            self._stopping[order.id] = order.killed
            task.cancel()

    # ---- the life of a trigger -----------------------------------------------------------------------------

    async def _live(self, order: p.StartTrigger) -> None:
        """Everything that user code raises ends here."""
        most = WATCHER_BYTES if order.instance is None else None
        log = self._logs[order.id] = LogFile(order.log_path, most=most)
        trigger_logs.current.set(log)
        trigger: Any = None
        try:
            trigger = await self._classes.make(order)
            log.write("info", f"Trigger started: {order.classpath}", _LOGGER)
            last = await self._wait(order, trigger, log)
        except asyncio.CancelledError as error:
            if order.id not in self._stopping and not self._over.is_set():
                last = _failed(order, error, log)
            else:
                last = None
                if self._stopping.get(order.id) and trigger is not None:
                    await self._kill(trigger, log)
        except BaseException as error:  # the boundary to user code; SystemExit would end the process
            last = _failed(order, error, log)
        if last is not None and order.id not in self._stopping:
            self._tasks.pop(order.id, None)
            self._tell(order, last, log)
        if trigger is not None:
            await _clean_up(trigger, log)
        self._stopping.pop(order.id, None)
        self._logs.pop(order.id, None)

    async def _wait(self, order: p.StartTrigger, trigger: Any, log: LogFile) -> p.Outcome | None:
        """The last words of a trigger: its first event, or that it ended without any. A watcher's events go out at once."""
        events = self._streams.events_of(trigger)
        failed = True
        try:
            async for event in events:
                said = self._outcome(order, event, self._streams.number(trigger))
                if order.instance is not None:
                    log.write("info", f"Trigger fired: {event!r}", _LOGGER)
                    return said
                if not self._tell(order, said, log):
                    return None
        except asyncio.CancelledError:
            failed = False
            raise
        finally:
            self._streams.release(trigger, failed=failed)
            # At once: a generator that is left to the collector cleans up whenever.
            close = getattr(events, "aclose", None)
            if close is not None:
                await close()
        text = "the trigger ended without an event"
        log.write("error", text, _LOGGER)
        return p.TriggerFailed(id=order.id, text=text)

    @staticmethod
    def _outcome(order: p.StartTrigger, event: Any, number: int) -> p.Outcome:
        if isinstance(event, BaseTaskEndEvent) and order.instance is not None:
            return p.TaskEnded(
                id=order.id, state=str(event.task_instance_state), xcoms=_rows(order.instance, event.xcoms)
            )
        if not isinstance(event, TriggerEvent):
            raise TypeError(
                f"{order.classpath}.run() yielded a {type(event).__name__}; it must yield TriggerEvent(payload)"
            )
        return p.Fired(id=order.id, payload=serde.serialize(event.payload), number=number)

    async def _kill(self, trigger: Any, log: LogFile) -> None:
        """The task was ended from outside: what the trigger watches elsewhere may be ended too."""
        # The cancellation has done its work; from here on the coroutine is waited for.
        asyncio.current_task().uncancel()  # type: ignore[union-attr]
        try:
            async with asyncio.timeout(self._limits.on_kill_timeout):
                await trigger.on_kill()
        except TimeoutError:
            text = f"on_kill of the trigger took longer than {self._limits.on_kill_timeout:g} s and was left"
            log.write("warning", text, _LOGGER)
        except Exception as error:  # the boundary to user code
            log.exception(error, "on_kill of the trigger raised", logger=_LOGGER)

    # ---- words to the engine -------------------------------------------------------------------------------

    def _tell(self, order: p.StartTrigger, said: p.Outcome, log: LogFile) -> bool:
        """Say it; False when it cannot be said, and the end of the trigger was said instead."""
        try:
            self._say(said)
        except (TypeError, ValueError, OverflowError) as error:
            # A payload that cannot be sent: an integer beyond 64 bits, text that is not Unicode.
            log.exception(error, "the event of the trigger cannot be sent", logger=_LOGGER)
            self._say(p.TriggerFailed(id=order.id, text=f"its event cannot be sent: {error}"))
            self._tasks.pop(order.id, None)
            return False
        return True

    def _say(self, message: msgspec.Struct) -> None:
        with self._speaking:
            self._link.send(message)
        if self._link.wants_write and not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_later(FLUSH_EVERY, self._flush)

    def _flush(self) -> None:
        self._flushing = False
        with self._speaking:
            self._link.flush()
        if self._link.wants_write and not self._link.closed:
            self._flushing = True
            asyncio.get_running_loop().call_later(FLUSH_EVERY, self._flush)

    def _blocked(self, name: str, seconds: float, where: str) -> None:
        """The watchman's word, from its thread."""
        word, _, number = name.partition(" ")
        trigger = int(number) if word == "trigger" and number.lstrip("-").isdigit() else None
        log = self._logs.get(trigger) if trigger is not None else None
        if log is not None:
            text = f"the trigger has kept the event loop of all triggers to itself for {seconds:.1f} s at {where}"
            log.write("warning", text, _LOGGER)
        with self._speaking:
            self._link.send(p.Blocked(id=trigger, seconds=seconds, where=where))


async def _clean_up(trigger: Any, log: LogFile) -> None:
    try:
        await trigger.cleanup()
    except asyncio.CancelledError:
        return
    except Exception as error:  # the boundary to user code
        log.exception(error, "cleanup of the trigger raised", logger=_LOGGER)


def _failed(order: p.StartTrigger, error: BaseException, log: LogFile) -> p.TriggerFailed:
    log.exception(error, "Trigger failed", logger=_LOGGER)
    lines = traceback.format_exception(error)
    return p.TriggerFailed(
        id=order.id,
        text=_storable(f"{type(error).__name__}: {error}"),
        traceback=[_storable(line) for line in lines],
    )


def _storable(text: str) -> str:
    from ostro.runtime.outcome import storable
    from ostro.sdk.masking import masker

    return storable(masker.text(text).rstrip("\n"))


def _rows(instance: p.WaitingInstance, xcoms: dict[str, Any] | None) -> list[Any]:
    from ostro.sdk import xcom

    where: dict[str, Any] = {
        "dag_id": instance.run.dag_id,
        "task_id": instance.task_id,
        "run_id": instance.run.run_id,
        "map_index": instance.map_index,
    }
    return [xcom.row(key, value, **where) for key, value in (xcoms or {}).items()]


def _stray(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """An error in something that a trigger started and nobody waits for: into the log of whose context it has."""
    error = context.get("exception")
    log = trigger_logs.current.get() or LogFile("")
    if isinstance(error, BaseException):
        log.exception(error, str(context.get("message", "")), level="warning", logger=_LOGGER)
    else:
        log.write("warning", str(context.get("message", "")), _LOGGER)


# ---- the process --------------------------------------------------------------------------------------------


def serve(
    control: socket.socket,
    engine: str,
    plugins_folder: str | None,
    defaults: dict[str, Any],
    limits: TriggerLimits | None = None,
) -> None:
    """The whole life of the process. Forked from the nursery, which has loaded the SDK."""
    from ostro.runtime.channel import Channel
    from ostro.sdk import asking

    channel = Channel(engine, patience=LAST_SECONDS)
    asking.use(channel)
    RoutedLog().install()
    run_in(control, Classes(plugins_folder, defaults), limits)


def run_in(
    control: socket.socket, classes: Classes, limits: TriggerLimits | None = None, *, watched: bool = True
) -> None:
    """Run triggers in this thread until the other end of `control` closes."""
    with asyncio.Runner() as runner:
        runner.run(Triggers(control, classes, limits=limits, watched=watched).run())
