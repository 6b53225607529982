"""A framed connection to the engine for the loops of nursery and host. Never blocks, never raises for a lost peer."""

from __future__ import annotations

import socket
from typing import Any

import msgspec

from ostro.protocol.frames import Unpacker, pack

#: Bytes read at once.
CHUNK = 65536


class Link:
    """One connection; `closed` tells that the peer went away."""

    def __init__(self, sock: socket.socket, types: Any) -> None:
        sock.setblocking(False)
        self.socket = sock
        self.closed = False
        self._unpacker = Unpacker(types)
        self._out = bytearray()

    def fileno(self) -> int:
        return self.socket.fileno()

    @property
    def wants_write(self) -> bool:
        """Whether bytes wait for the peer to read."""
        return bool(self._out)

    def receive(self) -> list[Any]:
        """Messages that have arrived whole; empty when none."""
        try:
            data = self.socket.recv(CHUNK)
        except (BlockingIOError, InterruptedError):
            return []
        except OSError:
            data = b""
        if not data:
            self.closed = True
            return []
        try:
            return list(self._unpacker.feed(data))
        except msgspec.DecodeError:
            # The peer speaks another protocol: a release that this process was not started for.
            self.closed = True
            return []

    def send(self, message: msgspec.Struct) -> None:
        """Send, or keep what the peer does not take now for `flush`."""
        self._out += pack(message)
        self.flush()

    def flush(self) -> None:
        """Send what waits, as far as the peer takes it."""
        try:
            while self._out and not self.closed:
                del self._out[: self.socket.send(self._out)]
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self.closed = True

    def close(self) -> None:
        self.closed = True
        self.socket.close()


def connect(path: str, *, timeout: float | None = None) -> socket.socket:
    """A blocking connection to a Unix socket. Raises OSError when nobody listens."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout)
        sock.connect(path)
    except BaseException:
        sock.close()
        raise
    return sock
