"""Assets, aliases, events and queues as the REST API shows them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import assets
from ostro.store import tables as t
from ostro.store.assets import Event
from ostro.store.views.filters import Columns, Condition, Page, ordered, paged, where


class Reference(msgspec.Struct, frozen=True):
    """A DAG that is scheduled on an asset, or a task that makes or reads it."""

    dag_id: str
    task_id: str
    created_at: datetime
    updated_at: datetime


class AliasRow(msgspec.Struct, frozen=True):
    """An alias."""

    id: int
    name: str
    group: str


class AssetRow(msgspec.Struct, frozen=True, kw_only=True):
    """An asset and who has to do with it."""

    id: int
    name: str
    uri: str
    group: str
    extra: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    scheduled: list[Reference]
    producing: list[Reference]
    consuming: list[Reference]
    aliases: list[AliasRow]
    last_event: tuple[int, datetime] | None


class CreatedRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that consumed an event; `triggering`: it was the latest that the run consumed."""

    run_id: str
    dag_id: str
    logical_date: datetime | None
    start_date: datetime | None
    end_date: datetime | None
    state: str
    data_interval_start: datetime | None
    data_interval_end: datetime | None
    partition_key: str | None
    triggering: bool


class EventRow(msgspec.Struct, frozen=True):
    """An event and the runs that it made."""

    event: Event
    runs: list[CreatedRun]


class QueuedRow(msgspec.Struct, frozen=True):
    """An asset of which a DAG has events in its queue."""

    dag_id: str
    asset_id: int
    created_at: datetime
    dag_display_name: str


_a, _e, _q, _x = t.asset.c, t.asset_event.c, t.asset_queue.c, t.asset_alias.c
ASSETS: Columns = {
    "id": _a.id,
    "name": _a.name,
    "uri": _a.uri,
    "created_at": _a.created_at,
    "updated_at": _a.updated_at,
}
ALIASES: Columns = {"id": _x.id, "name": _x.name}
EVENTS: Columns = {
    "id": _e.id,
    "asset_id": _e.asset_id,
    "name": _a.name,
    "source_dag_id": _e.source_dag_id,
    "source_task_id": _e.source_task_id,
    "source_run_id": _e.source_run_id,
    "source_map_index": _e.source_map_index,
    "partition_key": _e.partition_key,
    "timestamp": _e.at,
}


def list_assets(
    tx: Connection,
    conditions: Iterable[Condition],
    page: Page,
    *,
    only_active: bool = True,
    dag_ids: Sequence[str] = (),
    readable: Collection[str] | None = None,
) -> tuple[list[AssetRow], int]:
    """A page of assets, and the number of all that match. `dag_ids`, `readable`: those that one of these DAGs names."""
    clauses: list[Any] = where(ASSETS, conditions)
    if only_active:
        clauses.append(_a.is_active.is_(True))
    if dag_ids:
        clauses.append(named_by(dag_ids))
    if readable is not None:
        clauses.append(named_by(readable))
    query = ordered(sa.select(_a.id).where(*clauses), ASSETS, page, _a.id)
    ids, total = paged(tx, query, page, lambda row: row.id)
    return load_assets(tx, ids), total


def is_named_by(tx: Connection, asset_id: int, dag_ids: Collection[str]) -> bool:
    """Whether one of these DAGs is scheduled on the asset, makes or reads it."""
    return tx.execute(sa.select(_a.id).where(_a.id == asset_id, named_by(dag_ids))).first() is not None


def named_by(dag_ids: Collection[str]) -> sa.ColumnElement[bool]:
    """Whether one of these DAGs is scheduled on the asset of the statement, makes or reads it."""
    s, k, r = t.dag_schedule_asset.c, t.task_asset.c, t.task_asset_ref.c
    names = list(dag_ids)
    return sa.or_(
        sa.exists().where(s.asset_id == _a.id, s.dag_id.in_(names)),
        sa.exists().where(k.asset_id == _a.id, k.dag_id.in_(names)),
        sa.exists().where(r.kind == "name", r.text == _a.name, r.dag_id.in_(names)),
        sa.exists().where(r.kind == "uri", r.text == _a.uri, r.dag_id.in_(names)),
    )


def _alias_named_by(dag_ids: Collection[str] | None) -> list[sa.ColumnElement[bool]]:
    if dag_ids is None:
        return []
    s, m = t.dag_schedule_alias.c, t.asset_alias_member.c
    scheduled = sa.exists().where(s.alias_id == _x.id, s.dag_id.in_(list(dag_ids)))
    behind = sa.exists().where(m.alias_id == _x.id, _a.id == m.asset_id, named_by(dag_ids))
    return [sa.or_(scheduled, behind)]


def load_assets(tx: Connection, ids: Sequence[int]) -> list[AssetRow]:
    """These assets, in this order; missing ones are left out."""
    if not ids:
        return []
    rows = {row.id: row for row in tx.execute(sa.select(t.asset).where(_a.id.in_(list(ids))))}
    s, k = t.dag_schedule_asset.c, assets.task_assets(ids).subquery().c
    scheduled = _grouped(
        tx,
        sa.select(s.asset_id, s.dag_id, sa.literal("").label("task_id"), s.created_at, s.updated_at),
        s,
        ids,
    )
    tasks = sa.select(k.asset_id, k.dag_id, k.task_id, k.created_at, k.updated_at)
    producing = _grouped(tx, tasks.where(k.is_outlet.is_(True)), k, ids)
    consuming = _grouped(tx, tasks.where(k.is_outlet.is_(False)), k, ids)
    aliases: dict[int, list[AliasRow]] = {}
    m = t.asset_alias_member.c
    members = sa.select(m.asset_id, _x.id, _x.name, _x.group_name).join(t.asset_alias, _x.id == m.alias_id)
    for asset_id, *alias in tx.execute(members.where(m.asset_id.in_(list(ids))).order_by(_x.name)):
        aliases.setdefault(asset_id, []).append(AliasRow(*alias))
    last = _last_events(tx, ids)
    return [
        AssetRow(
            id=row.id,
            name=row.name,
            uri=row.uri,
            group=row.group_name,
            extra=row.extra or {},
            created_at=row.created_at,
            updated_at=row.updated_at,
            scheduled=scheduled.get(row.id, []),
            producing=producing.get(row.id, []),
            consuming=consuming.get(row.id, []),
            aliases=aliases.get(row.id, []),
            last_event=last.get(row.id),
        )
        for row in (rows[i] for i in ids if i in rows)
    ]


def _grouped(tx: Connection, query: Any, columns: Any, ids: Sequence[int]) -> dict[int, list[Reference]]:
    found: dict[int, list[Reference]] = {}
    for asset_id, *reference in tx.execute(
        query.where(columns.asset_id.in_(list(ids))).order_by(columns.dag_id)
    ):
        found.setdefault(asset_id, []).append(Reference(*reference))
    return found


def _last_events(tx: Connection, ids: Sequence[int]) -> dict[int, tuple[int, datetime]]:
    latest = (
        sa.select(_e.id)
        .where(_e.asset_id == _a.id)
        .order_by(_e.at.desc(), _e.id.desc())
        .limit(1)
        .correlate(t.asset)
        .scalar_subquery()
    )
    query = sa.select(_a.id, _e.id, _e.at).join(t.asset_event, _e.id == latest).where(_a.id.in_(list(ids)))
    return {asset_id: (event_id, at) for asset_id, event_id, at in tx.execute(query)}


def list_aliases(
    tx: Connection, conditions: Iterable[Condition], page: Page, *, readable: Collection[str] | None = None
) -> tuple[list[AliasRow], int]:
    """A page of aliases, and the number of all that match. `readable`: those that one of these DAGs has to do with."""
    clauses = [*where(ALIASES, conditions), *_alias_named_by(readable)]
    query = sa.select(_x.id, _x.name, _x.group_name).where(*clauses)
    return paged(tx, ordered(query, ALIASES, page, _x.id), page, lambda row: AliasRow(*row))


def get_alias(tx: Connection, alias_id: int, *, readable: Collection[str] | None = None) -> AliasRow | None:
    """One alias; `readable` as in `list_aliases`."""
    query = sa.select(_x.id, _x.name, _x.group_name).where(_x.id == alias_id, *_alias_named_by(readable))
    row = tx.execute(query).one_or_none()
    return None if row is None else AliasRow(*row)


def assets_behind(tx: Connection, alias: str) -> list[int]:
    """The assets behind an alias."""
    m = t.asset_alias_member.c
    query = sa.select(m.asset_id).join(t.asset_alias, _x.id == m.alias_id).where(_x.name == alias)
    return list(tx.execute(query.order_by(m.asset_id)).scalars())


def list_events(
    tx: Connection, conditions: Iterable[Condition], page: Page, *, readable: Collection[str] | None = None
) -> tuple[list[EventRow], int]:
    """A page of events, and the number of all that match. `readable`: of assets that one of these DAGs names."""
    clauses = where(EVENTS, conditions)
    if readable is not None:
        clauses.append(named_by(readable))
    query = sa.select(_e.id).join(t.asset, _a.id == _e.asset_id).where(*clauses)
    ids, total = paged(tx, ordered(query, EVENTS, page, _e.id), page, lambda row: row.id)
    return load_events(tx, ids), total


def load_events(tx: Connection, ids: Sequence[int]) -> list[EventRow]:
    """These events with the runs that consumed them, in this order."""
    events = {event.id: event for event in assets.load_events(tx, ids)}
    runs = _created_runs(tx, ids)
    return [EventRow(events[i], runs.get(i, [])) for i in ids if i in events]


def events_of_run(tx: Connection, run: int) -> list[EventRow]:
    """The events that a run consumed, oldest first."""
    x = t.asset_run_event.c
    ids = tx.execute(
        sa.select(x.event_id)
        .join(t.asset_event, _e.id == x.event_id)
        .where(x.run == run)
        .order_by(_e.at, _e.id)
    )
    return load_events(tx, list(ids.scalars()))


def _created_runs(tx: Connection, ids: Sequence[int]) -> dict[int, list[CreatedRun]]:
    x, r = t.asset_run_event.c, t.dag_run.c
    other = t.asset_run_event.alias("other")
    newest = sa.select(sa.func.max(other.c.event_id)).where(other.c.run == r.id).scalar_subquery()
    # Airflow's clients cannot read an event whose run has no start.
    begin = sa.func.coalesce(r.start_date, r.queued_at, r.run_after)
    query = (
        sa.select(
            x.event_id, r.run_id, r.dag_id, r.logical_date, begin.label("start_date"), r.end_date, r.state,
            r.data_interval_start, r.data_interval_end, r.partition_key, (x.event_id == newest).label("triggering"),
        )
        .join(t.dag_run, r.id == x.run)
        .where(x.event_id.in_(list(ids)))
        .order_by(x.event_id, r.id)
    )  # fmt: skip
    found: dict[int, list[CreatedRun]] = {}
    for row in tx.execute(query):
        values = row._asdict()
        event_id = values.pop("event_id")
        found.setdefault(event_id, []).append(
            CreatedRun(**{**values, "triggering": bool(values["triggering"])})
        )
    return found


def list_queued(
    tx: Connection,
    *,
    dag_id: str | None = None,
    asset_id: int | None = None,
    before: datetime | None = None,
) -> list[QueuedRow]:
    """What waits in queues: a row for each DAG and asset, with the moment of the first event."""
    first = sa.func.min(_q.created_at, type_=t.asset_queue.c.created_at.type)
    query = (
        sa.select(_q.dag_id, _q.asset_id, first, t.dag.c.display_name)
        .join(t.dag, t.dag.c.dag_id == _q.dag_id)
        .where(*_queued(dag_id, asset_id, before))
        .group_by(_q.dag_id, _q.asset_id, t.dag.c.display_name)
        .order_by(_q.dag_id, _q.asset_id)
    )
    return [QueuedRow(row[0], row[1], row[2], row[3] or row[0]) for row in tx.execute(query)]


def forget_queued(
    tx: Connection,
    *,
    dag_id: str | None = None,
    asset_id: int | None = None,
    before: datetime | None = None,
) -> int:
    """What waits in queues makes no run any more; the next run consumes it. Returns how many rows."""
    return tx.execute(sa.delete(t.asset_queue).where(*_queued(dag_id, asset_id, before))).rowcount


def _queued(dag_id: str | None, asset_id: int | None, before: datetime | None) -> list[Any]:
    clauses: list[Any] = []
    if dag_id is not None:
        clauses.append(_q.dag_id == dag_id)
    if asset_id is not None:
        clauses.append(_q.asset_id == asset_id)
    if before is not None:
        clauses.append(_q.created_at < before)
    return clauses
