"""What of an asset somebody sees who may read only some DAGs: assets that these name, without the others' names."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from ostro.api.auth.guard import Person
from ostro.errors import NotFound
from ostro.store.assets import EventSource
from ostro.store.state_stores import AssetState
from ostro.store.views import rest_assets
from ostro.store.views.rest_assets import AssetRow, EventRow, Reference


def see_asset(tx: Any, person: Person, asset_id: int) -> None:
    """Raise NotFound for an asset with which no DAG has to do that the person may read."""
    readable = person.readable()
    if readable is not None and not rest_assets.is_named_by(tx, asset_id, readable):
        raise NotFound(f"The Asset with ID: `{asset_id}` was not found")


def without_unreadable(row: AssetRow, person: Person) -> AssetRow:
    """The asset without references to DAGs that the person may not read."""
    readable = person.readable()
    if readable is None:
        return row
    return msgspec.structs.replace(
        row,
        scheduled=_only(row.scheduled, readable),
        producing=_only(row.producing, readable),
        consuming=_only(row.consuming, readable),
    )


def event_without_unreadable(row: EventRow, person: Person) -> EventRow:
    """The event without what tells of DAGs that the person may not read: its source, what that said, runs that it made."""
    readable = person.readable()
    if readable is None:
        return row
    event = row.event
    if event.source.dag_id is not None and event.source.dag_id not in readable:
        event = msgspec.structs.replace(event, source=EventSource(), extra={})
    return EventRow(event, [run for run in row.runs if run.dag_id in readable])


def state_without_unreadable(row: AssetState, person: Person) -> AssetState:
    """One key of an asset's state without who wrote it, when that was a task of a DAG that the person may not read."""
    readable = person.readable()
    if readable is None or row.dag_id is None or row.dag_id in readable:
        return row
    return msgspec.structs.replace(row, dag_id=None, run_id=None, task_id=None, map_index=None)


def _only(references: list[Reference], readable: Collection[str]) -> list[Reference]:
    return [reference for reference in references if reference.dag_id in readable]
