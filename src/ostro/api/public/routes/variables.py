"""Variables. The value of one whose name speaks of a secret is never shown, only replaced."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ostro import commands
from ostro.api.acting import Act, acting
from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Deps, Given
from ostro.api.masking import MASK, is_sensitive, shown, unmask_json
from ostro.api.public.bulk import Bulk, check_permitted, done_of
from ostro.api.public.models.admin import (
    VariableBody,
    VariableCollectionResponse,
    VariableResponse,
)
from ostro.api.public.models.bulk import BulkBody, BulkResponse
from ostro.api.public.query import Query
from ostro.api.public.sorting import chosen
from ostro.api.render import answer, gives, nothing
from ostro.api.routing import guarded
from ostro.errors import BadRequest, NotFound
from ostro.rules.permissions import Resource
from ostro.store import variables
from ostro.store.variables import Variable

router = guarded("/api/v2", "Variable")


def present(deps: Deps, variable: Variable) -> VariableResponse:
    """A variable as people may see it."""
    value = shown(variable.key, variable.value, deps.config.sensitive_names)
    return VariableResponse(
        key=variable.key, value=value, description=variable.description, is_encrypted=True, team_name=None
    )


def _one(tx: Any, deps: Deps, key: str) -> Variable:
    found = variables.get(tx, key, deps.cipher)
    if found is None:
        raise NotFound(f"The Variable with key: `{key}` was not found")
    return found


@router.get("/variables", response_model=None)
@gives(VariableCollectionResponse)
@needs("read", Resource.VARIABLES)
def get_variables(request: Request, deps: Given) -> Response:
    """All variables."""
    query = Query(request, deps.config)
    with deps.store.read() as tx:
        found = [present(deps, v) for v in variables.list_all(tx, deps.cipher)]
    rows, total = chosen(found, query, key="key", pattern="variable_key", default="key")
    return answer(VariableCollectionResponse(variables=rows, total_entries=total))


@router.get("/variables/{variable_key:path}", response_model=None)
@gives(VariableResponse)
@needs("read", Resource.VARIABLES)
def get_variable(variable_key: str, deps: Given) -> Response:
    """One variable."""
    with deps.store.read() as tx:
        return answer(present(deps, _one(tx, deps, variable_key)))


@router.post("/variables", status_code=201, response_model=None)
@gives(VariableResponse)
@needs("create", Resource.VARIABLES)
def post_variable(body: VariableBody, request: Request, deps: Given, person: Someone) -> Response:
    """Make a variable."""
    variable = Variable(key=body.key, value=_text(body.value), description=body.description)
    with acting(request, person) as act:
        commands.create_variable_in(act.tx, act.clock, variable=variable, cipher=deps.cipher)
        act.note("post_variable", extra={"key": body.key})
    return answer(present(deps, variable), 201)


@router.patch("/variables/{variable_key:path}", response_model=None)
@gives(VariableResponse)
@needs("edit", Resource.VARIABLES)
def patch_variable(
    variable_key: str, body: VariableBody, request: Request, deps: Given, person: Someone
) -> Response:
    """Change a variable."""
    if body.key != variable_key:
        raise BadRequest("Invalid body, key from request body doesn't match uri parameter")
    mask = set(Query(request, deps.config).texts("update_mask")) or body.model_fields_set
    with acting(request, person) as act:
        old = _one(act.tx, deps, variable_key)
        changed = _changed(deps, old, body, mask)
        _save(act, deps, changed)
        act.note("patch_variable", extra={"key": variable_key})
    return answer(present(deps, changed))


@router.delete("/variables/{variable_key:path}", status_code=204, response_model=None)
@needs("delete", Resource.VARIABLES)
def delete_variable(variable_key: str, request: Request, person: Someone) -> Response:
    """Delete a variable."""
    with acting(request, person) as act:
        if commands.delete_variables_in(act.tx, keys=[variable_key]) == 0:
            raise NotFound(f"The Variable with key: `{variable_key}` was not found")
        act.note("delete_variable", extra={"key": variable_key})
    return nothing()


@router.patch("/variables", response_model=None)
@gives(BulkResponse)
@needs("read", Resource.VARIABLES)
def bulk_variables(body: BulkBody[VariableBody], request: Request, deps: Given, person: Someone) -> Response:
    """Many changes of variables at once."""
    check_permitted(person, Resource.VARIABLES, body)
    with acting(request, person) as act:
        known = set(variables.keys(act.tx))

        def put(entity: VariableBody, mask: set[str] | None) -> None:
            fresh = Variable(key=entity.key, value=_text(entity.value), description=entity.description)
            if entity.key in known:
                old = _one(act.tx, deps, entity.key)
                fresh = _changed(deps, old, entity, {"value", "description"} if mask is None else mask)
            _save(act, deps, fresh)
            known.add(entity.key)

        def delete(key: str) -> None:
            commands.delete_variables_in(act.tx, keys=[key])
            known.discard(key)

        work = Bulk(act.tx, name=lambda e: e.key, exists=known.__contains__, put=put, delete=delete)
        done = work.run(body)
        act.note("bulk_variables", extra=done_of(done))
    return answer(done)


def _text(value: Any) -> str:
    """A variable holds text; anything else is kept as JSON, as Airflow does."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _changed(deps: Deps, old: Variable, body: VariableBody, mask: set[str]) -> Variable:
    value = _text(body.value) if "value" in mask else old.value
    # What was shown masked and came back unchanged is not a new value; three stars of a name without secrets are.
    if value != MASK or is_sensitive(old.key, deps.config.sensitive_names):
        value = unmask_json(value, old.value)
    return Variable(
        key=old.key, value=value, description=body.description if "description" in mask else old.description
    )


def _save(act: Act, deps: Deps, variable: Variable) -> None:
    # A description of None would keep the old one.
    whole = Variable(key=variable.key, value=variable.value, description=variable.description or "")
    commands.set_variable_in(act.tx, act.clock, variable=whole, cipher=deps.cipher)
