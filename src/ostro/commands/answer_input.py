"""Answer the question that a task asked; the task goes on with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ostro.clock import Clock
from ostro.commands import subject
from ostro.commands.conf import check_value
from ostro.commands.waking import Wake, tell
from ostro.errors import AlreadyExists, BadRequest, NotAllowed, NotFound
from ostro.records import RunRecord, TaskInstanceRecord
from ostro.rules import answers, results
from ostro.rules.instance import Instance
from ostro.states import TaskState
from ostro.store import Store, hitl, instances, sealed


def answer_input(store: Store, clock: Clock, wake: Wake, *, dag_id: str, **more: Any) -> hitl.Question:
    """`answer_input_in` as a transaction of its own."""
    with store.begin() as tx:
        run, question = answer_input_in(tx, clock, dag_id=dag_id, **more)
    wake([run.id], [])
    return question


def answer_input_in(
    tx: Any,
    clock: Clock,
    *,
    dag_id: str,
    run_id: str,
    task_id: str,
    map_index: int = -1,
    chosen_options: Sequence[str],
    params_input: Mapping[str, Any] | None = None,
    user_id: str,
    user_name: str,
) -> tuple[RunRecord, hitl.Question]:
    """Write an answer and let the task go on; the run, and the question with its answer. The first answer holds.

    Fields of the form that are not given keep their defaults. Raises NotFound, AlreadyExists when it was answered or the
    task waits no more, NotAllowed for somebody who is not asked, BadRequest for an answer that the question does not allow.
    """
    run, record, question = _asked(tx, dag_id, run_id, task_id, map_index)
    if question.responded_at is not None:
        raise AlreadyExists(
            f"Human-in-the-loop detail has already been updated for Task Instance with dag_id: `{dag_id}`, run_id: "
            f"`{run_id}`, task_id: `{task_id}` and map_index: `{map_index}` and is not allowed to write again."
        )
    asked = {user["id"] for user in question.assigned_users}
    if asked and user_id not in asked:
        names = ", ".join(sorted(user["name"] for user in question.assigned_users))
        raise NotAllowed(f"User={user_name} (id={user_id}) is not a respondent for the task; it asks {names}")
    given = {**answers.default_values(question.params), **(params_input or {})}
    complaint = answers.complaint(
        question.options, question.params, multiple=question.multiple, chosen=chosen_options, given=params_input or {}
    )  # fmt: skip
    if complaint is not None:
        raise BadRequest(f"the answer cannot be taken: {complaint}")
    for name, param in question.params.items():
        check_value(name, given[name], param.get("schema") or {})
    now = clock.now()
    response = hitl.Response(
        chosen_options=list(chosen_options), params_input=given, user_id=user_id, user_name=user_name, at=now
    )
    event = answers.answered(chosen_options, given, now, user={"id": user_id, "name": user_name})
    arguments = {**(sealed.unseal(tx, record.next_kwargs) or {}), "event": event}
    move = results.resumed(Instance(record, -1, run), arguments, now, reason=f"answered by {user_name}")
    # First the question, then its task: in the order of the engine when nobody answered in time.
    if not hitl.answer(tx, question.id, response) or not subject.apply(tx, [move], now):
        raise AlreadyExists("the task waits for no answer any more")
    tell(tx, runs=[run.id])
    answered = hitl.find(tx, record.id, record.try_number)
    assert answered is not None
    return run, answered


def _asked(
    tx: Any, dag_id: str, run_id: str, task_id: str, map_index: int
) -> tuple[RunRecord, TaskInstanceRecord, hitl.Question]:
    run = subject.the_run(tx, dag_id, run_id)
    record = instances.find_instance(tx, run.id, task_id, map_index)
    question = None if record is None else hitl.find(tx, record.id, record.try_number)
    if record is None or question is None:
        raise NotFound(
            f"Human-in-the-loop detail does not exist for Task Instance with dag_id: `{dag_id}`, run_id: `{run_id}`, "
            f"task_id: `{task_id}` and map_index: `{map_index}`"
        )
    if question.responded_at is None and record.state is not TaskState.AWAITING_INPUT:
        raise AlreadyExists(f"the task waits for no answer any more: it is {record.state}")
    return run, record, question
