"""The list of DAGs as the web page shows it."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ostro.api import schedule
from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.failures import BadParameter
from ostro.api.public.query import Query
from ostro.api.public.routes.dag_runs import check_states
from ostro.api.render import data
from ostro.api.routing import guarded
from ostro.api.ui import models
from ostro.rules.permissions import Resource
from ostro.states import RunState
from ostro.store.views import rest_dags, rest_import_errors, ui_dags, ui_grid
from ostro.store.views.filters import Condition, OneOf, Page

router = guarded("/ui", described=False)

#: Bars of a DAG when none and at most.
BARS, MAX_BARS = 14, 50
_ORDERED = ("dag_id", "dag_display_name", "next_run", "last_run", "last_run_state", "owners")
#: Words of the page for columns that lists of DAGs are sorted by.
ORDERS = frozenset({*_ORDERED, *(f"-{name}" for name in _ORDERED)})


@router.get("/dags", response_model=None)
@needs("read", Resource.DAGS, each=True)
def get_dags(request: Request, deps: Given, person: Someone) -> Response:
    """The list of DAGs with their last runs."""
    query = Query(request, deps.config)
    bars = min(query.integer("runs", minimum=0) or BARS, MAX_BARS)
    readable = person.readable()
    conditions: list[Condition] = [] if readable is None else [OneOf("dag_id", tuple(sorted(readable)))]
    conditions += _plain(query)
    extra = _filter(query, person.name)
    page = query.page("dag_id")
    for name in page.order_by:
        if name not in ORDERS:
            raise BadParameter("order_by", name, f"Input should be one of {', '.join(sorted(ORDERS))}")
    with deps.store.read() as tx:
        rows, total = rest_dags.list_dags(tx, conditions, extra, page)
        ids = [row.dag_id for row in rows]
        active = rest_dags.active_runs(tx, ids) if ids else {}
        runs = ui_grid.latest_bars(tx, ids, bars)
        counts = rest_dags.state_counts(tx, ids) if ids else {}
        favorites = ui_dags.favorites_of(tx, person.name, ids)
        questions = ui_dags.open_questions(tx, ids)
        choices = ui_dags.choices(tx, readable)
        found = models.DagList(
            dags=[
                models.ListedDag(
                    **row_fields(row, active.get(row.dag_id, 0), runs[row.dag_id]),
                    counts=counts.get(row.dag_id, {}),
                    is_favorite=row.dag_id in favorites,
                    open_questions=questions.get(row.dag_id, 0),
                    bundle=row.bundle or None,
                )
                for row in rows
            ],
            total_entries=total,
            totals=ui_dags.totals(tx, readable),
            import_errors=_broken_files(tx, person.readable(Resource.IMPORT_ERRORS)),
            tags=choices.tags,
            owners=choices.owners,
            bundles=choices.bundles,
        )
    return data(found)


def _broken_files(tx: Any, readable: frozenset[str] | None) -> int:
    """How many import errors the person may know of."""
    if readable is None:
        return rest_import_errors.count_import_errors(tx)
    return rest_import_errors.list_import_errors(tx, [], Page(limit=1), readable=readable)[1]


def _plain(query: Query) -> list[Condition]:
    """Conditions on columns of the DAG itself."""
    found: list[Condition] = []
    for name, column in (("paused", "paused"), ("import_errors", "has_import_errors")):
        wanted = query.boolean(name)
        if wanted is not None:
            found.append(OneOf(column, (wanted,)))
    bundles = query.texts("bundle")
    if bundles:
        found.append(OneOf("bundle_name", bundles))
    return found


def _filter(query: Query, user: str) -> rest_dags.DagFilter:
    last_state = query.text("last_state") or None
    check_states((last_state,) if last_state else ())
    check_states(query.texts("any_state"))
    live = (RunState.QUEUED.value, RunState.RUNNING.value) if query.boolean("running") else ()
    return rest_dags.DagFilter(
        tags=query.texts("tags"),
        all_tags=query.text("tags_match_mode") == "all",
        owners=query.texts("owners"),
        last_run_state=last_state,
        any_run_state=(*live, *query.texts("any_state")),
        search=query.text("search") or None,
        include_stale=query.boolean("include_stale") or False,
        favorite_of=user,
        is_favorite=query.boolean("favorite"),
        has_asset_schedule=query.boolean("asset_scheduled"),
        has_pending_actions=query.boolean("pending_actions"),
    )


def row_fields(row: rest_dags.DagRow, active: int, bars: list[ui_grid.Bar]) -> dict[str, Any]:
    """What lists and heads tell of a DAG."""
    said = schedule.words(row.timetable, row.timetable_summary, row.timetable_description)
    return {
        "dag_id": row.dag_id,
        "display_name": row.display_name,
        "description": row.description,
        "is_paused": row.is_paused,
        "is_stale": row.is_stale,
        "has_import_errors": row.has_import_errors,
        "dialect": row.dialect,
        "tags": sorted(row.tags or ()),
        "owners": row.owner_list,
        "relative_fileloc": row.path,
        "schedule": said.summary,
        "schedule_description": said.description,
        "schedule_timezone": said.timezone,
        "next_run_after": row.next_run_after,
        "next_logical_date": row.next_logical_date,
        "active_runs": active,
        "runs": bars,
    }
