"""Paths of the web page for assets: the list, the lineage, what the next run of a DAG waits for, partitions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.dag_facts import KnownFacts
from ostro.api.deps import Given
from ostro.api.failures import BadParameter
from ostro.api.public.query import Query
from ostro.api.public.routes.dags import dag_row
from ostro.api.public.visible import see_asset, without_unreadable
from ostro.api.render import data, large
from ostro.api.routing import guarded
from ostro.api.ui import conditions, lineage
from ostro.api.ui.models import Struct
from ostro.errors import NotFound
from ostro.rules.assets import assets_of
from ostro.rules.permissions import Resource
from ostro.store import watchers
from ostro.store.views import rest_assets, rest_dags, ui_assets
from ostro.store.views.filters import Condition, Matches, OneOf, Page
from ostro.timetable import is_custom

router = guarded("/ui", described=False)

KINDS = frozenset({"dag", "asset", "alias"})


class AssetLine(Struct, frozen=True, kw_only=True):
    """One asset and how many have to do with it."""

    id: int
    name: str
    uri: str
    group: str
    created_at: datetime
    last_event_at: datetime | None
    #: Tasks that make it, tasks that read it, DAGs that are scheduled on it.
    producers: int
    consumers: int
    scheduled: int
    aliases: list[str]
    watchers: int


class AssetList(Struct, frozen=True, kw_only=True):
    assets: list[AssetLine]
    total_entries: int
    groups: dict[str, int]


class NextRun(Struct, frozen=True, kw_only=True):
    """What the next run of a DAG waits for. `asset_expression` and `events` are Airflow's, `condition` has ticks."""

    asset_expression: dict[str, Any] | None
    events: list[dict[str, Any]]
    condition: conditions.Part | None
    is_paused: bool
    #: Runs are made per partition key: see partitioned_dag_runs.
    is_partitioned: bool
    pending_partition_count: int


@router.get("/assets", response_model=None)
@needs("read", Resource.ASSETS)
def list_assets(request: Request, deps: Given, person: Someone) -> Response:
    """A page of assets. `search` in name and URI, `group`, `only_active` (default true), `order_by`."""
    query = Query(request, deps.config)
    found: list[Condition] = []
    if search := query.text("search"):
        found.append(Matches("text", search))
    if group := query.texts("group"):
        found.append(OneOf("group", group))
    only_active = query.boolean("only_active") is not False
    readable = person.readable()
    with deps.store.read() as tx:
        rows, total = ui_assets.list_assets(
            tx, found, query.page("name"), only_active=only_active, readable=readable
        )
        named = ui_assets.groups(tx, only_active=only_active, readable=readable)
        watched = watchers.of_assets(tx, [(row.name, row.uri) for row in rows])
    lines = []
    for row in (without_unreadable(row, person) for row in rows):
        lines.append(
            AssetLine(
                id=row.id,
                name=row.name,
                uri=row.uri,
                group=row.group,
                created_at=row.created_at,
                last_event_at=None if row.last_event is None else row.last_event[1],
                producers=len(row.producing),
                consumers=len(row.consuming),
                scheduled=len(row.scheduled),
                aliases=[alias.name for alias in row.aliases],
                watchers=len(watched.get((row.name, row.uri), ())),
            )
        )
    return data(AssetList(assets=lines, total_entries=total, groups=named))


@router.get("/lineage", response_model=None)
@needs("read", Resource.ASSETS)
def get_lineage(request: Request, deps: Given, person: Someone) -> Response:
    """The drawing of DAGs and assets, and of DAGs whose tasks start or await others; with `node` ("asset:7", "dag:d") only what leads to it and from it, `depth` steps."""
    query = Query(request, deps.config)
    node, depth = query.text("node"), query.integer("depth", minimum=1)
    focus = None if node is None else _node(node)
    alone = None
    with deps.store.read() as tx:
        ties = _ties(request, tx, person)
        if focus is not None and focus[0] == "asset":
            see_asset(tx, person, int(focus[1]))
            rows = rest_assets.load_assets(tx, [int(focus[1])])
            if not rows:
                raise NotFound(f"The Asset with ID: `{focus[1]}` was not found")
            alone = (*focus, rows[0].name)
    if focus is not None:
        ties = lineage.around(ties, focus, depth)
    return large(request, lineage.drawing(ties, alone=alone))


@router.get("/dependencies", response_model=None)
@needs("read", Resource.ASSETS)
def get_dependencies(request: Request, deps: Given, person: Someone) -> Response:
    """The same as lists of nodes and edges, in Airflow's shape."""
    node = Query(request, deps.config).text("node_id")
    with deps.store.read() as tx:
        ties = _ties(request, tx, person)
    if node is not None:
        ties = lineage.around(ties, _node(node), None)
    return large(request, lineage.listed(ties))


def _ties(request: Request, tx: Any, person: Someone) -> list[ui_assets.Tie]:
    readable = person.readable()
    facts: KnownFacts = request.app.state.dag_facts
    between = lineage.between_dags(facts.of(tx), ui_assets.labels_of(tx, readable))
    return [*ui_assets.lineage(tx, readable), *between]


def _node(text: str) -> tuple[str, str]:
    kind, _, key = text.partition(":")
    if kind not in KINDS or not key or (kind != "dag" and not (key.isdecimal() and len(key) < 19)):
        raise BadParameter("node", text, "Input should be dag:<id>, asset:<number> or alias:<number>")
    return kind, key


# ---- what comes next ---------------------------------------------------------------------------------------------------


@router.get("/next_run_assets/{dag_id}", response_model=None)
@needs("read", Resource.DAGS)
@needs("read", Resource.ASSETS)
def get_next_run_assets(dag_id: str, deps: Given) -> Response:
    """Which events the next run of a DAG waits for, and which came already."""
    with deps.store.read() as tx:
        row = dag_row(tx, dag_id)
        condition = row.asset_condition
        tree = None if condition is None else conditions.ticked(tx, dag_id, condition)
        known = {} if condition is None else ui_assets.ids_of(tx, assets_of(condition))
        _, pending = ui_assets.list_partitions(tx, Page(limit=1), dag_id=dag_id, has_run=False)
    came = {} if tree is None else _moments(tree)
    events = [
        {"id": id_, "name": key[0], "uri": key[1], "lastUpdate": came.get(id_)} for key, id_ in known.items()
    ]
    return data(
        NextRun(
            asset_expression=condition,
            events=events,
            condition=tree,
            is_paused=row.is_paused,
            is_partitioned=_is_partitioned(row),
            pending_partition_count=pending,
        )
    )


def _moments(part: conditions.Part) -> dict[int, datetime | None]:
    found = {} if part.asset_id is None else {part.asset_id: part.at}
    for one in part.parts:
        found |= _moments(one)
    return found


def _is_partitioned(row: rest_dags.DagRow) -> bool:
    timetable: Any = row.timetable
    return isinstance(timetable, dict) and timetable.get("type") == "partitioned_asset"


@router.get("/partitioned_dag_runs", response_model=None)
@needs("read", Resource.DAG_RUNS, each=True)
def list_partitioned_dag_runs(request: Request, deps: Given, person: Someone) -> Response:
    """Partition keys of a DAG (`dag_id`; of all), also those that have their run (`has_created_dag_run_id`)."""
    query = Query(request, deps.config)
    dag_id = query.text("dag_id") or None
    if dag_id is not None:
        person.must("read", Resource.DAG_RUNS, dag_id)
    with deps.store.read() as tx:
        rows, total = ui_assets.list_partitions(
            tx,
            query.page(),
            dag_id=dag_id,
            has_run=query.boolean("has_created_dag_run_id"),
            readable=person.readable(Resource.DAG_RUNS),
        )
    shown = [
        {
            "id": row.id,
            "dag_id": row.dag_id,
            "partition_key": row.partition_key,
            "partition_date": row.partition_date,
            "created_at": row.created_at,
            "updated_at": row.updated_at,
            "created_dag_run_id": row.run_id,
            "state": row.run_state,
            "total_received": row.received,
        }
        for row in rows
    ]
    return data({"partitioned_dag_runs": shown, "total": total})


@router.get("/pending_partitioned_dag_run/{dag_id}", response_model=None)
@needs("read", Resource.DAG_RUNS)
@needs("read", Resource.ASSETS)
def get_pending_partition(dag_id: str, request: Request, deps: Given) -> Response:
    """What the run of one partition key (`partition_key`) has got of each asset, and what is missing."""
    key = Query(request, deps.config).text("partition_key")
    if not key:
        raise BadParameter("partition_key", None, "Field required", kind="missing")
    with deps.store.read() as tx:
        row = dag_row(tx, dag_id)
        rows, _ = ui_assets.list_partitions(
            tx, Page(limit=1), dag_id=dag_id, partition_key=key, has_run=False
        )
        if not rows or not _is_partitioned(row) or is_custom(row.timetable):
            raise NotFound(f"The DAG with ID: `{dag_id}` collects nothing for the partition key `{key}`")
        condition = row.asset_condition or {}
        got = conditions.received(tx, dag_id, rows[0].id, row.timetable, condition)
    return data(
        {
            "dag_id": dag_id,
            "partition_key": key,
            "created_at": rows[0].created_at,
            "asset_expression": condition,
            "assets": got,
            "total_received": rows[0].received,
        }
    )
