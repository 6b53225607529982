"""How far an engine is that people drain: it ends what it runs, and starts nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

#: asked: it has not heard of it yet. draining: it starts nothing, some tasks or callbacks still run. drained: it may be
#: stopped.
Drain = Literal["asked", "draining", "drained"]


def drain_of(asked_at: datetime | None, since: datetime | None, *, running: int) -> Drain | None:
    """`running`: tasks and callbacks whose processes are the engine's. None: it works as always."""
    if asked_at is None:
        return None
    if since is None:
        return "asked"
    return "draining" if running else "drained"
