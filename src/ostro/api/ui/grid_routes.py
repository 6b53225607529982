"""Path of the web page for runs against tasks: the grid."""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.failures import BadParameter
from ostro.api.public.query import Query
from ostro.api.public.routes.dag_runs import check_states
from ostro.api.public.routes.dags import dag_row, topology_of
from ostro.api.render import large
from ostro.api.routing import guarded
from ostro.api.specs import Specs
from ostro.api.ui import models
from ostro.api.ui.grid import CODES, grid, with_others
from ostro.rules.permissions import Resource
from ostro.store.views import changes, ui_grid, ui_versions
from ostro.store.views.filters import Condition

router = guarded("/ui", described=False)

#: Runs of a grid when none and at most.
GRID_RUNS, MAX_GRID_RUNS = 25, 200


@router.get("/dags/{dag_id}/grid", response_model=None)
@needs("read", Resource.TASK_INSTANCES)
def get_grid(dag_id: str, request: Request, deps: Given) -> Response:
    """Runs × tasks, newest run first."""
    query = Query(request, deps.config)
    check_states(query.texts("state"))
    limit = min(query.integer("limit", minimum=1) or GRID_RUNS, MAX_GRID_RUNS)
    before = _cursor(query.text("before"))
    specs: Specs = request.app.state.specs
    with deps.store.read() as tx:
        row = dag_row(tx, dag_id)
        at = changes.position(tx).encode()
        topology = None if row.version_id is None else topology_of(specs, tx, row)
        run_ids = query.texts("run_ids")
        runs = ui_grid.runs_of(
            tx, dag_id, _conditions(query), limit=MAX_GRID_RUNS if run_ids else limit + 1, before=before
        )
        more = not run_ids and len(runs) > limit
        runs = runs[:limit] if not run_ids else runs
        packed = [ui_grid.packed(tx, run.id) for run in runs]
        versions = ui_versions.versions_of_runs(tx, with_others(runs, packed))
    rows, columns = grid(topology, runs, packed, versions)
    following = f"{runs[-1].run_after.isoformat()}~{runs[-1].id}" if more else None
    found = models.Grid(rows=rows, runs=columns, codes=CODES, next=following, version=at)
    return large(request, found)


def _conditions(query: Query) -> list[Condition]:
    """The filters of Airflow's grid; `run_ids` for reading again what has changed."""
    found = query.one_of("run_ids", "state", "run_type", columns={"run_ids": "run_id"})
    found += query.patterns("triggering_user", columns={"triggering_user": "triggering_user_name"})
    return found + query.moments("run_after")


def _cursor(text: str | None) -> tuple[datetime, int] | None:
    if not text:
        return None
    at, _, number = text.replace(" ", "+").partition("~")
    try:
        moment, row = datetime.fromisoformat(at), int(number)
    except ValueError:
        moment, row = datetime.min, 0
    if moment.tzinfo is None:
        raise BadParameter("before", text, "Input should be a cursor of an earlier answer")
    return moment, row
