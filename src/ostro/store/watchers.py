"""Watchers of assets: which triggers the DAG files hang on the assets that their DAGs listen to, and which engine runs each.

Watchers with the same trigger and arguments have the same `key` and are run once. Which of several engines does, a lease
in database time says, kept on the first row of a key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.spec import DagSpec
from ostro.store import tables as t
from ostro.store.clock import in_seconds
from ostro.store.sealed import seal

_encode = msgspec.json.Encoder(order="sorted").encode


class Watcher(msgspec.Struct, frozen=True, kw_only=True):
    """One watcher of one asset, as one DAG names it."""

    id: int
    dag_id: str
    asset_name: str
    asset_uri: str
    name: str
    key: str
    classpath: str
    #: Sealed (`ostro.store.sealed`).
    kwargs: Any
    created_at: datetime


_w, _d = t.asset_watcher.c, t.dag.c
_SELECT = sa.select(*(_w[name] for name in Watcher.__struct_fields__)).order_by(_w.id)


def save(tx: Connection, spec: DagSpec, now: datetime, *, is_new: bool) -> None:
    """Write the watchers of a DAG in the place of those that it had; those that it still has keep their row."""
    if is_new and not spec.watchers:
        return
    wanted = {(w.asset_name, w.asset_uri, w.name, _key(w.classpath, w.kwargs)): w for w in spec.watchers}
    rows = () if is_new else tx.execute(_SELECT.where(_w.dag_id == spec.dag_id)).all()
    have = {(r.asset_name, r.asset_uri, r.name, r.key): r.id for r in rows}
    gone = [have[found] for found in have.keys() - wanted.keys()]
    if gone:
        tx.execute(sa.delete(t.asset_watcher).where(_w.id.in_(gone)))
    for found in sorted(wanted.keys() - have.keys()):
        w = wanted[found]
        values = {
            "dag_id": spec.dag_id, "asset_name": w.asset_name, "asset_uri": w.asset_uri, "name": w.name, "key": found[3],
            "classpath": w.classpath, "kwargs": seal(tx, w.kwargs), "created_at": now,
        }  # fmt: skip
        tx.execute(sa.insert(t.asset_watcher).values(**values))


def active(tx: Connection) -> list[Watcher]:
    """Watchers of DAGs that are there and not paused."""
    query = _SELECT.join(t.dag, _d.dag_id == _w.dag_id).where(~_d.is_stale, ~_d.is_paused)
    return [Watcher(**row._asdict()) for row in tx.execute(query)]


def of_dag(tx: Connection, dag_id: str) -> list[Watcher]:
    """Watchers that a DAG's file hangs on the assets that the DAG listens to."""
    return [Watcher(**row._asdict()) for row in tx.execute(_SELECT.where(_w.dag_id == dag_id))]


def of_assets(tx: Connection, assets: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[Watcher]]:
    """Watchers of these assets (name, URI), each once."""
    keys = sorted(set(assets))
    found: dict[tuple[str, str], dict[tuple[str, str], Watcher]] = {}
    if keys:
        for row in tx.execute(_SELECT.where(sa.tuple_(_w.asset_name, _w.asset_uri).in_(keys))):
            watcher = Watcher(**row._asdict())
            mine = found.setdefault((watcher.asset_name, watcher.asset_uri), {})
            mine.setdefault((watcher.name, watcher.key), watcher)
    return {key: list(mine.values()) for key, mine in found.items()}


def hold(tx: Connection, owner: str, ids: Collection[int], *, seconds: float) -> set[int]:
    """Take or prolong the leases of these rows; those that are this owner's now."""
    if not ids:
        return set()
    now = in_seconds(tx, 0)
    done = tx.execute(
        sa.update(t.asset_watcher)
        .where(_w.id.in_(sorted(ids)), sa.or_(_w.owner == owner, _w.owner.is_(None), _w.lease_until < now))
        .values(owner=owner, lease_until=in_seconds(tx, seconds))
        .returning(_w.id)
    )
    return set(done.scalars())


def release(tx: Connection, owner: str) -> None:
    """The engine stops: others may run its watchers at once."""
    tx.execute(sa.update(t.asset_watcher).where(_w.owner == owner).values(owner=None, lease_until=None))


def _key(classpath: str, kwargs: Any) -> str:
    return hashlib.sha256(_encode([classpath, kwargs])).hexdigest()[:32]
