"""Which DAG listens to which asset and which task makes or reads it, as the DAG files say; and so which assets are active.

An asset is active while a DAG that some file holds names it, or a task put it behind an alias. Of two assets with one
name, or with one URI, the one that was there first stays active (Airflow's "asset conflict"): tasks that name the other
fail, until the first has gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.spec import DagSpec
from ostro.store import assets
from ostro.store import tables as t
from ostro.store.driver import execute, execute_many, fetch, moment_in

_HAS_ANY = (
    "SELECT 1 FROM dag_schedule_asset WHERE dag_id = ? UNION ALL SELECT 1 FROM dag_schedule_alias WHERE dag_id = ?"
    " UNION ALL SELECT 1 FROM dag_schedule_ref WHERE dag_id = ? UNION ALL SELECT 1 FROM task_asset WHERE dag_id = ?"
    " UNION ALL SELECT 1 FROM task_asset_ref WHERE dag_id = ?"
)


class Named(NamedTuple):
    """An asset as a file names it."""

    name: str
    uri: str
    group: str


class _Found:
    """What one DAG says about assets."""

    def __init__(self, spec: DagSpec) -> None:
        self.scheduled: dict[Named, None] = {}
        self.aliases: dict[str, str] = {}
        self.all_aliases: dict[str, str] = {}
        self.refs: dict[tuple[str, str], None] = {}
        self.tasks: dict[tuple[str, Named, bool], None] = {}
        #: (task, "name" or "uri", text, is an outlet)
        self.task_refs: dict[tuple[str, str, str, bool], None] = {}
        self.extras: dict[Named, Mapping[str, Any]] = {}
        for kind, data in leaves(spec.asset_condition):
            if kind == "asset":
                self.scheduled[_named(data)] = None
            elif kind == "alias":
                self.aliases[data["name"]] = data.get("group") or "asset"
            else:
                self.refs[_kind_and_text(data)] = None
        self.all_aliases.update(self.aliases)
        for task in spec.tasks:
            for is_outlet, references in ((False, task.inlets), (True, task.outlets)):
                for data in references:
                    self._reference(task.task_id, data, is_outlet)

    def _reference(self, task_id: str, data: Mapping[str, Any], is_outlet: bool) -> None:
        if data["type"] == "asset":
            named = _named(data)
            self.tasks[task_id, named, is_outlet] = None
            if data.get("extra"):
                self.extras[named] = data["extra"]
        elif data["type"] == "alias":
            self.all_aliases[data["name"]] = data.get("group") or "asset"
        elif data["type"] == "ref":
            self.task_refs[task_id, *_kind_and_text(data), is_outlet] = None

    def __bool__(self) -> bool:
        return bool(self.scheduled or self.all_aliases or self.refs or self.tasks or self.task_refs)


def leaves(condition: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The assets, aliases and references of a condition: ("asset" | "alias" | "asset_ref", what it says)."""
    for kind, data in (condition or {}).items():
        if kind in ("all", "any"):
            for part in data:
                yield from leaves(part)
        else:
            yield kind, data


def save_references(tx: Connection, spec: DagSpec, now: datetime, *, is_new: bool) -> None:
    """Write what a DAG says about assets, in the place of what it said before."""
    found = _Found(spec)
    known = not is_new and bool(fetch(tx, _HAS_ANY, (spec.dag_id,) * 5))
    if not found and not known:
        return
    before = assets_of(tx, [spec.dag_id]) if known else set()
    ids = {
        named: _asset(tx, named, found.extras.get(named), now)
        for named in {**found.scheduled, **{named: None for _, named, _ in found.tasks}}
    }
    alias_ids = {name: assets.ensure_alias(tx, name, group) for name, group in found.all_aliases.items()}
    _schedules(tx, spec.dag_id, {ids[n] for n in found.scheduled}, now)
    _tasks(tx, spec.dag_id, {(task_id, ids[n], out) for task_id, n, out in found.tasks}, now)
    _task_refs(tx, spec.dag_id, set(found.task_refs), now)
    for table in ("dag_schedule_alias", "dag_schedule_ref"):
        execute(tx, f"DELETE FROM {table} WHERE dag_id = ?", (spec.dag_id,))
    execute_many(
        tx,
        "INSERT INTO dag_schedule_alias (dag_id, alias_id) VALUES (?, ?)",
        [(spec.dag_id, alias_ids[name]) for name in found.aliases],
    )
    execute_many(
        tx,
        "INSERT INTO dag_schedule_ref (dag_id, kind, text) VALUES (?, ?, ?)",
        [(spec.dag_id, kind, text) for kind, text in found.refs],
    )
    _forget_queue(tx, spec.dag_id)
    settle(tx, before | set(ids.values()))


def assets_of(tx: Connection, dag_ids: Iterable[str]) -> set[int]:
    """The assets that these DAGs name."""
    wanted = list(dag_ids)
    s, k = t.dag_schedule_asset.c, t.task_asset.c
    query = sa.union(
        sa.select(s.asset_id).where(s.dag_id.in_(wanted)), sa.select(k.asset_id).where(k.dag_id.in_(wanted))
    )
    return set(tx.execute(query).scalars())


def settle(tx: Connection, asset_ids: Iterable[int]) -> None:
    """Look anew which of these assets are active, and which others may become so in their place."""
    ids = sorted(set(asset_ids))
    if not ids:
        return
    a = t.asset.c
    rivals: set[int] = set()
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        named = _is_named()
        gone = tx.execute(
            sa.update(t.asset)
            .where(a.id.in_(part), a.is_active.is_(True), ~named)
            .values(is_active=False)
            .returning(a.name, a.uri)
        ).all()
        for name, uri in gone:
            rivals.update(tx.execute(sa.select(a.id).where(sa.or_(a.name == name, a.uri == uri))).scalars())
    for asset_id in sorted({*ids, *rivals}):
        _activate(tx, asset_id)


def _activate(tx: Connection, asset_id: int) -> None:
    a, other = t.asset.c, t.asset.alias("other")
    taken = sa.exists().where(
        other.c.is_active.is_(True), sa.or_(other.c.name == a.name, other.c.uri == a.uri), other.c.id != a.id
    )
    tx.execute(
        sa.update(t.asset)
        .where(a.id == asset_id, a.is_active.is_(False), _is_named(), ~taken)
        .values(is_active=True)
    )


def _is_named() -> Any:
    a, d, s, k, m = t.asset.c, t.dag.c, t.dag_schedule_asset.c, t.task_asset.c, t.asset_alias_member.c
    held = d.is_stale.is_(False)
    return sa.or_(
        sa.exists().where(s.asset_id == a.id, d.dag_id == s.dag_id, held),
        sa.exists().where(k.asset_id == a.id, d.dag_id == k.dag_id, held),
        sa.exists().where(m.asset_id == a.id),
    )


def _asset(tx: Connection, named: Named, extra: Mapping[str, Any] | None, now: datetime) -> int:
    found = assets.find(tx, name=named.name, uri=named.uri)
    if found is None:
        return assets.make(tx, name=named.name, uri=named.uri, group=named.group, at=now, extra=extra)
    a = t.asset
    changed: dict[str, Any] = {"group_name": named.group}
    if extra:
        changed["extra"] = dict(extra)
    row = tx.execute(sa.select(a.c.group_name, a.c.extra).where(a.c.id == found)).one()
    if any(getattr(row, name) != value for name, value in changed.items()):
        tx.execute(sa.update(a).where(a.c.id == found).values(updated_at=now, **changed))
    return found


def _schedules(tx: Connection, dag_id: str, wanted: set[int], now: datetime) -> None:
    s = t.dag_schedule_asset
    have = set(tx.execute(sa.select(s.c.asset_id).where(s.c.dag_id == dag_id)).scalars())
    if have - wanted:
        tx.execute(sa.delete(s).where(s.c.dag_id == dag_id, s.c.asset_id.in_(have - wanted)))
    at = moment_in(tx)(now)
    execute_many(
        tx,
        "INSERT INTO dag_schedule_asset (dag_id, asset_id, created_at, updated_at) VALUES (?, ?, ?, ?)",
        [(dag_id, asset_id, at, at) for asset_id in sorted(wanted - have)],
    )


def _tasks(tx: Connection, dag_id: str, wanted: set[tuple[str, int, bool]], now: datetime) -> None:
    k = t.task_asset.c
    rows = tx.execute(sa.select(k.task_id, k.asset_id, k.is_outlet).where(k.dag_id == dag_id))
    have = {(task_id, asset_id, bool(out)) for task_id, asset_id, out in rows}
    execute_many(
        tx,
        "DELETE FROM task_asset WHERE dag_id = ? AND task_id = ? AND asset_id = ? AND is_outlet = ?",
        [(dag_id, *one) for one in have - wanted],
    )
    at = moment_in(tx)(now)
    execute_many(
        tx,
        "INSERT INTO task_asset (dag_id, task_id, asset_id, is_outlet, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
        [(dag_id, *one, at, at) for one in sorted(wanted - have)],
    )


def _task_refs(tx: Connection, dag_id: str, wanted: set[tuple[str, str, str, bool]], now: datetime) -> None:
    k = t.task_asset_ref.c
    rows = tx.execute(sa.select(k.task_id, k.kind, k.text, k.is_outlet).where(k.dag_id == dag_id))
    have = {(task_id, kind, text, bool(out)) for task_id, kind, text, out in rows}
    execute_many(
        tx,
        "DELETE FROM task_asset_ref WHERE dag_id = ? AND task_id = ? AND kind = ? AND text = ? AND is_outlet = ?",
        [(dag_id, *one) for one in have - wanted],
    )
    at = moment_in(tx)(now)
    execute_many(
        tx,
        "INSERT INTO task_asset_ref (dag_id, task_id, kind, text, is_outlet, created_at, updated_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(dag_id, *one, at, at) for one in sorted(wanted - have)],
    )


def _forget_queue(tx: Connection, dag_id: str) -> None:
    """Events of assets that the DAG does not listen to any more make no run of it."""
    q, s, x, y = t.asset_queue.c, t.dag_schedule_asset.c, t.asset_event_alias.c, t.dag_schedule_alias.c
    r, a = t.dag_schedule_ref.c, t.asset.c
    heard = sa.or_(
        sa.exists().where(s.dag_id == q.dag_id, s.asset_id == q.asset_id),
        sa.exists().where(x.event_id == q.event_id, y.alias_id == x.alias_id, y.dag_id == q.dag_id),
        sa.exists().where(
            a.id == q.asset_id,
            r.dag_id == q.dag_id,
            sa.or_(sa.and_(r.kind == "name", r.text == a.name), sa.and_(r.kind == "uri", r.text == a.uri)),
        ),
    )
    tx.execute(sa.delete(t.asset_queue).where(q.dag_id == dag_id, ~heard))


def _kind_and_text(data: Mapping[str, Any]) -> tuple[str, str]:
    """What a reference says: "name" or "uri", and the text."""
    return next((kind, data[kind]) for kind in ("name", "uri") if data.get(kind))


def _named(data: Mapping[str, Any]) -> Named:
    return Named(data["name"], data["uri"], data.get("group") or "asset")
