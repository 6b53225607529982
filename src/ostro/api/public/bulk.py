"""Bulk requests: create, update and delete of many things of one kind, each action with its own answer.

One transaction for the request; an entity that fails is reported and changes nothing, the others are carried out
(Airflow's REST reference, "Bulk").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from ostro.api.public.models.admin import BulkAction, BulkActionResponse, BulkBody, BulkResponse

E = TypeVar("E", bound=BaseModel)


class Bulk(Generic[E]):
    """How one kind of thing is made, changed and deleted. The functions work in the caller's transaction."""

    def __init__(
        self,
        model: type[E],
        *,
        name: Callable[[E], str],
        exists: Callable[[str], bool],
        put: Callable[[E, set[str] | None], None],
        delete: Callable[[str], None],
    ) -> None:
        self._model = model
        self._name = name
        self._exists = exists
        self._put = put
        self._delete = delete

    def run(self, body: BulkBody) -> BulkResponse:
        """Carry out all actions in order."""
        found = BulkResponse()
        for action in body.actions:
            if action.action == "create":
                found.create = self._create(action, found.create or BulkActionResponse())
            elif action.action == "update":
                found.update = self._update(action, found.update or BulkActionResponse())
            else:
                found.delete = self._remove(action, found.delete or BulkActionResponse())
        return found

    def _create(self, action: BulkAction, done: BulkActionResponse) -> BulkActionResponse:
        for entity in self._entities(action, done):
            name = self._name(entity)
            if self._exists(name):
                if action.action_on_existence == "fail":
                    done.errors.append(_error(f"{name} already exists.", 409))
                    continue
                if action.action_on_existence == "skip":
                    continue
            self._put(entity, None)
            done.success.append(name)
        return done

    def _update(self, action: BulkAction, done: BulkActionResponse) -> BulkActionResponse:
        for entity in self._entities(action, done):
            name = self._name(entity)
            if not self._exists(name):
                if action.action_on_non_existence == "fail":
                    done.errors.append(_error(f"{name} was not found.", 404))
                continue
            mask = set(action.update_mask) if action.update_mask else entity.model_fields_set
            self._put(entity, mask)
            done.success.append(name)
        return done

    def _remove(self, action: BulkAction, done: BulkActionResponse) -> BulkActionResponse:
        for name in action.entities:
            if not isinstance(name, str) or not self._exists(name):
                if action.action_on_non_existence == "fail":
                    done.errors.append(_error(f"{name} was not found.", 404))
                continue
            self._delete(name)
            done.success.append(name)
        return done

    def _entities(self, action: BulkAction, done: BulkActionResponse) -> list[E]:
        found = []
        for raw in action.entities:
            try:
                found.append(self._model.model_validate(raw))
            except ValidationError as error:
                text = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
                done.errors.append(_error(text, 422))
        return found


def _error(text: str, status: int) -> dict[str, Any]:
    return {"error": text, "status_code": status}
