"""Operators that ask a person: what they accept, what they ask, what they make of the answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ostro.sdk.around.standard_errors import HITLRejectException, HITLTimeoutError, HITLTriggerEventError
from ostro.sdk.dag import DAG
from ostro.sdk.exceptions import ParamValidationError, TaskAwaitingInput
from ostro.sdk.operators.hitl import ApprovalOperator, HITLBranchOperator, HITLEntryOperator, HITLOperator
from ostro.sdk.params import Param


def make(kind: type[HITLOperator] = HITLOperator, **more: Any) -> Any:
    arguments = {"subject": "Go?", **({"options": ["A", "B"]} if kind is HITLOperator else {}), **more}
    with DAG("d", schedule=None, params={"of_dag": 1}):
        return kind(task_id="ask", **arguments)


def event(*chosen: str, **more: Any) -> dict[str, Any]:
    user = {"id": "1", "name": "ann"}
    return {"chosen_options": list(chosen), "params_input": None, "responded_by_user": user, **more}


@pytest.mark.parametrize(
    ("kind", "arguments", "words"),
    [
        (HITLOperator, {"options": []}, '"options" cannot be empty.'),
        (HITLOperator, {"defaults": "Z"}, "should be a subset of options"),
        (HITLOperator, {"defaults": ["A", "B"]}, "More than one defaults"),
        (HITLOperator, {"params": {"_options": 1}}, '"_options" is not allowed'),
        (ApprovalOperator, {"options": ["x"]}, "Passing options to ApprovalOperator is not allowed."),
        (ApprovalOperator, {"multiple": True}, "Passing multiple to ApprovalOperator is not allowed."),
        (HITLBranchOperator, {"options": ["x"], "options_mapping": {"q": "t"}}, "not in `options`"),
        (HITLBranchOperator, {"options": ["x"], "options_mapping": {"x": 3}}, "must be strings"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_the_dag_file(
    kind: type[HITLOperator], arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        make(kind, **arguments)


def test_the_question() -> None:
    op = make(
        body="really", defaults="A", params={"n": Param(3, type="integer")}, response_timeout=60,
        assigned_users={"id": "1", "name": "ann"},
    )  # fmt: skip
    told: list[Any] = []
    op.notifiers = [told.append]
    with pytest.raises(TaskAwaitingInput) as raised:
        op.execute({"k": 1})
    waiting = raised.value
    assert told == [{"k": 1}]
    assert (waiting.method_name, waiting.timeout) == ("execute_complete", timedelta(seconds=60))
    assert waiting.detail == {
        "subject": "Go?", "body": "really", "options": ["A", "B"], "defaults": ["A"], "multiple": False,
        "params": {"n": {"value": 3, "description": None, "schema": {"type": "integer"}, "source": "task"}},
        "assigned_users": [{"id": "1", "name": "ann"}],
    }  # fmt: skip


def test_the_limit_of_the_task_is_the_limit_of_the_waiting() -> None:
    op = make(execution_timeout=timedelta(seconds=5))
    assert (op.response_timeout, op.execution_timeout) == (timedelta(seconds=5), None)


def test_the_answer_is_the_result() -> None:
    op = make(params={"n": Param(3, type="integer"), "m": "z"})
    found = op.execute_complete({}, event("A", params_input={"n": 4, "m": "y"}))
    assert found["chosen_options"] == ["A"]
    assert found["params_input"] == {"n": 4, "m": "y"}
    assert found["responded_by_user"] == {"id": "1", "name": "ann"}
    assert op.execute_complete({}, event("A"))["params_input"] == {}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (event("Q"), ValueError),
        (event("A", params_input={"n": 4}), ValueError),
        (event("A", params_input={"n": "x", "m": "z"}), ParamValidationError),
        ({"error": "late", "error_type": "timeout"}, HITLTimeoutError),
        ({"error": "bad", "error_type": "unknown"}, HITLTriggerEventError),
    ],
)
def test_an_answer_that_is_none_fails_the_task(answer: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        make(params={"n": Param(3, type="integer"), "m": "z"}).execute_complete({}, answer)


def test_a_rejection_may_fail_the_task() -> None:
    with pytest.raises(HITLRejectException):
        make(ApprovalOperator, fail_on_reject=True).execute_complete({}, event("Reject"))


def test_a_form_has_one_option() -> None:
    form, other = make(HITLEntryOperator, params={"a": 1}), make(HITLEntryOperator, options=["x"])
    assert (form.options, form.defaults) == (["OK"], ["OK"])
    assert (other.options, other.defaults) == (["x"], None)


def test_links_to_the_page_with_the_answer_filled_in() -> None:
    op = make(params={"n": 1})

    class Instance:
        dag_id, run_id, task_id, map_index = "d", "r", "ask", 2

    page = "http://b/dags/d/runs/r/tasks/ask/required_actions"
    link = op.generate_link_to_ui(task_instance=Instance, base_url="http://b/")
    assert link == f"{page}?map_index=2"
    link = op.generate_link_to_ui(
        task_instance=Instance, base_url="http://b", options="A", params_input={"n": 5}
    )
    assert link == f"{page}?_options=%5B%27A%27%5D&n=5&map_index=2"
    with pytest.raises(ValueError, match="not valid options"):
        op.generate_link_to_ui(task_instance=Instance, base_url="http://b", options="Q")
