"""`HITLTrigger`, for operators that ask a person in Airflow's earlier way: by deferring with it.

No trigger looks for the answer here. A task that is deferred with this one asks its question and waits in the state
awaiting_input, as HITLOperator does; the answer is the event with which it goes on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from typing import Any

from ostro.errors import UserError
from ostro.sdk.context import get_current_context
from ostro.sdk.params import Param, ParamsDict
from ostro.sdk.timezone import utcnow
from ostro.sdk.trigger import BaseTrigger, TriggerEvent

_OF_PARAM = ("value", "description", "schema")


class HITLTrigger(BaseTrigger):
    """The question of a task. `timeout_datetime`: aware moment after which the defaults hold; `params`: the form."""

    def __init__(
        self,
        *,
        ti_id: Any,
        options: list[str],
        params: Mapping[str, Any],
        defaults: list[str] | None = None,
        multiple: bool = False,
        timeout_datetime: dt.datetime | None,
        poke_interval: float = 5.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.ti_id = ti_id
        self.options = options
        self.params = ParamsDict({name: _param(value) for name, value in params.items()})
        self.defaults = defaults
        self.multiple = multiple
        self.timeout_datetime = timeout_datetime
        #: Nobody looks: the answer itself lets the task go on.
        self.poke_interval = poke_interval
        self._asks = _present_task()

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Path and arguments."""
        return (
            "airflow.providers.standard.triggers.hitl.HITLTrigger",
            {
                "ti_id": self.ti_id,
                "options": self.options,
                "defaults": self.defaults,
                "params": self._form(),
                "multiple": self.multiple,
                "timeout_datetime": self.timeout_datetime,
                "poke_interval": self.poke_interval,
            },
        )

    def question(self) -> dict[str, Any]:
        """What a person is asked. `subject`, `body` and `assigned_users` are those of the operator that made the trigger."""
        task = self._asks
        users = getattr(task, "assigned_users", None) or ()
        return {
            "subject": str(getattr(task, "subject", None) or getattr(task, "task_id", "")),
            "body": getattr(task, "body", None),
            "options": list(self.options),
            "defaults": None if self.defaults is None else list(self.defaults),
            "multiple": self.multiple,
            "params": self._form(),
            "assigned_users": [{"id": str(u["id"]), "name": str(u.get("name", u["id"]))} for u in users],
        }

    def seconds_left(self) -> float | None:
        """Until the defaults hold; None: for ever."""
        if self.timeout_datetime is None:
            return None
        return max((self.timeout_datetime - utcnow()).total_seconds(), 0.0)

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Raises UserError: only a task can ask."""
        raise UserError("HITLTrigger asks for a task that is deferred with it; it cannot be run by itself")
        yield TriggerEvent(None)

    def _form(self) -> dict[str, dict[str, Any]]:
        return {
            name: {
                "value": param.resolve(suppress_exception=True),
                "description": param.description,
                "schema": param.schema,
                "source": "task",
            }
            for name, param in self.params.raw().items()
        }


def _present_task() -> Any:
    """The operator that runs; None where no task does."""
    try:
        return get_current_context().get("task")
    except RuntimeError:
        return None


def _param(value: Any) -> Any:
    if isinstance(value, Mapping) and all(key in value for key in _OF_PARAM):
        return Param(value["value"], description=value["description"], schema=dict(value["schema"] or {}))
    return value
