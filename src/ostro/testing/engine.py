"""The engine of a test session as a process: `python -m ostro.testing.engine`.

Beside what every engine listens to it hears the tests over one socket, in lines of JSON:

    {"at": MOMENT or null, "skips": bool}     it is now MOMENT (ISO); whether the clock jumps over waits
    {"wake": [run, …], "dags": [id, …]}       these were changed in the database
    {"settled": N}                            answered {"settled": N} when all DAG files are parsed
    {"ended": RUN}                            answered {"ended": RUN} when the run and its callbacks are through
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from ostro.assembly import child, keys, parts
from ostro.assembly.engine import Signals, build, lock_home
from ostro.assembly.rehearsal import MovedClock, Rehearsal
from ostro.runtime.moved_time import VARIABLE
from ostro.settings import Settings
from ostro.states import RUN_FINISHED
from ostro.store import outbox, runs
from ostro.testing.workshop import CONTROL


class Control:
    """What tests say and are told. A source of the engine's loop."""

    def __init__(self, sock: socket.socket, clock: MovedClock) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._clock = clock
        self._unread = b""
        self._settled: list[int] = []
        self._ended: list[int] = []
        self.engine: Rehearsal

    def filenos(self) -> Iterable[int]:
        return (self._sock.fileno(),)

    def pump(self) -> tuple[list[int], list[str]]:
        """Runs and DAGs that a test has changed."""
        changed_runs: list[int] = []
        changed_dags: list[str] = []
        for line in self._lines():
            message = json.loads(line)
            if "at" in message:
                self._clock.move_to(None if message["at"] is None else datetime.fromisoformat(message["at"]))
                self.engine.skips = message["skips"]
            changed_runs += message.get("wake", ())
            changed_dags += message.get("dags", ())
            if "settled" in message:
                self._settled.append(message["settled"])
            if "ended" in message:
                self._ended.append(message["ended"])
        return changed_runs, changed_dags

    def quiet(self) -> None:
        """The engine has nothing to do now: answer what was waited for."""
        if self._settled and self.engine.settled:
            for number in self._settled:
                self._say({"settled": number})
            self._settled.clear()
        for run in [r for r in self._ended if self._is_through(r)]:
            self._ended.remove(run)
            self._say({"ended": run})

    def _is_through(self, run: int) -> bool:
        if run in self.engine.live.runs:
            return False
        with self.engine.store.read() as tx:
            found = runs.load_runs(tx, [run])
            if found and found[0].state not in RUN_FINISHED:
                return False
            return not outbox.waiting(tx, limit=1) and not outbox.claims(tx)

    def _lines(self) -> list[bytes]:
        with contextlib.suppress(BlockingIOError):
            data = self._sock.recv(1 << 16)
            if not data:
                # The tests are over, or their process was killed.
                self.engine.stop()
            self._unread += data
        *lines, self._unread = self._unread.split(b"\n")
        return lines

    def _say(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):
            self._sock.sendall(json.dumps(message).encode() + b"\n")


def run(settings: Settings, unpause_new: bool, ready: child.Ready) -> int:
    """Run until the tests' end of the socket closes."""
    settings.home.ensure()
    lock = lock_home(settings)
    database = parts.make_store(settings)
    database.migrate()
    clock = MovedClock(Path(os.environ[VARIABLE]))
    control = Control(socket.socket(fileno=int(os.environ.pop(CONTROL))), clock)
    engine = build(
        settings,
        database,
        unpause_new=True,
        clock=clock,
        kind=Rehearsal,
        makes_scheduled_runs=False,
        kill_grace=1.0,
    )
    assert isinstance(engine, Rehearsal)
    control.engine = engine
    engine.when_quiet = control.quiet
    engine.sources += [control, Signals(engine.stop)]
    keys.cipher(settings)
    engine.start()
    ready({})
    try:
        engine.run()
    finally:
        # Nothing of a test goes on after it.
        engine.executor.close(leave_running=False)
        engine.parsing.close()
        database.dispose()
        lock.close()
    return 0


if __name__ == "__main__":
    sys.exit(child.main(run))
