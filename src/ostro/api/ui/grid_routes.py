"""Paths of the web page for runs against tasks: the grid, one run."""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.failures import BadParameter
from ostro.api.public.query import Query
from ostro.api.public.routes.dag_runs import check_states, run_row
from ostro.api.public.routes.dags import dag_row, topology_of
from ostro.api.render import large
from ostro.api.routing import guarded
from ostro.api.specs import Specs
from ostro.api.ui import models
from ostro.api.ui.grid import CODES, Packer, grid, run_fields
from ostro.api.ui.instances import summary_rows
from ostro.rules.permissions import Resource
from ostro.store.views import changes, rest_instances, ui_grid
from ostro.store.views.filters import Condition, OneOf, Page

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
        rows, columns = grid(topology, runs, [ui_grid.packed(tx, run.id) for run in runs])
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
        return datetime.fromisoformat(at), int(number)
    except ValueError:
        raise BadParameter("before", text, "Input should be a cursor of an earlier answer") from None


@router.get("/dags/{dag_id}/runs/{run_id}", response_model=None)
@needs("read", Resource.TASK_INSTANCES)
def get_run(dag_id: str, run_id: str, request: Request, deps: Given) -> Response:
    """One run with all its tasks."""
    specs: Specs = request.app.state.specs
    with deps.store.read() as tx:
        run = run_row(tx, dag_id, run_id)
        topology = specs.topology(tx, run.version.id)
        cells = ui_grid.cells(tx, run.id)
        packed = ui_grid.packed(tx, run.id)
        conditions = [
            OneOf("dag_id", (dag_id,)),
            OneOf("run_id", (run_id,)),
            OneOf("map_index", (-1,)),
        ]
        plain, _ = rest_instances.list_instances(tx, conditions, Page(limit=100_000), total=False)
    counts: dict[str, int] = {}
    for _, state, _, count, _ in cells:
        counts[state] = counts.get(state, 0) + count
    names = [task.task_id for task in topology.tasks] if topology is not None else []
    order = {name: number for number, name in enumerate(names)}
    for cell in cells:
        order.setdefault(cell[0], len(order))
    head = models.RunHead(
        **run_fields(run, Packer(order).pack(packed)),
        data_interval_start=run.data_interval_start,
        data_interval_end=run.data_interval_end,
        conf=run.conf or {},
        triggering_user=run.triggering_user,
        duration=run.duration,
        reason=run.reason,
    )
    tasks = summary_rows(plain, cells, order, topology)
    return large(request, models.RunDetail(run=head, counts=counts, tasks=tasks))
