"""Callbacks to deliver: rows written in the transaction of what caused them, delivered at least once.

A row waits, or is claimed: by the attempt whose process runs its own callbacks, or by a name that the engine chose
for a process that it gave the row to. When the claimer dies before it confirmed, the row waits again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t
from ostro.store.clock import db_now


class OutboxRow(msgspec.Struct, frozen=True, kw_only=True):
    """A callback to write. `claimed`: the process of the instance's current attempt runs it itself."""

    dag_id: str
    run: int
    kind: str
    reason: str = ""
    task_id: str | None = None
    map_index: int = -1
    try_number: int = 0
    error: str | None = None
    #: What a deadline or an SLA tells its callback.
    details: dict[str, Any] | None = None
    claimed: bool = False


class WaitingCallback(msgspec.Struct, frozen=True, kw_only=True):
    """A callback to deliver, with the instance as it is now."""

    id: int
    dag_id: str
    run: int
    kind: str
    reason: str
    task_id: str | None
    map_index: int
    try_number: int
    error: str | None
    created_at: datetime
    tries: int
    details: dict[str, Any] | None = None
    max_tries: int = 0
    state: str | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None


class Claim(msgspec.Struct, frozen=True):
    """Who runs callbacks now: a name, the engine whose process it is, and the process."""

    by: str
    engine: str | None = None
    pid: int | None = None
    pid_birth: int | None = None
    at: datetime | None = None


#: Named with its table: the state of an instance may be in the same query. The partial index is used by these words.
_OPEN = sa.text(f"callback_outbox.{t.OPEN_CALLBACKS}")


def put(tx: Connection, rows: Sequence[OutboxRow]) -> list[int]:
    """Write rows; returns their ids."""
    o, i = t.callback_outbox, t.task_instance.c
    ids = []
    now = db_now(tx)
    for row in rows:
        by = None
        if row.claimed:
            by = tx.execute(
                sa.select(i.attempt_id, i.engine, i.pid, i.pid_birth).where(
                    i.run == row.run, i.task_id == row.task_id, i.map_index == row.map_index
                )
            ).one_or_none()
        values = {
            "dag_id": row.dag_id,
            "run": row.run,
            "kind": row.kind,
            "reason": row.reason,
            "task_id": row.task_id,
            "map_index": row.map_index,
            "try_number": row.try_number,
            "error": row.error,
            "details": row.details,
            "state": "waiting" if by is None else "claimed",
            "claimed_by": None if by is None else by.attempt_id,
            "engine": None if by is None else by.engine,
            "pid": None if by is None else by.pid,
            "pid_birth": None if by is None else by.pid_birth,
            "claimed_at": None if by is None else now,
            "tries": 0 if by is None else 1,
            "created_at": now,
        }
        ids.append(int(tx.execute(sa.insert(o).values(**values).returning(o.c.id)).scalar_one()))
    return ids


def waiting(tx: Connection, *, limit: int = 50, without: Sequence[str] = ()) -> list[WaitingCallback]:
    """The oldest rows that wait for a process, those of some DAGs left out.

    Callbacks of a run's end come after those of its tasks: their row is left out while an earlier one of the run is open.
    """
    o, i = t.callback_outbox.c, t.task_instance.c
    earlier = t.callback_outbox.alias("earlier")
    comes_after = (
        sa.select(sa.literal(1))
        .where(
            sa.text(f"earlier.{t.OPEN_CALLBACKS}"),
            earlier.c.run == o.run,
            earlier.c.id < o.id,
            earlier.c.kind.like("task_%"),
        )
        .correlate(t.callback_outbox)
        .exists()
    )
    query = (
        sa.select(
            o.id, o.dag_id, o.run, o.kind, o.reason, o.task_id, o.map_index, o.try_number, o.error, o.created_at,
            o.tries, o.details, sa.func.coalesce(i.max_tries, 0).label("max_tries"), i.state, i.start_date, i.end_date,
        )
        .outerjoin(t.task_instance, (i.run == o.run) & (i.task_id == o.task_id) & (i.map_index == o.map_index))
        .where(_OPEN, o.state == "waiting", *([o.dag_id.not_in(list(without))] if without else []))
        .where(sa.or_(o.kind.not_in(("dag_success", "dag_failure")), ~comes_after))
        .order_by(o.id)
        .limit(limit)
    )  # fmt: skip
    return [WaitingCallback(**row._asdict()) for row in tx.execute(query)]


def claim(tx: Connection, callback_id: int, claim: Claim) -> bool:
    """Take a waiting row; False when another took it."""
    o = t.callback_outbox
    done = tx.execute(
        sa.update(o)
        .where(o.c.id == callback_id, o.c.state == "waiting")
        .values(
            state="claimed",
            claimed_by=claim.by,
            engine=claim.engine,
            pid=claim.pid,
            pid_birth=claim.pid_birth,
            claimed_at=db_now(tx),
            tries=o.c.tries + 1,
        )
    )
    return done.rowcount == 1


def unclaim(tx: Connection, by: str, *, max_tries: int) -> int:
    """The claimer died: its rows wait again, or are failed after so many tries. Returns how many wait."""
    o = t.callback_outbox
    mine = sa.and_(_OPEN, o.c.state == "claimed", o.c.claimed_by == by)
    tx.execute(
        sa.update(o)
        .where(mine, o.c.tries >= max_tries)
        .values(state="failed", finished_at=db_now(tx), failure="the process that ran it died")
    )
    return tx.execute(
        sa.update(o).where(mine).values(state="waiting", claimed_by=None, claimed_at=None)
    ).rowcount


def of_attempt(tx: Connection, attempt_id: str) -> list[tuple[int, bool]]:
    """Callbacks that the end of an attempt caused: id, and whether its own process still is to run it."""
    o, i, a = t.callback_outbox.c, t.task_instance.c, t.attempt.c
    query = (
        sa.select(o.id, sa.and_(o.state == "claimed", o.claimed_by == attempt_id))
        .join(t.task_instance, (i.run == o.run) & (i.task_id == o.task_id) & (i.map_index == o.map_index))
        .join(t.attempt, (a.ti == i.id) & (a.try_number == o.try_number))
        .where(a.attempt_id == attempt_id, o.kind.like("task_%"))
        .order_by(o.id)
    )
    return [(int(row[0]), bool(row[1])) for row in tx.execute(query)]


def too_long(tx: Connection, seconds: float) -> list[tuple[int, str]]:
    """Rows that somebody took longer ago than this and has not confirmed: id, and who."""
    o = t.callback_outbox.c
    since = db_now(tx) - timedelta(seconds=seconds)
    query = (
        sa.select(o.id, o.claimed_by)
        .where(_OPEN, o.state == "claimed", o.claimed_by.is_not(None), o.claimed_at < since)
        .order_by(o.id)
    )
    return [(int(row[0]), str(row[1])) for row in tx.execute(query)]


def claims(tx: Connection) -> list[Claim]:
    """Everyone who runs callbacks now."""
    o = t.callback_outbox.c
    query = (
        sa.select(o.claimed_by, o.engine, o.pid, o.pid_birth, sa.func.min(o.claimed_at))
        .where(_OPEN, o.state == "claimed", o.claimed_by.is_not(None))
        .group_by(o.claimed_by, o.engine, o.pid, o.pid_birth)
        .order_by(o.claimed_by)
    )
    return [Claim(*row) for row in tx.execute(query)]


def open_rows(tx: Connection) -> list[tuple[int, str | None]]:
    """Rows that wait or run: id, and who runs it."""
    o = t.callback_outbox.c
    return [(int(row[0]), row[1]) for row in tx.execute(sa.select(o.id, o.claimed_by).where(_OPEN))]


def finish(tx: Connection, ids: Sequence[int], *, error: str | None = None, now: datetime) -> int:
    """The callbacks ran; `error` when one raised. Returns how many rows were open."""
    if not ids:
        return 0
    o = t.callback_outbox
    return tx.execute(
        sa.update(o)
        .where(o.c.id.in_(list(ids)), o.c.state.in_(("waiting", "claimed")))
        .values(state="failed" if error else "done", finished_at=now, failure=error)
    ).rowcount
