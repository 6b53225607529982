"""Backfills: order, look ahead, list, pause, go on, cancel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ostro import commands
from ostro.api.acting import acting
from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.failures import BadParameter, Unprocessable
from ostro.api.masking import mask
from ostro.api.public.models.backfills import (
    BackfillCollectionResponse,
    BackfillPostBody,
    BackfillResponse,
    DryRunBackfillCollectionResponse,
    DryRunBackfillResponse,
)
from ostro.api.public.query import Query
from ostro.api.render import answer, gives
from ostro.api.routing import guarded
from ostro.errors import NotAllowed, NotFound
from ostro.rules.permissions import Resource
from ostro.store import NewBackfill
from ostro.store.views import rest_backfills
from ostro.store.views.filters import OneOf

router = guarded("/api/v2", "Backfill")


def present(row: rest_backfills.BackfillRow) -> BackfillResponse:
    """One backfill."""
    return BackfillResponse(
        id=row.id,
        dag_id=row.dag_id,
        from_date=row.from_date,
        to_date=row.to_date,
        dag_run_conf=row.conf,
        is_paused=row.is_paused,
        reprocess_behavior=row.reprocess_behavior,
        max_active_runs=row.max_active_runs,
        created_at=row.created_at,
        completed_at=row.completed_at,
        updated_at=row.updated_at,
        dag_display_name=row.dag_display_name,
    )


@router.get("/backfills", response_model=None)
@gives(BackfillCollectionResponse)
@needs("read", Resource.BACKFILLS, each=True)
def list_backfills(request: Request, deps: Given, person: Someone) -> Response:
    """Backfills of one DAG."""
    query = Query(request, deps.config)
    dag_id = query.text("dag_id")
    if not dag_id:
        raise BadParameter("dag_id", None, "Field required", kind="missing")
    person.must("read", Resource.BACKFILLS, dag_id)
    with deps.store.read() as tx:
        rows, total = rest_backfills.list_backfills(tx, [OneOf("dag_id", (dag_id,))], query.page("id"))
    return answer(BackfillCollectionResponse(backfills=[present(r) for r in rows], total_entries=total))


@router.get("/backfills/{backfill_id}", response_model=None)
@gives(BackfillResponse)
@needs("read", Resource.BACKFILLS, each=True)
def get_backfill(backfill_id: int, deps: Given, person: Someone) -> Response:
    """One backfill."""
    with deps.store.read() as tx:
        return answer(_one(tx, backfill_id, person))


@router.post("/backfills", response_model=None)
@gives(BackfillResponse)
@needs("create", Resource.BACKFILLS, each=True)
def create_backfill(body: BackfillPostBody, request: Request, deps: Given, person: Someone) -> Response:
    """Order a backfill; the engine makes its runs and starts them."""
    person.must("create", Resource.BACKFILLS, body.dag_id)
    with acting(request, person) as act, _unprocessable():
        made = commands.create_backfill_in(act.tx, act.clock, _new(body, person.name))
        act.dags.append(body.dag_id)
        extra = body.model_dump(mode="json")
        act.note("create_backfill", dag_id=body.dag_id, extra=mask(extra, deps.config.sensitive_names))
        shown = _one(act.tx, made.id, person)
    return answer(shown)


@router.post("/backfills/dry_run", response_model=None)
@gives(DryRunBackfillCollectionResponse)
@needs("create", Resource.BACKFILLS, each=True)
def create_backfill_dry_run(body: BackfillPostBody, deps: Given, person: Someone) -> Response:
    """What a backfill would run."""
    person.must("create", Resource.BACKFILLS, body.dag_id)
    new = _new(body, None)
    with _unprocessable():
        infos = commands.ask_between(deps.store, deps.clock, deps.ask_timetable, new)
        with deps.store.read() as tx:
            found = commands.preview_backfill_in(tx, deps.clock, new, infos)
    shown = [
        DryRunBackfillResponse(
            logical_date=info.logical_date,
            partition_key=info.partition_key,
            partition_date=info.partition_date,
        )
        for info in found
    ]
    return answer(DryRunBackfillCollectionResponse(backfills=shown, total_entries=len(shown)))


@router.put("/backfills/{backfill_id}/pause", response_model=None)
@gives(BackfillResponse)
@needs("edit", Resource.BACKFILLS, each=True)
def pause_backfill(backfill_id: int, request: Request, person: Someone) -> Response:
    """Start no further run of it."""
    return _paused(backfill_id, request, person, paused=True)


@router.put("/backfills/{backfill_id}/unpause", response_model=None)
@gives(BackfillResponse)
@needs("edit", Resource.BACKFILLS, each=True)
def unpause_backfill(backfill_id: int, request: Request, person: Someone) -> Response:
    """Start its runs again."""
    return _paused(backfill_id, request, person, paused=False)


@router.put("/backfills/{backfill_id}/cancel", response_model=None)
@gives(BackfillResponse)
@needs("edit", Resource.BACKFILLS, each=True)
def cancel_backfill(backfill_id: int, request: Request, person: Someone) -> Response:
    """End it: runs that wait fail, those that run go on."""
    with acting(request, person) as act:
        _may_edit(act.tx, backfill_id, person)
        done, failed = commands.cancel_backfill_in(act.tx, act.clock, backfill_id)
        act.runs += [run.id for run in failed]
        act.dags.append(done.dag_id)
        act.note("cancel_backfill", dag_id=done.dag_id, extra={"backfill_id": backfill_id})
        shown = _one(act.tx, backfill_id, person)
    return answer(shown)


def _paused(backfill_id: int, request: Request, person: Someone, *, paused: bool) -> Response:
    with acting(request, person) as act:
        _may_edit(act.tx, backfill_id, person)
        done = commands.pause_backfill_in(act.tx, act.clock, backfill_id, paused=paused)
        act.dags.append(done.dag_id)
        event = "pause_backfill" if paused else "unpause_backfill"
        act.note(event, dag_id=done.dag_id, extra={"backfill_id": backfill_id})
        shown = _one(act.tx, backfill_id, person)
    return answer(shown)


def _may_edit(tx: Any, backfill_id: int, person: Someone) -> None:
    person.must("edit", Resource.BACKFILLS, _one(tx, backfill_id, person).dag_id)


def _one(tx: Any, backfill_id: int, person: Someone) -> BackfillResponse:
    row = rest_backfills.get_backfill(tx, backfill_id)
    if row is None or not person.may("read", Resource.BACKFILLS, row.dag_id):
        raise NotFound(f"Backfill not found: no backfill has the id {backfill_id}")
    return present(row)


def _new(body: BackfillPostBody, user: str | None) -> NewBackfill:
    return NewBackfill(
        dag_id=body.dag_id,
        from_date=_aware(body.from_date),
        to_date=_aware(body.to_date),
        conf=body.dag_run_conf or {},
        run_backwards=body.run_backwards,
        reprocess_behavior=body.reprocess_behavior,
        max_active_runs=body.max_active_runs,
        run_on_latest_version=body.run_on_latest_version,
        triggering_user=user,
    )


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


@contextmanager
def _unprocessable() -> Iterator[None]:
    """What a DAG does not allow is said as Airflow's API says it."""
    try:
        yield
    except NotAllowed as error:
        raise Unprocessable(str(error)) from error
