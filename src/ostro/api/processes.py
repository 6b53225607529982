"""Engines and other long-running processes as people see them: whether they work, what they hold, how far they drain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from ostro.errors import NotFound
from ostro.rules.drain import Drain, drain_of
from ostro.rules.health import Health, health_of
from ostro.store import engines, outbox
from ostro.store.clock import db_now
from ostro.store.views import ui_installation

#: Processes that ended longer ago than this are left out.
ENDED_FOR = timedelta(days=7)


class Process(Struct, frozen=True, kw_only=True):
    id: str
    kind: str
    hostname: str
    pid: int
    version: str
    #: stopped: it ended in good order.
    health: Health | str
    started_at: datetime
    heartbeat_at: datetime
    progress_at: datetime | None
    stopped_at: datetime | None
    running: int
    queued: int
    #: Most tasks that it runs at once; 0 = it did not say.
    parallelism: int
    runs: int
    #: None: it starts tasks as always.
    drain: Drain | None
    drain_asked_at: datetime | None
    drains_since: datetime | None


def processes(tx: Any, now: datetime, *, limit: int) -> list[Process]:
    """Those that live or are dead, then those that ended lately; each kind by its names, so that none changes its place.

    `now`: in the engine's time, for how long ago one ended. `limit`: seconds without a sign of life that make a dead one.
    """
    seen = db_now(tx)
    load = ui_installation.load_of_engines(tx)
    runs = ui_installation.runs_of_engines(tx)
    calling = Counter(claim.engine for claim in outbox.claims(tx))
    return [
        _process(one, load.get(one.id, {}), runs.get(one.id, 0), calling[one.id], seen, limit)
        for one in sorted(
            engines.list_all(tx), key=lambda one: (one.stopped_at is not None, one.kind, one.id)
        )
        if one.stopped_at is None or one.stopped_at > now - ENDED_FOR
    ]


def process(tx: Any, now: datetime, engine_id: str, *, limit: int) -> Process:
    """One of them. Raises NotFound."""
    for one in processes(tx, now, limit=limit):
        if one.id == engine_id:
            return one
    raise NotFound(f"there is no process `{engine_id}`, or it ended long ago")


def _process(
    one: engines.EngineRecord, load: Mapping[str, int], runs: int, calling: int, now: datetime, limit: int
) -> Process:
    is_stopped = one.stopped_at is not None
    health = health_of(one.heartbeat_at, one.progress_at, now=now, limit=timedelta(seconds=limit))
    held, queued = sum(load.values()), load.get("queued", 0)
    return Process(
        id=one.id,
        kind=one.kind,
        hostname=one.hostname,
        pid=one.pid,
        version=one.version,
        health="stopped" if is_stopped else health,
        started_at=one.started_at,
        heartbeat_at=one.heartbeat_at,
        progress_at=one.progress_at,
        stopped_at=one.stopped_at,
        running=held - queued,
        queued=queued,
        parallelism=one.parallelism,
        runs=runs,
        # What was handed to its processes before starts, too; callbacks that are cut off would be called once more.
        drain=drain_of(one.drain_asked_at, one.drains_since, running=held + calling),
        drain_asked_at=one.drain_asked_at,
        drains_since=one.drains_since,
    )
