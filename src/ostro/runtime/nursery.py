"""The nursery: a clean fork server with the SDK loaded, from which hosts and the parser are forked.

`python -m ostro.runtime.nursery`. One thread, no database, no TLS, no user code; a session of its own, so that it
survives the engine and is found again by the next one. Orphans of hosts that died become its children (subreaper) and
their exit status is reported. It ends when told to (Shutdown), or when no engine has been there for a while, always
after its last child.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import NoReturn

import msgspec

from ostro.protocol.frames import Unpacker, pack
from ostro.protocol.worker import (
    Exit,
    Exits,
    ForkFailed,
    NurseryUp,
    Opened,
    OpenHost,
    OpenParser,
    OpenTriggers,
    Ping,
    Pong,
    Shutdown,
    ToNursery,
)
from ostro.runtime import system

#: What is loaded once and shared by all that is forked; `warm_up` of the first fills caches.
PRELOAD = ("ostro.runtime.warm", "ostro.runtime.host", "ostro.runtime.dagfile")
#: Thresholds of the collector in attempts: a task of a few milliseconds should not spend one of them on it.
COLLECTIONS = (10_000, 10, 10)
#: Seconds without an engine and without children after which the nursery ends.
LONELY = 60.0
#: Badness of processes with triggers for the kernel's out-of-memory killer: they are started again, and nothing is lost.
TRIGGERS_OOM_SCORE = 300
#: Exits kept for the next engine.
MOST_EXITS = 10_000


class Nursery:
    """See the module."""

    def __init__(self, listener: socket.socket, *, engine: str, setup: str) -> None:
        self.listener = listener
        self.engine = engine
        self.setup = setup
        self._engine: EngineLine | None = None
        #: Forked directly by us; orphans come in addition.
        self._children: set[int] = set()
        self._exits: list[Exit] = []
        self._leaving = False
        self._lonely_since = time.monotonic()

    def run(self) -> int:
        """Serve until told to leave. Returns the exit code."""
        self._woken, self._waker = system.wake_on_child_exit()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        self.listener.setblocking(False)
        self._selector.register(self.listener, selectors.EVENT_READ, None)
        while not self._is_over():
            self._turn()
        return 0

    def _turn(self) -> None:
        for key, _ in self._selector.select(self._timeout()):
            if key.fileobj is self.listener:
                self._accept()
            elif isinstance(key.data, EngineLine):
                self._serve(key.data)
            else:
                os.read(self._woken, 4096)
        self._reap()

    def _timeout(self) -> float | None:
        if self._engine is not None:
            return None
        return max(0.1, self._lonely_since + LONELY - time.monotonic())

    def _is_over(self) -> bool:
        if self._children:
            return False
        return self._leaving or (self._engine is None and time.monotonic() > self._lonely_since + LONELY)

    # ---- the engine ----------------------------------------------------------------------------------------

    def _accept(self) -> None:
        try:
            sock, _ = self.listener.accept()
        except (BlockingIOError, ConnectionError):
            return
        if self._engine is not None:
            # One engine at a time; the newer one is the living one.
            self._drop_engine()
        self._engine = EngineLine(sock)
        self._selector.register(sock, selectors.EVENT_READ, self._engine)
        self._engine.send(NurseryUp(pid=os.getpid(), setup=self.setup))
        self._report()

    def _drop_engine(self) -> None:
        assert self._engine is not None
        self._selector.unregister(self._engine.socket)
        self._engine.close()
        self._engine = None
        self._lonely_since = time.monotonic()

    def _serve(self, line: EngineLine) -> None:
        if line is not self._engine:
            return
        for message in line.receive():
            if isinstance(message, OpenHost):
                self._open_host(message)
            elif isinstance(message, OpenParser):
                self._open_beside(line.descriptors.popleft(), _parse)
            elif isinstance(message, OpenTriggers):
                self._open_beside(line.descriptors.popleft(), partial(_run_triggers, message, self.engine))
            elif isinstance(message, Ping):
                line.send(Pong(seq=message.seq))
            elif isinstance(message, Shutdown):
                self._leave()
        if line.closed:
            self._drop_engine()

    def _leave(self) -> None:
        """Take no more work: another nursery may listen at the same place already."""
        self._leaving = True
        self._selector.unregister(self.listener)
        self.listener.close()

    # ---- forking -------------------------------------------------------------------------------------------

    def _open_host(self, order: OpenHost) -> None:
        from ostro.runtime import host

        assert self._engine is not None
        try:
            pid = os.fork()
        except OSError as error:
            self._engine.send(ForkFailed(text=f"no new process: {error.strerror}", file=order.file))
            return
        if pid == 0:
            self._become_child()
            host.live(order, host.HostConfig(engine=self.engine, setup=self.setup))
        self._children.add(pid)
        self._engine.send(Opened(file=order.file, pid=pid))

    def _open_beside(self, descriptor: int, live: Callable[[socket.socket], NoReturn]) -> None:
        """Fork a process that belongs to no DAG file; `live` is its whole life."""
        assert self._engine is not None
        try:
            pid = os.fork()
        except OSError:
            # The other end sees its control socket close, and asks again.
            os.close(descriptor)
            return
        if pid == 0:
            self._become_child()
            live(socket.socket(fileno=descriptor))
        os.close(descriptor)
        self._children.add(pid)

    def _become_child(self) -> None:
        try:
            system.forget_children()
            self._selector.close()
            os.close(self._woken)
            os.close(self._waker)
            if self._engine is not None:
                self._engine.close()
            self.listener.close()
        except BaseException:
            os._exit(1)

    # ---- ends ----------------------------------------------------------------------------------------------

    def _reap(self) -> None:
        for pid, status, maxrss in system.reap():
            if pid in self._children:
                self._children.discard(pid)
                if status:
                    self._tell_orphans()
            self._exits.append(Exit(pid, status, maxrss))
        self._report()
        if self._children:
            self._lonely_since = time.monotonic()

    def _tell_orphans(self) -> None:
        """A host died: its attempts are ours now, and must read their raw output themselves."""
        for pid in system.orphans():
            if pid not in self._children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, system.HOST_DIED)

    def _report(self) -> None:
        if not self._exits:
            return
        if self._engine is None:
            del self._exits[:-MOST_EXITS]
            return
        self._engine.send(Exits(exits=self._exits))
        self._exits = []


class EngineLine:
    """The connection to the engine: blocking to write, descriptors may come with messages."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(True)
        self.socket = sock
        self.closed = False
        self.descriptors: deque[int] = deque()
        self._unpacker = Unpacker(ToNursery)

    def receive(self) -> list[msgspec.Struct]:
        try:
            data, descriptors, _, _ = socket.recv_fds(self.socket, 1 << 16, 16)
        except OSError:
            self.closed = True
            return []
        self.descriptors.extend(descriptors)
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        if not data:
            self.closed = True
            return []
        try:
            return list(self._unpacker.feed(data))
        except msgspec.DecodeError:
            # An engine of another release: it will start a nursery of its own.
            self.closed = True
            return []

    def send(self, message: msgspec.Struct) -> None:
        try:
            self.socket.sendall(pack(message))
        except OSError:
            self.closed = True

    def close(self) -> None:
        self.closed = True
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors.clear()
        self.socket.close()


def _parse(control: socket.socket) -> NoReturn:
    """The life of the parent of parse processes."""
    code = 1
    try:
        from ostro.runtime.parse import parse_child
        from ostro.runtime.parse_server import serve

        gc.enable()
        gc.collect()
        gc.freeze()
        code = serve(control, parse_child)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _run_triggers(order: OpenTriggers, engine: str, control: socket.socket) -> NoReturn:
    """The life of a process with triggers."""
    code = 1
    try:
        system.name_process("ostro-triggers")
        system.prefer_as_oom_victim(TRIGGERS_OOM_SCORE)
        gc.enable()
        from ostro.runtime.triggers import serve

        serve(control, engine, order.plugins_folder, order.defaults, order.limits)
        code = 0
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(code)


def load(more: Sequence[str]) -> None:
    """Load what every host and attempt needs, and leave the memory so that forks share it."""
    for name in (*PRELOAD, *more):
        importlib.import_module(name)
    from ostro.runtime.warm import warm_up

    warm_up()
    gc.collect()
    gc.set_threshold(*COLLECTIONS)
    # Collections in the children then never touch what is shared; without them here nothing is copied before a fork.
    gc.freeze()
    gc.disable()


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The command line, one JSON object: a parser of command lines is a megabyte in every fork."""

    #: Descriptor of the listening socket.
    listen: int
    #: Path of the engine's socket.
    engine: str
    #: Fingerprint of release and environment.
    setup: str
    #: More modules to load.
    preload: list[str] = []


def main(options_json: str) -> int:
    """Load, then serve."""
    # The engine had the dynamic linker bind all names at the start, once for all forks; programs of tasks need not.
    os.environ.pop("LD_BIND_NOW", None)
    options = msgspec.json.decode(options_json, type=Options)
    system.name_process("ostro-nursery")
    system.become_subreaper()
    # A shell starts what is in the background with both of these ignored; a program of a task would be, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    listener = socket.socket(fileno=options.listen)
    load(options.preload)
    return Nursery(listener, engine=options.engine, setup=options.setup).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
