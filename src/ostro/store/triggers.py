"""Triggers of deferred task instances, and the triggerer that runs each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t
from ostro.store.clock import in_seconds
from ostro.store.dialects import insert_into
from ostro.store.driver import is_sqlite


class NewTrigger(msgspec.Struct, frozen=True, kw_only=True):
    """What a deferred instance waits for."""

    ti: int
    attempt_id: str | None
    classpath: str
    kwargs: Any
    queue: str | None = None
    timeout_at: datetime | None = None


class TriggerRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A trigger in the database."""

    id: int
    ti: int
    attempt_id: str | None
    classpath: str
    kwargs: Any
    queue: str | None
    created_at: datetime
    timeout_at: datetime | None
    owner: str | None


_SELECT = sa.select(*(t.trigger.c[name] for name in TriggerRecord.__struct_fields__))


def put(tx: Connection, trigger: NewTrigger, now: datetime) -> None:
    """Write the trigger of an instance; an earlier one is replaced."""
    values = {**msgspec.structs.asdict(trigger), "created_at": now, "owner": None, "lease_until": None}
    statement = insert_into(tx, t.trigger).values(**values)
    tx.execute(statement.on_conflict_do_update(index_elements=["ti"], set_=values))


def get(tx: Connection, ti: int) -> TriggerRecord | None:
    """The trigger of an instance."""
    row = tx.execute(_SELECT.where(t.trigger.c.ti == ti)).one_or_none()
    return None if row is None else TriggerRecord(**row._asdict())


def take(
    tx: Connection, owner: str, *, seconds: float, limit: int, queues: Sequence[str | None] | None = None
) -> list[TriggerRecord]:
    """Lease triggers that nobody runs, oldest first; of these queues (None in it = without queue)."""
    g = t.trigger.c
    wanted = (
        sa.select(g.id)
        .where(sa.or_(g.owner.is_(None), g.lease_until < in_seconds(tx, 0)))
        .order_by(g.id)
        .limit(limit)
    )
    if queues is not None:
        named = [q for q in queues if q is not None]
        matches = g.queue.in_(named)
        wanted = wanted.where(sa.or_(g.queue.is_(None), matches) if None in queues else matches)
    if not is_sqlite(tx):
        wanted = wanted.with_for_update(skip_locked=True)
    ids = list(tx.execute(wanted).scalars())
    if not ids:
        return []
    tx.execute(
        sa.update(t.trigger).where(g.id.in_(ids)).values(owner=owner, lease_until=in_seconds(tx, seconds))
    )
    return [TriggerRecord(**row._asdict()) for row in tx.execute(_SELECT.where(g.id.in_(ids)).order_by(g.id))]


def renew(tx: Connection, owner: str, *, seconds: float) -> set[int]:
    """Prolong the unexpired leases of a triggerer; returns the ids it holds. What is missing was lost or is over."""
    g = t.trigger.c
    done = tx.execute(
        sa.update(t.trigger)
        .where(g.owner == owner, g.lease_until >= in_seconds(tx, 0))
        .values(lease_until=in_seconds(tx, seconds))
        .returning(g.id)
    )
    return set(done.scalars())


def delete(tx: Connection, instances: Sequence[int]) -> int:
    """The instances are no longer deferred; returns how many triggers there were."""
    if not instances:
        return 0
    return tx.execute(sa.delete(t.trigger).where(t.trigger.c.ti.in_(list(instances)))).rowcount


def timed_out(tx: Connection, now: datetime, *, limit: int = 1000) -> list[TriggerRecord]:
    """Triggers whose time is over."""
    query = _SELECT.where(t.trigger.c.timeout_at <= now).order_by(t.trigger.c.timeout_at).limit(limit)
    return [TriggerRecord(**row._asdict()) for row in tx.execute(query)]
