"""One source for several watchers: those whose `shared_stream_key` is equal read it together.

The source is opened with the first of them and closed with the last. What it yields goes to each; one that does not keep
up fails alone. A source that ends or raises ends all of them with its error.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from typing import Any

from ostro.errors import UserError
from ostro.sdk.trigger import BaseEventTrigger

#: Events that a watcher may fall behind; Airflow's [triggerer] shared_stream_subscriber_queue_size.
QUEUE_SIZE = 1024


class SourceEnded(Exception):
    """The shared source of a watcher ended without an error of its own."""


class FellBehind(Exception):
    """A watcher did not take its events in time."""


class SharedStreams:
    """All shared sources of one process."""

    def __init__(self) -> None:
        self._groups: dict[Hashable, _Group] = {}

    def events_of(self, trigger: Any) -> Any:
        """The events of a trigger: of its own `run`, or picked from a shared source."""
        key = trigger.shared_stream_key() if isinstance(trigger, BaseEventTrigger) else None
        if key is None:
            return trigger.run()
        own = type(trigger).create_shared_stream_producer.__func__
        if own is not BaseEventTrigger.create_shared_stream_producer.__func__:  # type: ignore[attr-defined]
            raise UserError(
                f"{type(trigger).__name__} asks for an acknowledged shared stream (create_shared_stream_producer), which"
                " Ostro does not have; write open_shared_stream()"
            )
        return trigger.filter_shared_stream(self._read(key, trigger))

    async def _read(self, key: Hashable, trigger: BaseEventTrigger) -> AsyncIterator[Any]:
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group(type(trigger), trigger.serialize()[1])
        queue = group.join()
        try:
            while True:
                item = await queue.get()
                if isinstance(item, _End):
                    raise item.error
                yield item
        finally:
            group.leave(queue)
            if group.is_empty and self._groups.get(key) is group:
                del self._groups[key]


class _End:
    """The last item of a queue."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


class _Group:
    """One source and who reads it."""

    def __init__(self, kind: type[BaseEventTrigger], kwargs: dict[str, Any]) -> None:
        self._queues: set[asyncio.Queue[Any]] = set()
        self._pump = asyncio.get_running_loop().create_task(self._run(kind, kwargs))

    @property
    def is_empty(self) -> bool:
        return not self._queues

    def join(self) -> asyncio.Queue[Any]:
        queue: asyncio.Queue[Any] = asyncio.Queue(QUEUE_SIZE + 1)
        self._queues.add(queue)
        if self._pump.done():
            queue.put_nowait(_End(SourceEnded("the shared source had ended")))
        return queue

    def leave(self, queue: asyncio.Queue[Any]) -> None:
        self._queues.discard(queue)
        if not self._queues:
            self._pump.cancel()

    async def _run(self, kind: type[BaseEventTrigger], kwargs: dict[str, Any]) -> None:
        end: BaseException = SourceEnded(
            f"{kind.__name__}.open_shared_stream() ended; it must go on for ever"
        )
        try:
            async for item in kind.open_shared_stream(kwargs):
                for queue in list(self._queues):
                    self._put(queue, item)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # the boundary to user code: each reader gets it
            end = error
        for queue in list(self._queues):
            self._put(queue, _End(end), last=True)

    @staticmethod
    def _put(queue: asyncio.Queue[Any], item: Any, *, last: bool = False) -> None:
        if queue.qsize() > QUEUE_SIZE:
            return  # told already that it fell behind
        if queue.qsize() == QUEUE_SIZE and not last:
            item = _End(FellBehind(f"the watcher is {QUEUE_SIZE} events behind its shared source"))
        queue.put_nowait(item)
