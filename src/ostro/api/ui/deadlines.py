"""Deadlines of runs and the alerts of a DAG, in the shapes of Airflow's own page."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.public.query import Query
from ostro.api.public.routes.dags import dag_row
from ostro.api.render import data
from ostro.api.routing import guarded
from ostro.api.specs import Specs
from ostro.errors import NotFound
from ostro.rules.permissions import Resource
from ostro.store import deadlines, runs, specs
from ostro.store.views import rest_versions
from ostro.store.views.filters import Condition, OneOf

router = guarded("/ui", described=False)


class DeadlineRow(Struct, frozen=True, kw_only=True):
    id: str
    deadline_time: datetime
    missed: bool
    created_at: datetime
    dag_id: str
    dag_run_id: str
    alert_id: str | None
    alert_name: str | None
    #: Not of Airflow: "deadline", or "sla" of a task of 2.x.
    kind: str
    task_id: str | None


class Deadlines(Struct, frozen=True, kw_only=True):
    deadlines: list[DeadlineRow]
    total_entries: int


class Alert(Struct, frozen=True, kw_only=True):
    id: str
    name: str | None
    reference_type: str
    #: Seconds; none when a Variable holds it.
    interval: float | None
    created_at: datetime


class Alerts(Struct, frozen=True, kw_only=True):
    deadline_alerts: list[Alert]
    total_entries: int


@router.get("/dags/{dag_id}/dagRuns/{dag_run_id}/deadlines", response_model=None)
@needs("read", Resource.DAG_RUNS, each=True)
def get_deadlines(dag_id: str, dag_run_id: str, request: Request, deps: Given, person: Someone) -> Response:
    """Deadlines of a run; "~" stands for all DAGs, or all runs."""
    query = Query(request, deps.config)
    conditions: list[Condition] = query.moments("deadline_time", "last_updated_at")
    for column, value in (("dag_id", dag_id), ("dag_run_id", dag_run_id)):
        if value != "~":
            conditions.append(OneOf(column, (value,)))
    conditions += person.conditions(Resource.DAG_RUNS)
    with deps.store.read() as tx:
        if "~" not in (dag_id, dag_run_id) and runs.find_run(tx, dag_id, dag_run_id) is None:
            raise NotFound(f"No DAG run found for DAG {dag_id} with run ID {dag_run_id}")
        rows, total = deadlines.list_deadlines(tx, conditions, query.page(), missed=query.boolean("missed"))
    return data(Deadlines(deadlines=[_row(row) for row in rows], total_entries=total))


@router.get("/dags/{dag_id}/deadlineAlerts", response_model=None)
@needs("read", Resource.DAGS)
def get_alerts(dag_id: str, request: Request, deps: Given) -> Response:
    """The deadline alerts of a DAG, of its newest version or of the one that `version_number` names."""
    query = Query(request, deps.config)
    page, number = query.page(), query.integer("version_number", minimum=1)
    known: Specs = request.app.state.specs
    with deps.store.read() as tx:
        newest = specs.current_version(tx, dag_row(tx, dag_id).dag_id)
        if number is not None:
            version = rest_versions.get_version(tx, dag_id, number)
        else:
            version = None if newest is None else rest_versions.get_version_by_id(tx, newest)
        if version is None:
            raise NotFound(f"The DAG with ID: `{dag_id}` has no version {number or ''}")
        topology = known.topology(tx, version.id)
    given = (topology.spec.deadline if topology is not None else None) or []
    alerts = [
        Alert(
            id=_alert_id(version.id, at),
            name=alert.get("name"),
            reference_type=alert["reference"]["reference"],
            interval=None if isinstance(alert["interval"], dict) else alert["interval"],
            created_at=version.created_at,
        )
        for at, alert in enumerate(given)
    ]
    shown = alerts[page.offset : page.offset + page.limit]
    return data(Alerts(deadline_alerts=shown, total_entries=len(alerts)))


def _alert_id(version: int, number: int) -> str:
    return str(UUID(int=(version << 32) + number))


def _row(row: deadlines.Deadline) -> DeadlineRow:
    return DeadlineRow(
        id=str(UUID(int=row.id)),
        deadline_time=row.due_at,
        missed=row.missed_at is not None,
        created_at=row.created_at,
        dag_id=row.dag_id,
        dag_run_id=row.run_id,
        alert_id=_alert_id(row.version_id, row.number) if row.kind == "deadline" else None,
        alert_name=row.name,
        kind=row.kind,
        task_id=row.task_id or None,
    )
