"""Paths of logs that belong to no try of a task: callbacks of a run, and watchers of assets."""

from __future__ import annotations

from functools import partial

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.needs import needs
from ostro.api.deps import Deps, Given
from ostro.api.logs.files import LogFile, confined
from ostro.api.public.query import Query
from ostro.api.public.routes.dag_runs import run_row
from ostro.api.render import data
from ostro.api.routing import guarded
from ostro.api.ui import log_answers
from ostro.errors import NotFound
from ostro.logfiles import run_log_path, watcher_log_path
from ostro.rules.permissions import Resource
from ostro.store import watchers

router = guarded("/ui", described=False)

CALLBACKS = "/dags/{dag_id}/runs/{run_id}/callbacks/log"
WATCHERS = "/dags/{dag_id}/watchers"
WATCHER = WATCHERS + "/{name}/log"


class WatcherEntry(msgspec.Struct, frozen=True):
    """A watcher of an asset that a DAG listens to."""

    name: str
    asset_name: str
    asset_uri: str
    classpath: str


# ---- callbacks of a run that tell of no task, those of deadlines among them; empty when none has run --------------------


@router.get(CALLBACKS, response_model=None)
@needs("read", Resource.TASK_LOGS)
def get_callbacks_log(dag_id: str, run_id: str, request: Request, deps: Given) -> Response:
    """A page of the log (`log_answers.page`)."""
    return log_answers.page(request, deps, partial(_callbacks, deps, dag_id, run_id))


@router.get(CALLBACKS + "/search", response_model=None)
@needs("read", Resource.TASK_LOGS)
async def search_callbacks_log(dag_id: str, run_id: str, request: Request, deps: Given) -> Response:
    """Where the lines with a text are."""
    return await log_answers.search(request, deps, partial(_callbacks, deps, dag_id, run_id))


@router.get(CALLBACKS + "/contents", response_model=None)
@needs("read", Resource.TASK_LOGS)
def get_callbacks_contents(dag_id: str, run_id: str, request: Request, deps: Given) -> Response:
    """How many lines the log has."""
    return log_answers.contents(request, deps, partial(_callbacks, deps, dag_id, run_id))


@router.get(CALLBACKS + "/text", response_model=None)
@needs("read", Resource.TASK_LOGS)
def get_callbacks_text(dag_id: str, run_id: str, deps: Given) -> Response:
    """The whole log as text."""
    return log_answers.text(f"{run_id}-callbacks.log", partial(_callbacks, deps, dag_id, run_id))


@router.get(CALLBACKS + "/tail", response_model=None)
@needs("read", Resource.TASK_LOGS)
async def tail_callbacks_log(dag_id: str, run_id: str, request: Request, deps: Given) -> Response:
    """New lines of the log as they are written."""
    return await log_answers.tail(request, deps, partial(_callbacks, deps, dag_id, run_id))


def _callbacks(deps: Deps, dag_id: str, run_id: str) -> LogFile:
    with deps.store.read() as tx:
        run = run_row(tx, dag_id, run_id)
    folder = deps.config.log_folder
    return LogFile(confined(run_log_path(folder, run.dag_id, run.run_id), folder), complete=False)


# ---- watchers ----------------------------------------------------------------------------------------------------------


@router.get(WATCHERS, response_model=None)
@needs("read", Resource.TASK_LOGS)
def get_watchers(dag_id: str, deps: Given) -> Response:
    """The watchers of the assets that the DAG listens to, as its file names them."""
    with deps.store.read() as tx:
        found = watchers.of_dag(tx, dag_id)
    return data([WatcherEntry(w.name, w.asset_name, w.asset_uri, w.classpath) for w in found])


@router.get(WATCHER, response_model=None)
@needs("read", Resource.TASK_LOGS)
def get_watcher_log(dag_id: str, name: str, request: Request, deps: Given) -> Response:
    """What a watcher wrote last, a page of it. `asset`: name or URI, when several assets have a watcher of this name."""
    return log_answers.page(request, deps, _find_watcher(deps, request, dag_id, name))


@router.get(WATCHER + "/search", response_model=None)
@needs("read", Resource.TASK_LOGS)
async def search_watcher_log(dag_id: str, name: str, request: Request, deps: Given) -> Response:
    """Where the lines with a text are."""
    return await log_answers.search(request, deps, _find_watcher(deps, request, dag_id, name))


@router.get(WATCHER + "/contents", response_model=None)
@needs("read", Resource.TASK_LOGS)
def get_watcher_contents(dag_id: str, name: str, request: Request, deps: Given) -> Response:
    """How many lines the log has."""
    return log_answers.contents(request, deps, _find_watcher(deps, request, dag_id, name))


@router.get(WATCHER + "/text", response_model=None)
@needs("read", Resource.TASK_LOGS)
def get_watcher_text(dag_id: str, name: str, request: Request, deps: Given) -> Response:
    """The whole log as text."""
    return log_answers.text(f"{name}.log", _find_watcher(deps, request, dag_id, name))


@router.get(WATCHER + "/tail", response_model=None)
@needs("read", Resource.TASK_LOGS)
async def tail_watcher_log(dag_id: str, name: str, request: Request, deps: Given) -> Response:
    """New lines of the log as they are written."""
    return await log_answers.tail(request, deps, _find_watcher(deps, request, dag_id, name))


def _find_watcher(deps: Deps, request: Request, dag_id: str, name: str) -> log_answers.Find:
    return partial(_watcher, deps, dag_id, name, Query(request, deps.config).text("asset"))


def _watcher(deps: Deps, dag_id: str, name: str, asset: str | None) -> LogFile:
    with deps.store.read() as tx:
        found = [
            one
            for one in watchers.of_dag(tx, dag_id)
            if one.name == name and asset in (None, one.asset_name, one.asset_uri)
        ]
    if not found:
        raise NotFound(f"The DAG {dag_id!r} listens to no asset with a watcher {name!r}")
    folder = deps.config.log_folder
    return LogFile(confined(watcher_log_path(folder, found[0].key), folder), complete=False)
