"""The engine's side of the nursery: finds the living one or starts one, sends it work, replaces it when it dies.

The listening socket is made here and given to the new nursery, so that work can be sent before it has loaded anything.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

import ostro
from ostro import private
from ostro.protocol.worker import (
    Exits,
    ForkFailed,
    FromNursery,
    NurseryUp,
    Opened,
    OpenHost,
    OpenParser,
    OpenTriggers,
    Ping,
    Pong,
    Shutdown,
)
from ostro.worker.hosts import Hosts
from ostro.worker.hub import Connection, Hub, listen

#: Seconds between the death of a nursery and the start of the next: at once, then doubled up to the longest, and at
#: once again after one that lived for `STEADY` seconds.
FIRST_WAIT = 0.1
LONGEST_WAIT = 5.0
STEADY = 10.0
#: Seconds without an answer after which a nursery is asked whether it lives, and then ended.
SILENCE = 30.0
#: Variables of the environment that are the engine's own secrets: no user code may see them.
OWN_SECRETS = (
    "OSTRO_ADMIN_PASSWORD",
    "__DATABASE__",
    "__FERNET_KEY",
    "__SECRET_KEY",
    "__JWT_SECRET",
    "__INTERNAL_API_SECRET_KEY",
)
#: Variables that differ between two starts of the same thing.
VOLATILE = ("_", "OLDPWD", "SHLVL", "INVOCATION_ID", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID", "WINDOWID", "TERM")


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What processes with user code may see of the engine's environment."""
    return {k: v for k, v in environment.items() if not any(word in k for word in OWN_SECRETS)}


def fingerprint(environment: Mapping[str, str], preload: Sequence[str]) -> str:
    """Names what a nursery was started with; another name means that it must be replaced."""
    steady = sorted((k, v) for k, v in environment.items() if k not in VOLATILE)
    facts = [ostro.__version__, sys.executable, os.getcwd(), list(preload), steady]
    return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:16]


class NurseryClient:
    """See the module. Owner of the connection to the nursery."""

    def __init__(
        self,
        hub: Hub,
        *,
        path: str,
        log_path: str,
        environment: Mapping[str, str],
        setup: str,
        preload: Sequence[str],
        warn: Callable[[str], None],
    ) -> None:
        self.path = path
        self.log_path = log_path
        self.setup = setup
        self.hosts: Hosts
        self._hub = hub
        self._environment = dict(environment)
        self._preload = preload
        self._warn = warn
        self._connection: Connection | None = None
        self._process: subprocess.Popen[bytes] | None = None
        #: Its process, 0 until it said so.
        self.pid = 0
        self._started_at = 0.0
        self._wait = 0.0
        self._start_at: float | None = None
        #: Whether it may be sent work: it is known to be of this release and environment.
        self._open = False
        #: What could not be sent yet.
        self._waiting: list[tuple[msgspec.Struct, int]] = []
        #: When the first question that is still open was sent.
        self._asked_at: float | None = None
        self._pings = 0

    def start(self) -> None:
        """Connect to a living nursery, or start one."""
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.connect(self.path)
        except OSError:
            sock.close()
            self._launch()
            return
        # Whose it is, it will say; until then nothing is asked of it.
        self._attach(sock, ours=False)

    def open_host(self, order: OpenHost) -> None:
        """Have a host forked."""
        self._send(order)
        self._expect_answer()

    def open_parser(self) -> socket.socket:
        """The control socket of a new parent of parse processes."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._send(OpenParser(), theirs.detach())
        return ours

    def open_triggers(self, order: OpenTriggers) -> socket.socket:
        """The control connection of a new process with triggers."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._send(order, theirs.detach())
        return ours

    def shutdown(self) -> None:
        """End it when its last child is gone."""
        self._send(Shutdown())

    def tick(self, now: float) -> None:
        if self._process is not None and self._process.poll() is not None:
            self._process = None
        if self._start_at is not None and self._start_at <= now:
            self._start_at = None
            self._launch()
        if self._asked_at is not None and now >= self._asked_at + SILENCE:
            self._end_silent()

    def next_wakeup(self) -> float | None:
        moments = [m for m in (self._start_at, self._asked_at and self._asked_at + SILENCE) if m is not None]
        return min(moments) if moments else None

    def close(self, *, leave_running: bool) -> None:
        if not leave_running:
            self.shutdown()
        for _, descriptor in self._waiting:
            if descriptor >= 0:
                os.close(descriptor)
        self._waiting.clear()
        if self._connection is not None:
            self._connection.owner = None
            self._connection.close()
            self._connection = None
        if self._process is not None:
            # It goes on without us; its status is of no interest.
            self._process.returncode = self._process.poll() or 0
            self._process = None

    # ---- owner of the connection ---------------------------------------------------------------------------

    def heard(self, connection: Connection, message: Any) -> None:
        if connection is not self._connection:
            return
        self._asked_at = None
        if isinstance(message, NurseryUp):
            self._is_up(message)
        elif isinstance(message, Opened):
            self.hosts.opened(message.file, message.pid)
        elif isinstance(message, Exits):
            self.hosts.nursery_exits(message.exits)
        elif isinstance(message, ForkFailed):
            if message.file is not None:
                self.hosts.open_failed(message.file, message.text)
        elif isinstance(message, Pong):
            return

    def left(self, connection: Connection) -> None:
        if connection is not self._connection:
            return
        self._connection = None
        self._open = False
        self._asked_at = None
        self.pid = 0
        lived = time.monotonic() - self._started_at
        if lived > STEADY:
            self._wait = 0.0
        else:
            self._wait = min(max(self._wait * 2, FIRST_WAIT), LONGEST_WAIT)
            self._warn(f"the nursery ended after {lived:.1f} s: {self._last_line()}")
        self._start_at = time.monotonic() + self._wait
        self.hosts.nursery_gone()

    # ---- one nursery ---------------------------------------------------------------------------------------

    def _is_up(self, message: NurseryUp) -> None:
        self.pid = message.pid
        if message.setup == self.setup:
            self._flush()
            return
        # Of another release or environment: it ends with its last child, and a new one takes its place.
        assert self._connection is not None
        self._connection.send(Shutdown())
        self._connection.owner = None
        self._connection.close()
        self._connection = None
        self._launch()

    def _launch(self) -> None:
        listener = listen(self.path)
        private.make_folder(os.path.dirname(self.log_path))
        options = {
            "listen": listener.fileno(),
            "engine": self._hub.path,
            "setup": self.setup,
            "preload": list(self._preload),
        }
        with open(os.open(self.log_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, private.FILE), "ab") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    # Unbuffered, for nobody flushes at the end of a fork; without the working directory on sys.path.
                    "-u",
                    "-P",
                    "-m",
                    "ostro.runtime.nursery",
                    msgspec.json.encode(options).decode(),
                ],
                env={**self._environment, "LD_BIND_NOW": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[listener.fileno()],
                start_new_session=True,
            )
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.connect(self.path)
        listener.close()
        self._attach(sock, ours=True)

    def _attach(self, sock: socket.socket, *, ours: bool) -> None:
        self._started_at = time.monotonic()
        self._connection = self._hub.adopt(sock, FromNursery, self)
        self._expect_answer()
        if ours:
            self._flush()

    def _flush(self) -> None:
        """From now on, and what has waited, is sent at once."""
        self._open = True
        waiting, self._waiting = self._waiting, []
        for message, descriptor in waiting:
            self._send(message, descriptor)

    def _send(self, message: msgspec.Struct, descriptor: int = -1) -> None:
        if self._connection is None or not self._open:
            self._waiting.append((message, descriptor))
        elif descriptor < 0:
            self._connection.send(message)
        else:
            # When the nursery dies the other end of the descriptor closes, and its holder asks again.
            self._connection.send_with_descriptor(message, descriptor)

    def _expect_answer(self) -> None:
        if self._asked_at is None:
            self._asked_at = time.monotonic()

    def _end_silent(self) -> None:
        """It neither answers nor ends. The first silence is a question, the second a death sentence."""
        self._asked_at = time.monotonic()
        self._pings += 1
        if self._pings % 2:
            self._send(Ping(seq=self._pings))
            return
        self._warn("the nursery does not answer and is replaced")
        pid = self._process.pid if self._process is not None else self.pid
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        elif self._connection is not None:
            # An earlier engine's, which never said who it is: it keeps its children, another one takes its place.
            self._connection.close()

    def _last_line(self) -> str:
        try:
            with open(self.log_path, "rb") as log:
                log.seek(max(0, os.fstat(log.fileno()).st_size - 4096))
                lines = log.read().decode("utf-8", "replace").strip().splitlines()
        except OSError:
            return f"see {self.log_path}"
        return lines[-1] if lines else f"see {self.log_path}"
