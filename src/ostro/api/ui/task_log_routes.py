"""Paths of the web page for the log of one try: pages of it, search through the whole, what it holds, its live tail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ostro.api.auth.needs import needs
from ostro.api.deps import Deps, Given
from ostro.api.live import sse
from ostro.api.logs import reader, scan
from ostro.api.logs.contents import Counts
from ostro.api.logs.files import LogFile, log_file
from ostro.api.logs.sieve import Sieve, sieve
from ostro.api.public.query import Query
from ostro.api.public.routes.instances import instance_row
from ostro.api.public.routes.logs import text_of
from ostro.api.render import data
from ostro.api.routing import guarded
from ostro.api.ui.instance_routes import ONE, map_index_of
from ostro.errors import OstroError
from ostro.rules.permissions import Resource

router = guarded("/ui", described=False)

LOG = ONE + "/logs/{try_number}"
#: Lines of a page of log when none, and at most, are asked for.
LINES, MAX_LINES = 1_000, 5_000
#: Hits that one search tells at most; it says where to go on.
MAX_HITS = 10_000
#: Seconds between two looks at a log file that somebody watches, and between two questions whether the try is over.
LOOK_EVERY = 0.2
ASK_EVERY = 1.0


@router.get(LOG, response_model=None)
@needs("read", Resource.TASK_LOGS)
def get_log(
    dag_id: str, run_id: str, task_id: str, try_number: int, request: Request, deps: Given
) -> Response:
    """A page of the log of one try: forwards from an offset, the last lines, or the lines before an offset.

    With `level` or `source` (each any number of times) only lines of these.
    """
    query = Query(request, deps.config)
    limit = min(query.integer("limit", minimum=1) or LINES, MAX_LINES)
    tail = query.integer("tail", minimum=1)
    before = query.integer("before", minimum=0)
    offset = query.integer("offset", minimum=0) or 0
    wanted = _lines_wanted(query)
    found = _log_file(deps, dag_id, run_id, task_id, map_index_of(request, deps), try_number)
    if tail is not None or before is not None:
        end, limit = (None, min(tail, MAX_LINES)) if tail is not None else (before, limit)
        return data(_before(found, end, limit, wanted))
    return data(_forward(found, offset, limit, wanted))


@router.get(LOG + "/search", response_model=None)
@needs("read", Resource.TASK_LOGS)
async def search_log(
    dag_id: str, run_id: str, task_id: str, try_number: int, request: Request, deps: Given
) -> Response:
    """Where the lines with a text are, told while the file is looked through; `end` when it was looked through.

    `q`: the text; `case=true`: as it is written; `regexp=true`: a regular expression; `offset`: from where on.
    """
    query = Query(request, deps.config)
    wanted = sieve(
        levels=query.texts("level"),
        sources=query.texts("source"),
        text=query.text("q"),
        is_case_sensitive=bool(query.boolean("case")),
        is_pattern=bool(query.boolean("regexp")),
    )
    limit = min(query.integer("limit", minimum=1) or MAX_HITS, MAX_HITS)
    offset = query.integer("offset", minimum=0) or 0
    find = (deps, dag_id, run_id, task_id, map_index_of(request, deps), try_number)
    found = await asyncio.to_thread(_log_file, *find)
    return sse.stream(request, _search(found, wanted, offset, limit))


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


@router.get(LOG + "/contents", response_model=None)
@needs("read", Resource.TASK_LOGS)
def get_log_contents(
    dag_id: str, run_id: str, task_id: str, try_number: int, request: Request, deps: Given
) -> Response:
    """How many lines the log has, and how many of each level and source."""
    counts: Counts = request.app.state.log_counts
    found = _log_file(deps, dag_id, run_id, task_id, map_index_of(request, deps), try_number)
    return data(counts.of(found.path))


@router.get(LOG + "/text", response_model=None)
@needs("read", Resource.TASK_LOGS)
def get_log_text(
    dag_id: str, run_id: str, task_id: str, try_number: int, request: Request, deps: Given
) -> Response:
    """The whole log of one try as text."""
    found = _log_file(deps, dag_id, run_id, task_id, map_index_of(request, deps), try_number)
    name = f"{task_id}-{try_number}.log".replace('"', "").replace("\\", "")
    headers = {"Content-Disposition": f'attachment; filename="{name.encode("ascii", "replace").decode()}"'}
    return StreamingResponse(text_of(found.path), media_type="text/plain; charset=utf-8", headers=headers)


@router.get(LOG + "/tail", response_model=None)
@needs("read", Resource.TASK_LOGS)
async def tail_log(
    dag_id: str, run_id: str, task_id: str, try_number: int, request: Request, deps: Given
) -> Response:
    """New lines of the log of one try as they are written; `end` when the try is over."""
    query = Query(request, deps.config)
    resumed = request.headers.get("last-event-id", "")
    offset = (
        int(resumed) if resumed.isascii() and resumed.isdigit() else query.integer("offset", minimum=0) or 0
    )
    find = (deps, dag_id, run_id, task_id, map_index_of(request, deps), try_number)
    found = await asyncio.to_thread(_log_file, *find)
    return sse.stream(request, _tail(find, found, offset, _lines_wanted(query)))


async def _tail(find: tuple[Any, ...], found: LogFile, offset: int, wanted: Sieve) -> AsyncIterator[bytes]:
    asked = quiet = 0.0
    while True:
        page = await asyncio.to_thread(_forward, found, offset, LINES, wanted)
        has_moved = page.next > offset
        offset = max(offset, page.next)
        if page.lines:
            quiet = 0.0
            yield sse.event("lines", page, id=str(offset))
        if has_moved:
            continue
        if found.complete:
            yield sse.event("end", {"next": offset, "state": found.state}, id=str(offset))
            return
        await asyncio.sleep(LOOK_EVERY)
        asked += LOOK_EVERY
        quiet += LOOK_EVERY
        if asked >= ASK_EVERY:
            # Completeness is asked before the next look at the file, so that nothing written in between is missed.
            found = await asyncio.to_thread(_log_file, *find)
            asked = 0.0
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
    return sieve(levels=query.texts("level"), sources=query.texts("source"))


def _log_file(deps: Deps, dag_id: str, run_id: str, task_id: str, map_index: int, try_number: int) -> LogFile:
    with deps.store.read() as tx:
        row = instance_row(tx, dag_id, run_id, task_id, map_index)
        return log_file(tx, deps.config, row, try_number)
