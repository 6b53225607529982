"""Server-sent events: their text form, and the answer that streams them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import StreamingResponse

from ostro.api.auth.guard import Guard, Person
from ostro.api.failures import SlowDown

#: Seconds between signs of life on a quiet stream, so that proxies keep it open and a dead client is noticed.
KEEPALIVE = 15.0
COMMENT = b": \n\n"

#: Seconds after which it is looked up again whether the listener may still listen.
CHECK_EVERY = 0.4

#: Streams open at once in one server; each costs a little all the time.
MAX_STREAMS = 200
#: The same of one person, in all their windows.
MAX_OF_ONE = 30

_encoder = msgspec.json.Encoder()


class Streams:
    """Counts open streams. Used in the event loop only."""

    def __init__(self) -> None:
        self._of: Counter[int] = Counter()

    @property
    def open(self) -> int:
        """How many there are now."""
        return self._of.total()

    async def counted(self, events: AsyncIterator[bytes], person: int) -> AsyncIterator[bytes]:
        """The same events; the stream counts from the first to the last."""
        self._of[person] += 1
        try:
            async for one in events:
                yield one
        finally:
            self._of[person] -= 1
            if not self._of[person]:
                del self._of[person]

    def check(self, person: int) -> None:
        """Raise SlowDown when there are too many, of this person or of all."""
        if self._of[person] >= MAX_OF_ONE or self.open >= MAX_STREAMS:
            raise SlowDown(
                f"too many live views and waits for runs are open: at most {MAX_OF_ONE} of one person, and "
                f"{MAX_STREAMS} of all; end some and try again",
                10.0,
            )


def event(name: str, data: Any, *, id: str | None = None) -> bytes:
    """One event. JSON text has no line breaks, so the data is one line."""
    head = f"id: {id}\n" if id is not None else ""
    return f"{head}event: {name}\ndata: ".encode() + _encoder.encode(data) + b"\n\n"


async def while_allowed(request: Request, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same chunks, until the one who asked is signed out or may do less than when the stream began."""
    guard: Guard = request.app.state.guard
    person: Person = request.state.person
    loop = asyncio.get_running_loop()
    checked = loop.time()
    following: asyncio.Future[bytes] | None = None
    try:
        while True:
            following = following or asyncio.ensure_future(anext(chunks))
            # A quiet stream ends with its session, too.
            await asyncio.wait({following}, timeout=CHECK_EVERY)
            if loop.time() - checked >= CHECK_EVERY:
                checked = loop.time()
                if not await asyncio.to_thread(guard.still_allows, request, person):
                    return
            if following.done():
                done, following = following, None
                try:
                    chunk = done.result()
                except StopAsyncIteration:
                    return
                yield chunk
    finally:
        if following is not None:
            following.cancel()


def counted(request: Request, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same chunks `while_allowed`, as one of the open streams. Raises SlowDown when too many are open."""
    streams: Streams = request.app.state.streams
    person: Person = request.state.person
    streams.check(person.id)
    return streams.counted(while_allowed(request, chunks), person.id)


def stream(request: Request, events: AsyncIterator[bytes]) -> StreamingResponse:
    """The answer that sends events as they come. Raises SlowDown when too many streams are open."""
    return StreamingResponse(
        counted(request, events),
        media_type="text/event-stream",
        # A proxy that collects the answer would hold the events back.
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
