"""Paths of the web page: heads, structure, grid, runs. Instances and logs are in `instance_routes`."""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

import ostro
from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import for_signed_in, needs
from ostro.api.deps import Given
from ostro.api.failures import BadParameter
from ostro.api.live import sse
from ostro.api.live.tail import Tail
from ostro.api.public.present import is_unset
from ostro.api.public.query import Query
from ostro.api.public.routes.dag_runs import check_states, run_row
from ostro.api.public.routes.dags import dag_row, topology_of
from ostro.api.render import data
from ostro.api.routing import guarded
from ostro.api.specs import Specs
from ostro.api.ui import models
from ostro.api.ui.dags import BARS, row_fields
from ostro.api.ui.grid import CODES, grid, pack, run_fields
from ostro.api.ui.instances import summary_rows
from ostro.api.ui.structure import structure
from ostro.errors import NotFound
from ostro.rules.permissions import Resource
from ostro.spec import DagSpec
from ostro.store.views import changes, rest_dags, rest_import_errors, rest_instances, rest_versions, ui_grid
from ostro.store.views.filters import OneOf, Page

router = guarded("/ui", described=False)

#: Whose API and behaviour this is.
AIRFLOW_VERSION = "3.3.2"
#: Runs of a grid when none and at most.
GRID_RUNS, MAX_GRID_RUNS = 25, 200


@router.get("/session", response_model=None)
@for_signed_in
def get_session(deps: Given, person: Someone) -> Response:
    """Who is signed in, and what the page must know of the installation."""
    return data(
        models.Session(
            username=person.name,
            version=ostro.__version__,
            airflow_version=AIRFLOW_VERSION,
            instance_name=deps.config.instance_name,
            default_timezone=deps.config.default_timezone,
            server_time=deps.clock.now(),
        )
    )


# ---- DAGs ----------------------------------------------------------------------------------------------------------


@router.get("/dags/{dag_id}", response_model=None)
@needs("read", Resource.DAGS)
def get_dag(dag_id: str, request: Request, deps: Given) -> Response:
    """The head of a DAG's page."""
    specs: Specs = request.app.state.specs
    with deps.store.read() as tx:
        row = dag_row(tx, dag_id)
        spec = None if row.version_id is None else specs.spec(tx, row.version_id)
        version = None if row.version_id is None else rest_versions.get_version_by_id(tx, row.version_id)
        problems = rest_import_errors.errors_of_file(tx, row.bundle, row.path)
        active = rest_dags.active_runs(tx, [dag_id]).get(dag_id, 0)
        bars = ui_grid.latest_bars(tx, [dag_id], BARS)[dag_id]
    return data(
        models.DagHead(
            **row_fields(row, active, bars),
            fileloc=row.fileloc or None,
            doc_md=None if spec is None else spec.doc_md,
            timezone="UTC" if spec is None else spec.timezone,
            start_date=row.start_date,
            end_date=row.end_date,
            catchup=row.catchup,
            max_active_runs=row.max_active_runs,
            max_active_tasks=row.max_active_tasks,
            version_number=None if version is None else version.number,
            last_parsed=row.parsed_at,
            params=[] if spec is None else _params(spec),
            import_errors=[
                models.FileProblem(filename=p.filename, timestamp=p.at, stack_trace=p.stack_trace)
                for p in problems
            ],
        )
    )


def _params(spec: DagSpec) -> list[models.ParamField]:
    return [
        models.ParamField(
            name=p.name,
            required=is_unset(p.value),
            value=None if is_unset(p.value) else p.value,
            description=p.description,
            schema=p.schema,
        )
        for p in spec.params
    ]


@router.get("/dags/{dag_id}/structure", response_model=None)
@needs("read", Resource.DAGS)
def get_structure(dag_id: str, request: Request, deps: Given) -> Response:
    """Tasks, groups and edges of a version; of the latest when none is named."""
    number = Query(request, deps.config).integer("version_number")
    specs: Specs = request.app.state.specs
    with deps.store.read() as tx:
        row = dag_row(tx, dag_id)
        if number is None:
            version = None if row.version_id is None else rest_versions.get_version_by_id(tx, row.version_id)
        else:
            version = rest_versions.get_version(tx, dag_id, number)
        topology = None if version is None else specs.topology(tx, version.id)
    if version is None or topology is None:
        raise NotFound(
            f"The DAG with ID: `{dag_id}` has no version {number if number is not None else 'yet'}"
        )
    return data(structure(topology, version.number))


# ---- runs ------------------------------------------------------------------------------------------------------------


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
            tx,
            dag_id,
            limit=MAX_GRID_RUNS if run_ids else limit + 1,
            before=before,
            run_ids=run_ids,
            states=query.texts("state"),
            run_types=query.texts("run_type"),
        )
        more = not run_ids and len(runs) > limit
        runs = runs[:limit] if not run_ids else runs
        rows, columns = grid(topology, runs, [ui_grid.cells(tx, run.id) for run in runs])
    following = f"{runs[-1].run_after.isoformat()}~{runs[-1].id}" if more else None
    return data(models.Grid(rows=rows, runs=columns, codes=CODES, next=following, version=at))


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
        **run_fields(run, pack(cells, order)),
        data_interval_start=run.data_interval_start,
        data_interval_end=run.data_interval_end,
        conf=run.conf or {},
        triggering_user=run.triggering_user,
        duration=run.duration,
        reason=run.reason,
    )
    return data(models.RunDetail(run=head, counts=counts, tasks=summary_rows(plain, cells, order, topology)))


# ---- what changes ----------------------------------------------------------------------------------------------------


@router.get("/events", response_model=None)
@needs("read", Resource.DAGS)
async def get_events(request: Request) -> Response:
    """A stream of what changes; see docs/reference/ui-api.md."""
    tail: Tail = request.app.state.tail
    since = request.headers.get("last-event-id") or request.query_params.get("since")
    return sse.stream(request, tail.follow(request.query_params.get("dag_id") or None, since))
