"""Where parse processes come from.

The loader makes a socket for each job and keeps one end; the spawner gives the other end to a new process that runs
`ostro.runtime.parse.parse_child(order, sock)`, kills it when told, and says when it has ended. The child leads a process
group; when it has ended its parent kills what is left of the group. In `standalone` the
nursery does this; `ForkSpawner` is for everything without a nursery (`ostro dags reserialize`, tests).
"""

from __future__ import annotations

import array
import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from ostro.errors import OstroError
from ostro.protocol.frames import Unpacker, pack
from ostro.protocol.parse import ParseBegun, ParseEnded, ParseKill, ParseOrder

#: Seconds that the fork server gets to end by itself.
GRACE = 2.0


class SpawnFailed(OstroError):
    """No process can be made now; try again."""


class Ended(msgspec.Struct, frozen=True):
    """The process of a job has ended."""

    job: int
    #: As waitpid gives it; None when the parent of the process is gone too and nobody knows.
    status: int | None


class Begun(msgspec.Struct, frozen=True):
    """The process of a job that was given ahead of need (`ParseOrder.ahead`) is there."""

    job: int


class ParseSpawner(Protocol):
    """What the loader needs to have files parsed. No method blocks."""

    def spawn(self, order: ParseOrder, sock: socket.socket) -> None:
        """Start the process; `sock` is its end, and is closed here. Raises SpawnFailed."""

    def kill(self, job: int) -> None:
        """SIGKILL to the process group of the job. Unknown jobs are ignored."""

    def pump(self) -> list[Begun | Ended]:
        """What happened to processes since the last call."""

    def filenos(self) -> Iterable[int]:
        """Descriptors whose readiness means that `pump` has something to say."""

    def close(self) -> None:
        """End all processes."""


class ForkSpawner:
    """Parse processes from a fork server of our own (`ostro.runtime.parse_server`), started at the first order."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        """`environment` of user code; None = this process's own."""
        self._environment = environment
        self._server: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._unpacker = Unpacker(ParseBegun | ParseEnded)
        self._jobs: set[int] = set()

    def spawn(self, order: ParseOrder, sock: socket.socket) -> None:
        with sock:
            control = self._control or self._begin()
            frame = pack(order)
            descriptors = array.array("i", [sock.fileno()])
            ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)]
            try:
                # Orders are small and two at a time: a server that does not read for so long is as good as dead.
                control.settimeout(GRACE)
                sent = control.sendmsg([frame], ancillary)
                control.sendall(frame[sent:])
            except OSError as e:
                raise SpawnFailed(f"the parse server does not take orders: {e}") from e
            finally:
                control.settimeout(0)
            self._jobs.add(order.job)

    def kill(self, job: int) -> None:
        if self._control is not None and job in self._jobs:
            with contextlib.suppress(OSError):
                # A server that is gone took its children along; `pump` tells of it.
                self._control.sendall(pack(ParseKill(job=job)))

    def pump(self) -> list[Begun | Ended]:
        if self._control is None:
            return []
        found: list[Begun | Ended] = []
        while True:
            try:
                data = self._control.recv(1 << 16)
            except BlockingIOError:
                break
            except OSError:
                data = b""
            if not data:
                found += self._lost()
                break
            for message in self._unpacker.feed(data):
                if isinstance(message, ParseBegun):
                    found.append(Begun(message.job))
                else:
                    found.append(Ended(message.job, message.status))
        self._jobs.difference_update(e.job for e in found if isinstance(e, Ended))
        return found

    def filenos(self) -> Iterable[int]:
        return () if self._control is None else (self._control.fileno(),)

    def close(self) -> None:
        self._lost()

    def _begin(self) -> socket.socket:
        self._control = control = self._start()
        control.setblocking(False)
        self._unpacker = Unpacker(ParseBegun | ParseEnded)
        return control

    def _start(self) -> socket.socket:
        """A new server; returns its control socket."""
        ours, theirs = socket.socketpair()
        with theirs:
            descriptor = theirs.fileno()
            # -P: the current directory is no place for modules of DAG files.
            command = [sys.executable, "-P", "-m", "ostro.runtime.parse_server", "--control", str(descriptor)]
            self._server = subprocess.Popen(
                command, pass_fds=[descriptor], stdin=subprocess.DEVNULL, env=self._environment
            )
        return ours

    def _lost(self) -> list[Ended]:
        """Leave the server; its jobs have ended one way or the other."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._server is not None:
            try:
                self._server.wait(GRACE)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
            self._server = None
        lost = [Ended(job, None) for job in sorted(self._jobs)]
        self._jobs.clear()
        return lost
