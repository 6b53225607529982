"""Paths of the web page for one task instance: detail, mapped instances."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.needs import needs
from ostro.api.deps import Deps, Given
from ostro.api.public.present import seconds
from ostro.api.public.query import Query
from ostro.api.public.routes.dag_runs import run_row
from ostro.api.public.routes.instances import state_values
from ostro.api.render import data
from ostro.api.routing import guarded
from ostro.api.specs import Specs
from ostro.api.ui import models
from ostro.api.ui.instances import fields, summary_fields
from ostro.api.ui.structure import detail
from ostro.api.waiting import why_waiting
from ostro.errors import NotFound
from ostro.rules.permissions import Resource
from ostro.spec import TaskSpec, Topology
from ostro.store.views import rest_instances, rest_xcoms, ui_grid
from ostro.store.views.filters import Condition, OneOf, Page
from ostro.store.views.rest_runs import RunRow

router = guarded("/ui", described=False)

ONE = "/dags/{dag_id}/runs/{run_id}/tasks/{task_id}"
#: Most XComs that are named.
MAX_XCOMS = 200


@router.get(ONE, response_model=None)
@needs("read", Resource.TASK_INSTANCES)
def get_instance(dag_id: str, run_id: str, task_id: str, request: Request, deps: Given) -> Response:
    """Everything about one instance, or about all mapped instances of a task together."""
    map_index = map_index_of(request, deps)
    specs: Specs = request.app.state.specs
    with deps.store.read() as tx:
        run = run_row(tx, dag_id, run_id)
        row = rest_instances.get_instance(tx, dag_id, run_id, task_id, map_index)
        version = run.version.id if row is None else row.version.id
        topology = specs.topology(tx, version)
        task = _task(topology, task_id)
        if row is None:
            if map_index != -1:
                raise NotFound(f"There is no instance {map_index} of task {task_id} in this run")
            return data(_summary(tx, run, task_id, topology, task))
        found = _detail(tx, deps, specs, row, run, topology, task)
    return data(found)


def _detail(
    tx: Any,
    deps: Deps,
    specs: Specs,
    row: rest_instances.InstanceRow,
    run: RunRow,
    topology: Topology | None,
    task: TaskSpec | None,
) -> models.InstanceDetail:
    rendered = rest_instances.rendered_of(tx, [row.id]).get(row.id, {})
    renderers = task.template_fields_renderers if task is not None else {}
    conditions: list[Condition] = [
        OneOf("dag_id", (row.dag_id,)),
        OneOf("run_id", (row.run_id,)),
        OneOf("task_id", (row.task_id,)),
        OneOf("map_index", (row.map_index,)),
    ]
    xcoms, _ = rest_xcoms.list_xcoms(tx, conditions, Page(limit=MAX_XCOMS), total=False)
    return models.InstanceDetail(
        instance=models.InstanceHead(
            **fields(row),
            id=row.id,
            due_at=row.due_at,
            pid=row.pid,
            hostname=row.hostname,
            pool=row.pool,
            pool_slots=row.pool_slots,
            queue=row.queue,
            priority_weight=row.priority_weight,
            note=row.note,
            version_number=row.version.number,
            scheduled_at=row.scheduled_at,
            executor=row.executor,
            attempt_id=row.attempt_id,
            bundle=row.version.bundle,
            bundle_version=row.version.bundle_version,
        ),
        run=models.taken(ui_grid.Bar, run),
        task=None if task is None or topology is None else detail(task, topology),
        waiting=why_waiting(tx, specs, row, deps.clock.now()),
        tries=[_try(tried) for tried in reversed(rest_instances.tries_of(tx, row.id))],
        rendered=[models.Rendered(name=n, value=v, renderer=renderers.get(n)) for n, v in rendered.items()],
        xcoms=[models.XComEntry(key=x.key, timestamp=x.at, size=x.size) for x in xcoms],
        mapped=None,
    )


def _summary(
    tx: Any, run: RunRow, task_id: str, topology: Topology | None, task: TaskSpec | None
) -> models.InstanceDetail:
    """The page of a mapped task: what its instances are, and where to go on."""
    counts = ui_grid.mapped_counts(tx, run.id, task_id)
    times = ui_grid.mapped_times(tx, run.id, [task_id])
    if not counts:
        raise NotFound(f"The run has no instance of task {task_id}")
    return models.InstanceDetail(
        instance=models.InstanceHead(
            **summary_fields(task_id, counts, topology, times.get(task_id)),
            id=0,
            due_at=None,
            pid=None,
            hostname=None,
            pool=task.pool if task is not None else "",
            pool_slots=task.pool_slots if task is not None else 1,
            queue=task.queue if task is not None else "",
            priority_weight=task.priority_weight if task is not None else 1,
            note=None,
            version_number=run.version.number,
        ),
        run=models.taken(ui_grid.Bar, run),
        task=None if task is None or topology is None else detail(task, topology),
        waiting=[],
        tries=[],
        rendered=[],
        xcoms=[],
        mapped=models.MappedSummary(total=sum(counts.values()), counts=counts),
    )


@router.get(ONE + "/mapped", response_model=None)
@needs("read", Resource.TASK_INSTANCES)
def get_mapped(dag_id: str, run_id: str, task_id: str, request: Request, deps: Given) -> Response:
    """A page of the mapped instances of a task; by state, by index, by the name of the index, in any order."""
    query = Query(request, deps.config)
    conditions: list[Condition] = [
        OneOf("dag_id", (dag_id,)),
        OneOf("run_id", (run_id,)),
        OneOf("task_id", (task_id,)),
        rest_instances.MAPPED,
    ]
    states = state_values(query.texts("state"))
    if states:
        conditions.append(OneOf("state", states))
    conditions += query.integers("map_index") + query.patterns("rendered_map_index")
    with deps.store.read() as tx:
        run = run_row(tx, dag_id, run_id)
        rows, total = rest_instances.list_instances(tx, conditions, query.page("map_index"))
        counts = ui_grid.mapped_counts(tx, run.id, task_id)
    found = [models.InstanceRow(**fields(row)) for row in rows]
    return data(models.MappedPage(instances=found, total_entries=total, counts=counts))


# ---- helpers ---------------------------------------------------------------------------------------------------------


def map_index_of(request: Request, deps: Deps) -> int:
    given = Query(request, deps.config).integer("map_index", minimum=-1)
    return -1 if given is None else given


def _task(topology: Topology | None, task_id: str) -> TaskSpec | None:
    if topology is None or task_id not in topology.index:
        return None
    return topology.tasks[topology.index[task_id]]


def _try(tried: rest_instances.TryRow) -> models.Try:
    return models.Try(
        try_number=tried.try_number,
        state=tried.state,
        queued_at=tried.queued_at,
        start_date=tried.start_date,
        end_date=tried.end_date,
        duration=seconds(tried.start_date, tried.end_date),
        hostname=tried.hostname,
        pid=tried.pid,
        version_number=None if tried.version is None else tried.version.number,
        cause=None if tried.cause is None else {"exit_code": None, "signal": None, **tried.cause},
    )
