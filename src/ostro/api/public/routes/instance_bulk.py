"""Many task instances at once: mark, note, delete; and the deletion of one."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ostro import commands
from ostro.api.acting import Act, acting
from ostro.api.auth.guard import Person, Someone
from ostro.api.auth.needs import ALL_DAGS, needs
from ostro.api.deps import Given
from ostro.api.failures import Conflict, status_of
from ostro.api.public.bulk import Deeds, note_deeds, refusal
from ostro.api.public.models.bulk import (
    BulkActionResponse,
    BulkBody,
    BulkCreateAction,
    BulkDeleteAction,
    BulkResponse,
    BulkTaskInstanceBody,
    BulkUpdateAction,
)
from ostro.api.public.query import Query
from ostro.api.public.routes.instance_changes import Meant, patch_instances
from ostro.api.public.routes.instances import INSTANCES
from ostro.api.render import answer, data, gives
from ostro.api.routing import guarded
from ostro.errors import BadRequest, NotAllowed, NotFound, UserError
from ostro.rules.permissions import Resource, Verb
from ostro.store.views import rest_instances

router = guarded("/api/v2", "Task Instance")


@router.delete(INSTANCES + "/{task_id}", response_model=None)
@needs("delete", Resource.TASK_INSTANCES)
def delete_task_instance(
    dag_id: str, dag_run_id: str, task_id: str, request: Request, deps: Given, person: Someone
) -> Response:
    """Delete an instance with its tries and XComs."""
    given = Query(request, deps.config).integer("map_index")
    with acting(request, person) as act:
        _delete(act, dag_id, dag_run_id, task_id, -1 if given is None else given)
        act.note("delete_task_instance", dag_id=dag_id, run_id=dag_run_id, task_id=task_id, map_index=given)
    return data(None)


@router.patch(INSTANCES, response_model=None)
@gives(BulkResponse)
@needs("read", Resource.TASK_INSTANCES, each=True)
def bulk_task_instances(
    dag_id: str,
    dag_run_id: str,
    body: BulkBody[BulkTaskInstanceBody],
    request: Request,
    person: Someone,
) -> Response:
    """Mark, note or delete many instances of a run, or of several ("~"); instances are not made here."""
    found = BulkResponse()
    deeds: Deeds = {}
    with acting(request, person) as act:
        for action in body.actions:
            done = getattr(found, action.action) or BulkActionResponse()
            setattr(found, action.action, done)
            if isinstance(action, BulkCreateAction):
                done.errors.append(refusal("Task instances are made by runs, not in bulk", 405))
                continue
            for entity in action.entities:
                whole = BulkTaskInstanceBody(task_id=entity) if isinstance(entity, str) else entity
                try:
                    # Nothing remains of what failed half-way, and the others go on.
                    with act.tx.begin_nested():
                        one, touched = _carry_out(act, person, dag_id, dag_run_id, action, whole)
                    told = deeds.setdefault(one, {}).setdefault(action.action, [])
                    for written in touched:
                        told.append(written)
                        done.success.append(_name(one, written))
                except NotFound as error:
                    if action.action_on_non_existence == "fail":
                        done.errors.append(refusal(str(error), 404))
                except UserError as error:
                    done.errors.append(refusal(str(error), status_of(error)))
        note_deeds(
            act,
            "bulk_task_instances",
            deeds,
            dag_id=None if dag_id == ALL_DAGS else dag_id,
            run_id=None if dag_run_id == ALL_DAGS else dag_run_id,
        )
    return answer(found)


def _carry_out(
    act: Act,
    person: Person,
    dag_id: str,
    run_id: str,
    action: BulkUpdateAction[BulkTaskInstanceBody] | BulkDeleteAction[BulkTaskInstanceBody],
    body: BulkTaskInstanceBody,
) -> tuple[str, list[dict[str, Any]]]:
    """Do what the action says with one entity; returns its DAG, and the instances concerned with what was written."""
    dag_id, run_id = _one_of("dag_id", dag_id, body.dag_id), _one_of("dag_run_id", run_id, body.dag_run_id)
    verb: Verb = "delete" if isinstance(action, BulkDeleteAction) else "edit"
    person.must(verb, Resource.TASK_INSTANCES, dag_id)
    if isinstance(action, BulkDeleteAction):
        indexes = _delete(act, dag_id, run_id, body.task_id, body.map_index)
        return dag_id, [
            {"dag_run_id": run_id, "task_id": body.task_id, "map_index": index} for index in indexes
        ]
    given = body.model_fields_set
    if action.update_mask is not None:
        given = given & set(action.update_mask)
    meant: Meant = body.task_id if body.map_index is None else (body.task_id, body.map_index)
    ids = patch_instances(act, person, dag_id, run_id, [meant], body, given)
    written = body.model_dump(mode="json", include=given & {"new_state", "note"})
    return dag_id, [
        {"dag_run_id": row.run_id, "task_id": row.task_id, "map_index": row.map_index, **written}
        for row in rest_instances.get_instances(act.tx, ids)
    ]


def _name(dag_id: str, one: dict[str, Any]) -> str:
    return f"{dag_id}.{one['dag_run_id']}.{one['task_id']}[{one['map_index']}]"


def _delete(act: Act, dag_id: str, run_id: str, task_id: str, map_index: int | None) -> list[int]:
    try:
        run, deleted = commands.delete_instances_in(
            act.tx, dag_id=dag_id, run_id=run_id, task_id=task_id, map_index=map_index
        )
    except NotAllowed as error:
        raise Conflict(str(error)) from error
    act.runs.append(run.id)
    act.dags.append(dag_id)
    return [row.map_index for row in deleted]


def _one_of(name: str, path: str, body: str | None) -> str:
    """The DAG or run that an entity means. Raises BadRequest when nobody says it, or path and body differ."""
    if path == ALL_DAGS:
        if body in (None, ALL_DAGS):
            raise BadRequest(f"{name} is missing for a task instance: the path names none")
        return str(body)
    if body not in (None, path):
        raise BadRequest(f"{name} of a task instance is {body}, that of the path {path}")
    return path
