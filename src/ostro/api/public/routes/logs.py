"""Task logs: JSON pages with a continuation token, the whole as text or lines of JSON."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.failures import BadParameter
from ostro.api.logs import reader
from ostro.api.logs.files import log_file
from ostro.api.public.models.instances import ExternalLogUrlResponse, TaskInstancesLogResponse
from ostro.api.public.query import Query
from ostro.api.public.routes.instances import INSTANCES, instance_row
from ostro.api.render import data, gives
from ostro.api.routing import guarded
from ostro.errors import BadRequest
from ostro.rules.permissions import Resource

router = guarded("/api/v2", "Task Instance")

#: Most lines of one page of JSON.
PAGE_LINES = 5_000
#: Bytes of a log that one answer has at most when the full content is asked for; its token tells where to go on.
MOST_AT_ONCE = 32 << 20
#: Lines read at once for a stream of text.
CHUNK_LINES = 2_000


@router.get(INSTANCES + "/{task_id}/logs/{try_number}", response_model=None)
@gives(TaskInstancesLogResponse)
@needs("read", Resource.TASK_LOGS)
def get_log(
    dag_id: str, dag_run_id: str, task_id: str, try_number: int, request: Request, deps: Given
) -> Response:
    """The log of one try.

    As JSON: a page of lines and, while there may be more, a token for the next page. With `full_content=true`, all
    lines that there are, as far as one answer can hold them. With `Accept: text/plain` or `application/x-ndjson`: the whole as a stream.
    """
    query = Query(request, deps.config)
    map_index = query.integer("map_index")
    if try_number < 0:
        raise BadParameter(
            "try_number", try_number, "Input should be greater than or equal to 0", place="path"
        )
    with deps.store.read() as tx:
        row = instance_row(tx, dag_id, dag_run_id, task_id, -1 if map_index is None else map_index)
        found = log_file(tx, deps.config.log_folder, row, try_number)
    kind = request.headers.get("accept", "").split(",")[0].strip()
    if kind in ("text/plain", "application/x-ndjson"):
        render = _as_ndjson if kind == "application/x-ndjson" else text_of
        return StreamingResponse(render(found.path), media_type=kind)
    offset = _offset(query.text("token"), found.path)
    page = reader.forward(found.path, offset, PAGE_LINES, complete=found.complete)
    lines = page.lines
    if query.boolean("full_content"):
        while page.next < min(page.size, offset + MOST_AT_ONCE) and page.lines:
            page = reader.forward(found.path, page.next, PAGE_LINES, complete=found.complete)
            lines += page.lines
    token = None if page.finished else _token(page.next, found.path)
    return data({"content": lines, "continuation_token": token})


@router.get(INSTANCES + "/{task_id}/externalLogUrl/{try_number}", response_model=None)
@gives(ExternalLogUrlResponse)
@needs("read", Resource.TASK_LOGS)
def get_external_log_url(dag_id: str, dag_run_id: str, task_id: str, try_number: int) -> Response:
    """Where a log is kept outside; nowhere here."""
    raise BadRequest("Task log handler does not support external logs.")


def _token(offset: int, path: Path) -> str:
    """Opaque to clients; names the file so that a token of another log is refused, not followed."""
    return base64.urlsafe_b64encode(msgspec.json.encode([offset, path.name])).decode()


def _offset(token: str | None, path: Path) -> int:
    if not token:
        return 0
    try:
        offset, name = msgspec.json.decode(base64.urlsafe_b64decode(token), type=tuple[int, str])
    except (ValueError, msgspec.DecodeError):
        raise BadRequest("Bad Signature. Please use only the tokens provided by the API.") from None
    if name != path.name or offset < 0:
        raise BadRequest("Bad Signature. Please use only the tokens provided by the API.")
    return offset


def text_of(path: Path) -> Iterator[str]:
    """The whole log as lines for people."""
    for lines in _all(path):
        yield "".join(f"{reader.as_text(line)}\n" for line in lines)


def _as_ndjson(path: Path) -> Iterator[bytes]:
    for lines in _all(path):
        yield b"".join(msgspec.json.encode(line) + b"\n" for line in lines)


def _all(path: Path) -> Iterator[list[dict[str, object]]]:
    """Everything that the file holds now, in pieces."""
    offset = 0
    while True:
        page = reader.forward(path, offset, CHUNK_LINES, complete=True)
        if not page.lines:
            return
        yield page.lines
        offset = page.next
