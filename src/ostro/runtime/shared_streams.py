"""One source for several watchers: those whose `shared_stream_key` is equal read it together.

The source is opened with the first of them and closed with the last. What it yields goes to each; one that does not keep
up fails alone. A source that ends or raises ends all of them with its error. Of an acknowledged source
(`ostro.sdk.shared_stream`) a book is kept (`settlement`): its producer learns what is settled, in order.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import time
from collections.abc import AsyncIterator, Hashable
from typing import Any

from ostro.protocol.worker import TriggerLimits
from ostro.runtime import trigger_logs
from ostro.runtime.settlement import Book, Sent
from ostro.runtime.trigger_logs import LogFile
from ostro.sdk.shared_stream import AckTimeout, SharedStreamProducer, refuse
from ostro.sdk.trigger import BaseEventTrigger

#: Seconds that a producer gets to close.
CLOSE_SECONDS = 5.0


class SourceEnded(Exception):
    """The shared source of a watcher ended without an error of its own."""


class FellBehind(Exception):
    """A watcher did not take its events in time."""


class SharedStreams:
    """All shared sources of one process."""

    def __init__(self, limits: TriggerLimits | None = None) -> None:
        self._limits = limits or TriggerLimits()
        self._groups: dict[Hashable, _Group] = {}
        #: Who reads, by trigger.
        self._readers: dict[int, tuple[_Group, _Reader]] = {}
        #: From anywhere: what is stored of a process that died names nothing of the next one.
        self._numbers = itertools.count(random.getrandbits(60))
        self._pumps: set[asyncio.Task[None]] = set()

    def events_of(self, trigger: Any) -> Any:
        """The events of a trigger: of its own `run`, or picked from a shared source."""
        key = trigger.shared_stream_key() if isinstance(trigger, BaseEventTrigger) else None
        if key is None:
            return trigger.run()
        return trigger.filter_shared_stream(self._read(key, trigger))

    def number(self, trigger: Any) -> int:
        """The number of an event that the trigger yielded just now; 0 when nobody waits for it to be stored."""
        found = self._readers.get(id(trigger))
        return 0 if found is None else found[1].number()

    def stored(self, number: int) -> None:
        """What has this number is in the database."""
        for group in self._groups.values():
            if group.book is not None and group.book.stored(number):
                return

    def release(self, trigger: Any, *, failed: bool) -> None:
        """The trigger reads no more. `failed`: what it is not done with shall come again; else nobody wants it any more."""
        group, reader = self._readers.pop(id(trigger), (None, None))
        if group is None or reader is None:
            return
        if failed:
            reader.fail()
        group.leave(reader)
        if group.is_empty and self._groups.get(group.key) is group:
            del self._groups[group.key]

    def abandon(self) -> None:
        """The process ends: nothing is settled any more, whoever leaves."""
        for group in self._groups.values():
            group.pump.cancel()

    async def closed(self) -> None:
        """When all sources are closed, or have had their time."""
        if self._pumps:
            await asyncio.wait(self._pumps, timeout=CLOSE_SECONDS)

    async def _read(self, key: Hashable, trigger: BaseEventTrigger) -> AsyncIterator[Any]:
        group = self._groups.get(key)
        if group is None or group.pump.done():
            group = self._groups[key] = _Group(key, trigger, self._limits, self._numbers)
            self._pumps.add(group.pump)
            group.pump.add_done_callback(self._pumps.discard)
        reader = group.join()
        self._readers[id(trigger)] = group, reader
        refuse.set(reader.refuse)
        try:
            while True:
                yield await reader.take()
        finally:
            self.release(trigger, failed=False)


class _End:
    """The last item of a queue."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


class _Reader:
    """One watcher at a source."""

    def __init__(self, size: int, book: Book | None) -> None:
        self.size = size
        self.book = book
        #: One more for the end.
        self.queue: asyncio.Queue[Any] = asyncio.Queue(size + 1)
        #: What its filter works on.
        self.at: Sent | None = None

    async def take(self) -> Any:
        """The next event. Raises what ended the source, or this reader."""
        if self.book is not None and self.at is not None:
            self.book.gone_past(self.at, self)
            self.at = None
        item = await self.queue.get()
        if isinstance(item, _End):
            raise item.error
        raw, self.at = item
        return raw

    def number(self) -> int:
        return 0 if self.book is None or self.at is None else self.book.number(self.at, self)

    def refuse(self) -> bool:
        if self.book is None or self.at is None:
            return False
        self.book.refused(self.at, self)
        return True

    def fail(self) -> None:
        if self.book is not None:
            self.book.failed(self)

    def end(self, error: BaseException) -> None:
        """Its last item."""
        with contextlib.suppress(asyncio.QueueFull):  # it has got an end already
            self.queue.put_nowait(_End(error))


class _Group:
    """One source and who reads it."""

    def __init__(
        self, key: Hashable, first: BaseEventTrigger, limits: TriggerLimits, numbers: itertools.count[int]
    ) -> None:
        self.key = key
        self._kind, self._kwargs = type(first), first.serialize()[1]
        self._limits = limits
        self._readers: set[_Reader] = set()
        #: Readers that have got their last item, and have not left yet.
        self._ended: set[_Reader] = set()
        self._wake = asyncio.Event()
        self.book = Book(numbers, self._wake.set) if _is_acknowledged(self._kind) else None
        self.pump = asyncio.get_running_loop().create_task(self._run())

    @property
    def is_empty(self) -> bool:
        return not self._readers and not self._ended

    def join(self) -> _Reader:
        reader = _Reader(self._limits.queue_size, self.book)
        self._readers.add(reader)
        return reader

    def leave(self, reader: _Reader) -> None:
        self._readers.discard(reader)
        self._ended.discard(reader)
        if self.is_empty:
            # Nothing is settled by the last one's leaving: what it was not done with comes again to the next.
            self.pump.cancel()
        elif self.book is not None:
            self.book.left(reader)

    async def _run(self) -> None:
        end: BaseException
        try:
            await asyncio.sleep(self._limits.grace)
            if self.book is None:
                async for raw in self._kind.open_shared_stream(self._kwargs):
                    self._send(raw, None)
                end = self._over("open_shared_stream()")
            else:
                end = await self._run_acknowledged(self.book)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # the boundary to user code: each reader gets it
            end = error
        for reader in list(self._readers):
            self._drop(reader, end)

    async def _run_acknowledged(self, book: Book) -> BaseException:
        producer = self._kind.create_shared_stream_producer(self._kwargs)
        try:
            async with asyncio.TaskGroup() as parts:
                parts.create_task(self._distribute(producer, book))
                parts.create_task(self._advance(producer, book))
                parts.create_task(self._watch(book))
        except BaseExceptionGroup as group:
            return group.exceptions[0]
        finally:
            await _close(producer)
        raise AssertionError("the parts of a source end by an error only")

    async def _distribute(self, producer: SharedStreamProducer, book: Book) -> None:
        async for raw, payload in producer.open_stream():
            lane = producer.get_advance_lane(payload)
            self._send(raw, book.send(payload, lane, self._readers, time.monotonic()))
        raise self._over("open_stream() of its producer")

    async def _advance(self, producer: SharedStreamProducer, book: Book) -> None:
        while True:
            batch = book.take()
            if batch:
                await producer.advance(batch)
            else:
                await self._wake.wait()
                self._wake.clear()

    async def _watch(self, book: Book) -> None:
        timeout = self._limits.ack_timeout
        while True:
            await asyncio.sleep(min(max(timeout / 10, 0.05), 5.0))
            late = set(book.late(time.monotonic() - timeout))
            for reader in [each for each in self._readers if each in late]:
                text = f"the watcher was not done with an event within {timeout:g} s"
                self._drop(reader, AckTimeout(text))

    def _send(self, raw: Any, event: Sent | None) -> None:
        for reader in list(self._readers):
            if reader.queue.qsize() >= reader.size:
                error = FellBehind(f"the watcher is {reader.size} events behind its shared source")
                self._drop(reader, error)
            else:
                reader.queue.put_nowait((raw, event))

    def _drop(self, reader: _Reader, error: BaseException) -> None:
        """It gets no more events, and learns why when it has taken those that it has."""
        reader.fail()
        reader.end(error)
        self._readers.discard(reader)
        self._ended.add(reader)

    def _over(self, what: str) -> SourceEnded:
        return SourceEnded(f"{self._kind.__name__}: {what} ended; it must go on for ever")


def _is_acknowledged(kind: type[BaseEventTrigger]) -> bool:
    own = kind.create_shared_stream_producer.__func__  # type: ignore[attr-defined]
    return own is not BaseEventTrigger.create_shared_stream_producer.__func__  # type: ignore[attr-defined]


async def _close(producer: SharedStreamProducer) -> None:
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await producer.aclose()
    except Exception as error:  # the boundary to user code
        log = trigger_logs.current.get() or LogFile("")
        log.exception(error, "the producer of a shared source did not close", logger="airflow.triggers")
