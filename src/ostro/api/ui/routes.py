"""Paths of the web page: session, heads, structure, changes. What shows runs is in `grid_routes`, `graph_routes`, `run_detail`, `instance_routes`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

import ostro
from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import at_once, needs
from ostro.api.deps import Given
from ostro.api.live import sse
from ostro.api.live.tail import Tail
from ostro.api.public.present import is_unset
from ostro.api.public.query import Query
from ostro.api.public.routes.dags import dag_row
from ostro.api.render import data
from ostro.api.routing import guarded
from ostro.api.specs import Specs
from ostro.api.ui import models
from ostro.api.ui.dags import BARS, row_fields
from ostro.api.ui.structure import structure
from ostro.errors import NotFound
from ostro.rules.permissions import Resource
from ostro.spec import DagSpec
from ostro.store.views import rest_dags, rest_import_errors, rest_versions, ui_grid
from ostro.store.views.changes import position

router = guarded("/ui", described=False)


@router.get("/session", response_model=None)
@at_once
def get_session(deps: Given, person: Someone) -> Response:
    """Who is signed in, and what the page must know of the installation."""
    with deps.store.read() as tx:
        version = position(tx).encode()
    return data(
        models.Session(
            username=person.name,
            roles=list(person.roles),
            must_change_password=person.must_change_password,
            permissions={} if person.must_change_password else person.permissions.listed(),
            only_dags=person.permissions.limited() if not person.must_change_password else {},
            version=ostro.__version__,
            airflow_version=ostro.AIRFLOW_VERSION,
            instance_name=deps.config.instance_name,
            default_timezone=deps.config.default_timezone,
            shows_config=deps.config.expose_config,
            server_time=deps.clock.now(),
            live_version=version,
        )
    )


# ---- DAGs ----------------------------------------------------------------------------------------------------------


@router.get("/dags/{dag_id}", response_model=None)
@needs("read", Resource.DAGS)
def get_dag(dag_id: str, request: Request, deps: Given, person: Someone) -> Response:
    """The head of a DAG's page."""
    specs: Specs = request.app.state.specs
    with deps.store.read() as tx:
        row = dag_row(tx, dag_id)
        spec = None if row.version_id is None else specs.spec(tx, row.version_id)
        version = None if row.version_id is None else rest_versions.get_version_by_id(tx, row.version_id)
        problems = rest_import_errors.errors_of_file(
            tx, row.bundle, row.path, readable=person.readable(Resource.IMPORT_ERRORS)
        )
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


# ---- what changes ----------------------------------------------------------------------------------------------------


@router.get("/events", response_model=None)
@needs("read", Resource.DAGS, each=True)
async def get_events(request: Request, person: Someone) -> Response:
    """A stream of what changes; see docs/reference/ui-api.md."""
    tail: Tail = request.app.state.tail
    since = request.headers.get("last-event-id") or request.query_params.get("since")
    dag_id = request.query_params.get("dag_id") or None
    if dag_id is not None:
        person.must("read", Resource.DAGS, dag_id)
    return sse.stream(request, tail.follow(dag_id, since, readable=person.readable()))
