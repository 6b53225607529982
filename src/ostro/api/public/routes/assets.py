"""Assets, their aliases and events, and the queues of the DAGs that listen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ostro import commands
from ostro.api.acting import acting
from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.failures import Unprocessable
from ostro.api.public import present
from ostro.api.public.models.assets import (
    AssetAliasCollectionResponse,
    AssetAliasResponse,
    AssetCollectionResponse,
    AssetEventCollectionResponse,
    AssetEventResponse,
    AssetResponse,
    AssetWatcherResponse,
    ClearPartitionsBody,
    ClearPartitionsResponse,
    CreateAssetEventsBody,
    DagRunAssetReference,
    DagScheduleAssetReference,
    LastAssetEventResponse,
    MaterializeAssetBody,
    QueuedEventCollectionResponse,
    QueuedEventResponse,
    TaskInletAssetReference,
    TaskOutletAssetReference,
)
from ostro.api.public.models.runs import DAGRunResponse
from ostro.api.public.query import Query
from ostro.api.public.reach import must_reach, note_reach
from ostro.api.public.routes.dag_runs import run_row
from ostro.api.public.visible import event_without_unreadable, see_asset, without_unreadable
from ostro.api.render import answer, gives, nothing
from ostro.api.routing import guarded
from ostro.errors import NotFound
from ostro.rules.permissions import Resource
from ostro.states import RunType
from ostro.store import watchers
from ostro.store.views import rest_assets
from ostro.store.views.rest_assets import AliasRow, AssetRow, EventRow, QueuedRow

#: What tells from which task an event came.
SOURCES = ("source_dag_id", "source_task_id", "source_run_id", "source_map_index")

router = guarded("/api/v2", "Asset")

# ---- assets and aliases -------------------------------------------------------------------------------------------------


@router.get("/assets", response_model=None)
@gives(AssetCollectionResponse)
@needs("read", Resource.ASSETS)
def get_assets(request: Request, deps: Given, person: Someone) -> Response:
    """Assets that DAG files name; with only_active=false those of the past, too."""
    query = Query(request, deps.config)
    only_active = query.boolean("only_active")
    with deps.store.read() as tx:
        rows, total = rest_assets.list_assets(
            tx,
            query.patterns("name", "uri"),
            query.page("id"),
            only_active=only_active is not False,
            dag_ids=query.texts("dag_ids"),
            readable=person.readable(),
        )
        watched = watchers.of_assets(tx, [(row.name, row.uri) for row in rows])
    found = [_asset(without_unreadable(row, person), watched.get((row.name, row.uri), ())) for row in rows]
    return answer(AssetCollectionResponse(assets=found, total_entries=total))


@router.get("/assets/aliases", response_model=None)
@gives(AssetAliasCollectionResponse)
@needs("read", Resource.ASSET_ALIASES)
def get_asset_aliases(request: Request, deps: Given, person: Someone) -> Response:
    """Aliases."""
    query = Query(request, deps.config)
    with deps.store.read() as tx:
        rows, total = rest_assets.list_aliases(
            tx, query.patterns("name"), query.page("id"), readable=person.readable()
        )
    return answer(
        AssetAliasCollectionResponse(asset_aliases=[_alias(row) for row in rows], total_entries=total)
    )


@router.get("/assets/aliases/{asset_alias_id}", response_model=None)
@gives(AssetAliasResponse)
@needs("read", Resource.ASSET_ALIASES)
def get_asset_alias(asset_alias_id: int, deps: Given, person: Someone) -> Response:
    """One alias."""
    with deps.store.read() as tx:
        row = rest_assets.get_alias(tx, asset_alias_id, readable=person.readable())
    if row is None:
        raise NotFound(f"The Asset Alias with ID: `{asset_alias_id}` was not found")
    return answer(_alias(row))


# ---- events -------------------------------------------------------------------------------------------------------------


@router.get("/assets/events", response_model=None)
@gives(AssetEventCollectionResponse)
@needs("read", Resource.ASSETS)
def get_asset_events(request: Request, deps: Given, person: Someone) -> Response:
    """Events of assets."""
    query = Query(request, deps.config)
    conditions = (
        query.integers("asset_id")
        + query.integers("source_map_index")
        + query.one_of("source_dag_id", "source_task_id", "source_run_id", "partition_key")
        + query.patterns("name")
        + query.moments("timestamp")
    )
    if any(query.texts(name) for name in SOURCES):
        # What is not shown cannot be searched for.
        conditions += person.conditions(Resource.DAGS, column="source_dag_id")
    with deps.store.read() as tx:
        rows, total = rest_assets.list_events(
            tx, conditions, query.page("timestamp"), readable=person.readable()
        )
    return answer(_events(rows, total, person))


@router.post("/assets/events", response_model=None)
@gives(AssetEventResponse)
@needs("create", Resource.ASSETS)
def create_asset_event(
    body: CreateAssetEventsBody, request: Request, deps: Given, person: Someone
) -> Response:
    """Say that an asset was updated outside of Ostro: DAGs that listen run."""
    extra = {**body.extra, "from_rest_api": True}
    with acting(request, person) as act:
        see_asset(act.tx, person, body.asset_id)
        made = commands.create_asset_event_in(
            act.tx, act.clock, asset_id=body.asset_id, extra=extra, partition_key=body.partition_key
        )
        act.dags += made.dag_ids
        act.note("create_asset_event", extra={"asset_id": body.asset_id, "event_id": made.id})
        (row,) = rest_assets.load_events(act.tx, [made.id])
    return answer(_event(event_without_unreadable(row, person)))


@router.post("/assets/{asset_id}/materialize", response_model=None)
@gives(DAGRunResponse)
@needs("create", Resource.ASSETS)
def materialize_asset(
    asset_id: int, request: Request, deps: Given, person: Someone, body: MaterializeAssetBody | None = None
) -> Response:
    """Run the DAG that makes the asset."""
    body = body or MaterializeAssetBody()
    if (body.data_interval_start is None) != (body.data_interval_end is None):
        raise Unprocessable(
            "Either both data_interval_start and data_interval_end must be provided or both must be None"
        )
    interval = None
    if body.data_interval_start is not None and body.data_interval_end is not None:
        interval = (body.data_interval_start, body.data_interval_end)
    with deps.store.read() as tx:
        see_asset(tx, person, asset_id)
        dag_id = commands.producer_of(tx, asset_id)
    person.must("create", Resource.DAG_RUNS, dag_id)
    said = commands.ask_manual(
        deps.store,
        deps.clock,
        deps.ask_timetable,
        dag_id=dag_id,
        logical_date=body.logical_date,
        run_after=body.run_after,
        run_type=RunType.ASSET_MATERIALIZATION,
    )
    with acting(request, person) as act:
        made = commands.trigger_run_in(
            act.tx,
            act.clock,
            dag_id=dag_id,
            run_id=body.dag_run_id,
            own_run_id=None if said is None else said.run_id,
            run_type=RunType.ASSET_MATERIALIZATION,
            logical_date=body.logical_date if said is None else said.logical_date,
            data_interval=interval if interval is not None or said is None else said.data_interval,
            run_after=body.run_after,
            conf=body.conf,
            note=body.note,
            triggered_by="ui" if person.via == "cookie" else "rest_api",
            triggering_user=person.name,
            partition_key=body.partition_key,
            run_id_pattern=deps.config.run_id_pattern,
        )
        act.runs.append(made.id)
        act.dags.append(dag_id)
        act.note("materialize_asset", dag_id=dag_id, run_id=made.run_id, extra={"asset_id": asset_id})
    with deps.store.read() as tx:
        row = run_row(tx, dag_id, made.run_id)
    return answer(present.run(row))


@router.get("/dags/{dag_id}/dagRuns/{dag_run_id}/upstreamAssetEvents", response_model=None)
@gives(AssetEventCollectionResponse)
@needs("read", Resource.DAG_RUNS)
@needs("read", Resource.ASSETS)
def get_upstream_asset_events(dag_id: str, dag_run_id: str, deps: Given, person: Someone) -> Response:
    """The events that made a run."""
    with deps.store.read() as tx:
        run = run_row(tx, dag_id, dag_run_id)
        rows = rest_assets.events_of_run(tx, run.id)
    return answer(_events(rows, len(rows), person))


# ---- queues -------------------------------------------------------------------------------------------------------------


@router.get("/assets/{asset_id}/queuedEvents", response_model=None)
@gives(QueuedEventCollectionResponse)
@needs("read", Resource.ASSETS)
def get_asset_queued_events(asset_id: int, request: Request, deps: Given, person: Someone) -> Response:
    """Which DAGs wait with an event of this asset for others."""
    return _queue(request, deps, person, asset_id=asset_id)


@router.delete("/assets/{asset_id}/queuedEvents", status_code=204, response_model=None)
@needs("delete", Resource.ASSETS)
def delete_asset_queued_events(asset_id: int, request: Request, deps: Given, person: Someone) -> Response:
    """Events of this asset that wait count no more."""
    return _forget(request, deps, person, asset_id=asset_id)


@router.get("/dags/{dag_id}/assets/queuedEvents", response_model=None)
@gives(QueuedEventCollectionResponse)
@needs("read", Resource.DAGS)
@needs("read", Resource.ASSETS)
def get_dag_asset_queued_events(dag_id: str, request: Request, deps: Given, person: Someone) -> Response:
    """Of which assets the DAG has events, waiting for others."""
    return _queue(request, deps, person, dag_id=dag_id)


@router.delete("/dags/{dag_id}/assets/queuedEvents", status_code=204, response_model=None)
@needs("edit", Resource.DAGS)
@needs("delete", Resource.ASSETS)
def delete_dag_asset_queued_events(dag_id: str, request: Request, deps: Given, person: Someone) -> Response:
    """Events that wait for the DAG count no more."""
    return _forget(request, deps, person, dag_id=dag_id)


@router.get("/dags/{dag_id}/assets/{asset_id}/queuedEvents", response_model=None)
@gives(QueuedEventResponse)
@needs("read", Resource.DAGS)
@needs("read", Resource.ASSETS)
def get_dag_asset_queued_event(dag_id: str, asset_id: int, request: Request, deps: Given) -> Response:
    """Whether an event of this asset waits for the DAG."""
    before = Query(request, deps.config).moment("before")
    with deps.store.read() as tx:
        rows = rest_assets.list_queued(tx, dag_id=dag_id, asset_id=asset_id, before=before)
    if not rows:
        raise NotFound(f"Queued event with dag_id: `{dag_id}` and asset_id: `{asset_id}` was not found")
    return answer(_queued(rows[0]))


@router.delete("/dags/{dag_id}/assets/{asset_id}/queuedEvents", status_code=204, response_model=None)
@needs("edit", Resource.DAGS)
@needs("delete", Resource.ASSETS)
def delete_dag_asset_queued_event(
    dag_id: str, asset_id: int, request: Request, deps: Given, person: Someone
) -> Response:
    """Events of this asset that wait for the DAG count no more."""
    return _forget(request, deps, person, dag_id=dag_id, asset_id=asset_id)


# ---- partitions ---------------------------------------------------------------------------------------------------------


@router.post("/dags/{dag_id}/clearPartitions", response_model=None)
@gives(ClearPartitionsResponse)
@needs("edit", Resource.DAG_RUNS)
def clear_dag_run_partitions(
    dag_id: str, body: ClearPartitionsBody, request: Request, person: Someone
) -> Response:
    """Take partition key and date off runs, and run their tasks again if asked for."""
    with acting(request, person) as act:
        done = commands.clear_partitions_in(
            act.tx,
            act.clock,
            dag_id=dag_id,
            run_id=body.run_id,
            partition_key=body.partition_key,
            date_start=body.partition_date_start,
            date_end=body.partition_date_end,
            clear_task_instances=body.clear_task_instances,
            dry_run=body.dry_run,
        )
        must_reach(person, done.reached, but=dag_id)
        if not body.dry_run:
            act.runs += [run.id for run in done.runs]
            note_reach(act, done.reached, of=dag_id)
            act.dags.append(dag_id)
            act.note(
                "clear_partitions", dag_id=dag_id, extra=body.model_dump(mode="json", exclude_unset=True)
            )
    return answer(
        ClearPartitionsResponse(
            dag_runs_cleared=len(done.runs), task_instances_cleared=done.instances, dry_run=body.dry_run
        )
    )


# ---- one asset: after the paths with a word in its place ---------------------------------------------------------------------


@router.get("/assets/{asset_id}", response_model=None)
@gives(AssetResponse)
@needs("read", Resource.ASSETS)
def get_asset(asset_id: int, deps: Given, person: Someone) -> Response:
    """One asset."""
    with deps.store.read() as tx:
        see_asset(tx, person, asset_id)
        rows = rest_assets.load_assets(tx, [asset_id])
        watched = watchers.of_assets(tx, [(row.name, row.uri) for row in rows])
    if not rows:
        raise NotFound(f"The Asset with ID: `{asset_id}` was not found")
    return answer(_asset(without_unreadable(rows[0], person), watched.get((rows[0].name, rows[0].uri), ())))


def _queue(
    request: Request, deps: Any, person: Someone, *, dag_id: str | None = None, asset_id: int | None = None
) -> Response:
    before: datetime | None = Query(request, deps.config).moment("before")
    with deps.store.read() as tx:
        rows = rest_assets.list_queued(tx, dag_id=dag_id, asset_id=asset_id, before=before)
    readable = person.readable()
    if readable is not None:
        rows = [row for row in rows if row.dag_id in readable]
    return answer(
        QueuedEventCollectionResponse(queued_events=[_queued(r) for r in rows], total_entries=len(rows))
    )


def _forget(
    request: Request, deps: Any, person: Any, *, dag_id: str | None = None, asset_id: int | None = None
) -> Response:
    before: datetime | None = Query(request, deps.config).moment("before")
    with acting(request, person) as act:
        for row in rest_assets.list_queued(act.tx, dag_id=dag_id, asset_id=asset_id, before=before):
            person.must("edit", Resource.DAGS, row.dag_id)
        commands.forget_queued_events_in(act.tx, dag_id=dag_id, asset_id=asset_id, before=before)
        act.note("delete_queued_asset_events", dag_id=dag_id, extra={"asset_id": asset_id})
    return nothing()


def _asset(row: AssetRow, watched: Iterable[watchers.Watcher]) -> AssetResponse:
    return AssetResponse(
        id=row.id,
        name=row.name,
        uri=row.uri,
        group=row.group,
        extra=row.extra,
        created_at=row.created_at,
        updated_at=row.updated_at,
        scheduled_dags=[
            DagScheduleAssetReference(dag_id=r.dag_id, created_at=r.created_at, updated_at=r.updated_at)
            for r in row.scheduled
        ],
        producing_tasks=[TaskOutletAssetReference(**_reference(r)) for r in row.producing],
        consuming_tasks=[TaskInletAssetReference(**_reference(r)) for r in row.consuming],
        aliases=[_alias(a) for a in row.aliases],
        watchers=[
            AssetWatcherResponse(name=w.name, trigger_id=w.id, created_date=w.created_at) for w in watched
        ],
        last_asset_event=None
        if row.last_event is None
        else LastAssetEventResponse(id=row.last_event[0], timestamp=row.last_event[1]),
    )


def _reference(row: rest_assets.Reference) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


def _alias(row: AliasRow) -> AssetAliasResponse:
    return AssetAliasResponse(id=row.id, name=row.name, group=row.group)


def _events(rows: list[EventRow], total: int, person: Someone) -> AssetEventCollectionResponse:
    shown = [_event(event_without_unreadable(row, person)) for row in rows]
    return AssetEventCollectionResponse(asset_events=shown, total_entries=total)


def _event(row: EventRow) -> AssetEventResponse:
    event = row.event
    return AssetEventResponse(
        id=event.id,
        asset_id=event.asset_id,
        uri=event.uri,
        name=event.name,
        group=event.group,
        extra=event.extra,
        source_task_id=event.source.task_id,
        source_dag_id=event.source.dag_id,
        source_run_id=event.source.run_id,
        source_map_index=event.source.map_index,
        created_dagruns=[
            DagRunAssetReference(**{name: getattr(run, name) for name in run.__struct_fields__})
            for run in row.runs
        ],
        timestamp=event.at,
        partition_key=event.partition_key,
    )


def _queued(row: QueuedRow) -> QueuedEventResponse:
    return QueuedEventResponse(
        dag_id=row.dag_id,
        asset_id=row.asset_id,
        created_at=row.created_at,
        dag_display_name=row.dag_display_name,
    )
