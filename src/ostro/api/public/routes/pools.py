"""Pools."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ostro import commands
from ostro.api.acting import acting
from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.public.bulk import Bulk, check_permitted, done_of
from ostro.api.public.models.admin import (
    PoolBody,
    PoolCollectionResponse,
    PoolPatchBody,
    PoolResponse,
)
from ostro.api.public.models.bulk import BulkBody, BulkResponse
from ostro.api.public.query import Query
from ostro.api.public.sorting import chosen
from ostro.api.render import answer, gives, nothing
from ostro.api.routing import guarded
from ostro.errors import BadRequest, NotFound
from ostro.rules.permissions import Resource
from ostro.store import pools
from ostro.store.pools import DEFAULT_POOL, Pool, PoolUse

router = guarded("/api/v2", "Pool")


def present(use: PoolUse) -> PoolResponse:
    """A pool with what occupies it."""
    return PoolResponse(
        name=use.pool.name,
        slots=use.pool.slots,
        description=use.pool.description or None,
        include_deferred=use.pool.include_deferred,
        occupied_slots=use.occupied,
        running_slots=use.running,
        queued_slots=use.queued,
        scheduled_slots=use.scheduled,
        deferred_slots=use.deferred,
        # -1 stands for "without limit", as in slots.
        open_slots=-1 if use.pool.slots < 0 else use.pool.slots - use.occupied,
        team_name=None,
    )


def _one(tx: Any, name: str) -> PoolResponse:
    for use in pools.list_used(tx):
        if use.pool.name == name:
            return present(use)
    raise NotFound(f"The Pool with name: `{name}` was not found")


@router.get("/pools", response_model=None)
@gives(PoolCollectionResponse)
@needs("read", Resource.POOLS)
def get_pools(request: Request, deps: Given) -> Response:
    """All pools."""
    query = Query(request, deps.config)
    with deps.store.read() as tx:
        found = [present(use) for use in pools.list_used(tx)]
    rows, total = chosen(found, query, key="name", pattern="pool_name", default="name")
    return answer(PoolCollectionResponse(pools=rows, total_entries=total))


@router.get("/pools/{pool_name:path}", response_model=None)
@gives(PoolResponse)
@needs("read", Resource.POOLS)
def get_pool(pool_name: str, deps: Given) -> Response:
    """One pool."""
    with deps.store.read() as tx:
        return answer(_one(tx, pool_name))


@router.post("/pools", status_code=201, response_model=None)
@gives(PoolResponse)
@needs("create", Resource.POOLS)
def post_pool(body: PoolBody, request: Request, deps: Given, person: Someone) -> Response:
    """Make a pool."""
    with acting(request, person) as act:
        commands.create_pool_in(act.tx, pool=_pool(body))
        act.dags.append("")
        act.note("post_pool", extra={"pool": body.name, "slots": body.slots})
        made = _one(act.tx, body.name)
    return answer(made, 201)


@router.patch("/pools/{pool_name:path}", response_model=None)
@gives(PoolResponse)
@needs("edit", Resource.POOLS)
def patch_pool(
    pool_name: str, body: PoolPatchBody, request: Request, deps: Given, person: Someone
) -> Response:
    """Change a pool."""
    mask = set(Query(request, deps.config).texts("update_mask")) or body.model_fields_set
    given = mask & body.model_fields_set
    if body.name not in (None, pool_name) or body.pool not in (None, pool_name):
        raise BadRequest("Invalid body, pool name from request body doesn't match uri parameter")
    if pool_name == DEFAULT_POOL and given - {"slots", "include_deferred", "name", "pool"}:
        raise BadRequest("Only slots and included_deferred can be modified on Default Pool")
    changes = {
        name: getattr(body, name)
        for name in ("slots", "description", "include_deferred")
        if name in given and (getattr(body, name) is not None or name == "description")
    }
    if "description" in changes:
        changes["description"] = changes["description"] or ""
    with acting(request, person) as act:
        pool = pools.sizes(act.tx).get(pool_name)
        if pool is None:
            raise NotFound(f"The Pool with name: `{pool_name}` was not found")
        commands.set_pool_in(act.tx, pool=msgspec.structs.replace(pool, **changes))
        act.dags.append("")
        act.note("patch_pool", extra={"pool": pool_name, **changes})
        changed = _one(act.tx, pool_name)
    return answer(changed)


@router.delete("/pools/{pool_name:path}", status_code=204, response_model=None)
@needs("delete", Resource.POOLS)
def delete_pool(pool_name: str, request: Request, person: Someone) -> Response:
    """Delete a pool."""
    if pool_name == DEFAULT_POOL:
        raise BadRequest("Default Pool can't be deleted")
    with acting(request, person) as act:
        if commands.delete_pools_in(act.tx, names=[pool_name]) == 0:
            raise NotFound(f"The Pool with name: `{pool_name}` was not found")
        act.dags.append("")
        act.note("delete_pool", extra={"pool": pool_name})
    return nothing()


@router.patch("/pools", response_model=None)
@gives(BulkResponse)
@needs("read", Resource.POOLS)
def bulk_pools(body: BulkBody[PoolBody], request: Request, person: Someone) -> Response:
    """Many changes of pools at once."""
    check_permitted(person, Resource.POOLS, body)
    with acting(request, person) as act:
        known = pools.sizes(act.tx)

        def put(entity: PoolBody, mask: set[str] | None) -> None:
            old = known.get(entity.name)
            pool = _pool(entity)
            if old is not None and mask is not None:
                kept = {
                    n: getattr(pool, n) for n in ("slots", "description", "include_deferred") if n in mask
                }
                pool = msgspec.structs.replace(old, **kept)
            commands.set_pool_in(act.tx, pool=pool)
            known[pool.name] = pool

        def delete(name: str) -> None:
            if name == DEFAULT_POOL:
                raise BadRequest("Default Pool can't be deleted")
            commands.delete_pools_in(act.tx, names=[name])
            known.pop(name, None)

        done = Bulk(act.tx, name=lambda e: e.name, exists=lambda n: n in known, put=put, delete=delete).run(
            body
        )
        act.dags.append("")
        act.note("bulk_pools", extra=done_of(done))
    return answer(done)


def _pool(body: PoolBody) -> Pool:
    return Pool(
        name=body.name,
        slots=body.slots,
        description=body.description or "",
        include_deferred=body.include_deferred,
    )
