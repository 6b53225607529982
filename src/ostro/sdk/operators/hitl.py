"""Operators that ask a person: choose an option, approve, choose a branch, fill in a form.

The task asks and gives its process back; it is started again with the answer, or, when nobody answers within
`response_timeout`, with the defaults, and without defaults it fails with HITLTimeoutError.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar, TypedDict
from urllib.parse import urlencode

from ostro.sdk.around.standard_errors import (
    HITLRejectException,
    HITLTimeoutError,
    HITLTriggerEventError,
)
from ostro.sdk.baseoperator import BaseOperator
from ostro.sdk.exceptions import TaskAwaitingInput
from ostro.sdk.notifier import BaseNotifier
from ostro.sdk.params import ParamsDict
from ostro.sdk.skipmixin import BranchMixIn, SkipMixin


class HITLTriggerEventSuccessPayload(TypedDict, total=False):
    """The event of an answer. Without `responded_by_user` nobody answered in time, and the defaults were taken."""

    chosen_options: list[str]
    params_input: dict[str, Any]
    responded_by_user: dict[str, str] | None
    responded_at: dt.datetime
    timedout: bool


class HITLTriggerEventFailurePayload(TypedDict):
    """The event when there is no answer; `error_type` is "timeout", "unknown" or "validation"."""

    error: str
    error_type: str


class HITLOperator(BaseOperator):
    """Ask a person to choose among `options`; the result is the answer.

    `assigned_users`: who may answer, dicts with "id" and "name"; empty = everybody who may edit the task.
    `response_timeout`: timedelta or seconds.
    """

    template_fields: ClassVar[Collection[str]] = ("subject", "body")

    def __init__(
        self,
        *,
        subject: str,
        options: list[str],
        body: str | None = None,
        defaults: str | list[str] | None = None,
        multiple: bool = False,
        params: ParamsDict | dict[str, Any] | None = None,
        notifiers: Sequence[BaseNotifier] | BaseNotifier | None = None,
        assigned_users: Any = None,
        response_timeout: dt.timedelta | float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if self.execution_timeout is not None:
            # Airflow's way: the limit of a task that waits for a person is the limit of the waiting.
            response_timeout = response_timeout or self.execution_timeout
            self.execution_timeout = None
        self.subject = subject
        self.body = body
        self.options = options
        self.defaults = [defaults] if isinstance(defaults, str) else defaults
        self.multiple = multiple
        # Params of the DAG are not part of the form.
        self.params = params if isinstance(params, ParamsDict) else ParamsDict(params or {})
        self.notifiers = (
            list(notifiers) if isinstance(notifiers, Iterable) else [notifiers] if notifiers else []
        )
        self.assigned_users = [assigned_users] if isinstance(assigned_users, Mapping) else assigned_users
        self.response_timeout = response_timeout
        self.validate_options()
        self.validate_params()
        self.validate_defaults()

    # ---- what the author wrote -----------------------------------------------------------------------------

    def validate_options(self) -> None:
        """Raise ValueError without options."""
        if not self.options:
            raise ValueError('"options" cannot be empty.')

    def validate_params(self) -> None:
        """Raise ValueError for a name that the form needs itself, ParamValidationError for a default that does not fit."""
        if "_options" in self.params:
            raise ValueError('"_options" is not allowed in params')

    def validate_defaults(self) -> None:
        """Raise ValueError for defaults that are no options, or too many."""
        if self.defaults is None:
            return
        if not set(self.defaults) <= set(self.options):
            raise ValueError(f'defaults "{self.defaults}" should be a subset of options "{self.options}"')
        if not self.multiple and len(self.defaults) > 1:
            raise ValueError('More than one defaults given when "multiple" is set to False.')

    # ---- asking --------------------------------------------------------------------------------------------

    def execute(self, context: Any) -> Any:
        """Ask, and give the process back."""
        for notifier in self.notifiers:
            notifier(context)
        self.log.info("Waiting for response")
        limit = self.response_timeout
        waiting = TaskAwaitingInput(
            method_name="execute_complete",
            timeout=dt.timedelta(seconds=limit) if isinstance(limit, (int, float)) else limit,
        )
        waiting.detail = {
            "subject": self.subject,
            "body": self.body,
            "options": list(self.options),
            "defaults": None if self.defaults is None else list(self.defaults),
            "multiple": self.multiple,
            "params": self.serialized_params,
            "assigned_users": [_user(user) for user in self.assigned_users or ()],
        }
        raise waiting

    @property
    def serialized_params(self) -> dict[str, dict[str, Any]]:
        """The fields of the form: {"value", "description", "schema", "source"} by name."""
        return {
            name: {
                "value": param.resolve(suppress_exception=True),
                "description": param.description,
                "schema": param.schema,
                "source": "task",
            }
            for name, param in self.params.raw().items()
        }

    # ---- the answer ----------------------------------------------------------------------------------------

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Go on with the answer. Raises HITLTimeoutError, HITLTriggerEventError, ValueError."""
        if "error" in event:
            self.process_trigger_event_error(event)
        chosen, given = event["chosen_options"], event.get("params_input") or {}
        self.validate_chosen_options(chosen)
        self.validate_params_input(given)
        return {
            "chosen_options": chosen,
            "params_input": given,
            "responded_at": event.get("responded_at"),
            "responded_by_user": event.get("responded_by_user"),
        }

    def process_trigger_event_error(self, event: Mapping[str, Any]) -> None:
        """Raise what an answer that is none means."""
        if event.get("error_type") == "timeout":
            raise HITLTimeoutError(event)
        raise HITLTriggerEventError(event)

    def validate_chosen_options(self, chosen_options: list[str]) -> None:
        """Raise ValueError for something that is no option."""
        if wrong := set(chosen_options) - set(self.options):
            raise ValueError(f"Responses {wrong} not in {self.options}")

    def validate_params_input(self, params_input: Mapping[str, Any]) -> None:
        """Raise ValueError for other fields than those of the form, ParamValidationError for a value that does not fit."""
        if not params_input:
            return
        params = self.params.raw()
        if set(params_input) != set(params):
            raise ValueError(f"params_input {dict(params_input)} does not match params {self.params}")
        for name, value in params_input.items():
            params[name].resolve(value)

    # ---- links ---------------------------------------------------------------------------------------------

    def generate_link_to_ui(
        self,
        *,
        task_instance: Any,
        base_url: str | None = None,
        options: str | list[str] | None = None,
        params_input: Mapping[str, Any] | None = None,
    ) -> str:
        """Address of the page on which the answer is given; options and values may be filled in beforehand."""
        ti = task_instance
        chosen = [options] if isinstance(options, str) else list(options or ())
        if wrong := set(chosen) - set(self.options):
            raise ValueError(f"options {wrong} are not valid options")
        if unknown := set(params_input or {}) - set(self.params):
            raise ValueError(f"params {unknown} are not valid params")
        base = (base_url or getattr(ti, "base_url", "") or "").rstrip("/")
        query: dict[str, Any] = {"_options": chosen} if chosen else {}
        query |= {**(params_input or {}), "map_index": ti.map_index}
        path = f"/dags/{ti.dag_id}/runs/{ti.run_id}/tasks/{ti.task_id}/required_actions"
        return f"{base}{path}?{urlencode(query)}"

    @staticmethod
    def generate_link_to_ui_from_context(
        *,
        context: Any,
        base_url: str | None = None,
        options: list[str] | None = None,
        params_input: Mapping[str, Any] | None = None,
    ) -> str:
        """The same, for notifiers and callbacks."""
        address: str = context["task"].generate_link_to_ui(
            task_instance=context["task_instance"],
            base_url=base_url,
            options=options,
            params_input=params_input,
        )
        return address


class ApprovalOperator(HITLOperator, SkipMixin):
    """Ask for approval. "Reject" skips the tasks after it, or fails the task with `fail_on_reject`."""

    inherits_from_skipmixin = True
    APPROVE = "Approve"
    REJECT = "Reject"
    FIXED_ARGS: ClassVar[list[str]] = ["options", "multiple"]

    def __init__(
        self, *, ignore_downstream_trigger_rules: bool = False, fail_on_reject: bool = False, **kwargs: Any
    ) -> None:
        for name in self.FIXED_ARGS:
            if name in kwargs:
                raise ValueError(f"Passing {name} to ApprovalOperator is not allowed.")
        self.ignore_downstream_trigger_rules = ignore_downstream_trigger_rules
        self.fail_on_reject = fail_on_reject
        super().__init__(options=[self.APPROVE, self.REJECT], multiple=False, **kwargs)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Go on, skip what comes after, or fail."""
        answer = super().execute_complete(context=context, event=event)
        if answer["chosen_options"][0] == self.APPROVE:
            self.log.info("Approved. Proceeding with downstream tasks...")
            return answer
        if self.fail_on_reject:
            raise HITLRejectException('Receive "Reject"')
        if not self.downstream_task_ids:
            self.log.info("No downstream tasks; nothing to do.")
            return answer
        ti = context["ti"]
        below = (
            ti.task.get_flat_relatives(upstream=False)
            if self.ignore_downstream_trigger_rules
            else ti.task.get_direct_relatives(upstream=False)
        )
        names = [task for task in below if not task.is_teardown]
        self.log.info("Skipping downstream tasks: %s", sorted(task.task_id for task in names))
        self.skip(ti=ti, tasks=names)
        return answer


class HITLBranchOperator(HITLOperator, BranchMixIn):
    """Ask which branch to follow: options are task ids, or `options_mapping` says which task each means."""

    inherits_from_skipmixin = True

    def __init__(self, *, options_mapping: dict[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.options_mapping = options_mapping or {}
        self.validate_options_mapping()

    def validate_options_mapping(self) -> None:
        """Raise ValueError for a key that is no option, or a target that is no text."""
        unknown = sorted(set(self.options_mapping) - set(self.options))
        if unknown:
            raise ValueError(f"`options_mapping` contains keys that are not in `options`: {unknown}")
        for option, target in self.options_mapping.items():
            if not isinstance(target, str):
                raise ValueError(
                    f"`options_mapping` values must be strings (task_ids), but {option!r} has {target!r}"
                )

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Follow the chosen branches."""
        answer = super().execute_complete(context=context, event=event)
        branches = [self.options_mapping.get(option, option) for option in answer["chosen_options"]]
        return self.do_branch(context=context, branches_to_execute=branches)


class HITLEntryOperator(HITLOperator):
    """Ask a person to fill in a form of `params`; the only option is OK unless others are given."""

    OK = "OK"

    def __init__(self, **kwargs: Any) -> None:
        if "options" not in kwargs:
            kwargs["options"] = [self.OK]
            if "defaults" not in kwargs:
                kwargs["defaults"] = [self.OK]
        super().__init__(**kwargs)


def _user(user: Any) -> dict[str, str]:
    if isinstance(user, str):
        return {"id": user, "name": user}
    identity = str(user["id"])
    return {"id": identity, "name": str(user.get("name", identity))}
