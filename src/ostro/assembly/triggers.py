"""The processes with triggers and the engine's part for them, put together."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

from ostro import events
from ostro.protocol.task import Done, Question, Refused, Value
from ostro.scheduler.deferral import Deferral
from ostro.scheduler.loop import Engine
from ostro.scheduler.round import Round
from ostro.scheduler.watching import Watching
from ostro.triggerer import Limits, Triggerer


def add_triggers(engine: Engine, open_process: Callable[[], socket.socket]) -> Triggerer:
    """Let tasks of this engine be deferred. `open_process` makes a process with triggers and gives the connection to it."""
    triggerer = Triggerer(
        open_process,
        clock=engine.clock,
        warn=lambda text: engine.emit(events.Warned(text=text)),
        limits=Limits(blocked=engine.config.trigger_blocked, capacity=engine.config.trigger_capacity),
    )
    engine.sources.append(triggerer)
    deferral = Deferral(engine.live, engine.advance, engine.files, triggerer, engine.config, engine.clock)
    watching = Watching(
        engine.plan, engine.assets, engine.files, engine.lead, triggerer, engine.config, engine.emit
    )
    deferral.watch = watching.absorb
    engine.services += [deferral, watching]
    engine.at_end.append(triggerer.close)
    return triggerer


class _Direct:
    """Answers what triggers ask in the process of the engine itself."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ask(self, question: Question) -> Value | Done | Refused:
        engine = self._engine
        with engine.store.begin() as tx:
            return engine.answers.carry_out(Round(tx, engine.clock.now()), question)


def open_thread(
    engine: Engine, plugins_folder: str | None, defaults: dict[str, Any]
) -> Callable[[], socket.socket]:
    """Makes threads of this process that run triggers, where the engine itself is one: `ostro dags test`."""

    def open_one() -> socket.socket:
        from ostro.runtime.trigger_classes import Classes
        from ostro.runtime.triggers import run_in
        from ostro.sdk import asking

        ours, theirs = socket.socketpair()

        def run() -> None:
            asking.apart.set(_Direct(engine))
            with theirs:
                run_in(theirs, Classes(plugins_folder, defaults), watched=False)

        threading.Thread(target=run, name="triggers", daemon=True).start()
        return ours

    return open_one
