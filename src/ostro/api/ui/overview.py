"""A DAG at a glance: how it does, what failed lately, what comes, its deadlines, versions and assets."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.public.routes.dags import dag_row
from ostro.api.render import data
from ostro.api.routing import guarded
from ostro.api.specs import Specs
from ostro.api.ui import planned
from ostro.rules.permissions import Resource
from ostro.store import deadlines
from ostro.store.views import rest_dags, rest_versions, ui_failures, ui_history
from ostro.store.views.filters import OneOf, Page

router = guarded("/ui", described=False)

#: Finished runs whose success is counted; failures, planned runs, deadlines and versions that are told.
JUDGED, FAILURES, COMING, DEADLINES, VERSIONS = 50, 5, 5, 5, 5
#: How far ahead runs are planned.
AHEAD = timedelta(days=366)


class Coming(Struct, frozen=True, kw_only=True):
    run_after: datetime
    logical_date: datetime | None


class DeadlineRow(Struct, frozen=True, kw_only=True):
    run_id: str
    name: str | None
    task_id: str | None
    deadline_time: datetime
    missed: bool


class Version(Struct, frozen=True, kw_only=True):
    number: int
    created_at: datetime
    bundle_version: str | None


class Overview(Struct, frozen=True, kw_only=True):
    #: Of the last finished runs: how many by state.
    finished: dict[str, int]
    counts: dict[str, int]
    failures: list[ui_failures.FailedRun]
    coming: list[Coming]
    #: Why coming runs may be missing.
    problem: str | None
    deadlines: list[DeadlineRow]
    #: Names of the alerts that its file defines.
    alerts: list[str]
    versions: list[Version]
    assets: list[ui_history.AssetUse]
    owner_links: dict[str, str]
    task_count: int


@router.get("/dags/{dag_id}/overview", response_model=None)
@needs("read", Resource.DAG_RUNS)
def get_overview(dag_id: str, request: Request, deps: Given) -> Response:
    """What the first look at a DAG tells."""
    specs: Specs = request.app.state.specs
    with deps.store.read() as tx:
        row = dag_row(tx, dag_id)
        topology = None if row.version_id is None else specs.topology(tx, row.version_id)
        of_dag = OneOf("dag_id", (dag_id,))
        due, _ = deadlines.list_deadlines(tx, [of_dag], Page(limit=DEADLINES, order_by=("-deadline_time",)))
        versions, _ = rest_versions.list_versions(
            tx, [of_dag], Page(limit=VERSIONS, order_by=("-version_number",))
        )
        finished = ui_history.finished_counts(tx, dag_id, JUDGED)
        counts = rest_dags.state_counts(tx, [dag_id]).get(dag_id, {})
        failures = ui_failures.failed_runs(tx, dag_id, FAILURES)
        assets = ui_history.assets_used(tx, dag_id)
        links = rest_dags.owner_links(tx, dag_id)
    coming, problem = planned.runs_of(deps, row, deps.clock.now() + AHEAD, COMING)
    alerts = (topology.spec.deadline if topology is not None else None) or []
    return data(
        Overview(
            finished=finished,
            counts=counts,
            failures=failures,
            coming=[Coming(run_after=run.run_after, logical_date=run.logical_date) for run in coming],
            problem=problem,
            deadlines=[
                DeadlineRow(
                    run_id=one.run_id,
                    name=one.name,
                    task_id=one.task_id or None,
                    deadline_time=one.due_at,
                    missed=one.missed_at is not None,
                )
                for one in due
            ],
            alerts=[str(alert.get("name") or alert["reference"]["reference"]) for alert in alerts],
            versions=[
                Version(number=v.number, created_at=v.created_at, bundle_version=v.bundle_version)
                for v in versions
            ],
            assets=assets,
            owner_links=links,
            task_count=row.task_count,
        )
    )
