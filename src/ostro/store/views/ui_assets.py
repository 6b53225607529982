"""Assets as the web page shows them: lists in any order, and who makes what of what."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t
from ostro.store.views import rest_assets
from ostro.store.views.filters import Columns, Condition, Page, ordered, paged, where

_a, _e, _p, _d = t.asset.c, t.asset_event.c, t.asset_partition.c, t.dag.c
_last = sa.select(sa.func.max(_e.at, type_=_e.at.type)).where(_e.asset_id == _a.id).scalar_subquery()

COLUMNS: Columns = {
    "name": _a.name,
    "uri": _a.uri,
    "group": _a.group_name,
    "last_event": _last,
    "created_at": _a.created_at,
    #: What a search looks through.
    "text": _a.name + " " + _a.uri,
}


class Tie(msgspec.Struct, frozen=True):
    """One step of a lineage: from what, to what. An end is (kind, key, label): "dag", "asset" or "alias".

    Between two DAGs: `role` "trigger" = a task of the source starts the target, "sensor" = a task of the target waits for
    the source; `task` names it.
    """

    source: tuple[str, str, str]
    target: tuple[str, str, str]
    role: str = ""
    task: str = ""


class PartitionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A partition key of a DAG: of a run to come, or of the run that it became."""

    id: int
    dag_id: str
    partition_key: str
    partition_date: datetime | None
    created_at: datetime
    updated_at: datetime
    run_id: str | None
    run_state: str | None
    received: int


def list_assets(
    tx: Connection,
    conditions: Iterable[Condition],
    page: Page,
    *,
    only_active: bool,
    readable: Collection[str] | None,
) -> tuple[list[rest_assets.AssetRow], int]:
    """A page of assets, and the number of all that match. `readable`: those that one of these DAGs names."""
    query = sa.select(_a.id).where(*where(COLUMNS, conditions), *_visible(only_active, readable))
    ids, total = paged(tx, ordered(query, COLUMNS, page, _a.id), page, lambda row: row.id)
    return rest_assets.load_assets(tx, ids), total


def groups(tx: Connection, *, only_active: bool, readable: Collection[str] | None) -> dict[str, int]:
    """Number of assets by group."""
    query = sa.select(_a.group_name, sa.func.count()).where(*_visible(only_active, readable))
    return {row[0]: row[1] for row in tx.execute(query.group_by(_a.group_name).order_by(_a.group_name))}


def _visible(only_active: bool, readable: Collection[str] | None) -> list[Any]:
    found: list[Any] = [_a.is_active.is_(True)] if only_active else []
    return found if readable is None else [*found, rest_assets.named_by(readable)]


def lineage(tx: Connection, readable: Collection[str] | None) -> list[Tie]:
    """What DAGs make and read, what they are scheduled on, and what is behind aliases; of files that are there."""
    k, r, s, x, m = (
        t.task_asset.c, t.task_asset_ref.c, t.dag_schedule_asset.c, t.asset_alias.c, t.asset_alias_member.c,
    )  # fmt: skip
    f, y = t.dag_schedule_ref.c, t.dag_schedule_alias.c
    named = sa.or_(sa.and_(r.kind == "name", r.text == _a.name), sa.and_(r.kind == "uri", r.text == _a.uri))
    heard = sa.or_(sa.and_(f.kind == "name", f.text == _a.name), sa.and_(f.kind == "uri", f.text == _a.uri))
    is_there = [_d.is_stale.is_(False), *([] if readable is None else [_d.dag_id.in_(list(readable))])]
    dag, asset, alias = (_d.dag_id, _d.display_name), (_a.id, _a.name), (x.id, x.name)
    tasks = sa.select(*dag, *asset, k.is_outlet).join(t.task_asset, k.dag_id == _d.dag_id)
    references = sa.select(*dag, *asset, r.is_outlet).join(t.task_asset_ref, r.dag_id == _d.dag_id)
    scheduled = sa.select(*dag, *asset).join(t.dag_schedule_asset, s.dag_id == _d.dag_id)
    by_reference = sa.select(*dag, *asset).join(t.dag_schedule_ref, f.dag_id == _d.dag_id)
    by_alias = sa.select(*dag, *alias).join(t.dag_schedule_alias, y.dag_id == _d.dag_id)
    found: dict[Tie, None] = {}
    for query in (
        tasks.join(t.asset, _a.id == k.asset_id),
        references.join(t.asset, sa.and_(named, _a.is_active.is_(True))),
    ):
        for dag_id, label, asset_id, name, is_outlet in tx.execute(query.where(*is_there).distinct()):
            ends = _end("dag", dag_id, label), _end("asset", asset_id, name)
            found[Tie(*(ends if is_outlet else ends[::-1]))] = None
    for query in (
        scheduled.join(t.asset, _a.id == s.asset_id),
        by_reference.join(t.asset, sa.and_(heard, _a.is_active.is_(True))),
    ):
        for dag_id, label, asset_id, name in tx.execute(query.where(*is_there)):
            found[Tie(_end("asset", asset_id, name), _end("dag", dag_id, label))] = None
    listened = set()
    for dag_id, label, alias_id, name in tx.execute(
        by_alias.join(t.asset_alias, x.id == y.alias_id).where(*is_there)
    ):
        listened.add(alias_id)
        found[Tie(_end("alias", alias_id, name), _end("dag", dag_id, label))] = None
    members = (
        sa.select(*asset, *alias).join(t.asset_alias_member, m.asset_id == _a.id).join(t.asset_alias, x.id == m.alias_id)
    )  # fmt: skip
    seen = {end for tie in found for end in (tie.source, tie.target)}
    for asset_id, name, alias_id, alias_name in tx.execute(members):
        # What only DAGs name that may not be read is not told.
        if alias_id in listened and (readable is None or _end("asset", asset_id, name) in seen):
            found[Tie(_end("asset", asset_id, name), _end("alias", alias_id, alias_name))] = None
    return sorted(found, key=lambda tie: (tie.source, tie.target))


def labels_of(tx: Connection, readable: Collection[str] | None) -> dict[str, str]:
    """Names of the DAGs whose file is there, by DAG id."""
    query = sa.select(_d.dag_id, _d.display_name).where(_d.is_stale.is_(False))
    if readable is not None:
        query = query.where(_d.dag_id.in_(list(readable)))
    return {dag_id: name or dag_id for dag_id, name in tx.execute(query)}


def _end(kind: str, key: object, label: str) -> tuple[str, str, str]:
    return kind, str(key), label or str(key)


def ids_of(tx: Connection, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Ids of assets by name and URI."""
    if not keys:
        return {}
    query = sa.select(_a.name, _a.uri, _a.id).where(_a.name.in_(sorted({name for name, _ in keys})))
    return {(name, uri): id_ for name, uri, id_ in tx.execute(query) if (name, uri) in keys}


def list_partitions(
    tx: Connection,
    page: Page,
    *,
    dag_id: str | None = None,
    partition_key: str | None = None,
    has_run: bool | None = None,
    readable: Collection[str] | None = None,
) -> tuple[list[PartitionRow], int]:
    """A page of partition keys, those that were opened last first, and the number of all that match."""
    r, v = t.dag_run.c, t.asset_partition_event.c
    clauses: list[Any] = []
    if dag_id is not None:
        clauses.append(_p.dag_id == dag_id)
    if partition_key is not None:
        clauses.append(_p.partition_key == partition_key)
    if has_run is not None:
        clauses.append(_p.run.is_not(None) if has_run else _p.run.is_(None))
    if readable is not None:
        clauses.append(_p.dag_id.in_(list(readable)))
    received = sa.select(sa.func.count()).where(v.partition_id == _p.id).scalar_subquery()
    query = (
        sa.select(
            _p.id, _p.dag_id, _p.partition_key, _p.partition_date, _p.created_at, _p.updated_at, r.run_id,
            r.state.label("run_state"), received.label("received"),
        )
        .select_from(t.asset_partition.outerjoin(t.dag_run, r.id == _p.run))
        .where(*clauses)
        .order_by(_p.id.desc())
    )  # fmt: skip
    return paged(tx, query, page, lambda row: PartitionRow(**row._asdict()))
