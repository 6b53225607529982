"""Paths of the web page for questions that tasks ask people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.public.query import Query
from ostro.api.render import data
from ostro.api.routing import guarded
from ostro.api.ui.models import Struct
from ostro.rules.permissions import Resource
from ostro.store.hitl import Question
from ostro.store.views import rest_hitl, rest_instances
from ostro.store.views.filters import Condition, Matches, OneOf, Page
from ostro.store.views.rest_instances import InstanceRow

router = guarded("/ui", described=False)

#: What an open question is: nobody answered, and its task waits.
OPEN: tuple[Condition, ...] = (OneOf("response_received", (0,)), OneOf("state", ("awaiting_input",)))


class Approval(Struct, frozen=True, kw_only=True):
    """A question, the task that asks it, and the answer."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    state: str
    try_number: int
    subject: str
    body: str | None
    options: list[str]
    defaults: list[str] | None
    multiple: bool
    params: dict[str, Any]
    assigned_users: list[dict[str, str]]
    created_at: datetime
    #: When the defaults hold, or the task fails without them; None: it waits for ever.
    times_out_at: datetime | None
    is_open: bool
    #: The one who asks for this list may answer.
    may_answer: bool
    responded_at: datetime | None
    #: None in an answered question: nobody answered in time.
    responded_by: str | None
    chosen_options: list[str] | None
    params_input: dict[str, Any] | None


@router.get("/approvals", response_model=None)
@needs("read", Resource.HITL, each=True)
def list_approvals(request: Request, deps: Given, person: Someone) -> Response:
    """Questions: open ones (`answered=false`), answered ones, or all; of a DAG, run, task; `search` in subject and text."""
    query = Query(request, deps.config)
    found = [*query.one_of("dag_id", "run_id", "task_id"), *query.integers("map_index")]
    answered = query.boolean("answered")
    if answered is not None:
        found += [OneOf("response_received", (1,))] if answered else OPEN
    if search := query.text("search"):
        found.append(Matches("subject", search))
    found += person.conditions(Resource.HITL)
    with deps.store.read() as tx:
        questions, total = rest_hitl.list_questions(tx, found, query.page("-created_at"))
        rows = {row.id: row for row in rest_instances.get_instances(tx, [q.ti for q in questions])}
    shown = [_approval(q, rows[q.ti], person) for q in questions if q.ti in rows]
    return data({"approvals": shown, "total_entries": total})


@router.get("/approvals/count", response_model=None)
@needs("read", Resource.HITL, each=True)
def count_approvals(deps: Given, person: Someone) -> Response:
    """Number of open questions."""
    with deps.store.read() as tx:
        _, total = rest_hitl.list_questions(tx, [*OPEN, *person.conditions(Resource.HITL)], Page(limit=1))
    return data({"open": total})


def _approval(question: Question, row: InstanceRow, person: Any) -> Approval:
    is_open = question.responded_at is None and row.state == "awaiting_input"
    asked = {user["id"] for user in question.assigned_users}
    return Approval(
        dag_id=row.dag_id,
        run_id=row.run_id,
        task_id=row.task_id,
        map_index=row.map_index,
        state=row.state,
        try_number=question.try_number,
        subject=question.subject,
        body=question.body,
        options=question.options,
        defaults=question.defaults,
        multiple=question.multiple,
        params=question.params,
        assigned_users=question.assigned_users,
        created_at=question.created_at,
        times_out_at=row.due_at if is_open else None,
        is_open=is_open,
        may_answer=person.may("edit", Resource.HITL, row.dag_id) and (not asked or person.name in asked),
        responded_at=question.responded_at,
        responded_by=question.responded_by_name or question.responded_by_id,
        chosen_options=question.chosen_options,
        params_input=question.params_input,
    )
