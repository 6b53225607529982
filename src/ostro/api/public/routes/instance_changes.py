"""Task instances: clear, mark, note; with dry_run only the list of what would be touched."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ostro import commands
from ostro.api.acting import Act, acting
from ostro.api.auth.guard import Person, Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Deps, Given
from ostro.api.failures import Conflict, Unprocessable
from ostro.api.public.models.instances import (
    ClearTaskInstancesBody,
    PatchTaskInstanceBody,
    TaskInstanceCollectionResponse,
)
from ostro.api.public.query import Query
from ostro.api.public.reach import must_reach, note_reach
from ostro.api.public.routes.dags import check_mask, dag_row
from ostro.api.public.routes.instances import (
    INSTANCES,
    instance_row,
    present_instances,
    present_records,
)
from ostro.api.render import answer, gives
from ostro.api.routing import guarded
from ostro.api.specs import Specs
from ostro.clock import Clock
from ostro.errors import NotAllowed, NotFound
from ostro.rules.permissions import Resource
from ostro.states import TaskState
from ostro.store import instances as stored_instances
from ostro.store.views import rest_instances, rest_runs

router = guarded("/api/v2", "Task Instance")

GROUPS = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskGroupInstances"
#: A task id means all instances of the task, a pair with a map index one of them.
Meant = str | tuple[str, int]

_MASK = {"new_state", "note", "include_upstream", "include_downstream", "include_future", "include_past"}


@router.post("/dags/{dag_id}/clearTaskInstances", response_model=None)
@gives(TaskInstanceCollectionResponse)
@needs("edit", Resource.TASK_INSTANCES)
def post_clear_task_instances(
    dag_id: str, body: ClearTaskInstancesBody, request: Request, deps: Given, person: Someone
) -> Response:
    """Clear task instances so that they run again. By default only those that failed, and only as a dry run."""
    specs: Specs = request.app.state.specs
    _check_clear(body)
    if body.dry_run:
        with deps.store.read() as tx:
            dag_row(tx, dag_id)
            touched = _clear(tx, deps.clock, dag_id, body)
            must_reach(person, touched.runs)
            found = present_records(tx, specs, touched.instances)
        return answer(TaskInstanceCollectionResponse(task_instances=list(found), total_entries=len(found)))
    with acting(request, person) as act:
        dag_row(act.tx, dag_id)
        done = _clear(act.tx, act.clock, dag_id, body)
        must_reach(person, done.runs)
        note_reach(act, done.runs, of=dag_id)
        act.dags.append(dag_id)
        ids = [record.id for record in done.instances]
        if body.note is not None:
            for row in rest_instances.get_instances(act.tx, ids):
                _note(act.tx, act.clock, row, body.note, person)
        act.note(
            "post_clear_task_instances",
            dag_id=dag_id,
            run_id=body.dag_run_id,
            extra=body.model_dump(mode="json", exclude_unset=True),
        )
    with deps.store.read() as tx:
        found = present_instances(tx, specs, rest_instances.get_instances(tx, ids))
    return answer(TaskInstanceCollectionResponse(task_instances=list(found), total_entries=len(found)))


def _check_clear(body: ClearTaskInstancesBody) -> None:
    if body.only_failed and body.only_running:
        raise Unprocessable("only_failed and only_running both are set to True")
    if body.start_date is not None and body.end_date is not None and body.end_date < body.start_date:
        raise Unprocessable("end_date is sooner than start_date")
    if body.dag_run_id is not None and (body.start_date is not None or body.end_date is not None):
        raise Unprocessable("Exactly one of dag_run_id or (start_date and end_date) must be provided")
    if body.dag_run_id is None and (body.include_future or body.include_past):
        raise Unprocessable("include_past and include_future need a dag_run_id")


def _clear(tx: Any, clock: Clock, dag_id: str, body: ClearTaskInstancesBody) -> commands.Cleared:
    try:
        return commands.clear_tasks_in(
            tx,
            clock,
            dag_id=dag_id,
            tasks=body.task_ids,
            run_id=body.dag_run_id,
            start_date=body.start_date,
            end_date=body.end_date,
            upstream=body.include_upstream,
            downstream=body.include_downstream,
            past=body.include_past,
            future=body.include_future,
            only_failed=body.only_failed,
            only_running=body.only_running,
            reset_dag_runs=body.reset_dag_runs,
            prevent_running_task=body.prevent_running_task,
            run_on_latest_version=body.run_on_latest_version,
            dry_run=body.dry_run,
        )
    except NotAllowed as error:
        raise Conflict(str(error)) from error


# ---- mark and note -------------------------------------------------------------------------------------------------


@router.patch(INSTANCES + "/{task_id}", response_model=None)
@gives(TaskInstanceCollectionResponse)
@needs("edit", Resource.TASK_INSTANCES)
def patch_task_instance(
    dag_id: str,
    dag_run_id: str,
    task_id: str,
    body: PatchTaskInstanceBody,
    request: Request,
    deps: Given,
    person: Someone,
) -> Response:
    """Mark an instance, or all mapped instances of a task, and those around it; write a note."""
    map_index = Query(request, deps.config).integer("map_index")
    return _patch(request, deps, person, dag_id, dag_run_id, [_named(task_id, map_index)], body)


@router.patch(INSTANCES + "/{task_id}/dry_run", response_model=None)
@gives(TaskInstanceCollectionResponse)
@needs("edit", Resource.TASK_INSTANCES)
def patch_task_instance_dry_run(
    dag_id: str, dag_run_id: str, task_id: str, body: PatchTaskInstanceBody, request: Request, deps: Given
) -> Response:
    """Which instances the same request without /dry_run would change."""
    map_index = Query(request, deps.config).integer("map_index")
    return _dry_run(request, deps, dag_id, dag_run_id, [_named(task_id, map_index)], body)


@router.patch(INSTANCES + "/{task_id}/{map_index}", response_model=None)
@gives(TaskInstanceCollectionResponse)
@needs("edit", Resource.TASK_INSTANCES)
def patch_mapped_task_instance(
    dag_id: str,
    dag_run_id: str,
    task_id: str,
    map_index: int,
    body: PatchTaskInstanceBody,
    request: Request,
    deps: Given,
    person: Someone,
) -> Response:
    """Mark one mapped instance, and those around it; write a note."""
    return _patch(request, deps, person, dag_id, dag_run_id, [(task_id, map_index)], body)


@router.patch(INSTANCES + "/{task_id}/{map_index}/dry_run", response_model=None)
@gives(TaskInstanceCollectionResponse)
@needs("edit", Resource.TASK_INSTANCES)
def patch_mapped_task_instance_dry_run(
    dag_id: str,
    dag_run_id: str,
    task_id: str,
    map_index: int,
    body: PatchTaskInstanceBody,
    request: Request,
    deps: Given,
) -> Response:
    """Which instances the same request without /dry_run would change."""
    return _dry_run(request, deps, dag_id, dag_run_id, [(task_id, map_index)], body)


@router.patch(GROUPS + "/{group_id}", response_model=None)
@gives(TaskInstanceCollectionResponse)
@needs("edit", Resource.TASK_INSTANCES)
def patch_task_group_instances(
    dag_id: str,
    dag_run_id: str,
    group_id: str,
    body: PatchTaskInstanceBody,
    request: Request,
    deps: Given,
    person: Someone,
) -> Response:
    """Mark all instances of a task group, and those around it; write a note on each."""
    tasks = tasks_of(request, deps, dag_id, dag_run_id, group_id)
    return _patch(request, deps, person, dag_id, dag_run_id, tasks, body)


@router.patch(GROUPS + "/{group_id}/dry_run", response_model=None)
@gives(TaskInstanceCollectionResponse)
@needs("edit", Resource.TASK_INSTANCES)
def patch_task_group_instances_dry_run(
    dag_id: str, dag_run_id: str, group_id: str, body: PatchTaskInstanceBody, request: Request, deps: Given
) -> Response:
    """Which instances the same request without /dry_run would change."""
    tasks = tasks_of(request, deps, dag_id, dag_run_id, group_id)
    return _dry_run(request, deps, dag_id, dag_run_id, tasks, body)


def tasks_of(request: Request, deps: Deps, dag_id: str, run_id: str, group_id: str) -> list[Meant]:
    """The tasks of a group in the version of the run, those of groups inside it, too."""
    specs: Specs = request.app.state.specs
    with deps.store.read() as tx:
        run = rest_runs.get_run(tx, dag_id, run_id)
        if run is None:
            raise NotFound(f"The DagRun with dag_id: `{dag_id}` and run_id: `{run_id}` was not found")
        topology = specs.topology(tx, run.version.id)
        if topology is None or group_id not in topology.groups:
            raise NotFound(f"Task group '{group_id}' not found in Dag '{dag_id}'")
        here = {row.task_id for row in stored_instances.load_instances(tx, [run.id])}
    tasks: list[Meant] = [task_id for task_id in topology.tasks_inside(group_id) if task_id in here]
    if not tasks:
        raise NotFound(f"Task group '{group_id}' has no task instances in the run '{run_id}'")
    return tasks


def _named(task_id: str, map_index: int | None) -> Meant:
    return task_id if map_index is None else (task_id, map_index)


def _patch(
    request: Request,
    deps: Deps,
    person: Someone,
    dag_id: str,
    run_id: str,
    tasks: list[Meant],
    body: PatchTaskInstanceBody,
) -> Response:
    specs: Specs = request.app.state.specs
    given = _given(request, deps, body)
    with acting(request, person) as act:
        ids = patch_instances(act, person, dag_id, run_id, tasks, body, given)
        task_id, map_index = (tasks[0], None) if isinstance(tasks[0], str) else tasks[0]
        act.note(
            "patch_task_instance",
            dag_id=dag_id,
            run_id=run_id,
            task_id=task_id if len(tasks) == 1 else None,
            map_index=map_index,
            extra=body.model_dump(include=given)
            | ({} if len(tasks) == 1 else {"task_ids": [t for t in tasks if isinstance(t, str)]}),
        )
    with deps.store.read() as tx:
        found = present_instances(tx, specs, rest_instances.get_instances(tx, ids))
    return answer(TaskInstanceCollectionResponse(task_instances=found, total_entries=len(found)))


def _given(request: Request, deps: Deps, body: PatchTaskInstanceBody) -> set[str]:
    """The fields of the body that count."""
    fields = Query(request, deps.config).texts("update_mask")
    check_mask(fields, _MASK)
    return set(fields) & body.model_fields_set if fields else body.model_fields_set


def patch_instances(
    act: Act,
    person: Person,
    dag_id: str,
    run_id: str,
    tasks: list[Meant],
    body: PatchTaskInstanceBody,
    given: set[str],
) -> list[int]:
    """Mark and note instances; `given`: the fields of the body that count. Returns the ids of all that are concerned.

    Raises NotFound, and Conflict when there is nothing to mark since all of them are in the state already.
    """
    meant = [row for task in tasks for row in _meant(act.tx, dag_id, run_id, task)]
    ids = [row.id for row in meant]
    if "new_state" in given and body.new_state is not None:
        done = _mark(act.tx, act.clock, dag_id, run_id, tasks, body, dry_run=False)
        if not done.instances and "note" not in given:
            names = ", ".join(sorted({row.task_id for row in meant}))
            raise Conflict(f"{names}: already in the state {body.new_state}")
        act.runs += [run.id for run in done.runs]
        act.dags.append(dag_id)
        ids = sorted({*ids, *(record.id for record in done.instances)})
    if "note" in given:
        for row in meant:
            _note(act.tx, act.clock, row, body.note, person)
    return ids


def _dry_run(
    request: Request,
    deps: Deps,
    dag_id: str,
    run_id: str,
    tasks: list[Meant],
    body: PatchTaskInstanceBody,
) -> Response:
    """The instances that would get the state; where no state is asked for, those that the request names."""
    specs: Specs = request.app.state.specs
    given = _given(request, deps, body)
    with deps.store.read() as tx:
        meant = [row for task in tasks for row in _meant(tx, dag_id, run_id, task)]
        if "new_state" in given and body.new_state is not None:
            done = _mark(tx, deps.clock, dag_id, run_id, tasks, body, dry_run=True)
            found = present_records(tx, specs, done.instances)
        else:
            found = present_instances(tx, specs, meant)
    return answer(TaskInstanceCollectionResponse(task_instances=found, total_entries=len(found)))


def _mark(
    tx: Any,
    clock: Clock,
    dag_id: str,
    run_id: str,
    tasks: list[Meant],
    body: PatchTaskInstanceBody,
    *,
    dry_run: bool,
) -> commands.MarkedTasks:
    return commands.mark_tasks_in(
        tx,
        clock,
        dag_id=dag_id,
        run_id=run_id,
        tasks=tasks,
        state=TaskState(body.new_state or TaskState.NONE),
        upstream=body.include_upstream,
        downstream=body.include_downstream,
        past=body.include_past,
        future=body.include_future,
        dry_run=dry_run,
    )


def _meant(tx: Any, dag_id: str, run_id: str, task: Meant) -> list[rest_instances.InstanceRow]:
    """The instances that a request names: one, or without a map index all of the task."""
    if not isinstance(task, str):
        return [instance_row(tx, dag_id, run_id, *task)]
    rows = rest_instances.instances_of_task(tx, dag_id, run_id, task)
    return rows or [instance_row(tx, dag_id, run_id, task)]


def _note(tx: Any, clock: Clock, row: rest_instances.InstanceRow, note: str | None, person: Someone) -> None:
    commands.set_task_note_in(
        tx,
        clock,
        dag_id=row.dag_id,
        run_id=row.run_id,
        task_id=row.task_id,
        map_index=row.map_index,
        note=note,
        user=person.name,
    )
