"""The processes with triggers and the engine's part for them, put together."""

from __future__ import annotations

import socket
from collections.abc import Callable

from ostro import events
from ostro.scheduler.deferral import Deferral
from ostro.scheduler.loop import Engine
from ostro.triggerer import Triggerer


def add_triggers(engine: Engine, open_process: Callable[[], socket.socket]) -> Triggerer:
    """Let tasks of this engine be deferred. `open_process` makes a process with triggers and gives the connection to it."""
    triggerer = Triggerer(
        open_process, clock=engine.clock, warn=lambda text: engine.emit(events.Warned(text=text))
    )
    engine.sources.append(triggerer)
    engine.services.append(
        Deferral(engine.live, engine.advance, engine.files, triggerer, engine.config, engine.clock)
    )
    return triggerer
