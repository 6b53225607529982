"""Task instances: lists, one, mapped ones, tries, and what an instance waits for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Deps, Given
from ostro.api.failures import BadParameter
from ostro.api.public import present
from ostro.api.public.models.instances import (
    TaskDependencyCollectionResponse,
    TaskDependencyResponse,
    TaskInstanceCollectionResponse,
    TaskInstanceHistoryCollectionResponse,
    TaskInstanceHistoryResponse,
    TaskInstanceResponse,
    TaskInstancesBatchBody,
)
from ostro.api.public.query import Query, batch_conditions, batch_page
from ostro.api.public.routes.dags import dag_row
from ostro.api.render import answer, gives
from ostro.api.routing import guarded
from ostro.api.specs import Specs
from ostro.api.waiting import why_waiting
from ostro.errors import NotFound
from ostro.records import TaskInstanceRecord
from ostro.rules.permissions import Resource
from ostro.states import TaskState
from ostro.store import triggers
from ostro.store.views import rest_instances, rest_runs
from ostro.store.views.cursors import COUNTED
from ostro.store.views.filters import Condition, OneOf

router = guarded("/api/v2", "Task Instance")

INSTANCES = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances"
#: Words for "no status" in filters.
NO_STATUS = frozenset({"none", "null", "no_status", None})


def instance_row(
    tx: Any, dag_id: str, run_id: str, task_id: str, map_index: int = -1
) -> rest_instances.InstanceRow:
    """The instance; raises NotFound with Airflow's sentence."""
    row = rest_instances.get_instance(tx, dag_id, run_id, task_id, map_index)
    if row is not None:
        return row
    if map_index == -1 and rest_instances.has_mapped(tx, dag_id, run_id, task_id):
        raise NotFound("Task instance is mapped, add the map_index value to the URL")
    index = f", map_index: `{map_index}`" if map_index >= 0 else ""
    text = f"The Task Instance with dag_id: `{dag_id}`, run_id: `{run_id}` and task_id: `{task_id}`{index} was not found"
    raise NotFound(text)


def present_instances(
    tx: Any, specs: Specs, rows: Sequence[rest_instances.InstanceRow]
) -> list[TaskInstanceResponse]:
    """Rows of a list as Airflow's schema, with their rendered fields."""
    rendered = rest_instances.rendered_of(tx, [row.id for row in rows])
    waiting = triggers.of_instances(tx, [row.id for row in rows if row.state == TaskState.DEFERRED])
    tasks: dict[tuple[int, str], Any] = {}
    found = []
    for row in rows:
        key = (row.version.id, row.task_id)
        if key not in tasks:
            tasks[key] = specs.task(tx, row.version.id, row.task_id)
        found.append(present.instance(row, tasks[key], rendered.get(row.id), waiting.get(row.id)))
    return found


def present_records(
    tx: Any, specs: Specs, records: Sequence[TaskInstanceRecord]
) -> list[TaskInstanceResponse]:
    """Instances that a command speaks of, as Airflow's schema."""
    return present_instances(tx, specs, rest_instances.get_instances(tx, [record.id for record in records]))


def state_values(values: Sequence[str | None]) -> tuple[str, ...]:
    """States as the store keeps them; raises BadParameter for a word that is none."""
    found = tuple(TaskState.NONE.value if v in NO_STATUS else str(v) for v in values)
    for value in found:
        if value not in set(TaskState):
            text = f"Invalid value for state. Valid values are {', '.join(TaskState)}"
            raise BadParameter("state", value, text)
    return found


def instance_conditions(query: Query) -> list[Condition]:
    """The filters that all lists of task instances know."""
    conditions = (
        query.moments("run_after", "logical_date", "start_date", "end_date", "updated_at")
        + query.numbers("duration")
        + query.one_of("pool", "queue", "executor", "operator")
        + query.integers("try_number")
        + query.integers("map_index")
        + query.integers("version_number")
        + query.patterns(
            "dag_id", "run_id", "task_display_name", "pool_name", "queue_name", "operator_name", "rendered_map_index",
            # Not of Airflow: what its lists show and cannot be searched for.
            "hostname", "note",
            columns={"pool_name": "pool", "queue_name": "queue", "operator_name": "operator"},
        )
    )  # fmt: skip
    states = state_values(query.texts("state"))
    if states:
        conditions.append(OneOf("state", states))
    return conditions


@router.get(INSTANCES, response_model=None)
@gives(TaskInstanceCollectionResponse)
@needs("read", Resource.TASK_INSTANCES, each=True)
def get_task_instances(
    dag_id: str, dag_run_id: str, request: Request, deps: Given, person: Someone
) -> Response:
    """Task instances of a run; "~" stands for all DAGs or all runs."""
    query = Query(request, deps.config)
    specs: Specs = request.app.state.specs
    conditions = instance_conditions(query) + query.one_of("task_id")
    conditions += person.conditions(Resource.TASK_INSTANCES)
    if dag_run_id != "~":
        conditions.append(OneOf("run_id", (dag_run_id,)))
    if dag_id != "~":
        conditions.append(OneOf("dag_id", (dag_id,)))
    with deps.store.read() as tx:
        _check_parents(tx, dag_id, dag_run_id)
        group = query.text("task_group_id")
        if group:
            conditions.append(OneOf("task_id", _tasks_of_group(specs, tx, dag_id, group)))
        cursor, page = query.text("cursor"), query.page("map_index")
        if cursor is not None:
            part = rest_instances.slice_instances(tx, conditions, page, cursor)
            return answer(
                TaskInstanceCollectionResponse(
                    task_instances=present_instances(tx, specs, part.rows),
                    total_entries=part.total,
                    total_entries_limit=COUNTED,
                    next_cursor=part.next,
                    previous_cursor=part.previous,
                )
            )
        rows, total = rest_instances.list_instances(tx, conditions, page)
        found = present_instances(tx, specs, rows)
    return answer(TaskInstanceCollectionResponse(task_instances=found, total_entries=total))


@router.post(INSTANCES + "/list", response_model=None)
@gives(TaskInstanceCollectionResponse)
@needs("read", Resource.TASK_INSTANCES, each=True)
def get_task_instances_batch(
    dag_id: str,
    dag_run_id: str,
    body: TaskInstancesBatchBody,
    request: Request,
    deps: Given,
    person: Someone,
) -> Response:
    """Task instances of all DAGs and runs ("~"), filters in the body."""
    for name, value in (("dag_id", dag_id), ("dag_run_id", dag_run_id)):
        if value != "~":
            raise BadParameter(name, value, "Input should be '~'", kind="literal_error", place="path")
    specs: Specs = request.app.state.specs
    conditions = batch_conditions(
        body,
        lists={
            "dag_ids": "dag_id",
            "dag_run_ids": "run_id",
            "task_ids": "task_id",
            "pool": "pool",
            "queue": "queue",
            "executor": "executor",
        },
        ranges=("run_after", "logical_date", "start_date", "end_date", "duration"),
    )
    if body.state:
        conditions.append(OneOf("state", state_values(body.state)))
    conditions += person.conditions(Resource.TASK_INSTANCES)
    with deps.store.read() as tx:
        rows, total = rest_instances.list_instances(tx, conditions, batch_page(body, deps.config))
        found = present_instances(tx, specs, rows)
    return answer(TaskInstanceCollectionResponse(task_instances=found, total_entries=total))


@router.get(INSTANCES + "/{task_id}", response_model=None)
@gives(TaskInstanceResponse)
@needs("read", Resource.TASK_INSTANCES)
def get_task_instance(dag_id: str, dag_run_id: str, task_id: str, request: Request, deps: Given) -> Response:
    """The instance of a task that is not mapped."""
    return _one(deps, request, dag_id, dag_run_id, task_id, -1)


@router.get(INSTANCES + "/{task_id}/listMapped", response_model=None)
@gives(TaskInstanceCollectionResponse)
@needs("read", Resource.TASK_INSTANCES)
def get_mapped_task_instances(
    dag_id: str, dag_run_id: str, task_id: str, request: Request, deps: Given
) -> Response:
    """The mapped instances of a task."""
    query = Query(request, deps.config)
    specs: Specs = request.app.state.specs
    conditions = [
        *instance_conditions(query),
        OneOf("dag_id", (dag_id,)),
        OneOf("run_id", (dag_run_id,)),
        OneOf("task_id", (task_id,)),
        rest_instances.MAPPED,
    ]
    with deps.store.read() as tx:
        rows, total = rest_instances.list_instances(tx, conditions, query.page("map_index"))
        if not rows and total == 0 and not rest_instances.has_mapped(tx, dag_id, dag_run_id, task_id):
            run = rest_runs.get_run(tx, dag_id, dag_run_id)
            task = None if run is None else specs.task(tx, run.version.id, task_id)
            if task is None:
                raise NotFound(f"Task id {task_id} not found")
            if task.expansion is None:
                raise NotFound(f"Task id {task_id} is not mapped")
        found = present_instances(tx, specs, rows)
    return answer(TaskInstanceCollectionResponse(task_instances=found, total_entries=total))


@router.get(INSTANCES + "/{task_id}/dependencies", response_model=None)
@gives(TaskDependencyCollectionResponse)
@needs("read", Resource.TASK_INSTANCES)
def get_task_instance_dependencies(
    dag_id: str, dag_run_id: str, task_id: str, request: Request, deps: Given
) -> Response:
    """Why the instance does not run now."""
    map_index = Query(request, deps.config).integer("map_index")
    return _dependencies(deps, request, dag_id, dag_run_id, task_id, -1 if map_index is None else map_index)


@router.get(INSTANCES + "/{task_id}/{map_index}/dependencies", response_model=None)
@gives(TaskDependencyCollectionResponse)
@needs("read", Resource.TASK_INSTANCES)
def get_mapped_task_instance_dependencies(
    dag_id: str, dag_run_id: str, task_id: str, map_index: int, request: Request, deps: Given
) -> Response:
    """Why the mapped instance does not run now."""
    return _dependencies(deps, request, dag_id, dag_run_id, task_id, map_index)


@router.get(INSTANCES + "/{task_id}/tries", response_model=None)
@gives(TaskInstanceHistoryCollectionResponse)
@needs("read", Resource.TASK_INSTANCES)
def get_task_instance_tries(
    dag_id: str, dag_run_id: str, task_id: str, request: Request, deps: Given
) -> Response:
    """All tries of an instance."""
    map_index = Query(request, deps.config).integer("map_index")
    return _tries(deps, request, dag_id, dag_run_id, task_id, -1 if map_index is None else map_index)


@router.get(INSTANCES + "/{task_id}/{map_index}/tries", response_model=None)
@gives(TaskInstanceHistoryCollectionResponse)
@needs("read", Resource.TASK_INSTANCES)
def get_mapped_task_instance_tries(
    dag_id: str, dag_run_id: str, task_id: str, map_index: int, request: Request, deps: Given
) -> Response:
    """All tries of a mapped instance."""
    return _tries(deps, request, dag_id, dag_run_id, task_id, map_index)


@router.get(INSTANCES + "/{task_id}/tries/{task_try_number}", response_model=None)
@gives(TaskInstanceHistoryResponse)
@needs("read", Resource.TASK_INSTANCES)
def get_task_instance_try_details(
    dag_id: str, dag_run_id: str, task_id: str, task_try_number: int, request: Request, deps: Given
) -> Response:
    """One try of an instance."""
    map_index = Query(request, deps.config).integer("map_index")
    index = -1 if map_index is None else map_index
    return _try(deps, request, dag_id, dag_run_id, task_id, index, task_try_number)


@router.get(INSTANCES + "/{task_id}/{map_index}/tries/{task_try_number}", response_model=None)
@gives(TaskInstanceHistoryResponse)
@needs("read", Resource.TASK_INSTANCES)
def get_mapped_task_instance_try_details(
    dag_id: str,
    dag_run_id: str,
    task_id: str,
    map_index: int,
    task_try_number: int,
    request: Request,
    deps: Given,
) -> Response:
    """One try of a mapped instance."""
    return _try(deps, request, dag_id, dag_run_id, task_id, map_index, task_try_number)


@router.get(INSTANCES + "/{task_id}/{map_index}", response_model=None)
@gives(TaskInstanceResponse)
@needs("read", Resource.TASK_INSTANCES)
def get_mapped_task_instance(
    dag_id: str, dag_run_id: str, task_id: str, map_index: int, request: Request, deps: Given
) -> Response:
    """One mapped instance."""
    return _one(deps, request, dag_id, dag_run_id, task_id, map_index)


# ---- shared by plain and mapped instances --------------------------------------------------------------------------


def _one(deps: Deps, request: Request, dag_id: str, run_id: str, task_id: str, map_index: int) -> Response:
    specs: Specs = request.app.state.specs
    with deps.store.read() as tx:
        row = instance_row(tx, dag_id, run_id, task_id, map_index)
        (found,) = present_instances(tx, specs, [row])
    return answer(found)


def _dependencies(
    deps: Deps, request: Request, dag_id: str, run_id: str, task_id: str, map_index: int
) -> Response:
    specs: Specs = request.app.state.specs
    with deps.store.read() as tx:
        row = instance_row(tx, dag_id, run_id, task_id, map_index)
        reasons = why_waiting(tx, specs, row, deps.clock.now())
    found = [TaskDependencyResponse(name=r.name, reason=r.reason) for r in reasons]
    return answer(TaskDependencyCollectionResponse(dependencies=found))


def _tries(deps: Deps, request: Request, dag_id: str, run_id: str, task_id: str, map_index: int) -> Response:
    specs: Specs = request.app.state.specs
    with deps.store.read() as tx:
        row = instance_row(tx, dag_id, run_id, task_id, map_index)
        task = specs.task(tx, row.version.id, row.task_id)
        tries = rest_instances.tries_of(tx, row.id)
    found = [present.attempt(row, tried, task) for tried in tries]
    return answer(TaskInstanceHistoryCollectionResponse(task_instances=found, total_entries=len(found)))


def _try(
    deps: Deps, request: Request, dag_id: str, run_id: str, task_id: str, map_index: int, number: int
) -> Response:
    specs: Specs = request.app.state.specs
    with deps.store.read() as tx:
        row = instance_row(tx, dag_id, run_id, task_id, map_index)
        task = specs.task(tx, row.version.id, row.task_id)
        tries = {tried.try_number: tried for tried in rest_instances.tries_of(tx, row.id)}
    if number not in tries:
        text = (
            f"The Task Instance with dag_id: `{dag_id}`, run_id: `{run_id}`, task_id: `{task_id}`, "
            f"try_number: `{number}` and map_index: `{map_index}` was not found"
        )
        raise NotFound(text)
    return answer(present.attempt(row, tries[number], task))


def _check_parents(tx: Any, dag_id: str, run_id: str) -> None:
    if dag_id != "~":
        dag_row(tx, dag_id)
        if run_id != "~" and rest_runs.get_run(tx, dag_id, run_id) is None:
            raise NotFound(f"DagRun with run_id: `{run_id}` was not found")


def _tasks_of_group(specs: Specs, tx: Any, dag_id: str, group_id: str) -> tuple[str, ...]:
    if dag_id == "~":
        raise BadParameter("task_group_id", group_id, "task_group_id needs a dag_id")
    row = dag_row(tx, dag_id)
    topology = None if row.version_id is None else specs.topology(tx, row.version_id)
    if topology is None or group_id not in topology.groups:
        raise NotFound(f"Task group {group_id} not found")
    return tuple(topology.tasks_inside(group_id))
