"""Paths of logs that belong to no try of a task: callbacks of a run, and watchers of assets."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.logs import reader
from ostro.api.public.query import Query
from ostro.api.public.routes.dag_runs import run_row
from ostro.api.render import data
from ostro.api.routing import guarded
from ostro.errors import NotFound
from ostro.logfiles import run_log_path, watcher_log_path
from ostro.rules.permissions import Resource
from ostro.store import watchers

router = guarded("/ui", described=False)

#: Lines of a page when none, and at most, are asked for.
LINES, MAX_LINES = 1_000, 5_000


@router.get("/dags/{dag_id}/runs/{run_id}/callbacks/log", response_model=None)
@needs("read", Resource.TASK_LOGS)
def get_callbacks_log(dag_id: str, run_id: str, request: Request, deps: Given) -> Response:
    """What callbacks of the run wrote that tell of no task, those of deadlines among them; empty when none has run."""
    with deps.store.read() as tx:
        run = run_row(tx, dag_id, run_id)
    return _page(run_log_path(deps.config.log_folder, run.dag_id, run.run_id), Query(request, deps.config))


@router.get("/dags/{dag_id}/watchers/{name}/log", response_model=None)
@needs("read", Resource.TASK_LOGS)
def get_watcher_log(dag_id: str, name: str, request: Request, deps: Given) -> Response:
    """What a watcher of an asset that the DAG listens to wrote last. `asset`: which, when several have one of this name."""
    query = Query(request, deps.config)
    asset = query.text("asset")
    with deps.store.read() as tx:
        found = [
            one
            for one in watchers.of_dag(tx, dag_id)
            if one.name == name and asset in (None, one.asset_name, one.asset_uri)
        ]
    if not found:
        raise NotFound(f"The DAG {dag_id!r} listens to no asset with a watcher {name!r}")
    return _page(watcher_log_path(deps.config.log_folder, found[0].key), query)


def _page(path: Path, query: Query) -> Response:
    limit = min(query.integer("limit", minimum=1) or LINES, MAX_LINES)
    tail = query.integer("tail", minimum=1)
    before = query.integer("before", minimum=0)
    if tail is not None:
        return data(reader.before(path, None, min(tail, MAX_LINES), complete=False))
    if before is not None:
        return data(reader.before(path, before, limit, complete=False))
    return data(reader.forward(path, query.integer("offset", minimum=0) or 0, limit, complete=False))
