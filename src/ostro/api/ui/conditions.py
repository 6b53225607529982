"""The condition of a DAG that is scheduled on assets as a tree with ticks, and what its partitions have got so far."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from ostro.api.ui.models import Struct
from ostro.rules.assets import Key, Updated, aliases_of, assets_of, holds
from ostro.store import asset_queue, assets, partitions
from ostro.store.asset_queue import Queued
from ostro.store.views import ui_assets
from ostro.timetable import decode
from ostro.timetable.foreign import ForeignMapper
from ostro.timetable.mappers import satisfaction
from ostro.timetable.partitioned import PartitionedAssetTimetable


class Part(Struct, frozen=True, kw_only=True):
    """A part of a condition. `kind`: all, any, asset, alias, asset_ref."""

    kind: str
    name: str = ""
    uri: str = ""
    #: Of an asset that is known.
    asset_id: int | None = None
    is_met: bool
    #: When the event came that meets it.
    at: datetime | None = None
    parts: list[Part] = []


class Received(Struct, frozen=True, kw_only=True):
    """What a partition has got of one asset. `required`: None where one event is enough; `is_met`: None = only its author's
    code could tell."""

    asset_id: int | None
    name: str
    uri: str
    received: int
    required: int | None
    keys: list[str]
    missing: list[str]
    is_met: bool | None


def ticked(tx: Any, dag_id: str, condition: Mapping[str, Any]) -> Part:
    """The condition with what is in the DAG's queue now."""
    queue = asset_queue.load(tx, dag_id)
    names = aliases_of(condition)
    behind = assets.members(tx, names) if names else {}
    known = ui_assets.ids_of(tx, assets_of(condition) | {q.key for q in queue})
    return _part(condition, queue, Updated([q.key for q in queue], behind), behind, known)


def _part(
    condition: Mapping[str, Any],
    queue: Sequence[Queued],
    updated: Updated,
    behind: Mapping[str, Collection[Key]],
    known: Mapping[Key, int],
) -> Part:
    ((kind, data),) = condition.items()
    is_met = holds(condition, updated)
    if kind in ("all", "any"):
        parts = [_part(one, queue, updated, behind, known) for one in data]
        return Part(kind=kind, is_met=is_met, parts=parts)
    name, uri = data.get("name") or "", data.get("uri") or ""
    came = [q for q in queue if _is_meant(kind, name, uri, q.key, behind)]
    asset_id = known.get((name, uri)) if kind == "asset" else (came[0].asset_id if came else None)
    at = min((q.created_at for q in came), default=None)
    return Part(kind=kind, name=name, uri=uri, asset_id=asset_id, is_met=is_met, at=at)


def _is_meant(kind: str, name: str, uri: str, key: Key, behind: Mapping[str, Collection[Key]]) -> bool:
    if kind == "alias":
        return key in behind.get(name, ())
    if kind == "asset":
        return key == (name, uri)
    return key[0] == name if name else key[1] == uri


def received(
    tx: Any, dag_id: str, partition_id: int, timetable: Any, condition: Mapping[str, Any]
) -> list[Received]:
    """Asset by asset what an open partition has got. `timetable`: as the DAG's spec has it."""
    found = partitions.open_with_arrived(tx, dag_id, only=[partition_id])
    if not found:
        return []
    ((one, arrived),) = found
    mappers = decode(timetable)
    assert isinstance(mappers, PartitionedAssetTimetable)
    by_asset: dict[Key, set[str]] = {key: set() for key in sorted(assets_of(condition))}
    for event in arrived:
        by_asset.setdefault(event.asset, set()).add(event.source_key)
    known = ui_assets.ids_of(tx, by_asset.keys())
    rows = []
    for key, source_keys in by_asset.items():
        mapper: Any = mappers.get_partition_mapper(name=key[0], uri=key[1])
        required: int | None = None
        missing: list[str] = []
        is_met: bool | None = bool(source_keys)
        if isinstance(mapper, ForeignMapper):
            is_met = None
        elif mapper.is_rollup:
            expected = {str(k) for k in mapper.to_upstream(one.key)}
            required, missing = len(expected), sorted(expected - source_keys)
            is_met = satisfaction(mapper, one.key, source_keys).satisfied
        rows.append(
            Received(
                asset_id=known.get(key),
                name=key[0],
                uri=key[1],
                received=len(source_keys),
                required=required,
                keys=sorted(source_keys),
                missing=missing,
                is_met=is_met,
            )
        )
    return rows
