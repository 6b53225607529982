"""Server-sent events: their text form, and the answer that streams them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import StreamingResponse

from ostro.api.failures import SlowDown

#: Seconds between signs of life on a quiet stream, so that proxies keep it open and a dead client is noticed.
KEEPALIVE = 15.0
COMMENT = b": \n\n"

#: Streams open at once in one server; each costs a little all the time.
MAX_STREAMS = 200

_encoder = msgspec.json.Encoder()


class Streams:
    """Counts open streams. Used in the event loop only."""

    def __init__(self) -> None:
        self._open = 0

    async def counted(self, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The same events; the stream counts from the first to the last."""
        self._open += 1
        try:
            async for one in events:
                yield one
        finally:
            self._open -= 1

    def check(self) -> None:
        """Raise SlowDown when there are too many."""
        if self._open >= MAX_STREAMS:
            raise SlowDown("too many open live views; close some and try again", 10.0)


def event(name: str, data: Any, *, id: str | None = None) -> bytes:
    """One event. JSON text has no line breaks, so the data is one line."""
    head = f"id: {id}\n" if id is not None else ""
    return f"{head}event: {name}\ndata: ".encode() + _encoder.encode(data) + b"\n\n"


def stream(request: Request, events: AsyncIterator[bytes]) -> StreamingResponse:
    """The answer that sends events as they come. Raises SlowDown when too many streams are open."""
    streams: Streams = request.app.state.streams
    streams.check()
    return StreamingResponse(
        streams.counted(events),
        media_type="text/event-stream",
        # A proxy that collects the answer would hold the events back.
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
