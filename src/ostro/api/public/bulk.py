"""Bulk requests: create, update and delete of many things of one kind, each action with its own answer.

One transaction for the request, a savepoint for each entity: one that fails is reported and changes nothing, the others
are carried out (Airflow's REST reference, "Bulk").
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from ostro.api.acting import Act
from ostro.api.auth.guard import Person
from ostro.api.failures import status_of
from ostro.api.public.models.bulk import (
    BulkActionResponse,
    BulkBody,
    BulkCreateAction,
    BulkDeleteAction,
    BulkResponse,
    BulkUpdateAction,
)
from ostro.errors import UserError
from ostro.rules.permissions import Resource, Verb

E = TypeVar("E", bound=BaseModel)

_VERBS: dict[str, Verb] = {"create": "create", "update": "edit", "delete": "delete"}


def check_permitted(person: Person, resource: Resource, body: BulkBody[Any]) -> None:
    """Raise NotAllowed unless the person may do all of the actions."""
    for action in body.actions:
        person.must(_VERBS[action.action], resource)
        if isinstance(action, BulkCreateAction) and action.action_on_existence == "overwrite":
            person.must("edit", resource)


class Bulk(Generic[E]):
    """How one kind of thing is made, changed and deleted. The functions work in the caller's transaction."""

    def __init__(
        self,
        tx: Any,
        *,
        name: Callable[[E], str],
        exists: Callable[[str], bool],
        put: Callable[[E, set[str] | None], None],
        delete: Callable[[str], None],
    ) -> None:
        self._tx = tx
        self._name = name
        self._exists = exists
        self._put = put
        self._delete = delete

    def run(self, body: BulkBody[E]) -> BulkResponse:
        """Carry out all actions in order."""
        found = BulkResponse()
        for action in body.actions:
            done = getattr(found, action.action) or BulkActionResponse()
            setattr(found, action.action, done)
            if isinstance(action, BulkCreateAction):
                self._create(action, done)
            elif isinstance(action, BulkUpdateAction):
                self._update(action, done)
            else:
                self._remove(action, done)
        return found

    def _create(self, action: BulkCreateAction[E], done: BulkActionResponse) -> None:
        for entity in action.entities:
            name = self._name(entity)
            if self._exists(name):
                if action.action_on_existence == "fail":
                    done.errors.append(refusal(f"{name} already exists.", 409))
                    continue
                if action.action_on_existence == "skip":
                    continue
            self._carry_out(name, done, partial(self._put, entity, None))

    def _update(self, action: BulkUpdateAction[E], done: BulkActionResponse) -> None:
        for entity in action.entities:
            name = self._name(entity)
            if not self._exists(name):
                if action.action_on_non_existence == "fail":
                    done.errors.append(refusal(f"{name} was not found.", 404))
                continue
            mask = set(action.update_mask) if action.update_mask else entity.model_fields_set
            self._carry_out(name, done, partial(self._put, entity, mask))

    def _remove(self, action: BulkDeleteAction[E], done: BulkActionResponse) -> None:
        for entity in action.entities:
            name = entity if isinstance(entity, str) else self._name(entity)
            if not self._exists(name):
                if action.action_on_non_existence == "fail":
                    done.errors.append(refusal(f"{name} was not found.", 404))
                continue
            self._carry_out(name, done, partial(self._delete, name))

    def _carry_out(self, name: str, done: BulkActionResponse, work: Callable[[], None]) -> None:
        try:
            # What a statement refused would refuse all later ones, too (PostgreSQL).
            with self._tx.begin_nested():
                work()
        except UserError as error:
            done.errors.append(refusal(str(error), status_of(error)))
        else:
            done.success.append(name)


#: What was done, by DAG and by action: each thing with the fields that were written. For the audit log.
Deeds = dict[str, dict[str, list[dict[str, Any]]]]


def note_deeds(act: Act, event: str, deeds: Deeds, *, dag_id: str | None, run_id: str | None = None) -> None:
    """A line for each DAG that something was done with; one of the DAG that was asked about when nothing was."""
    for name, done in deeds.items():
        act.note(event, dag_id=name, run_id=run_id, extra=done)
    if not deeds:
        act.note(event, dag_id=dag_id, run_id=run_id)


def done_of(found: BulkResponse) -> dict[str, list[str]]:
    """Names of what was done, by action, for the audit log."""
    parts = {"create": found.create, "update": found.update, "delete": found.delete}
    return {action: part.success for action, part in parts.items() if part is not None and part.success}


def refusal(text: str, status: int) -> dict[str, Any]:
    """What is said of an entity that nothing was done with."""
    return {"error": text, "status_code": status}
