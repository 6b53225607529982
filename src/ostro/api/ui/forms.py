"""Paths of the web page for the forms that start runs: what a run by hand would be, backfills and their dates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ostro import commands
from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.failures import BadParameter
from ostro.api.public.query import Query
from ostro.api.public.routes.dags import dag_row
from ostro.api.render import data
from ostro.api.routing import guarded
from ostro.api.ui.models import Struct
from ostro.errors import NotFound
from ostro.rules.permissions import Resource
from ostro.store import backfills
from ostro.store.views import rest_backfills, ui_backfills
from ostro.store.views.filters import Condition
from ostro.timetable import facts

router = guarded("/ui", described=False)

#: Most dates of one backfill that are listed.
MOST_DATES = 10_000


class ManualRun(Struct, frozen=True, kw_only=True):
    """What a run by hand of this logical date is about."""

    logical_date: datetime | None
    data_interval_start: datetime | None
    data_interval_end: datetime | None


class Backfill(Struct, frozen=True, kw_only=True):
    """A backfill: Airflow's fields, and how far it is."""

    id: int
    dag_id: str
    dag_display_name: str
    from_date: datetime
    to_date: datetime
    dag_run_conf: dict[str, Any]
    is_paused: bool
    reprocess_behavior: str
    run_backwards: bool
    run_on_latest_version: bool | None
    max_active_runs: int
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    triggering_user: str | None
    #: All its dates are known.
    is_planned: bool
    #: Dates by the state of their run; "left": their run stays as it is.
    dates: dict[str, int]


class BackfillDate(Struct, frozen=True, kw_only=True):
    logical_date: datetime | None
    partition_key: str | None
    run_id: str | None
    state: str | None
    #: Why the run of this date is not made or run again.
    reason: str | None


class Backfillable(Struct, frozen=True, kw_only=True):
    """Whether a DAG can be backfilled, and if not, why."""

    reason: str | None


@router.get("/dags/{dag_id}/manual_run", response_model=None)
@needs("read", Resource.DAGS)
def get_manual_run(dag_id: str, request: Request, deps: Given) -> Response:
    """The data interval that a run by hand with this `logical_date` would get."""
    logical_date = Query(request, deps.config).moment("logical_date")
    if logical_date is None:
        raise BadParameter("logical_date", None, "Field required", kind="missing")
    said = commands.ask_manual(
        deps.store, deps.clock, deps.ask_timetable, dag_id=dag_id, logical_date=logical_date
    )
    if said is not None:
        start, end = said.data_interval or (None, None)
    else:
        with deps.store.read() as tx:
            interval = commands.manual_interval(tx, dag_id, logical_date)
        start, end = (None, None) if interval is None else (interval.start, interval.end)
    return data(ManualRun(logical_date=logical_date, data_interval_start=start, data_interval_end=end))


@router.get("/backfills", response_model=None)
@needs("read", Resource.BACKFILLS, each=True)
def list_backfills(request: Request, deps: Given, person: Someone) -> Response:
    """Backfills of a DAG (`dag_id`) or of all, `active` or complete ones, the latest first."""
    query = Query(request, deps.config)
    conditions: list[Condition] = [*query.one_of("dag_id"), *person.conditions(Resource.BACKFILLS)]
    with deps.store.read() as tx:
        rows, total = rest_backfills.list_backfills(
            tx, conditions, query.page("-id"), active=query.boolean("active")
        )
        counts = ui_backfills.count_dates(tx, [row.id for row in rows])
    shown = [_backfill(row, counts.get(row.id, {})) for row in rows]
    return data({"backfills": shown, "total_entries": total})


@router.get("/backfills/{backfill_id}/dates", response_model=None)
@needs("read", Resource.BACKFILLS, each=True)
def list_backfill_dates(backfill_id: int, deps: Given, person: Someone) -> Response:
    """The dates of a backfill in the order in which they run, each with its run or why it has none."""
    with deps.store.read() as tx:
        row = rest_backfills.get_backfill(tx, backfill_id)
        if row is None or not person.may("read", Resource.BACKFILLS, row.dag_id):
            raise NotFound(f"Backfill not found: no backfill has the id {backfill_id}")
        dates = backfills.dates_of(tx, backfill_id)
        counts = ui_backfills.count_dates(tx, [backfill_id])
    shown = [
        BackfillDate(
            logical_date=date.logical_date,
            partition_key=date.partition_key,
            run_id=date.run_id,
            state=date.state,
            reason=date.exception_reason,
        )
        for date in dates[:MOST_DATES]
    ]
    return data(
        {"backfill": _backfill(row, counts.get(backfill_id, {})), "dates": shown, "total": len(dates)}
    )


@router.get("/dags/{dag_id}/backfillable", response_model=None)
@needs("read", Resource.DAGS)
def get_backfillable(dag_id: str, deps: Given) -> Response:
    """Whether the DAG's schedule has dates that could be made up for."""
    with deps.store.read() as tx:
        row = dag_row(tx, dag_id)
    found = facts(row.timetable)
    reason = None
    if not found.can_be_scheduled:
        reason = "unscheduled"
    elif not found.periodic:
        reason = "not_periodic"
    return data(Backfillable(reason=reason))


def _backfill(row: rest_backfills.BackfillRow, dates: dict[str, int]) -> Backfill:
    return Backfill(
        id=row.id,
        dag_id=row.dag_id,
        dag_display_name=row.dag_display_name,
        from_date=row.from_date,
        to_date=row.to_date,
        dag_run_conf=row.conf,
        is_paused=row.is_paused,
        reprocess_behavior=row.reprocess_behavior,
        run_backwards=row.run_backwards,
        run_on_latest_version=row.run_on_latest_version,
        max_active_runs=row.max_active_runs,
        created_at=row.created_at,
        updated_at=row.updated_at,
        completed_at=row.completed_at,
        triggering_user=row.triggering_user,
        is_planned=row.is_planned,
        dates=dates,
    )
