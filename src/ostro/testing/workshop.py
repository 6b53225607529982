"""One engine for a test session, as a child process, and the database that both work on."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ostro.assembly import keys, parts
from ostro.assembly.asking import TimetableAsker
from ostro.errors import OstroError, UserError
from ostro.protocol.calendar import AnyAsking, Moments
from ostro.protocol.task import FileRef
from ostro.runtime.moved_time import VARIABLE
from ostro.settings import Settings, load_settings
from ostro.store import Cipher, Store

#: Names the descriptor of the socket between tests and engine, in the engine's environment.
CONTROL = "OSTRO_TEST_CONTROL"
#: Seconds that the engine may take to start, and to end.
START = 60.0
END = 10.0


class EngineEnded(OstroError):
    """The engine of the tests is gone; the text holds what it said last."""


class TookTooLong(OstroError):
    """What a test waited for has not come."""


class Workshop:
    """See the module. Nothing is started before it is needed."""

    def __init__(self, home: Path, dags: Path, settings: Mapping[str, str] | None = None) -> None:
        """`home`: an empty folder for everything; `dags`: folder of the DAG files; `settings`: by "section.key"."""
        self._home = home
        self._overrides = {
            "database.url": f"sqlite:///{home / 'ostro.db'}",
            "logging.base_log_folder": str(home / "logs"),
            "core.dags_folder": str(dags),
            **(settings or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._sock: socket.socket | None = None
        self._unread = b""
        self._asked = 0
        self._heard: set[tuple[str, int]] = set()
        self._store: Store | None = None
        self._asker: TimetableAsker | None = None
        self.settings: Settings = load_settings(os.environ, home=home, overrides=self._overrides)

    @property
    def store(self) -> Store:
        """The database."""
        if self._store is None:
            self._home.mkdir(parents=True, exist_ok=True)
            self._store = parts.make_store(self.settings)
            self._store.migrate()
        return self._store

    @property
    def cipher(self) -> Cipher:
        """For Variables and Connections."""
        return keys.cipher(self.settings)

    @property
    def logs(self) -> Path:
        """Folder of the task logs."""
        return self.settings.logging.base_log_folder

    @property
    def said(self) -> str:
        """The last that the engine said."""
        path = self._home / "engine.out"
        return path.read_text(errors="replace")[-3000:] if path.exists() else ""

    # ---- what tests ask for --------------------------------------------------------------------------------

    def set_time(self, at: datetime | None, *, skips: bool) -> None:
        """From now on it is `at` (aware; None = the machine's time), and whether the clock jumps over waits."""
        self._tell({"at": None if at is None else at.isoformat(), "skips": skips})

    def wake(self, runs: Sequence[int] = (), dags: Iterable[str] = ()) -> None:
        """The engine must look at these runs and DAGs ("" = Variables and Connections)."""
        self._tell({"wake": list(runs), "dags": list(dags)})

    def settle(self, timeout: float) -> None:
        """Wait until all DAG files are parsed as they are now. Raises TookTooLong and EngineEnded."""
        self._asked += 1
        self._tell({"settled": self._asked})
        self._wait(("settled", self._asked), timeout, lambda: "DAG files are still being parsed")

    def wait_run(self, run: int, timeout: float, what: Callable[[], str]) -> None:
        """Wait until a run and its callbacks are through. Raises TookTooLong and EngineEnded."""
        self._tell({"ended": run})
        self._wait(("ended", run), timeout, what)

    def ask_timetable(self, file: FileRef, question: AnyAsking) -> list[Moments]:
        """Ask a timetable class of an author, in a process of its file. Raises UserError with what it says."""
        if self._asker is None:
            self._asker = TimetableAsker(self.settings)
        return self._asker(file, question)

    # ---- life ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the engine unless it lives. Raises UserError when it cannot work."""
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        self.store  # noqa: B018 - makes the tables
        ours, theirs = socket.socketpair()
        read, write = os.pipe()
        environ = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
        environ |= {
            "OSTRO_HOME": str(self._home),
            VARIABLE: str(self._home / "moved_time"),
            CONTROL: str(theirs.fileno()),
        }
        start = json.dumps({"overrides": self._overrides, "unpause_new": True})
        command = [sys.executable, "-m", "ostro.testing.engine", "--start", start, "--ready-fd", str(write)]
        with (self._home / "engine.out").open("ab") as out:
            self._process = subprocess.Popen(
                command,
                env=environ,
                pass_fds=[theirs.fileno(), write],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        theirs.close()
        os.close(write)
        self._sock, self._unread = ours, b""
        with open(read, "rb") as first:
            found, _, _ = select.select([first], [], [], START)
            if not found or not first.readline():
                said = self.said
                self.close()
                raise UserError(
                    f"the engine for the tests did not start: {said.strip() or 'it said nothing'}"
                )

    def close(self) -> None:
        """End the engine with everything that runs."""
        if self._sock is not None:
            self._sock.close()
            self._sock = None
        if self._process is not None:
            try:
                self._process.wait(END)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
            self._process = None
        if self._asker is not None:
            self._asker.close()
            self._asker = None
        if self._store is not None:
            self._store.dispose()
            self._store = None

    # ---- the socket ----------------------------------------------------------------------------------------

    def _tell(self, message: dict[str, Any]) -> None:
        self.start()
        assert self._sock is not None
        try:
            self._sock.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            raise EngineEnded(f"the engine of the tests ended: {self.said}") from None

    def _wait(self, wanted: tuple[str, int], timeout: float, what: Callable[[], str]) -> None:
        until = time.monotonic() + timeout
        while wanted not in self._heard:
            left = until - time.monotonic()
            if left <= 0:
                raise TookTooLong(f"after {timeout:g} s: {what()}")
            self._hear(left)
        self._heard.discard(wanted)

    def _hear(self, seconds: float) -> None:
        assert self._sock is not None
        found, _, _ = select.select([self._sock], [], [], seconds)
        if not found:
            return
        try:
            data = self._sock.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            raise EngineEnded(f"the engine of the tests ended: {self.said}")
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            self._heard.update(json.loads(line).items())


__all__ = ["EngineEnded", "TookTooLong", "Workshop"]
