"""DAGs: lists, details, pause, delete, versions, sources, tasks, tags, favourites."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from ostro import commands
from ostro.api.acting import Act, acting
from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.failures import BadParameter, Conflict
from ostro.api.public import present
from ostro.api.public.models.dags import (
    DAGCollectionResponse,
    DAGDetailsResponse,
    DAGPatchBody,
    DAGResponse,
    DAGSourceResponse,
    DagStatsCollectionResponse,
    DAGTagCollectionResponse,
    DAGVersionCollectionResponse,
    DagVersionResponse,
    TaskCollectionResponse,
    TaskResponse,
)
from ostro.api.public.query import Query
from ostro.api.render import answer, data, gives, nothing
from ostro.api.routing import guarded
from ostro.api.specs import Specs
from ostro.errors import BadRequest, NotAllowed, NotFound
from ostro.rules.permissions import Resource
from ostro.spec import Topology
from ostro.states import RunState
from ostro.store import specs as stored_specs
from ostro.store.views import rest_dags, rest_versions
from ostro.store.views.filters import Condition, OneOf
from ostro.timetable.codec import kind_of

router = guarded("/api/v2", "DAG")


def dag_row(tx: Any, dag_id: str) -> rest_dags.DagRow:
    """The DAG; raises NotFound with Airflow's sentence."""
    row = rest_dags.get_dag(tx, dag_id)
    if row is None:
        raise NotFound(f"The DAG with ID: `{dag_id}` was not found")
    return row


def topology_of(specs: Specs, tx: Any, row: rest_dags.DagRow) -> Topology:
    """The graph of the DAG's latest version."""
    found = None if row.version_id is None else specs.topology(tx, row.version_id)
    if found is None:
        raise NotFound(f"The DAG with ID: `{row.dag_id}` has no version yet")
    return found


def dag_conditions(query: Query, user: str) -> tuple[list[Condition], rest_dags.DagFilter]:
    """The filters of lists of DAGs."""
    conditions = query.patterns("dag_id", "dag_display_name") + query.one_of("bundle_name", "bundle_version")
    conditions += query.moments("dag_run_start_date", "dag_run_end_date")
    paused = query.boolean("paused")
    if paused is not None:
        conditions.append(OneOf("paused", (paused,)))
    broken = query.boolean("has_import_errors")
    if broken is not None:
        conditions.append(OneOf("has_import_errors", (broken,)))
    states = tuple(s for name in ("last_dag_run_state", "dag_run_state") for s in query.texts(name))
    if any(s not in set(RunState) for s in states):
        raise BadParameter(
            "dag_run_state", states, "Input should be 'queued', 'running', 'success' or 'failed'"
        )
    exclude_stale = query.boolean("exclude_stale")
    extra = rest_dags.DagFilter(
        tags=query.texts("tags"),
        all_tags=query.text("tags_match_mode") == "all",
        owners=query.texts("owners"),
        last_run_state=query.text("last_dag_run_state"),
        any_run_state=query.texts("dag_run_state"),
        include_stale=exclude_stale is False,
        favorite_of=user,
        is_favorite=query.boolean("is_favorite"),
        has_asset_schedule=query.boolean("has_asset_schedule"),
        timetable_types=tuple(kind_of(name) for name in query.texts("timetable_type")),
        asset_dependency=query.text("asset_dependency"),
    )
    return conditions, extra


@router.get("/dags", response_model=None)
@gives(DAGCollectionResponse)
@needs("read", Resource.DAGS, each=True)
def get_dags(request: Request, deps: Given, person: Someone) -> Response:
    """All DAGs, filtered."""
    query = Query(request, deps.config)
    conditions, extra = dag_conditions(query, person.name)
    conditions += person.conditions(Resource.DAGS)
    with deps.store.read() as tx:
        rows, total = rest_dags.list_dags(tx, conditions, extra, query.page("dag_id"))
    return answer(DAGCollectionResponse(dags=[present.dag(row) for row in rows], total_entries=total))


@router.patch("/dags", response_model=None)
@gives(DAGCollectionResponse)
@needs("edit", Resource.DAGS, each=True)
def patch_dags(body: DAGPatchBody, request: Request, deps: Given, person: Someone) -> Response:
    """Pause or unpause all DAGs that match; without a pattern, none."""
    query = Query(request, deps.config)
    check_mask(query.texts("update_mask"), {"is_paused"})
    conditions, extra = dag_conditions(query, person.name)
    conditions += person.conditions(Resource.DAGS, verb="edit")
    page = query.page("dag_id")
    with deps.store.read() as tx:
        rows, total = rest_dags.list_dags(tx, conditions, extra, page)
    if not query.text("dag_id_pattern") and not query.text("dag_id_prefix_pattern"):
        rows, total = [], 0
    with acting(request, person) as act:
        _pause(act, [row.dag_id for row in rows], body.is_paused)
        rows = [found for row in rows if (found := rest_dags.get_dag(act.tx, row.dag_id)) is not None]
    return answer(DAGCollectionResponse(dags=[present.dag(row) for row in rows], total_entries=total))


@router.get("/dags/{dag_id}", response_model=None)
@gives(DAGResponse)
@needs("read", Resource.DAGS)
def get_dag(dag_id: str, request: Request, deps: Given) -> Response:
    """One DAG."""
    specs: Specs = request.app.state.specs
    with deps.store.read() as tx:
        row = dag_row(tx, dag_id)
        spec = None if row.version_id is None else specs.spec(tx, row.version_id)
    return answer(present.dag(row, spec))


@router.get("/dags/{dag_id}/details", response_model=None)
@gives(DAGDetailsResponse)
@needs("read", Resource.DAGS)
def get_dag_details(dag_id: str, request: Request, deps: Given, person: Someone) -> Response:
    """One DAG with everything its latest version says."""
    specs: Specs = request.app.state.specs
    with deps.store.read() as tx:
        row = dag_row(tx, dag_id)
        spec = topology_of(specs, tx, row).spec
        latest = None if row.version_id is None else rest_versions.get_version_by_id(tx, row.version_id)
        active = rest_dags.active_runs(tx, [dag_id]).get(dag_id, 0)
        favorite = rest_dags.is_favorite(tx, person.name, dag_id)
    return answer(present.dag_details(row, spec, latest, active_runs=active, favorite=favorite))


@router.patch("/dags/{dag_id}", response_model=None)
@gives(DAGResponse)
@needs("edit", Resource.DAGS)
def patch_dag(dag_id: str, body: DAGPatchBody, request: Request, deps: Given, person: Someone) -> Response:
    """Pause or unpause one DAG."""
    check_mask(Query(request, deps.config).texts("update_mask"), {"is_paused"})
    with acting(request, person) as act:
        dag_row(act.tx, dag_id)
        _pause(act, [dag_id], body.is_paused)
        row = dag_row(act.tx, dag_id)
    return answer(present.dag(row))


@router.delete("/dags/{dag_id}", status_code=204, response_model=None)
@needs("delete", Resource.DAGS)
def delete_dag(dag_id: str, request: Request, person: Someone) -> Response:
    """Delete a DAG with its runs. It comes back when its file is still there."""
    with acting(request, person) as act:
        dag_row(act.tx, dag_id)
        try:
            act.runs += commands.delete_dag_in(act.tx, dag_id=dag_id)
        except NotAllowed as error:
            raise Conflict(str(error)) from error
        act.dags.append(dag_id)
        act.note("delete_dag", dag_id=dag_id)
    return nothing()


def _pause(act: Act, dag_ids: list[str], paused: bool) -> None:
    changed = commands.pause_dags_in(act.tx, dag_ids=dag_ids, paused=paused)
    act.dags += changed
    for dag_id in changed:
        act.note("patch_dag", dag_id=dag_id, extra={"is_paused": paused})


@router.post("/dags/{dag_id}/favorite", status_code=204, response_model=None)
@needs("read", Resource.DAGS)
def favorite_dag(dag_id: str, deps: Given, person: Someone) -> Response:
    """Make the DAG a favourite of the one who asks."""
    with deps.store.begin() as tx:
        dag_row(tx, dag_id)
        rest_dags.set_favorite(tx, person.name, dag_id, True)
    return nothing()


@router.post("/dags/{dag_id}/unfavorite", status_code=204, response_model=None)
@needs("read", Resource.DAGS)
def unfavorite_dag(dag_id: str, deps: Given, person: Someone) -> Response:
    """The DAG is no longer a favourite of the one who asks."""
    with deps.store.begin() as tx:
        dag_row(tx, dag_id)
        rest_dags.set_favorite(tx, person.name, dag_id, False)
    return nothing()


# ---- parts of a DAG ------------------------------------------------------------------------------------------------


@router.get("/dags/{dag_id}/tasks", response_model=None, tags=["Task"])
@gives(TaskCollectionResponse)
@needs("read", Resource.DAGS)
def get_tasks(dag_id: str, request: Request, deps: Given) -> Response:
    """Tasks of the latest version."""
    specs: Specs = request.app.state.specs
    order = Query(request, deps.config).text("order_by") or "task_id"
    with deps.store.read() as tx:
        topology = topology_of(specs, tx, dag_row(tx, dag_id))
    tasks = [present.task(task, topology) for task in topology.tasks]
    field = order.removeprefix("-")
    if field not in TaskResponse.model_fields:
        raise BadRequest(f"Task has no attribute {field!r}")
    tasks.sort(key=lambda task: str(getattr(task, field)), reverse=order.startswith("-"))
    return answer(TaskCollectionResponse(tasks=tasks, total_entries=len(tasks)))


@router.get("/dags/{dag_id}/tasks/{task_id}", response_model=None, tags=["Task"])
@gives(TaskResponse)
@needs("read", Resource.DAGS)
def get_task(dag_id: str, task_id: str, request: Request, deps: Given) -> Response:
    """One task of the latest version."""
    specs: Specs = request.app.state.specs
    with deps.store.read() as tx:
        topology = topology_of(specs, tx, dag_row(tx, dag_id))
    if task_id not in topology.index:
        raise NotFound(f"Task with id {task_id} was not found")
    return answer(present.task(topology.tasks[topology.index[task_id]], topology))


@router.get("/dags/{dag_id}/dagVersions", response_model=None, tags=["DagVersion"])
@gives(DAGVersionCollectionResponse)
@needs("read", Resource.DAG_VERSIONS, each=True)
def get_dag_versions(dag_id: str, request: Request, deps: Given, person: Someone) -> Response:
    """Versions of one DAG, or of all ("~")."""
    query = Query(request, deps.config)
    conditions = query.integers("version_number") + query.one_of("bundle_name", "bundle_version")
    if dag_id != "~":
        conditions.append(OneOf("dag_id", (dag_id,)))
    conditions += person.conditions(Resource.DAG_VERSIONS)
    with deps.store.read() as tx:
        if dag_id != "~":
            dag_row(tx, dag_id)
        rows, total = rest_versions.list_versions(tx, conditions, query.page("id"))
        names = rest_dags.display_names(tx, [row.dag_id for row in rows])
    versions = [present.version_of_dag(row, names.get(row.dag_id, row.dag_id)) for row in rows]
    return answer(DAGVersionCollectionResponse(dag_versions=versions, total_entries=total))


@router.get("/dags/{dag_id}/dagVersions/{version_number}", response_model=None, tags=["DagVersion"])
@gives(DagVersionResponse)
@needs("read", Resource.DAG_VERSIONS)
def get_dag_version(dag_id: str, version_number: int, deps: Given) -> Response:
    """One version of a DAG."""
    with deps.store.read() as tx:
        row = rest_versions.get_version(tx, dag_id, version_number)
        names = rest_dags.display_names(tx, [dag_id])
    if row is None:
        text = f"The DagVersion with dag_id: `{dag_id}` and version_number: `{version_number}` was not found"
        raise NotFound(text)
    return answer(present.version_of_dag(row, names.get(dag_id, dag_id)))


@router.get("/dagSources/{dag_id}", response_model=None, tags=["DagSource"])
@gives(DAGSourceResponse)
@needs("read", Resource.DAG_CODE)
def get_dag_source(dag_id: str, request: Request, deps: Given) -> Response:
    """The source of a version as it was parsed, as JSON or plain text."""
    number = Query(request, deps.config).integer("version_number")
    with deps.store.read() as tx:
        row = dag_row(tx, dag_id)
        source = stored_specs.load_source(tx, dag_id, number)
        if number is None and row.version_id is not None:
            latest = rest_versions.get_version_by_id(tx, row.version_id)
            number = None if latest is None else latest.number
    if source is None:
        raise NotFound(f"No source of the DAG with ID: `{dag_id}` and version_number: `{number}` was found")
    if request.headers.get("accept", "").startswith("text/plain"):
        return PlainTextResponse(source)
    return answer(
        DAGSourceResponse(
            content=source, dag_id=dag_id, version_number=number, dag_display_name=row.display_name
        )
    )


# ---- over all DAGs ---------------------------------------------------------------------------------------------------


@router.get("/dagTags", response_model=None)
@gives(DAGTagCollectionResponse)
@needs("read", Resource.DAGS, each=True)
def get_dag_tags(request: Request, deps: Given, person: Someone) -> Response:
    """Names of all tags."""
    query = Query(request, deps.config)
    conditions = query.patterns("tag_name") + person.conditions(Resource.DAGS)
    with deps.store.read() as tx:
        names, total = rest_dags.list_tags(tx, conditions, query.page("name"))
    return answer(DAGTagCollectionResponse(tags=names, total_entries=total))


@router.get("/dagStats", response_model=None, tags=["DagStats"])
@gives(DagStatsCollectionResponse)
@needs("read", Resource.DAG_RUNS, each=True)
def get_dag_stats(request: Request, deps: Given, person: Someone) -> Response:
    """Number of runs by state of each DAG."""
    wanted = Query(request, deps.config).texts("dag_ids")
    readable = person.readable(Resource.DAG_RUNS)
    with deps.store.read() as tx:
        counts = rest_dags.state_counts(tx, wanted or None)
        if readable is not None:
            counts = {dag_id: found for dag_id, found in counts.items() if dag_id in readable}
        names = rest_dags.display_names(tx, counts)
    # Not by models: with thousands of DAGs their making takes longer than all else.
    dags = [
        {
            "dag_id": dag_id,
            "dag_display_name": names.get(dag_id, dag_id),
            "stats": [{"state": s.value, "count": counts[dag_id].get(s.value, 0)} for s in RunState],
        }
        for dag_id in sorted(counts)
    ]
    return data({"dags": dags, "total_entries": len(dags)})


def check_mask(mask: tuple[str, ...], allowed: set[str]) -> None:
    """Raise BadRequest when the mask names a field that cannot be changed."""
    if not set(mask) <= allowed:
        raise BadRequest(f"Only {', '.join(sorted(allowed))} field can be updated through the REST API")
