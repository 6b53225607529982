"""The explorers of runs and task instances: how many match. The lists themselves are those of the REST API."""

from __future__ import annotations

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import ALL_DAGS, needs
from ostro.api.deps import Given
from ostro.api.public.query import Query
from ostro.api.public.routes.dag_runs import run_conditions
from ostro.api.public.routes.instances import instance_conditions
from ostro.api.render import data
from ostro.api.routing import guarded
from ostro.rules.permissions import Resource
from ostro.store.views import ui_explorer
from ostro.store.views.filters import Condition, OneOf

router = guarded("/ui", described=False)

#: Matches are counted no further.
MOST = 10_000


class Count(Struct, frozen=True, kw_only=True):
    #: How many match, `MOST` at most.
    count: int
    #: There are more than that.
    more: bool


@router.get("/runs/count", response_model=None)
@needs("read", Resource.DAG_RUNS, each=True)
def count_runs(request: Request, deps: Given, person: Someone) -> Response:
    """Number of runs that match the filters of the REST list; `dag_id` names one DAG."""
    query = Query(request, deps.config)
    conditions = run_conditions(query, query.text("dag_id") or ALL_DAGS)
    conditions += _readable(person, Resource.DAG_RUNS)
    with deps.store.read() as tx:
        found = ui_explorer.count_runs(tx, conditions, MOST)
    return data(Count(count=min(found, MOST), more=found > MOST))


@router.get("/tasks/count", response_model=None)
@needs("read", Resource.TASK_INSTANCES, each=True)
def count_tasks(request: Request, deps: Given, person: Someone) -> Response:
    """Number of task instances that match the filters of the REST list; `dag_id` names one DAG, `run_id` one run."""
    query = Query(request, deps.config)
    conditions = instance_conditions(query) + query.one_of("task_id", "dag_id", "run_id")
    conditions += _readable(person, Resource.TASK_INSTANCES)
    with deps.store.read() as tx:
        found = ui_explorer.count_instances(tx, conditions, MOST)
    return data(Count(count=min(found, MOST), more=found > MOST))


def _readable(person: Someone, resource: Resource) -> list[Condition]:
    readable = person.readable(resource)
    return [] if readable is None else [OneOf("dag_id", tuple(sorted(readable)))]
