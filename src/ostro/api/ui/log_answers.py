"""What the web page asks of any log: pages of it, search through the whole, what it holds, its live tail, the whole as text.

Whose log it is, the routes know (`task_log_routes`, `log_routes`); each gives a `Find`, asked again while a tail is open.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ostro.api.deps import Deps
from ostro.api.live import sse
from ostro.api.live.tail import Tail
from ostro.api.logs import reader, scan
from ostro.api.logs.contents import Counts
from ostro.api.logs.files import LogFile
from ostro.api.logs.sieve import Sieve, sieve
from ostro.api.public.query import Query
from ostro.api.public.routes.logs import text_of
from ostro.api.render import data
from ostro.errors import OstroError, StoreUnavailable, UserError

#: Lines of a page of log when none, and at most, are asked for.
LINES, MAX_LINES = 1_000, 5_000
#: Hits that one search tells at most; it says where to go on.
MAX_HITS = 10_000
#: Digits of an offset, at most.
MAX_DIGITS = 19
#: Seconds between two looks at a log file that somebody watches, and between two questions whether it is over.
LOOK_EVERY = 0.2
ASK_EVERY = 1.0

#: Looks up the log; raises what the answer is when there is none.
Find = Callable[[], LogFile]


def page(request: Request, deps: Deps, find: Find) -> Response:
    """A page of the log: forwards from an offset, the last lines, or the lines before an offset.

    With `level`, `source` or `part` (each any number of times) only lines of these.
    """
    query = Query(request, deps.config)
    limit = min(query.integer("limit", minimum=1) or LINES, MAX_LINES)
    tail = query.integer("tail", minimum=1)
    before = query.integer("before", minimum=0)
    offset = query.integer("offset", minimum=0) or 0
    wanted = _lines_wanted(query)
    found = find()
    if tail is not None or before is not None:
        end, limit = (None, min(tail, MAX_LINES)) if tail is not None else (before, limit)
        lines = _before(found, end, limit, wanted)
    else:
        lines = _forward(found, offset, limit, wanted)
    return data(msgspec.structs.replace(lines, try_number=found.try_number))


async def search(request: Request, deps: Deps, find: Find) -> Response:
    """Where the lines with a text are, told while the file is looked through; `end` when it was looked through.

    `q`: the text; `case=true`: as it is written; `regexp=true`: a regular expression; `offset`: from where on.
    """
    query = Query(request, deps.config)
    wanted = sieve(
        levels=query.texts("level"),
        sources=query.texts("source"),
        parts=query.texts("part"),
        text=query.text("q"),
        is_case_sensitive=bool(query.boolean("case")),
        is_pattern=bool(query.boolean("regexp")),
    )
    limit = min(query.integer("limit", minimum=1) or MAX_HITS, MAX_HITS)
    offset = query.integer("offset", minimum=0) or 0
    found = await asyncio.to_thread(find)
    return sse.stream(request, _search(found, wanted, offset, limit))


def contents(request: Request, deps: Deps, find: Find) -> Response:
    """How many lines the log has, and how many of each level, source and part.

    With `line` (from 1 on) also where that line begins, with `at` (a byte offset) the number of the line there.
    """
    query = Query(request, deps.config)
    counts: Counts = request.app.state.log_counts
    line, at = query.integer("line", minimum=1), query.integer("at", minimum=0)
    return data(counts.of(find().path, line=line, at=at))


def text(name: str, find: Find) -> Response:
    """The whole log as text, to be kept as a file of that name."""
    # The author of a DAG chose it: it must end neither the name nor the header.
    safe = "".join(c for c in name if c.isprintable() and c not in '"\\').encode("ascii", "replace").decode()
    headers = {"Content-Disposition": f'attachment; filename="{safe}"'}
    return StreamingResponse(text_of(find().path), media_type="text/plain; charset=utf-8", headers=headers)


async def tail(request: Request, deps: Deps, find: Find) -> Response:
    """New lines of the log as they are written; `end` when it is complete."""
    query = Query(request, deps.config)
    offset = query.integer("offset", minimum=0) or 0
    resumed = request.headers.get("last-event-id", "")
    if resumed.isascii() and resumed.isdigit() and len(resumed) < MAX_DIGITS:
        offset = int(resumed)
    found = await asyncio.to_thread(find)
    server: Tail = request.app.state.tail
    return sse.stream(request, _tail(server, find, found, offset, _lines_wanted(query)))


async def _search(found: LogFile, wanted: Sieve, offset: int, limit: int) -> AsyncIterator[bytes]:
    while True:
        try:
            part = await asyncio.to_thread(
                scan.search, found.path, offset, wanted, limit, complete=found.complete
            )
        except OstroError as error:
            yield sse.event("refused", {"detail": str(error)})
            return
        limit -= len(part.at)
        yield sse.event("hits", part)
        if limit <= 0 or part.next == offset or part.next >= part.size:
            yield sse.event("end", {"next": part.next, "size": part.size, "more": limit <= 0})
            return
        offset = part.next


async def _tail(server: Tail, find: Find, found: LogFile, offset: int, wanted: Sieve) -> AsyncIterator[bytes]:
    asked = quiet = 0.0
    while True:
        page = await asyncio.to_thread(_forward, found, offset, LINES, wanted)
        if page.size < offset:
            # The log of a watcher began anew.
            offset = 0
            yield sse.event("anew", {}, id="0")
            continue
        has_moved = page.next > offset
        offset = page.next
        if page.lines:
            quiet = 0.0
            yield sse.event("lines", page, id=str(offset))
        if has_moved:
            continue
        if found.complete:
            yield sse.event("end", {"next": offset, "state": found.state}, id=str(offset))
            return
        if server.is_closed:
            return
        await asyncio.sleep(LOOK_EVERY)
        asked += LOOK_EVERY
        quiet += LOOK_EVERY
        if asked >= ASK_EVERY:
            # Completeness is asked before the next look at the file, so that nothing written in between is missed.
            asked = 0.0
            try:
                found = await asyncio.to_thread(find)
            except UserError:
                # The run was deleted.
                yield sse.event("end", {"next": offset, "state": found.state}, id=str(offset))
                return
            except StoreUnavailable:
                # The log is there without the database; whether it is complete is asked again later.
                continue
        if quiet >= sse.KEEPALIVE:
            quiet = 0.0
            yield sse.COMMENT


def _forward(found: LogFile, offset: int, limit: int, wanted: Sieve) -> reader.Page:
    if wanted.wants_all:
        return reader.forward(found.path, offset, limit, complete=found.complete)
    return scan.forward(found.path, offset, limit, wanted, complete=found.complete)


def _before(found: LogFile, end: int | None, limit: int, wanted: Sieve) -> reader.Page:
    if wanted.wants_all:
        return reader.before(found.path, end, limit, complete=found.complete)
    return scan.before(found.path, end, limit, wanted, complete=found.complete)


def _lines_wanted(query: Query) -> Sieve:
    return sieve(levels=query.texts("level"), sources=query.texts("source"), parts=query.texts("part"))
