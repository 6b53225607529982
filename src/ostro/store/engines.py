"""Engines and other long-running processes that registered: who lives, since when, with what last sign of life.

Signs of life are in the database's time, by which others judge them: the clocks of the machines do not matter. What a
process says of its own doings (`progress_at`, `stopped_at`) is in its own.

An engine that drains starts no task. People ask for it (`drain_asked_at`), the engine does it and says so with its next
sign of life (`drains_since`): what is written as running after that moment was running before. It lasts over a crash, and
until the engine ends in good order: one that is started by hand works.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t
from ostro.store.clock import db_now, in_seconds
from ostro.store.dialects import insert_into


class EngineRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One process. `kind`: scheduler, triggerer, dag_processor, worker."""

    id: str
    kind: str
    hostname: str
    pid: int
    pid_birth: int = 0
    version: str = ""
    started_at: datetime
    #: In the database's time.
    heartbeat_at: datetime
    #: These in the process's own.
    progress_at: datetime | None = None
    stopped_at: datetime | None = None
    #: What the process says of itself: {"parallelism"}.
    info: Any = None
    #: In the database's time.
    drain_asked_at: datetime | None = None
    drains_since: datetime | None = None

    @property
    def parallelism(self) -> int:
        """Most tasks that an engine runs at once; 0 = it did not say."""
        return int(self.info.get("parallelism", 0)) if isinstance(self.info, dict) else 0


def register(tx: Connection, engine: EngineRecord) -> None:
    """Write the process; an earlier one of the same id is replaced."""
    values = msgspec.structs.asdict(engine)
    statement = insert_into(tx, t.engine).values(**values)
    tx.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))


def beat(
    tx: Connection,
    engine_id: str,
    now: datetime,
    *,
    kind: str = "scheduler",
    hostname: str | None = None,
    pid: int = 0,
    parallelism: int = 0,
) -> bool:
    """The process lives, and makes progress at `now` of its own clock; registered when it was not.

    Returns whether it shall start nothing, and writes that it heard so.
    """
    e = t.engine
    says: dict[str, Any] = {"info": {"parallelism": parallelism}} if parallelism else {}
    process: dict[str, Any] = {"hostname": hostname} if hostname else {}
    if pid:
        # Another process of the name: it was started now.
        is_new = sa.or_(e.c.pid != pid, e.c.stopped_at.is_not(None))
        begun = sa.case((is_new, sa.literal(now, e.c.started_at.type)), else_=e.c.started_at)
        process |= {"pid": pid, "started_at": begun}
    moment = in_seconds(tx, 0)
    heard = sa.case((e.c.drain_asked_at.is_(None), None), else_=sa.func.coalesce(e.c.drains_since, moment))
    done = tx.execute(
        sa.update(e)
        .where(e.c.id == engine_id)
        .values(heartbeat_at=moment, progress_at=now, stopped_at=None, drains_since=heard, **says, **process)
        .returning(e.c.drain_asked_at)
    ).first()
    if done is None:
        register(
            tx,
            EngineRecord(
                id=engine_id, kind=kind, hostname=hostname or engine_id, pid=pid, started_at=now,
                heartbeat_at=db_now(tx), progress_at=now, **says,
            ),
        )  # fmt: skip
    return done is not None and done.drain_asked_at is not None


def ask_drain(tx: Connection, engine_id: str, *, drain: bool) -> EngineRecord | None:
    """People want the engine to start nothing, or to work again; it hears so with its next sign of life.

    Asking again changes nothing. Returns the process as it is now, None: nobody knows it.
    """
    e = t.engine
    wanted = sa.func.coalesce(e.c.drain_asked_at, in_seconds(tx, 0)) if drain else None
    statement = sa.update(e).where(e.c.id == engine_id).values(drain_asked_at=wanted).returning(e)
    row = tx.execute(statement).first()
    return None if row is None else EngineRecord(**row._asdict())


def alive(tx: Connection, ids: Collection[str], *, seconds: float) -> set[str]:
    """Of these processes, those that gave a sign of life in the last so many seconds and did not end in good order."""
    e = t.engine.c
    query = sa.select(e.id).where(
        e.id.in_(list(ids)), e.stopped_at.is_(None), e.heartbeat_at > in_seconds(tx, -seconds)
    )
    return set(tx.execute(query).scalars())


def last_life(tx: Connection, engine_id: str) -> datetime | None:
    """When this process last did something, or ended in good order, by its own clock."""
    e = t.engine.c
    row = tx.execute(sa.select(e.progress_at, e.started_at, e.stopped_at).where(e.id == engine_id)).first()
    return None if row is None else (row.stopped_at or row.progress_at or row.started_at)


def stop(tx: Connection, engine_id: str, now: datetime) -> None:
    """The process ended in good order; when it is started again, it works again."""
    ended = {"stopped_at": now, "drain_asked_at": None, "drains_since": None}
    tx.execute(sa.update(t.engine).where(t.engine.c.id == engine_id).values(**ended))


def list_all(tx: Connection, *, kind: str | None = None) -> list[EngineRecord]:
    """All processes, the most alive first."""
    query = sa.select(t.engine).order_by(t.engine.c.heartbeat_at.desc(), t.engine.c.id)
    if kind is not None:
        query = query.where(t.engine.c.kind == kind)
    return [EngineRecord(**row._asdict()) for row in tx.execute(query)]
