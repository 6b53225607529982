"""Paths of the web page for the log of one try of a task. Try 0 is the newest."""

from __future__ import annotations

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.needs import needs
from ostro.api.deps import Deps, Given
from ostro.api.logs import reader
from ostro.api.logs.files import LogFile, log_file
from ostro.api.public.routes.instances import instance_row
from ostro.api.render import data
from ostro.api.routing import guarded
from ostro.api.ui import log_answers
from ostro.api.ui.instance_routes import ONE, map_index_of
from ostro.errors import NotFound
from ostro.rules.permissions import Resource

router = guarded("/ui", described=False)

#: Stands for the newest try.
NEWEST = 0
LOG = ONE + "/logs/{try_number}"


@router.get(LOG, response_model=None)
@needs("read", Resource.TASK_LOGS)
def get_log(
    dag_id: str, run_id: str, task_id: str, try_number: int, request: Request, deps: Given
) -> Response:
    """A page of the log of one try (`log_answers.page`)."""
    find = _find(deps, request, dag_id, run_id, task_id, try_number)
    if try_number != NEWEST:
        return log_answers.page(request, deps, find)
    try:
        return log_answers.page(request, deps, find)
    except NotFound:
        # The page asks before it knows whether there is an instance: a mapped task has none of its own.
        return data(reader.EMPTY)


@router.get(LOG + "/search", response_model=None)
@needs("read", Resource.TASK_LOGS)
async def search_log(
    dag_id: str, run_id: str, task_id: str, try_number: int, request: Request, deps: Given
) -> Response:
    """Where the lines with a text are (`log_answers.search`)."""
    find = _find(deps, request, dag_id, run_id, task_id, try_number)
    return await log_answers.search(request, deps, find)


@router.get(LOG + "/contents", response_model=None)
@needs("read", Resource.TASK_LOGS)
def get_log_contents(
    dag_id: str, run_id: str, task_id: str, try_number: int, request: Request, deps: Given
) -> Response:
    """How many lines the log has, and how many of each kind."""
    return log_answers.contents(request, deps, _find(deps, request, dag_id, run_id, task_id, try_number))


@router.get(LOG + "/text", response_model=None)
@needs("read", Resource.TASK_LOGS)
def get_log_text(
    dag_id: str, run_id: str, task_id: str, try_number: int, request: Request, deps: Given
) -> Response:
    """The whole log of one try as text."""
    find = _find(deps, request, dag_id, run_id, task_id, try_number)
    return log_answers.text(f"{task_id}-{try_number}.log", find)


@router.get(LOG + "/tail", response_model=None)
@needs("read", Resource.TASK_LOGS)
async def tail_log(
    dag_id: str, run_id: str, task_id: str, try_number: int, request: Request, deps: Given
) -> Response:
    """New lines of the log of one try as they are written."""
    return await log_answers.tail(request, deps, _find(deps, request, dag_id, run_id, task_id, try_number))


def _find(
    deps: Deps, request: Request, dag_id: str, run_id: str, task_id: str, try_number: int
) -> log_answers.Find:
    return partial(_log_file, deps, dag_id, run_id, task_id, map_index_of(request, deps), try_number)


def _log_file(deps: Deps, dag_id: str, run_id: str, task_id: str, map_index: int, try_number: int) -> LogFile:
    with deps.store.read() as tx:
        row = instance_row(tx, dag_id, run_id, task_id, map_index)
        return log_file(tx, deps.config.log_folder, row, try_number)
