"""Links of an operator to other pages, as its task instance left them."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.public.models.instances import ExtraLinkCollectionResponse
from ostro.api.public.query import Query
from ostro.api.public.routes.instances import INSTANCES, instance_row
from ostro.api.render import answer, gives
from ostro.api.routing import guarded
from ostro.api.specs import Specs
from ostro.rules.permissions import Resource
from ostro.store import xcoms

router = guarded("/api/v2", "Extra Links")

#: What an address may begin with: the page puts it where a person clicks.
HARMLESS = ("http://", "https://", "/", "mailto:")


@router.get(INSTANCES + "/{task_id}/links", response_model=None)
@gives(ExtraLinkCollectionResponse)
@needs("read", Resource.TASK_INSTANCES)
def get_extra_links(dag_id: str, dag_run_id: str, task_id: str, request: Request, deps: Given) -> Response:
    """Addresses by name; null for a link of a task instance that has not left one."""
    found = Query(request, deps.config).integer("map_index")
    map_index = -1 if found is None else found
    specs: Specs = request.app.state.specs
    with deps.store.read() as tx:
        row = instance_row(tx, dag_id, dag_run_id, task_id, map_index)
        task = specs.task(tx, row.version.id, row.task_id)
        keys = {} if task is None else {name: _key(task, name) for name in task.extra_links}
        links = {
            name: _address(xcoms.get_one(tx, dag_id, dag_run_id, task_id, key, map_index))
            for name, key in keys.items()
        }
    return answer(ExtraLinkCollectionResponse(extra_links=links, total_entries=len(links)))


def _key(task: Any, name: str) -> str:
    return str(task.link_keys.get(name, f"_link_{name}"))


def _address(data: bytes | None) -> str | None:
    value = None if data is None else msgspec.json.decode(data)
    return value if isinstance(value, str) and value.startswith(HARMLESS) else None
