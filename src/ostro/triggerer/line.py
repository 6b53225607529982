"""The connection to a process with triggers: never blocks, keeps what the process does not read yet."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

import msgspec

from ostro.protocol.frames import Unpacker, pack_any
from ostro.protocol.trigger import FromTriggers

#: Bytes read at once.
CHUNK = 1 << 18


class Line:
    """One connection; `closed` tells that the process has ended, after its last words were read."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._unpacker = Unpacker(FromTriggers)
        self._out = bytearray()
        self.closed = False

    def fileno(self) -> int:
        return self._sock.fileno()

    @property
    def unsent(self) -> bool:
        """Whether something waits for the process to read."""
        return bool(self._out) and not self.closed

    def send(self, message: msgspec.Struct) -> None:
        """Send, or keep for `flush`."""
        self._out += pack_any(message)
        if len(self._out) < CHUNK:
            self.flush()

    def flush(self) -> None:
        """Send what waits, as far as it is taken. The end of the process is noticed when it is read."""
        with contextlib.suppress(OSError):
            while self._out:
                del self._out[: self._sock.send(memoryview(self._out)[:CHUNK])]

    def receive(self) -> list[Any]:
        """All messages that have arrived."""
        found: list[Any] = []
        while not self.closed:
            try:
                data = self._sock.recv(CHUNK)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                data = b""
            if not data:
                self.closed = True
                break
            try:
                found += self._unpacker.feed(data)
            except msgspec.DecodeError:
                # User code wrote to a descriptor that is not its own.
                self.closed = True
        return found

    def close(self) -> None:
        """The process is not needed any more."""
        self.closed = True
        self._sock.close()
