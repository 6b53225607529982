"""Many DAG runs at once: mark, note, delete, clear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ostro import commands
from ostro.api.acting import Act, acting
from ostro.api.auth.guard import Person, Someone
from ostro.api.auth.needs import ALL_DAGS, needs
from ostro.api.deps import Given
from ostro.api.failures import Conflict, status_of
from ostro.api.public import present
from ostro.api.public.bulk import Deeds, note_deeds, refusal
from ostro.api.public.models.bulk import (
    BulkActionResponse,
    BulkBody,
    BulkCreateAction,
    BulkDAGRunBody,
    BulkDAGRunClearBody,
    BulkDeleteAction,
    BulkResponse,
    BulkUpdateAction,
)
from ostro.api.public.models.instances import (
    ClearTaskInstanceCollectionResponse,
    NewTaskResponse,
    TaskInstanceResponse,
)
from ostro.api.public.models.runs import DAGRunCollectionResponse
from ostro.api.public.reach import note_reach
from ostro.api.public.routes.dag_runs import clear_run, mark_run, new_tasks, run_row
from ostro.api.public.routes.dags import dag_row
from ostro.api.public.routes.instances import present_records
from ostro.api.render import answer, gives
from ostro.api.routing import guarded
from ostro.api.specs import Specs
from ostro.errors import BadRequest, NotAllowed, NotFound, UserError
from ostro.rules.permissions import Resource, Verb
from ostro.states import RunState
from ostro.store.views import rest_runs

router = guarded("/api/v2", "DagRun")

#: Name of a run: DAG and run id.
Named = tuple[str, str]


@router.patch("/dags/{dag_id}/dagRuns", response_model=None)
@gives(BulkResponse)
@needs("read", Resource.DAG_RUNS, each=True)
def bulk_dag_runs(
    dag_id: str, body: BulkBody[BulkDAGRunBody], request: Request, deps: Given, person: Someone
) -> Response:
    """Mark, note or delete many runs of one DAG, or of several ("~"); runs are not made here."""
    found = BulkResponse()
    deeds: Deeds = {}
    with acting(request, person) as act:
        for action in body.actions:
            done = getattr(found, action.action) or BulkActionResponse()
            setattr(found, action.action, done)
            if isinstance(action, BulkCreateAction):
                done.errors.append(refusal("Runs are made by a POST to dagRuns, not in bulk", 405))
            else:
                _carry_out(act, person, dag_id, action, done, deeds)
        note_deeds(act, "bulk_dag_runs", deeds, dag_id=_single(dag_id))
    return answer(found)


def _carry_out(
    act: Act,
    person: Person,
    dag_id: str,
    action: BulkUpdateAction[BulkDAGRunBody] | BulkDeleteAction[BulkDAGRunBody],
    done: BulkActionResponse,
    deeds: Deeds,
) -> None:
    for entity in action.entities:
        body = BulkDAGRunBody(dag_run_id=entity) if isinstance(entity, str) else entity
        try:
            name = _name(dag_id, body)
            verb: Verb = "delete" if isinstance(action, BulkDeleteAction) else "edit"
            person.must(verb, Resource.DAG_RUNS, name[0])
            # Nothing remains of what failed half-way, and the others go on.
            with act.tx.begin_nested():
                run_row(act.tx, *name)
                if isinstance(action, BulkDeleteAction):
                    _delete(act, name)
                    written: dict[str, Any] = {}
                else:
                    written = _update(act, person, name, body, action.update_mask)
        except NotFound as error:
            if action.action_on_non_existence == "fail":
                done.errors.append(refusal(str(error), 404))
        except UserError as error:
            done.errors.append(refusal(str(error), status_of(error)))
        else:
            done.success.append(f"{name[0]}.{name[1]}")
            told = deeds.setdefault(name[0], {}).setdefault(action.action, [])
            told.append({"dag_run_id": name[1], **written})


def _update(
    act: Act, person: Person, name: Named, body: BulkDAGRunBody, mask: list[str] | None
) -> dict[str, Any]:
    """Change a run; returns what was written."""
    given = body.model_fields_set if mask is None else body.model_fields_set & set(mask)
    dag_id, run_id = name
    if "state" in given and body.state is not None:
        mark_run(act, person, dag_id, run_id, RunState(body.state))
    if "note" in given:
        commands.set_run_note_in(
            act.tx, act.clock, dag_id=dag_id, run_id=run_id, note=body.note, user=person.name
        )
    return body.model_dump(mode="json", include=given & {"state", "note"})


def _delete(act: Act, name: Named) -> None:
    try:
        act.runs.append(commands.delete_run_in(act.tx, dag_id=name[0], run_id=name[1]).id)
    except NotAllowed as error:
        raise Conflict(str(error)) from error
    act.dags.append(name[0])


@router.post("/dags/{dag_id}/clearDagRuns", response_model=None)
@gives(ClearTaskInstanceCollectionResponse | DAGRunCollectionResponse)
@needs("edit", Resource.DAG_RUNS, each=True)
def clear_dag_runs(
    dag_id: str, body: BulkDAGRunClearBody, request: Request, deps: Given, person: Someone
) -> Response:
    """Clear many runs so that they run again: those named, or those of partitions. With dry_run (the default) only list."""
    specs: Specs = request.app.state.specs
    if body.dry_run:
        with deps.store.read() as tx:
            found: list[TaskInstanceResponse | NewTaskResponse] = []
            for name in _chosen(tx, person, dag_id, body):
                touched = clear_run(tx, deps.clock, person, *name, body)
                found += (
                    new_tasks(tx, specs, *name)
                    if body.only_new
                    else present_records(tx, specs, touched.instances)
                )
        return answer(ClearTaskInstanceCollectionResponse(task_instances=found, total_entries=len(found)))
    with acting(request, person) as act:
        names = _chosen(act.tx, person, dag_id, body)
        for name in names:
            note_reach(act, clear_run(act.tx, act.clock, person, *name, body).runs, of=name[0])
            act.dags.append(name[0])
            if body.note is not None:
                commands.set_run_note_in(
                    act.tx, act.clock, dag_id=name[0], run_id=name[1], note=body.note, user=person.name
                )
            act.note("clear_dag_run", dag_id=name[0], run_id=name[1])
        rows = [present.run(row) for name in names if (row := rest_runs.get_run(act.tx, *name)) is not None]
    return answer(DAGRunCollectionResponse(dag_runs=rows, total_entries=len(rows)))


def _chosen(tx: Any, person: Person, dag_id: str, body: BulkDAGRunClearBody) -> Sequence[Named]:
    """The runs that are meant, each once. Raises BadRequest unless they are said in exactly one way."""
    by_partition = (body.partition_key, body.partition_date_start, body.partition_date_end) != (None,) * 3
    if bool(body.dag_runs) == by_partition:
        raise BadRequest("say which runs: by dag_runs, by partition_key, or by a span of partition dates")
    if by_partition:
        if dag_id == ALL_DAGS:
            raise BadRequest("partitions belong to one DAG: name it in the path")
        dag_row(tx, dag_id)
        found = commands.runs_of_partitions(
            tx,
            dag_id,
            partition_key=body.partition_key,
            date_start=body.partition_date_start,
            date_end=body.partition_date_end,
        )
        return [(run.dag_id, run.run_id) for run in found]
    names = list(dict.fromkeys(_name(dag_id, one) for one in body.dag_runs))
    for name in names:
        person.must("edit", Resource.DAG_RUNS, name[0])
        run_row(tx, *name)
    return names


def _name(dag_id: str, body: BulkDAGRunBody) -> Named:
    """The run that an entity means. Raises BadRequest when it does not say its DAG, or another than the path."""
    if dag_id == ALL_DAGS:
        if body.dag_id in (None, ALL_DAGS):
            raise BadRequest(f"dag_id is missing for the run {body.dag_run_id}: the path names no DAG")
        return str(body.dag_id), body.dag_run_id
    if body.dag_id not in (None, dag_id):
        raise BadRequest(f"the run {body.dag_run_id} is said to be of {body.dag_id}, the path says {dag_id}")
    return dag_id, body.dag_run_id


def _single(dag_id: str) -> str | None:
    return None if dag_id == ALL_DAGS else dag_id
