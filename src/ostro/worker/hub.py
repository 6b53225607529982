"""The engine's Unix socket: every connection of hosts, attempts and waking processes, and the descriptors watched.

One selector, no threads, nothing blocks. Whoever connects says who he is with his first message; the hub routes
messages by connection and knows nothing of their meaning.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from ostro.errors import OstroError
from ostro.protocol.frames import Unpacker, pack_any
from ostro.protocol.worker import FromAny
from ostro.worker import system

#: Bytes read from a connection in one turn.
CHUNK = 1 << 18
#: Bytes kept for a peer that does not read. An XCom may be large; a process that reads nothing is broken.
MOST_UNSENT = 1 << 30
#: Connections that wait to be accepted.
BACKLOG = 1024
#: Connections accepted in one turn.
ACCEPTS = 64

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_READ | selectors.EVENT_WRITE


class Connection:
    """One framed connection. `owner` is what the router made of its first message."""

    __slots__ = ("_descriptors", "_hub", "_out", "_unpacker", "closed", "fd", "id", "owner", "pid", "socket")

    def __init__(self, hub: Hub, sock: socket.socket, types: Any, number: int, pid: int = 0) -> None:
        self._hub = hub
        self.socket = sock
        self.fd = sock.fileno()
        self.id = number
        #: As the kernel says, 0 when it does not.
        self.pid = pid
        self.owner: Owner | None = None
        self.closed = False
        self._unpacker = Unpacker(types)
        self._out = bytearray()
        #: Descriptors that wait with the bytes: how many bytes go before each, and its number.
        self._descriptors: deque[tuple[int, int]] = deque()
        hub.watch(self.fd, self.ready)

    def send(self, message: msgspec.Struct) -> bool:
        """Send, or keep what the peer does not take at once. False when the peer is known to be gone."""
        if self.closed:
            return False
        data = pack_any(message)
        if self._out:
            return self._keep(data)
        try:
            sent = self.socket.send(data, socket.MSG_DONTWAIT)
        except BlockingIOError:
            sent = 0
        except OSError:
            return False  # the end is read soon, with what the peer said before
        if sent < len(data):
            self._hub.watch(self.fd, self.ready, WRITE)
            return self._keep(data[sent:])
        return True

    def send_with_descriptor(self, message: msgspec.Struct, descriptor: int) -> bool:
        """Like `send`, and a descriptor goes with the message's first byte; ours of it is closed in any case."""
        if self.closed:
            os.close(descriptor)
            return False
        self._descriptors.append((len(self._out), descriptor))
        self._out += pack_any(message)
        self._hub.watch(self.fd, self.ready, WRITE)
        self._flush()
        return not self.closed

    def ready(self, mask: int) -> None:
        """The selector's call."""
        if mask & selectors.EVENT_WRITE:
            self._flush()
        if mask & selectors.EVENT_READ:
            self.read()

    def read(self) -> bool:
        """Take one chunk and hand its messages to the owner. False when there was nothing."""
        try:
            data = self.socket.recv(CHUNK, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self.close()
            return False
        try:
            for message in self._unpacker.feed(data):
                if self.owner is None:
                    self.owner = self._hub.introduce(self, message)
                else:
                    self.owner.heard(self, message)
                if self.closed:
                    return False
        except msgspec.DecodeError:
            # Not our protocol: another release, or not one of ours.
            self.close()
        return not self.closed

    def close(self) -> None:
        """End the connection; the owner is told once."""
        if self.closed:
            return
        self.closed = True
        while self._descriptors:
            os.close(self._descriptors.popleft()[1])
        self._hub.unwatch(self.fd)
        self.socket.close()
        self._hub.connections.pop(self.id, None)
        if self.owner is not None:
            self.owner.left(self)

    def _keep(self, data: bytes) -> bool:
        self._out += data
        if len(self._out) > MOST_UNSENT:
            self.close()
        return not self.closed

    def _flush(self) -> None:
        try:
            while self._out:
                sent = self._send_some()
                del self._out[:sent]
                self._descriptors = deque((at - sent, fd) for at, fd in self._descriptors)
        except BlockingIOError:
            return
        except OSError:
            self._out.clear()
        if not self._out and not self.closed:
            self._hub.watch(self.fd, self.ready, READ)

    def _send_some(self) -> int:
        """Send what may go with one call: up to the next descriptor, which begins a call of its own."""
        if not self._descriptors:
            return self.socket.send(self._out, socket.MSG_DONTWAIT)
        at, descriptor = self._descriptors[0]
        if at > 0:
            return self.socket.send(self._out[:at], socket.MSG_DONTWAIT)
        end = self._descriptors[1][0] if len(self._descriptors) > 1 else len(self._out)
        sent = socket.send_fds(self.socket, [self._out[:end]], [descriptor], socket.MSG_DONTWAIT)
        self._descriptors.popleft()
        os.close(descriptor)
        return sent


class Owner(Protocol):
    """Who a connection belongs to."""

    def heard(self, connection: Connection, message: Any) -> None:
        """A message after the first."""
        ...

    def left(self, connection: Connection) -> None:
        """The connection ended."""
        ...


class Hub:
    """See the module."""

    def __init__(self, path: str) -> None:
        """`path`: where to listen. `introduce` is set by the owner before `listen`."""
        self.path = path
        self.connections: dict[int, Connection] = {}
        self.introduce: Callable[[Connection, Any], Owner | None]
        self._selector = selectors.DefaultSelector()
        self._callbacks: dict[int, Callable[[int], None]] = {}
        self._listener: socket.socket | None = None
        self._numbers = 0
        self._uid = os.getuid()

    def listen(self) -> None:
        """Open the socket, 0600 in a folder 0700. Raises OstroError when that is impossible."""
        try:
            self._listener = listen(self.path)
        except OSError as error:
            raise OstroError(f"cannot listen on {self.path}: {error.strerror or error}") from error
        self.watch(self._listener.fileno(), self._accept)

    def fileno(self) -> int:
        """Readable when `pump` has something to do."""
        return self._selector.fileno()

    def pump(self) -> None:
        """Handle what is ready now."""
        for key, mask in self._selector.select(0):
            # An earlier callback of this round may have closed it.
            callback = self._callbacks.get(key.fd)
            if callback is not None:
                callback(mask)

    def watch(self, fd: int, callback: Callable[[int], None], mask: int = READ) -> None:
        """Call `callback(mask)` when `fd` is ready."""
        if fd in self._callbacks:
            self._selector.modify(fd, mask)
        else:
            self._selector.register(fd, mask)
        self._callbacks[fd] = callback

    def unwatch(self, fd: int) -> None:
        """Stop watching; before `fd` is closed."""
        if self._callbacks.pop(fd, None) is not None:
            self._selector.unregister(fd)

    def adopt(self, sock: socket.socket, types: Any, owner: Owner) -> Connection:
        """A connection that the engine itself made."""
        connection = Connection(self, sock, types, self._number())
        connection.owner = owner
        self.connections[connection.id] = connection
        return connection

    def close(self) -> None:
        """End all connections without telling anyone, and free the path."""
        for connection in list(self.connections.values()):
            connection.owner = None
            connection.close()
        if self._listener is not None:
            self.unwatch(self._listener.fileno())
            self._listener.close()
            self._listener = None
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path)
        self._selector.close()

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _accept(self, mask: int) -> None:
        assert self._listener is not None
        for _ in range(ACCEPTS):
            try:
                sock, _ = self._listener.accept()
            except BlockingIOError:
                return
            except OSError:
                # Out of descriptors, or the peer left meanwhile. The next turn tries again.
                return
            pid, uid = system.peer(sock)
            if uid != self._uid:
                sock.close()
                continue
            connection = Connection(self, sock, FromAny, self._number(), pid)
            self.connections[connection.id] = connection
            # What it says is there already, mostly.
            connection.read()


def listen(path: str) -> socket.socket:
    """A listening Unix socket that only this user reaches; takes the place of a left over one."""
    folder = os.path.dirname(path)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    os.chmod(folder, 0o700)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        before = os.umask(0o177)
        try:
            listener.bind(path)
        finally:
            os.umask(before)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener
