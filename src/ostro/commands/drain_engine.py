"""Drain an engine before its machine is stopped or changed, and let it work again."""

from __future__ import annotations

from typing import Any

from ostro.clock import Clock
from ostro.commands.waking import ENGINES, Wake, tell
from ostro.errors import BadRequest, NotFound
from ostro.store import EngineRecord, Store, engines


def drain_engine(store: Store, clock: Clock, wake: Wake, *, engine_id: str, drain: bool) -> EngineRecord:
    """`drain_engine_in` as a transaction of its own."""
    with store.begin() as tx:
        changed = drain_engine_in(tx, engine_id=engine_id, drain=drain)
    wake([], [ENGINES])
    return changed


def drain_engine_in(tx: Any, *, engine_id: str, drain: bool) -> EngineRecord:
    """Let an engine start no more tasks, or work again. Raises NotFound and BadRequest.

    What it runs goes on to its end. It hears of it at once, or with its next sign of life.
    """
    found = engines.ask_drain(tx, engine_id, drain=drain)
    if found is None:
        raise NotFound(f"no engine with the name `{engine_id}` ever gave a sign of life")
    if found.kind != "scheduler":
        raise BadRequest(f"`{engine_id}` is a {found.kind} and starts no tasks; only engines are drained")
    if drain and found.stopped_at is not None:
        raise BadRequest(f"the engine `{engine_id}` has ended; there is nothing to drain")
    tell(tx, dags=[ENGINES])
    return found
