"""XComs: lists without values, one with its value, write and delete."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Deps, Given
from ostro.api.public import present
from ostro.api.public.models.instances import (
    XComCollectionResponse,
    XComCreateBody,
    XComResponseNative,
    XComResponseString,
    XComUpdateBody,
)
from ostro.api.public.query import Query
from ostro.api.public.routes.instances import INSTANCES, instance_row
from ostro.api.render import answer, gives, nothing
from ostro.api.routing import guarded
from ostro.errors import AlreadyExists, NotFound
from ostro.records import XComRow
from ostro.rules.permissions import Resource
from ostro.store import event_log, xcoms
from ostro.store.views import rest_xcoms
from ostro.store.views.filters import OneOf, Page

router = guarded("/api/v2", "XCom")

ENTRIES = INSTANCES + "/{task_id}/xcomEntries"


@router.get(ENTRIES, response_model=None)
@gives(XComCollectionResponse)
@needs("read", Resource.XCOMS)
def get_xcom_entries(dag_id: str, dag_run_id: str, task_id: str, request: Request, deps: Given) -> Response:
    """XComs of a task instance; "~" stands for all DAGs, runs or tasks."""
    query = Query(request, deps.config)
    conditions = (
        query.one_of("xcom_key")
        + query.integers("map_index")
        + query.integers("map_index_filter", column="map_index")
        + query.patterns("xcom_key", "dag_display_name", "run_id", "task_id")
        + query.moments("logical_date", "run_after")
    )
    for column, value in (("dag_id", dag_id), ("run_id", dag_run_id), ("task_id", task_id)):
        if value != "~":
            conditions.append(OneOf(column, (value,)))
    with deps.store.read() as tx:
        rows, total = rest_xcoms.list_xcoms(tx, conditions, query.page())
    return answer(
        XComCollectionResponse(xcom_entries=[present.xcom(row) for row in rows], total_entries=total)
    )


@router.get(ENTRIES + "/{xcom_key:path}", response_model=None)
@gives(XComResponseNative | XComResponseString)
@needs("read", Resource.XCOMS)
def get_xcom_entry(
    dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, request: Request, deps: Given
) -> Response:
    """One XCom with its value: as JSON, or with `stringify=true` as text."""
    query = Query(request, deps.config)
    map_index = query.integer("map_index")
    stringify = query.boolean("stringify") or False
    return _entry(
        deps, dag_id, dag_run_id, task_id, xcom_key, -1 if map_index is None else map_index, stringify
    )


@router.post(ENTRIES, status_code=201, response_model=None)
@gives(XComResponseNative)
@needs("create", Resource.XCOMS)
def create_xcom_entry(
    dag_id: str, dag_run_id: str, task_id: str, body: XComCreateBody, deps: Given, person: Someone
) -> Response:
    """Write a new XCom of a task instance."""
    with deps.store.begin() as tx:
        row = instance_row(tx, dag_id, dag_run_id, task_id, body.map_index)
        if xcoms.get_one(tx, dag_id, dag_run_id, task_id, body.key, body.map_index) is not None:
            text = f"The XCom with key: `{body.key}` with mentioned task instance already exists."
            raise AlreadyExists(text)
        _put(tx, deps, row.run, task_id, body.key, body.map_index, body.value)
        _note(tx, deps, person, "create_xcom_entry", dag_id, dag_run_id, task_id, body.map_index, body.key)
    return _entry(deps, dag_id, dag_run_id, task_id, body.key, body.map_index, False, status=201)


@router.patch(ENTRIES + "/{xcom_key:path}", response_model=None)
@gives(XComResponseNative)
@needs("edit", Resource.XCOMS)
def update_xcom_entry(
    dag_id: str,
    dag_run_id: str,
    task_id: str,
    xcom_key: str,
    body: XComUpdateBody,
    deps: Given,
    person: Someone,
) -> Response:
    """Replace the value of an XCom."""
    with deps.store.begin() as tx:
        row = instance_row(tx, dag_id, dag_run_id, task_id, body.map_index)
        if xcoms.get_one(tx, dag_id, dag_run_id, task_id, xcom_key, body.map_index) is None:
            raise NotFound(f"The XCom with key: `{xcom_key}` with mentioned task instance doesn't exist.")
        _put(tx, deps, row.run, task_id, xcom_key, body.map_index, body.value)
        _note(tx, deps, person, "update_xcom_entry", dag_id, dag_run_id, task_id, body.map_index, xcom_key)
    return _entry(deps, dag_id, dag_run_id, task_id, xcom_key, body.map_index, False)


@router.delete(ENTRIES + "/{xcom_key:path}", status_code=204, response_model=None)
@needs("delete", Resource.XCOMS)
def delete_xcom_entry(
    dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, request: Request, deps: Given, person: Someone
) -> Response:
    """Delete an XCom."""
    given = Query(request, deps.config).integer("map_index")
    map_index = -1 if given is None else given
    with deps.store.begin() as tx:
        if not xcoms.delete(tx, dag_id, dag_run_id, task_id, xcom_key, map_index):
            raise NotFound(f"XCom entry with key: `{xcom_key}` not found")
        _note(tx, deps, person, "delete_xcom_entry", dag_id, dag_run_id, task_id, map_index, xcom_key)
    return nothing()


def _entry(
    deps: Deps,
    dag_id: str,
    run_id: str,
    task_id: str,
    key: str,
    map_index: int,
    stringify: bool,
    status: int = 200,
) -> Response:
    conditions = [
        OneOf("dag_id", (dag_id,)),
        OneOf("run_id", (run_id,)),
        OneOf("task_id", (task_id,)),
        OneOf("map_index", (map_index,)),
        OneOf("key", (key,)),
    ]
    with deps.store.read() as tx:
        rows, _ = rest_xcoms.list_xcoms(tx, conditions, Page(limit=1), total=False)
        value = xcoms.get_one(tx, dag_id, run_id, task_id, key, map_index)
    if not rows or value is None:
        raise NotFound(f"XCom entry with key: `{key}` not found")
    fields = present.xcom_fields(rows[0])
    if stringify:
        found = msgspec.json.decode(value)
        text = found if isinstance(found, str) else value.decode()
        return answer(XComResponseString(**fields, value=text), status)
    return answer(XComResponseNative(**fields, value=msgspec.json.decode(value)), status)


def _put(tx: Any, deps: Deps, run: int, task_id: str, key: str, map_index: int, value: Any) -> None:
    length = len(value) if isinstance(value, list | dict) else None
    row = XComRow(
        task_id=task_id, key=key, map_index=map_index, value=msgspec.json.encode(value), length=length
    )
    xcoms.put(tx, run, [row], deps.clock.now())


def _note(
    tx: Any,
    deps: Deps,
    person: Someone,
    event: str,
    dag_id: str,
    run_id: str,
    task_id: str,
    map_index: int,
    key: str,
) -> None:
    entry = event_log.LogEntry(
        event=event,
        at=deps.clock.now(),
        owner=person.name,
        address=person.address,
        dag_id=dag_id,
        run_id=run_id,
        task_id=task_id,
        map_index=map_index if map_index >= 0 else None,
        extra={"key": key},
    )
    event_log.seal(tx, [entry])
