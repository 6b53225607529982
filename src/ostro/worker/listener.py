"""The engine's side of the process that runs listeners of plugins: started with the engine, fed without ever blocking it.

What happens while the process starts, or is started again after its death, waits in a queue; a listener that is slower
than the engine for long loses the oldest news and a person is told. Deleted XComs are not lost: they wait in the
database until they are confirmed.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping

import msgspec

from ostro.protocol.frames import Unpacker, pack_any
from ostro.protocol.listening import FromListener, Hello, Purge, Purged, Tell

#: Most news that wait.
MOST = 10_000
#: Most bytes that wait in the connection.
MOST_BYTES = 1 << 20
#: Seconds before a process that died is started again; doubled up to the longest.
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
#: Seconds that the last hooks get when the engine ends.
GRACE = 5.0
_READ = 1 << 16


class ListenerProcess:
    """See the module. A source of the loop: `filenos` and `pump`."""

    def __init__(
        self,
        *,
        engine: str,
        plugins_folder: str | None,
        environment: Mapping[str, str],
        warn: Callable[[str], None],
    ) -> None:
        self._options = {"engine": engine, "plugins_folder": plugins_folder}
        self._environment = dict(environment)
        self._warn = warn
        self._process: subprocess.Popen[bytes] | None = None
        self._sock: socket.socket | None = None
        self._unpacker = Unpacker(FromListener)
        self._out = bytearray()
        self._waiting: deque[Tell | Purge] = deque()
        #: None until it said what it hears.
        self.hooks: frozenset[str] | None = None
        #: Whether the XCom backend wants to know of deleted values; None = not known yet.
        self.purges: bool | None = None
        #: Told of ids that are purged.
        self.purged: Callable[[list[int]], None] = lambda ids: None
        self._again_at = 0.0
        self._wait = FIRST_WAIT
        self._lost = 0
        self._needed = True
        self._waiting.append(Tell(hook="on_starting"))

    # ---- what it is told -----------------------------------------------------------------------------------

    def tell(self, message: Tell) -> None:
        """Have listeners called; what nobody hears costs nothing."""
        if not self._needed or (self.hooks is not None and message.hook not in self.hooks):
            return
        if len(self._waiting) >= MOST:
            self._waiting.popleft()
            if not self._lost:
                self._warn("listeners of plugins are slower than the engine; the oldest news are dropped")
            self._lost += 1
        self._waiting.append(message)
        self._send()

    def purge(self, message: Purge) -> None:
        """Have deleted XComs purged; `purged` is told when."""
        self._waiting.append(message)
        self._send()

    # ---- the loop ------------------------------------------------------------------------------------------

    def filenos(self) -> Iterable[int]:
        """Readable when it has said something."""
        return () if self._sock is None else (self._sock.fileno(),)

    def pump(self) -> tuple[list[int], list[str]]:
        """Take what it says, send what waits. It changes no runs."""
        if self._sock is None:
            if self._needed and time.monotonic() >= self._again_at:
                self._spawn()
            return [], []
        self._receive()
        self._send()
        return [], []

    def close(self) -> None:
        """Tell it that the engine ends, and let it go."""
        self.tell(Tell(hook="before_stopping"))
        if self._sock is None or self._process is None:
            return
        with contextlib.suppress(OSError):
            self._sock.settimeout(GRACE)
            if self.hooks is not None:
                self._sock.sendall(self._out + b"".join(pack_any(m) for m in self._waiting))
            self._sock.shutdown(socket.SHUT_WR)
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._sock.close()
        self._sock = None

    def _spawn(self) -> None:
        ours, theirs = socket.socketpair()
        try:
            options = msgspec.json.encode({**self._options, "fd": theirs.fileno()}).decode()
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "ostro.runtime.listener", options],
                env=self._environment,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            self._later(f"cannot be started: {error}")
            return
        finally:
            theirs.close()
        ours.setblocking(False)
        self._sock = ours
        self._unpacker = Unpacker(FromListener)
        self._out.clear()

    def _receive(self) -> None:
        assert self._sock is not None
        try:
            data = self._sock.recv(_READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._died()
            return
        try:
            for message in self._unpacker.feed(data):
                self._hear(message)
        except msgspec.DecodeError:
            self._died()

    def _hear(self, message: Hello | Purged) -> None:
        if isinstance(message, Purged):
            if message.text:
                self._warn(f"values of deleted XComs stay where they are: {message.text}")
            self.purged(message.ids)
            return
        if self.hooks is None:
            for source, text in message.broken:
                self._warn(f"the plugin {source} cannot be used: {text}; see ostro plugins")
        self.hooks = frozenset(message.hooks)
        self.purges = message.purges
        self._wait = FIRST_WAIT
        self._waiting = deque(m for m in self._waiting if isinstance(m, Purge) or m.hook in self.hooks)
        if not self.hooks and not self.purges:
            # Nobody listens: the process is let go until the engine starts again.
            self._needed = False
            self._drop()

    def _send(self) -> None:
        if self._sock is None or self.hooks is None:
            return
        while self._waiting and len(self._out) < MOST_BYTES:
            self._out += pack_any(self._waiting.popleft())
        try:
            while self._out:
                del self._out[: self._sock.send(self._out)]
        except BlockingIOError:
            return
        except OSError:
            self._died()

    def _died(self) -> None:
        status = None if self._process is None else self._process.poll()
        self._drop()
        self._later(f"ended (status {status})")

    def _later(self, what: str) -> None:
        self._warn(f"the process of listeners {what}; it is started again in {self._wait:g} s")
        self._again_at = time.monotonic() + self._wait
        self._wait = min(self._wait * 2, LONGEST_WAIT)

    def _drop(self) -> None:
        if self._sock is not None:
            self._sock.close()
            self._sock = None
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()
