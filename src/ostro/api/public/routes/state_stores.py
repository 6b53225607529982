"""What task instances and assets keep between tries and runs: lists, one key, write, delete."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Deps, Given
from ostro.api.public.models.state_stores import (
    AssetStateStoreBody,
    AssetStateStoreCollectionResponse,
    AssetStateStoreLastUpdatedBy,
    AssetStateStoreResponse,
    TaskStateStoreBody,
    TaskStateStoreCollectionResponse,
    TaskStateStorePatchBody,
    TaskStateStoreResponse,
)
from ostro.api.public.query import Query
from ostro.api.public.routes.instances import INSTANCES, instance_row
from ostro.api.public.visible import see_asset, state_without_unreadable
from ostro.api.render import answer, gives, nothing
from ostro.api.routing import guarded
from ostro.errors import BadRequest, NotFound
from ostro.rules.permissions import Resource
from ostro.store import event_log, runs, state_stores

router = guarded("/api/v2", "Task State Store")
assets = guarded("/api/v2", "Asset State Store")

TASK = INSTANCES + "/{task_id}/state-store"
ASSET = "/assets/{asset_id}/state-store"


# ---- tasks -------------------------------------------------------------------------------------------------------


@router.get(TASK, response_model=None)
@gives(TaskStateStoreCollectionResponse)
@needs("read", Resource.TASK_INSTANCES)
def get_task_states(dag_id: str, dag_run_id: str, task_id: str, request: Request, deps: Given) -> Response:
    """Keys of a task instance, by name."""
    query = Query(request, deps.config)
    page, index = query.page(), _map_index(query)
    with deps.store.read() as tx:
        run = instance_row(tx, dag_id, dag_run_id, task_id, index).run
        rows, total = state_stores.task_list(
            tx, run, task_id, index, deps.clock.now(), limit=page.limit, offset=page.offset
        )
    shown = [_task_state(row) for row in rows]
    return answer(TaskStateStoreCollectionResponse(task_state_store=shown, total_entries=total))


@router.delete(TASK, status_code=204, response_model=None)
@needs("edit", Resource.TASK_INSTANCES)
def clear_task_states(
    dag_id: str, dag_run_id: str, task_id: str, request: Request, deps: Given, person: Someone
) -> Response:
    """Delete all keys of a task instance, or with `all_map_indices=true` of all instances of the task."""
    query = Query(request, deps.config)
    index = _map_index(query)
    everywhere = query.boolean("all_map_indices") or False
    with deps.store.begin() as tx:
        if everywhere:
            run = _run(tx, dag_id, dag_run_id)
        else:
            run = instance_row(tx, dag_id, dag_run_id, task_id, index).run
        state_stores.task_delete(tx, run, task_id, None if everywhere else index)
        _note(tx, deps, person, "clear_task_state_store", dag_id, dag_run_id, task_id, None)
    return nothing()


@router.get(TASK + "/{key:path}", response_model=None)
@gives(TaskStateStoreResponse)
@needs("read", Resource.TASK_INSTANCES)
def get_task_state(
    dag_id: str, dag_run_id: str, task_id: str, key: str, request: Request, deps: Given
) -> Response:
    """One key of a task instance."""
    index = _map_index(Query(request, deps.config))
    with deps.store.read() as tx:
        run = instance_row(tx, dag_id, dag_run_id, task_id, index).run
        found = state_stores.task_get(tx, run, task_id, index, key, deps.clock.now())
    if found is None:
        raise NotFound(f"Task state store key {key!r} not found")
    return answer(_task_state(found))


@router.put(TASK + "/{key:path}", status_code=204, response_model=None)
@needs("edit", Resource.TASK_INSTANCES)
def set_task_state(
    dag_id: str,
    dag_run_id: str,
    task_id: str,
    key: str,
    body: TaskStateStoreBody,
    request: Request,
    deps: Given,
    person: Someone,
) -> Response:
    """Write one key of a task instance; `expires_at`: a moment, null = as long as the run, "default" = the setting."""
    index = _map_index(Query(request, deps.config))
    expires = body.expires_at
    if expires == "default":
        days = deps.config.state_retention_days
        expires = deps.clock.now() + timedelta(days=days) if days > 0 else None
    with deps.store.begin() as tx:
        run = instance_row(tx, dag_id, dag_run_id, task_id, index).run
        state_stores.task_put(
            tx,
            run,
            task_id,
            index,
            key,
            _written(body.value),
            expires_at=expires,
            now=deps.clock.now(),
        )
        _note(tx, deps, person, "set_task_state_store", dag_id, dag_run_id, task_id, key)
    return nothing()


@router.patch(TASK + "/{key:path}", response_model=None)
@gives(TaskStateStoreResponse)
@needs("edit", Resource.TASK_INSTANCES)
def patch_task_state(
    dag_id: str,
    dag_run_id: str,
    task_id: str,
    key: str,
    body: TaskStateStorePatchBody,
    request: Request,
    deps: Given,
    person: Someone,
) -> Response:
    """Replace the value of a key that is there; it expires when it did."""
    index = _map_index(Query(request, deps.config))
    now = deps.clock.now()
    with deps.store.begin() as tx:
        run = instance_row(tx, dag_id, dag_run_id, task_id, index).run
        known = state_stores.task_get(tx, run, task_id, index, key, now)
        if known is None:
            raise NotFound(f"Task state store key {key!r} not found")
        value = _written(body.value)
        state_stores.task_put(tx, run, task_id, index, key, value, expires_at=known.expires_at, now=now)
        _note(tx, deps, person, "patch_task_state_store", dag_id, dag_run_id, task_id, key)
    changed = state_stores.TaskState(key=key, value=value, updated_at=now, expires_at=known.expires_at)
    return answer(_task_state(changed))


@router.delete(TASK + "/{key:path}", status_code=204, response_model=None)
@needs("edit", Resource.TASK_INSTANCES)
def delete_task_state(
    dag_id: str, dag_run_id: str, task_id: str, key: str, request: Request, deps: Given, person: Someone
) -> Response:
    """Delete one key of a task instance."""
    index = _map_index(Query(request, deps.config))
    with deps.store.begin() as tx:
        run = instance_row(tx, dag_id, dag_run_id, task_id, index).run
        state_stores.task_delete(tx, run, task_id, index, key=key)
        _note(tx, deps, person, "delete_task_state_store", dag_id, dag_run_id, task_id, key)
    return nothing()


# ---- assets ------------------------------------------------------------------------------------------------------


@assets.get(ASSET, response_model=None)
@gives(AssetStateStoreCollectionResponse)
@needs("read", Resource.ASSETS)
def get_asset_states(asset_id: int, request: Request, deps: Given, person: Someone) -> Response:
    """Keys of an asset, by name."""
    page = Query(request, deps.config).page()
    with deps.store.read() as tx:
        name, uri = _asset(tx, person, asset_id)
        rows, total = state_stores.asset_list(tx, name, uri, limit=page.limit, offset=page.offset)
    shown = [_asset_state(state_without_unreadable(row, person)) for row in rows]
    return answer(AssetStateStoreCollectionResponse(asset_state_store=shown, total_entries=total))


@assets.delete(ASSET, status_code=204, response_model=None)
@needs("edit", Resource.ASSETS)
def clear_asset_states(asset_id: int, deps: Given, person: Someone) -> Response:
    """Delete all keys of an asset."""
    with deps.store.begin() as tx:
        name, uri = _asset(tx, person, asset_id)
        state_stores.asset_delete(tx, name, uri)
        _note(tx, deps, person, "clear_asset_state_store", None, None, None, None, asset=name)
    return nothing()


@assets.get(ASSET + "/{key:path}", response_model=None)
@gives(AssetStateStoreResponse)
@needs("read", Resource.ASSETS)
def get_asset_state(asset_id: int, key: str, deps: Given, person: Someone) -> Response:
    """One key of an asset."""
    with deps.store.read() as tx:
        found = state_stores.asset_get(tx, *_asset(tx, person, asset_id), key)
    if found is None:
        raise NotFound(f"Asset state store key {key!r} not found")
    return answer(_asset_state(state_without_unreadable(found, person)))


@assets.put(ASSET + "/{key:path}", status_code=204, response_model=None)
@needs("edit", Resource.ASSETS)
def set_asset_state(
    asset_id: int, key: str, body: AssetStateStoreBody, deps: Given, person: Someone
) -> Response:
    """Write one key of an asset."""
    with deps.store.begin() as tx:
        name, uri = _asset(tx, person, asset_id)
        state = state_stores.AssetState(
            key=key, value=_written(body.value), updated_at=deps.clock.now(), writer="api"
        )
        state_stores.asset_put(tx, name, uri, state)
        _note(tx, deps, person, "set_asset_state_store", None, None, None, key, asset=name)
    return nothing()


@assets.delete(ASSET + "/{key:path}", status_code=204, response_model=None)
@needs("edit", Resource.ASSETS)
def delete_asset_state(asset_id: int, key: str, deps: Given, person: Someone) -> Response:
    """Delete one key of an asset."""
    with deps.store.begin() as tx:
        name, uri = _asset(tx, person, asset_id)
        state_stores.asset_delete(tx, name, uri, key=key)
        _note(tx, deps, person, "delete_asset_state_store", None, None, None, key, asset=name)
    return nothing()


# ---- small things ------------------------------------------------------------------------------------------------


def _map_index(query: Query) -> int:
    given = query.integer("map_index")
    return -1 if given is None else given


def _written(value: Any) -> bytes:
    if value is None:
        raise BadRequest("The value of a key cannot be null; delete the key instead.")
    return msgspec.json.encode(value)


def _run(tx: Any, dag_id: str, run_id: str) -> int:
    found = runs.find_run(tx, dag_id, run_id)
    if found is None:
        raise NotFound(f"The DagRun with dag_id: `{dag_id}` and run_id: `{run_id}` was not found")
    return found.id


def _asset(tx: Any, person: Someone, asset_id: int) -> tuple[str, str]:
    see_asset(tx, person, asset_id)
    found = state_stores.asset_named(tx, asset_id)
    if found is None:
        raise NotFound(f"The Asset with ID: `{asset_id}` was not found")
    return found


def _task_state(row: state_stores.TaskState) -> TaskStateStoreResponse:
    return TaskStateStoreResponse(
        key=row.key,
        value=msgspec.json.decode(row.value),
        updated_at=row.updated_at,
        expires_at=row.expires_at,
    )


def _asset_state(row: state_stores.AssetState) -> AssetStateStoreResponse:
    return AssetStateStoreResponse(
        key=row.key,
        value=msgspec.json.decode(row.value),
        updated_at=row.updated_at,
        last_updated_by=AssetStateStoreLastUpdatedBy(
            kind=row.writer,
            dag_id=row.dag_id,
            run_id=row.run_id,
            task_id=row.task_id,
            map_index=row.map_index,
        ),
    )


def _note(
    tx: Any,
    deps: Deps,
    person: Someone,
    event: str,
    dag_id: str | None,
    run_id: str | None,
    task_id: str | None,
    key: str | None,
    **more: Any,
) -> None:
    entry = event_log.LogEntry(
        event=event,
        at=deps.clock.now(),
        owner=person.name,
        address=person.address,
        dag_id=dag_id,
        run_id=run_id,
        task_id=task_id,
        extra={"key": key, **more},
    )
    event_log.seal(tx, [entry])
