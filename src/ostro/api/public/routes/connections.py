"""Connections. Passwords, and secrets in `extra`, go in and never come out."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ostro import commands
from ostro.api.acting import acting
from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.connection_secrets import shown_extra
from ostro.api.deps import Deps, Given
from ostro.api.failures import Unprocessable
from ostro.api.masking import MASK, unmask_json
from ostro.api.public.bulk import Bulk, check_permitted, done_of
from ostro.api.public.models.admin import (
    ConnectionBody,
    ConnectionCollectionResponse,
    ConnectionResponse,
)
from ostro.api.public.models.bulk import BulkBody, BulkResponse
from ostro.api.public.query import Query
from ostro.api.public.sorting import chosen
from ostro.api.render import answer, gives, nothing
from ostro.api.routing import guarded
from ostro.errors import BadRequest, NotFound
from ostro.rules.permissions import Resource
from ostro.store import connections
from ostro.store.connections import ConnectionRecord

router = guarded("/api/v2", "Connection")

#: Field of the body to field of the record.
FIELDS = {
    "conn_type": "conn_type",
    "description": "description",
    "host": "host",
    "login": "login",
    "schema_": "schema",
    "port": "port",
    "password": "password",
    "extra": "extra",
}


def present(deps: Deps, record: ConnectionRecord) -> ConnectionResponse:
    """A connection as people may see it."""
    return ConnectionResponse(
        connection_id=record.conn_id,
        conn_type=record.conn_type,
        description=record.description,
        host=record.host,
        login=record.login,
        schema=record.schema,
        port=record.port,
        password=MASK if record.password else None,
        extra=shown_extra(deps, record.conn_type, record.extra),
        team_name=None,
    )


def _one(tx: Any, deps: Deps, conn_id: str) -> ConnectionRecord:
    found = connections.get(tx, conn_id, deps.cipher)
    if found is None:
        raise NotFound(f"The Connection with connection_id: `{conn_id}` was not found")
    return found


@router.get("/connections", response_model=None)
@gives(ConnectionCollectionResponse)
@needs("read", Resource.CONNECTIONS)
def get_connections(request: Request, deps: Given) -> Response:
    """All connections."""
    query = Query(request, deps.config)
    with deps.store.read() as tx:
        records = connections.list_all(tx, deps.cipher)
    found = [present(deps, record) for record in records]
    rows, total = chosen(found, query, key="connection_id", pattern="connection_id", default="connection_id")
    return answer(ConnectionCollectionResponse(connections=rows, total_entries=total))


@router.get("/connections/{connection_id}", response_model=None)
@gives(ConnectionResponse)
@needs("read", Resource.CONNECTIONS)
def get_connection(connection_id: str, deps: Given) -> Response:
    """One connection."""
    with deps.store.read() as tx:
        found = _one(tx, deps, connection_id)
    return answer(present(deps, found))


@router.post("/connections", status_code=201, response_model=None)
@gives(ConnectionResponse)
@needs("create", Resource.CONNECTIONS)
def post_connection(body: ConnectionBody, request: Request, deps: Given, person: Someone) -> Response:
    """Make a connection."""
    record = record_of(body)
    with acting(request, person) as act:
        commands.create_connection_in(act.tx, act.clock, connection=record, cipher=deps.cipher)
        act.note("post_connection", extra={"connection_id": body.connection_id})
    return answer(present(deps, record), 201)


@router.patch("/connections/{connection_id}", response_model=None)
@gives(ConnectionResponse)
@needs("edit", Resource.CONNECTIONS)
def patch_connection(
    connection_id: str, body: ConnectionBody, request: Request, deps: Given, person: Someone
) -> Response:
    """Change a connection."""
    if body.connection_id != connection_id:
        raise BadRequest("The connection_id in the request body does not match the URL parameter")
    mask = _mask(set(Query(request, deps.config).texts("update_mask"))) or body.model_fields_set
    with acting(request, person) as act:
        record = changed(_one(act.tx, deps, connection_id), body, mask)
        commands.set_connection_in(act.tx, act.clock, connection=record, cipher=deps.cipher)
        act.note("patch_connection", extra={"connection_id": connection_id, "fields": sorted(mask)})
    return answer(present(deps, record))


@router.delete("/connections/{connection_id}", status_code=204, response_model=None)
@needs("delete", Resource.CONNECTIONS)
def delete_connection(connection_id: str, request: Request, person: Someone) -> Response:
    """Delete a connection."""
    with acting(request, person) as act:
        if commands.delete_connections_in(act.tx, conn_ids=[connection_id]) == 0:
            raise NotFound(f"The Connection with connection_id: `{connection_id}` was not found")
        act.note("delete_connection", extra={"connection_id": connection_id})
    return nothing()


@router.patch("/connections", response_model=None)
@gives(BulkResponse)
@needs("read", Resource.CONNECTIONS)
def bulk_connections(
    body: BulkBody[ConnectionBody], request: Request, deps: Given, person: Someone
) -> Response:
    """Many changes of connections at once."""
    check_permitted(person, Resource.CONNECTIONS, body)
    with acting(request, person) as act:
        known = {c.conn_id for c in connections.list_all(act.tx, deps.cipher)}

        def put(entity: ConnectionBody, mask: set[str] | None) -> None:
            if entity.connection_id in known:
                old = _one(act.tx, deps, entity.connection_id)
                fresh = changed(old, entity, set(FIELDS) if mask is None else _mask(mask))
            else:
                fresh = record_of(entity)
            commands.set_connection_in(act.tx, act.clock, connection=fresh, cipher=deps.cipher)
            known.add(entity.connection_id)

        def delete(conn_id: str) -> None:
            commands.delete_connections_in(act.tx, conn_ids=[conn_id])
            known.discard(conn_id)

        work = Bulk(act.tx, name=lambda e: e.connection_id, exists=known.__contains__, put=put, delete=delete)
        done = work.run(body)
        act.note("bulk_connections", extra=done_of(done))
    return answer(done)


def _mask(names: set[str]) -> set[str]:
    return {"schema_" if name == "schema" else name for name in names}


def record_of(body: ConnectionBody) -> ConnectionRecord:
    """The connection that a body describes. Raises Unprocessable for an `extra` that is no JSON object."""
    _check_extra(body.extra)
    return ConnectionRecord(
        conn_id=body.connection_id, **{column: getattr(body, field) for field, column in FIELDS.items()}
    )


def changed(old: ConnectionRecord, body: ConnectionBody, mask: set[str]) -> ConnectionRecord:
    """The connection with the fields of the body that are named. What was shown masked and came back is not a new value.

    Raises Unprocessable as `record_of` does.
    """
    changes = {column: getattr(body, field) for field, column in FIELDS.items() if field in mask}
    if changes.get("password") == MASK:
        changes["password"] = old.password
    extra = changes.get("extra")
    if extra is not None and extra != MASK:
        _check_extra(extra)
    if extra is not None:
        changes["extra"] = unmask_json(extra, old.extra)
    return msgspec.structs.replace(old, **changes)


def _check_extra(extra: str | None) -> None:
    if not extra:
        return
    try:
        found = msgspec.json.decode(extra)
    except msgspec.DecodeError:
        found = None
    if not isinstance(found, dict):
        raise Unprocessable("The `extra` field must be a valid JSON object (e.g., {'key': 'value'})")
