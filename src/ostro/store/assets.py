"""Events of assets: written, and told to the DAGs that listen (`store.asset_queue`); and the assets themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import asset_queue
from ostro.store import tables as t
from ostro.store.driver import execute, fetch, moment_in
from ostro.store.types import clean_text, to_json


class EventSource(msgspec.Struct, frozen=True, kw_only=True):
    """Who made an event: a task instance. All None for events from outside."""

    dag_id: str | None = None
    task_id: str | None = None
    run_id: str | None = None
    map_index: int = -1


class Recorded(msgspec.Struct, frozen=True):
    """An event that was written, and the DAGs in whose queue it is: the scheduler is to look at them."""

    id: int
    asset_id: int
    dag_ids: list[str]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event as a run or a task reads it."""

    id: int
    asset_id: int
    name: str
    uri: str
    group: str
    extra: dict[str, Any]
    at: datetime
    source: EventSource
    aliases: tuple[str, ...] = ()
    partition_key: str | None = None


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Events of an asset (its name, URI or both), or of all assets behind an alias. `after` and `before` are inclusive, as
    Airflow's."""

    name: str = ""
    uri: str = ""
    alias: str = ""
    after: datetime | None = None
    before: datetime | None = None
    partition_key: str | None = None


#: Where an event comes from that no task made.
FROM_OUTSIDE = EventSource()

_FIND = "SELECT id FROM asset WHERE name = ? AND uri = ?"
_FIND_ACTIVE = {
    "name": "SELECT id FROM asset WHERE is_active AND name = ?",
    "uri": "SELECT id FROM asset WHERE is_active AND uri = ?",
}
_INSERT_ASSET = (
    "INSERT INTO asset (name, uri, group_name, extra, is_active, created_at, updated_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name, uri) DO UPDATE SET updated_at = excluded.updated_at RETURNING id"
)
_INSERT_ALIAS = (
    "INSERT INTO asset_alias (name, group_name) VALUES (?, ?)"
    " ON CONFLICT (name) DO UPDATE SET group_name = excluded.group_name RETURNING id"
)
_FIND_ALIAS = "SELECT id, group_name FROM asset_alias WHERE name = ?"
_MEMBER = "INSERT INTO asset_alias_member (alias_id, asset_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
_EVENT = (
    "INSERT INTO asset_event (asset_id, extra, source_dag_id, source_task_id, source_run_id, source_map_index, at,"
    " partition_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"
)
_EVENT_ALIAS = "INSERT INTO asset_event_alias (event_id, alias_id) VALUES (?, ?) ON CONFLICT DO NOTHING"


# ---- events ----------------------------------------------------------------------------------------------------------


def record_event(
    tx: Connection,
    *,
    name: str,
    uri: str,
    at: datetime,
    extra: Mapping[str, Any] | None = None,
    source: EventSource = FROM_OUTSIDE,
    partition_key: str | None = None,
    aliases: Sequence[str] = (),
    group: str = "asset",
    asset_extra: Mapping[str, Any] | None = None,
) -> Recorded | None:
    """Write an event of the asset with this name and URI, and queue it for the DAGs that listen.

    An empty name or URI stands for the active asset that has the other. `aliases`: it was put behind these; then an
    asset that is not known is made, with `group` and `asset_extra`. None when there is no such asset. The scheduler hears of `Recorded.dag_ids` from
    the caller. Moments are aware.
    """
    asset_id = find(tx, name=name, uri=uri)
    if asset_id is None and aliases and name and uri:
        asset_id = make(tx, name=name, uri=uri, group=group, at=at, extra=asset_extra)
    if asset_id is None:
        return None
    put = moment_in(tx)
    text = to_json(extra) if extra else None
    by = (_clean(source.dag_id), _clean(source.task_id), _clean(source.run_id), source.map_index)
    row = (
        asset_id,
        None if text is None else clean_text(text),
        *by,
        put(at),
        _clean(partition_key),
    )
    event_id = int(execute(tx, _EVENT, row).fetchall()[0][0])
    for alias in dict.fromkeys(aliases):
        alias_id = ensure_alias(tx, alias)
        execute(tx, _MEMBER, (alias_id, asset_id))
        execute(tx, _EVENT_ALIAS, (event_id, alias_id))
    told = asset_queue.put(tx, event_id, asset_id, at=at, partitioned=partition_key is not None)
    return Recorded(event_id, asset_id, told)


def find(tx: Connection, *, name: str = "", uri: str = "") -> int | None:
    """The asset with this name and URI; with one of them only: the active asset that has it."""
    if name and uri:
        rows = fetch(tx, _FIND, (clean_text(name), clean_text(uri)))
    else:
        rows = fetch(tx, _FIND_ACTIVE["name" if name else "uri"], (clean_text(name or uri),))
    return int(rows[0][0]) if rows else None


def key_of(tx: Connection, asset_id: int) -> tuple[str, str] | None:
    """Name and URI of an asset; None for an unknown one."""
    rows = fetch(tx, "SELECT name, uri FROM asset WHERE id = ?", (asset_id,))
    return (rows[0][0], rows[0][1]) if rows else None


def last_ids(tx: Connection) -> tuple[int, int]:
    """The ids of the asset and of the alias that were made last; 0 for none."""
    found = fetch(
        tx, "SELECT coalesce(max(id), 0) FROM asset UNION ALL SELECT coalesce(max(id), 0) FROM asset_alias"
    )
    return int(found[0][0]), int(found[1][0])


def made_since(
    tx: Connection, last: tuple[int, int], at: datetime
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Assets that were made at this moment and aliases that were made, both with ids beyond these, in their order.

    The moment tells what this transaction made from what another engine made.
    """
    a, x = t.asset.c, t.asset_alias.c
    assets = tx.execute(
        sa.select(a.name, a.uri, a.group_name, a.extra)
        .where(a.id > last[0], a.created_at == at)
        .order_by(a.id)
    )
    aliases = tx.execute(sa.select(x.name, x.group_name).where(x.id > last[1]).order_by(x.id))
    return (
        [
            {"name": row.name, "uri": row.uri, "group": row.group_name, "extra": row.extra or {}}
            for row in assets
        ],
        [{"name": row.name, "group": row.group_name} for row in aliases],
    )


def producing_dags(tx: Connection, asset_id: int) -> list[str]:
    """DAGs that a file holds, with a task that makes the asset."""
    k, d = task_assets([asset_id]).subquery().c, t.dag.c
    query = (
        sa.select(k.dag_id)
        .join(t.dag, d.dag_id == k.dag_id)
        .where(k.is_outlet.is_(True), d.is_stale.is_(False))
        .distinct()
        .order_by(k.dag_id)
    )
    return list(tx.execute(query).scalars())


def task_assets(asset_ids: Sequence[int]) -> sa.Select[Any]:
    """Which tasks make or read these assets, which they name in full or by reference: asset_id, dag_id, task_id, is_outlet,
    created_at, updated_at. A reference means the active asset of its name or URI."""
    k, r, a, ids = t.task_asset.c, t.task_asset_ref.c, t.asset.c, list(asset_ids)
    same = sa.or_(sa.and_(r.kind == "name", r.text == a.name), sa.and_(r.kind == "uri", r.text == a.uri))
    full = sa.select(k.asset_id, k.dag_id, k.task_id, k.is_outlet, k.created_at, k.updated_at)
    by_reference = sa.select(a.id, r.dag_id, r.task_id, r.is_outlet, r.created_at, r.updated_at).join(
        t.asset, sa.and_(same, a.is_active.is_(True))
    )
    both = sa.union_all(full.where(k.asset_id.in_(ids)), by_reference.where(a.id.in_(ids))).subquery().c
    # A task may name it in several ways.
    key = (both.asset_id, both.dag_id, both.task_id, both.is_outlet)
    first = sa.func.min(both.created_at, type_=both.created_at.type).label("created_at")
    last = sa.func.max(both.updated_at, type_=both.updated_at.type).label("updated_at")
    return sa.select(*key, first, last).group_by(*key)


def make(
    tx: Connection, *, name: str, uri: str, group: str, at: datetime, extra: Mapping[str, Any] | None = None
) -> int:
    """The asset with this name and URI, made when it is new; active unless another active one has its name or URI."""
    moment = moment_in(tx)(at)
    text = to_json(extra) if extra else None
    free = not fetch(
        tx,
        "SELECT 1 FROM asset WHERE is_active AND (name = ? OR uri = ?)",
        (clean_text(name), clean_text(uri)),
    )
    values = (clean_text(name), clean_text(uri), clean_text(group), text, free, moment, moment)
    return int(execute(tx, _INSERT_ASSET, values).fetchall()[0][0])


def ensure_alias(tx: Connection, name: str, group: str | None = None) -> int:
    """The alias of this name, made when it is new."""
    text = clean_text(name)
    rows = fetch(tx, _FIND_ALIAS, (text,))
    if rows and (group is None or rows[0][1] == group):
        return int(rows[0][0])
    return int(execute(tx, _INSERT_ALIAS, (text, clean_text(group or "asset"))).fetchall()[0][0])


def load_events(tx: Connection, ids: Iterable[int]) -> list[Event]:
    """These events, oldest first."""
    wanted = sorted(set(ids))
    found: list[Event] = []
    for start in range(0, len(wanted), 500):
        found += _events(tx, t.asset_event.c.id.in_(wanted[start : start + 500]))
    return sorted(found, key=lambda e: (e.at, e.id))


def events_of(
    tx: Connection,
    chosen: Choice,
    *,
    ascending: bool = True,
    limit: int | None = None,
    beyond: tuple[datetime, int] | None = None,
) -> list[Event]:
    """Events by time; at most `limit` from that end, or after the one with this moment and id."""
    e = t.asset_event.c
    where = _chosen(chosen)
    if beyond is not None:
        at, id_ = beyond
        # The first part is what an index can be searched by.
        if ascending:
            where += [e.at >= at, sa.or_(e.at > at, e.id > id_)]
        else:
            where += [e.at <= at, sa.or_(e.at < at, e.id < id_)]
    return _events(tx, *where, ascending=ascending, limit=limit)


def count_events(tx: Connection, chosen: Choice) -> int:
    """How many events there are."""
    e, a = t.asset_event.c, t.asset.c
    query = sa.select(sa.func.count()).select_from(t.asset_event).join(t.asset, a.id == e.asset_id)
    return int(tx.execute(query.where(*_chosen(chosen))).scalar_one())


def _chosen(chosen: Choice) -> list[Any]:
    e, a = t.asset_event.c, t.asset.c
    where: list[Any] = []
    if chosen.alias:
        x = t.asset_event_alias.c
        alias_id = sa.select(t.asset_alias.c.id).where(t.asset_alias.c.name == chosen.alias).scalar_subquery()
        where.append(sa.exists().where(x.event_id == e.id, x.alias_id == alias_id))
    else:
        if chosen.name:
            where.append(a.name == chosen.name)
        if chosen.uri:
            where.append(a.uri == chosen.uri)
        if not (chosen.name and chosen.uri):
            where.append(a.is_active.is_(True))
    if chosen.after is not None:
        where.append(e.at >= chosen.after)
    if chosen.before is not None:
        where.append(e.at <= chosen.before)
    if chosen.partition_key is not None:
        where.append(e.partition_key == chosen.partition_key)
    return where


def _events(tx: Connection, *where: Any, ascending: bool = True, limit: int | None = None) -> list[Event]:
    e, a = t.asset_event.c, t.asset.c
    order = (e.at, e.id) if ascending else (e.at.desc(), e.id.desc())
    query = (
        sa.select(
            e.id, e.asset_id, a.name, a.uri, a.group_name, e.extra, e.at, e.source_dag_id, e.source_task_id,
            e.source_run_id, e.source_map_index, e.partition_key,
        )
        .join(t.asset, a.id == e.asset_id)
        .where(*where)
        .order_by(*order)
        .limit(limit)
    )  # fmt: skip
    rows = tx.execute(query).all()
    aliases = _aliases(tx, [row.id for row in rows])
    return [
        Event(
            id=row.id,
            asset_id=row.asset_id,
            name=row.name,
            uri=row.uri,
            group=row.group_name,
            extra=row.extra or {},
            at=row.at,
            source=EventSource(
                dag_id=row.source_dag_id,
                task_id=row.source_task_id,
                run_id=row.source_run_id,
                map_index=row.source_map_index,
            ),
            aliases=aliases.get(row.id, ()),
            partition_key=row.partition_key,
        )
        for row in rows
    ]


def _aliases(tx: Connection, event_ids: list[int]) -> dict[int, tuple[str, ...]]:
    x, a = t.asset_event_alias.c, t.asset_alias.c
    found: dict[int, tuple[str, ...]] = {}
    for start in range(0, len(event_ids), 500):
        query = (
            sa.select(x.event_id, a.name)
            .join(t.asset_alias, a.id == x.alias_id)
            .where(x.event_id.in_(event_ids[start : start + 500]))
            .order_by(x.event_id, a.name)
        )
        for event_id, name in tx.execute(query):
            found[event_id] = (*found.get(event_id, ()), name)
    return found


# ---- events of runs ---------------------------------------------------------------------------------------------------


def consumed(tx: Connection, run: int, *, limit: int, beyond: int = 0) -> list[Event]:
    """Events that a run consumed, in the order of their ids; at most `limit` after the one with this id."""
    x = t.asset_run_event.c
    query = sa.select(x.event_id).where(x.run == run, x.event_id > beyond).order_by(x.event_id).limit(limit)
    return sorted(load_events(tx, tx.execute(query).scalars()), key=lambda e: e.id)


# ---- what a condition speaks of ------------------------------------------------------------------------------------------


def members(tx: Connection, aliases: Iterable[str]) -> dict[str, set[tuple[str, str]]]:
    """Per alias: name and URI of the assets behind it."""
    names = sorted(set(aliases))
    if not names:
        return {}
    x, m, a = t.asset_alias.c, t.asset_alias_member.c, t.asset.c
    query = (
        sa.select(x.name, a.name, a.uri)
        .join(t.asset_alias_member, m.alias_id == x.id)
        .join(t.asset, a.id == m.asset_id)
        .where(x.name.in_(names))
    )
    found: dict[str, set[tuple[str, str]]] = {}
    for alias, name, uri in tx.execute(query):
        found.setdefault(alias, set()).add((name, uri))
    return found


def load_assets(
    tx: Connection, keys: Iterable[tuple[str, str]]
) -> list[tuple[str, str, str, dict[str, Any]] | None]:
    """Per (name, URI): name, URI, group and extra of the active asset, None when there is none; an empty text stands for any."""
    a = t.asset.c
    found = []
    for name, uri in keys:
        where: list[Any] = [a.is_active.is_(True)]
        if name:
            where.append(a.name == name)
        if uri:
            where.append(a.uri == uri)
        row = tx.execute(sa.select(a.name, a.uri, a.group_name, a.extra).where(*where).limit(1)).first()
        found.append(None if row is None else (row.name, row.uri, row.group_name, row.extra or {}))
    return found


def _clean(text: str | None) -> str | None:
    return None if text is None else clean_text(text)
