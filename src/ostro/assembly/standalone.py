"""`ostro standalone`: engine and web server, looked after by one small process.

They end with it, even when it is killed (`ostro.assembly.tether`); tasks that run go on.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ostro.assembly.children import Child
from ostro.assembly.tether import GRACE, Tether
from ostro.errors import OstroError
from ostro.settings import Settings

#: Seconds until the engine must have said that it is ready.
READY_WITHIN = 60.0
#: Seconds between two looks at the children when no signal comes.
LOOK_EVERY = 1.0


class StartFailed(OstroError):
    """A child could not start; it has said why."""


def run(settings: Settings, overrides: dict[str, str], *, unpause_new: bool) -> int:
    """Run until SIGINT or SIGTERM. Returns the exit status."""
    settings.home.ensure()
    _check_folder(settings)
    try:
        tether = Tether(settings.home, _say)
    except KeyboardInterrupt:
        # Whoever waits for what a killed one left behind may have enough of it.
        return 130
    stopping, wake = _signals()
    start = json.dumps({"overrides": overrides, "unpause_new": unpause_new})
    engine = _Starting("engine", "ostro.assembly.engine", settings, start, tether)
    web = _Starting("web server", "ostro.assembly.web", settings, start, tether)
    children = [Child(one.name, one.spawn, one.is_up) for one in (engine, web)]
    try:
        for child in children:
            child.start()
        hello = engine.ready(stopping, wake)
        hello |= web.ready(stopping, wake)
        _greet(hello, settings)
        while not stopping:
            for child in children:
                # What could not start at all has ended `ready` above. What worked once is started again, whatever it
                # died of: a database or a disk comes back.
                found = child.look()
                if found:
                    _say(found)
            select.select([wake], [], [], _pause(children))
            with contextlib.suppress(BlockingIOError):
                os.read(wake, 1024)
    except StartFailed as error:
        if not stopping:
            _say(str(error))
            return 1
    finally:
        for child in reversed(children):
            child.end(GRACE)
        tether.close()
    return 0


def _pause(children: Iterable[Child]) -> float:
    """Seconds until the next look: one that died is not left waiting longer than its own pause."""
    return min([LOOK_EVERY, *(due for child in children if (due := child.due()) is not None)])


def _say(text: str) -> None:
    # Where it goes may be on a full disk, or a terminal that was closed: nobody must die of that.
    with contextlib.suppress(OSError):
        print(f"ostro: {text}", file=sys.stderr, flush=True)


def _check_folder(settings: Settings) -> None:
    folder: Path = settings.core.dags_folder
    if not folder.exists() and folder == settings.home.path / "dags":
        folder.mkdir()


def _signals() -> tuple[list[int], int]:
    """Signals are only recorded; a descriptor becomes readable so that a wait ends."""
    received: list[int] = []
    read, write = os.pipe()
    os.set_blocking(read, False)
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda n, _: received.append(n))
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return received, read


class _Starting:
    """Starts one kind of child and hears its first line."""

    def __init__(self, name: str, module: str, settings: Settings, start: str, tether: Tether) -> None:
        self.name = name
        self._tether = tether
        self._command = [sys.executable, "-m", module]
        self._environ = {**os.environ, "OSTRO_HOME": str(settings.home.path)}
        self._start = start
        self._read: int | None = None
        self._up = False
        self._process: subprocess.Popen[bytes] | None = None

    def spawn(self) -> subprocess.Popen[bytes]:
        """A new process; its settings go by environment and one argument, its first line comes by a pipe."""
        if self._read is not None:
            os.close(self._read)
        self._up = False
        read, write = os.pipe()
        tie, mark = self._tether.descriptors
        try:
            # A session of its own: Ctrl-C in the terminal reaches the supervisor only, which ends the children in order.
            self._process = subprocess.Popen(
                [
                    *self._command, "--start", self._start, "--tether", str(tie), str(mark), "--ready-fd", str(write),
                ],
                env=self._environ,
                pass_fds=[write, tie, mark],
                start_new_session=True,
            )  # fmt: skip
        finally:
            os.close(write)
        self._read = read
        return self._process

    def ready(self, stopping: list[int], wake: int) -> dict[str, Any]:
        """Wait for the first line. Raises StartFailed when the child ended before it, or a signal asks us to end."""
        assert self._read is not None
        data = b""
        until = time.monotonic() + READY_WITHIN
        while not data.endswith(b"\n"):
            left = max(0.0, until - time.monotonic())
            readable, _, _ = select.select([self._read, wake], [], [], left)
            if stopping:
                raise StartFailed(f"the {self.name} was not ready yet")
            if wake in readable:
                with contextlib.suppress(BlockingIOError):
                    os.read(wake, 1024)
                if readable == [wake]:
                    continue
            part = os.read(self._read, 65536) if self._read in readable else b""
            if not part:
                why = "could not start" if readable else "did not become ready in time"
                raise StartFailed(f"the {self.name} {why}")
            data += part
        self._up = True
        found: dict[str, Any] = json.loads(data)
        return found

    def is_up(self) -> bool:
        """Whether the present process said that it is ready."""
        assert self._read is not None
        if not self._up and select.select([self._read], [], [], 0)[0]:
            self._up = bool(os.read(self._read, 65536))
        return self._up


def _greet(hello: dict[str, Any], settings: Settings) -> None:
    lines = [f"Ostro is at {hello['url']}", "user name: admin"]
    if hello.get("password"):
        lines.append(
            f"password:  {hello['password']}   (shown once; the first login asks for one of your own)"
        )
    elif hello.get("password_from_environment"):
        lines.append("password:  the one in OSTRO_ADMIN_PASSWORD")
    else:
        lines.append(
            "password:  as made at the first start (ostro users reset-password admin makes a new one)"
        )
    places = [
        str(b.path) if b.path else f"the {'git repository' if b.is_git else 'bundle'} {b.name!r}"
        for b in settings.bundles
    ]
    lines.append(f"DAG files: {', '.join(places)}")
    lines.append(f"state:     {settings.home.path}   (logs, keys, ostro.cfg)")
    if hello.get("database"):
        lines.append(f"database:  {hello['database']}")
    lines.append("Ctrl-C ends it; tasks that run go on, and the next start adopts them")
    print("\n".join(lines), flush=True)
