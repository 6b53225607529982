"""Questions that tasks ask people: lists, one, and the answer, with which the task goes on."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ostro import commands
from ostro.api.acting import acting
from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.public import present
from ostro.api.public.models.hitl import (
    HITLDetail,
    HITLDetailCollection,
    HITLDetailHistory,
    HITLDetailResponse,
    HITLUser,
    UpdateHITLDetailPayload,
)
from ostro.api.public.query import Query
from ostro.api.public.routes.instances import INSTANCES, instance_row, present_instances, state_values
from ostro.api.render import answer, gives
from ostro.api.routing import guarded
from ostro.api.specs import Specs
from ostro.errors import NotFound
from ostro.rules.permissions import Resource
from ostro.store import hitl
from ostro.store.views import rest_hitl, rest_instances
from ostro.store.views.filters import Condition, Matches, OneOf

router = guarded("/api/v2", "Task Instance")

ONE = INSTANCES + "/{task_id}/{map_index}/hitlDetails"


@router.get("/dags/{dag_id}/dagRuns/{dag_run_id}/hitlDetails", response_model=None)
@gives(HITLDetailCollection)
@needs("read", Resource.HITL, each=True)
def get_hitl_details(
    dag_id: str, dag_run_id: str, request: Request, deps: Given, person: Someone
) -> Response:
    """Questions of the tasks of a run; "~" stands for all DAGs or all runs."""
    query = Query(request, deps.config)
    specs: Specs = request.app.state.specs
    conditions = _conditions(query)
    for column, value in (("dag_id", dag_id), ("run_id", dag_run_id)):
        if value != "~":
            conditions.append(OneOf(column, (value,)))
    conditions += person.conditions(Resource.HITL)
    with deps.store.read() as tx:
        questions, total = rest_hitl.list_questions(tx, conditions, query.page("ti_id"))
        rows = rest_instances.get_instances(tx, [question.ti for question in questions])
        shown = present_instances(tx, specs, rows)
    by_ti = {row.id: one for row, one in zip(rows, shown, strict=True)}
    found = [HITLDetail(**_fields(q), task_instance=by_ti[q.ti]) for q in questions if q.ti in by_ti]
    return answer(HITLDetailCollection(hitl_details=found, total_entries=total))


@router.get(ONE, response_model=None)
@gives(HITLDetail)
@needs("read", Resource.HITL)
def get_hitl_detail(
    dag_id: str, dag_run_id: str, task_id: str, map_index: int, request: Request, deps: Given
) -> Response:
    """The question of the present try of a task instance."""
    specs: Specs = request.app.state.specs
    with deps.store.read() as tx:
        row = instance_row(tx, dag_id, dag_run_id, task_id, map_index)
        question = _found(hitl.find(tx, row.id, row.try_number), dag_id, dag_run_id, task_id, map_index)
        (shown,) = present_instances(tx, specs, [row])
    return answer(HITLDetail(**_fields(question), task_instance=shown))


@router.get(ONE + "/tries/{try_number}", response_model=None)
@gives(HITLDetailHistory)
@needs("read", Resource.HITL)
def get_hitl_detail_try_detail(
    dag_id: str, dag_run_id: str, task_id: str, map_index: int, try_number: int, request: Request, deps: Given
) -> Response:
    """The question of one try of a task instance."""
    specs: Specs = request.app.state.specs
    with deps.store.read() as tx:
        row = instance_row(tx, dag_id, dag_run_id, task_id, map_index)
        question = _found(hitl.find(tx, row.id, try_number), dag_id, dag_run_id, task_id, map_index)
        tries = {tried.try_number: tried for tried in rest_instances.tries_of(tx, row.id)}
        task = specs.task(tx, row.version.id, task_id)
    if try_number not in tries:
        raise NotFound(f"the task instance has no try {try_number}")
    return answer(
        HITLDetailHistory(**_fields(question), task_instance=present.attempt(row, tries[try_number], task))
    )


@router.patch(ONE, response_model=None)
@gives(HITLDetailResponse)
@needs("edit", Resource.HITL)
def update_hitl_detail(
    dag_id: str,
    dag_run_id: str,
    task_id: str,
    map_index: int,
    body: UpdateHITLDetailPayload,
    request: Request,
    person: Someone,
) -> Response:
    """Answer. The first answer holds; a second one is refused with 409."""
    with acting(request, person) as act:
        run, question = commands.answer_input_in(
            act.tx,
            act.clock,
            dag_id=dag_id,
            run_id=dag_run_id,
            task_id=task_id,
            map_index=map_index,
            chosen_options=body.chosen_options,
            params_input=body.params_input,
            user_id=person.name,
            user_name=person.name,
        )
        act.runs.append(run.id)
        act.note(
            "update_hitl_detail",
            dag_id=dag_id,
            run_id=dag_run_id,
            task_id=task_id,
            map_index=map_index if map_index >= 0 else None,
            extra={"chosen_options": body.chosen_options},
        )
    assert question.responded_at is not None
    return answer(
        HITLDetailResponse(
            responded_by=HITLUser(id=person.name, name=person.name),
            responded_at=question.responded_at,
            chosen_options=question.chosen_options or [],
            params_input=question.params_input or {},
        )
    )


def _conditions(query: Query) -> list[Condition]:
    conditions = (
        query.patterns("dag_id", "task_id")
        + query.one_of("task_id", "responded_by_user_id", "responded_by_user_name")
        + query.integers("map_index")
        + query.moments("created_at")
    )
    states = state_values(query.texts("state"))
    if states:
        conditions.append(OneOf("state", states))
    received = query.boolean("response_received")
    if received is not None:
        conditions.append(OneOf("response_received", (int(received),)))
    for column in ("subject", "body"):
        pattern = query.text(f"{column}_search")
        if pattern:
            conditions.append(Matches(column, pattern))
    return conditions


def _found(
    question: hitl.Question | None, dag_id: str, run_id: str, task_id: str, map_index: int
) -> hitl.Question:
    if question is None:
        raise NotFound(
            f"Human-in-the-loop detail does not exist for Task Instance with dag_id: `{dag_id}`, run_id: `{run_id}`, "
            f"task_id: `{task_id}` and map_index: `{map_index}`"
        )
    return question


def _fields(question: hitl.Question) -> dict[str, Any]:
    user = question.responded_by_id
    return {
        "options": question.options,
        "subject": question.subject,
        "body": question.body,
        "defaults": question.defaults,
        "multiple": question.multiple,
        "params": question.params,
        "assigned_users": [HITLUser(**one) for one in question.assigned_users],
        "created_at": question.created_at,
        "responded_by_user": None
        if user is None
        else HITLUser(id=user, name=question.responded_by_name or user),
        "responded_at": question.responded_at,
        "chosen_options": question.chosen_options,
        "params_input": question.params_input or {},
        "response_received": question.responded_at is not None,
    }
