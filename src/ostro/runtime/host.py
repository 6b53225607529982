"""The host of one DAG file: imports it once, forks attempts from the result, reaps them, reads their raw output.

One thread, one loop; a request to fork is served before anything else. A file that starts threads or opens sockets
while it is imported is not forked: each attempt then is a fresh interpreter that imports the file itself.

When the engine goes away the host keeps its children and knocks at the socket until an engine answers. When the host
dies its children go on; the nursery reaps them and they read their raw output themselves (`raw_output`).
The host leaves when it had nothing to do for a while, or was retired, and has no children.
"""

from __future__ import annotations

import fcntl
import gc
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from typing import Any, NoReturn

import msgspec

from ostro.protocol.worker import (
    Exit,
    Exits,
    Fork,
    ForkFailed,
    HostBroken,
    HostReady,
    HostUp,
    OpenHost,
    Retire,
    ToHost,
)
from ostro.runtime import attempt, raw_output, system
from ostro.runtime.importing import import_file, sentence, unforkable
from ostro.runtime.link import Link, connect
from ostro.runtime.raw_output import RawOutput

#: Seconds between attempts to reach an engine that went away: first, and longest.
FIRST_WAIT = 0.05
LONGEST_WAIT = 1.0
#: Seconds between looks at an engine that does not read.
FULL_WAIT = 0.1
#: Seconds that a child lives unwatched before its pipe is listened to. Most attempts are over by then, and their pipe
#: is read once, at their end.
UNWATCHED = 0.1
#: Descriptors of pipes get numbers from here on, or above what the file has left open.
HIGH = 64
#: Above all descriptors that can be.
MOST_DESCRIPTORS = 1 << 20
#: Most forks at once; then the engine is heard and what has ended is reaped.
BURST = 8
#: Exits kept for the next engine.
MOST_EXITS = 10_000


class HostConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What the nursery tells each of its hosts."""

    engine: str
    setup: str


class Host:
    """See the module."""

    def __init__(self, order: OpenHost, config: HostConfig) -> None:
        self.order = order
        self.config = config
        self.loaded: Any = None
        self._birth = attempt.Birth(
            file=order.file,
            engine=config.engine,
            host_pid=os.getpid(),
            plugins_folder=order.plugins_folder,
            defaults=order.defaults,
        )
        self.warning = ""
        self.pid = os.getpid()
        self._link: Link | None = None
        self._children: dict[int, RawOutput] = {}
        #: Pipes that nobody listens to yet, with the moment from which on somebody does.
        self._unwatched: dict[int, float] = {}
        self._exits: list[Exit] = []
        self._to_fork = 0
        self._retired = False
        self._quiet_since = time.monotonic()
        self._next_knock = 0.0
        self._wait = FIRST_WAIT

    def run(self) -> None:
        """Live. Returns when there is nothing left to do."""
        self._connect()
        if not self._import():
            return
        self._prepare()
        if self._link is not None:
            self._listen_to_engine(self._link)
        while not self._is_over():
            self._turn()

    def _prepare(self) -> None:
        """Descriptors that are ours alone go above those that the file has left open; memory is made ready to share."""
        self._high = max(HIGH, system.highest_descriptor() + 2)
        woken, waker = system.wake_on_child_exit()
        self._woken = self._raise(woken)
        signal.set_wakeup_fd(self._raise(waker), warn_on_full_buffer=False)
        self._own_output = self._raise(os.dup(2))
        # A selector takes the lowest free number: there must be none below.
        fillers: list[int] = []
        while not fillers or fillers[-1] < self._high:
            fillers.append(os.dup(0))
        self._selector = selectors.DefaultSelector()
        for filler in fillers:
            os.close(filler)
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        self._runners = attempt.load_runners()
        self._numpy_random = sys.modules.get("numpy.random")
        attempt.prepare(self._birth)
        gc.collect()
        gc.freeze()
        # In attempts; here nothing is left to collect.
        gc.enable()

    def _raise(self, fd: int) -> int:
        """The same descriptor with a high number."""
        high = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, self._high)
        os.close(fd)
        return high

    # ---- importing -----------------------------------------------------------------------------------------

    def _import(self) -> bool:
        attempt.count_exit_functions()
        before = system.open_sockets()
        try:
            self.loaded = import_file(
                self.order.file, self.config.engine, self.order.plugins_folder, self.order.defaults
            )
        except BaseException as error:
            # The boundary to user code: whatever it raises, sys.exit too, breaks the file and not the host.
            if self._link is not None:
                self._link.send(HostBroken(text=sentence(error)))
            return False
        self.warning = unforkable(before)
        return True

    # ---- one turn ------------------------------------------------------------------------------------------

    def _turn(self) -> None:
        ready = self._selector.select(self._timeout())
        pipes: list[RawOutput] = []
        for key, _ in ready:
            if isinstance(key.data, Link):
                self._hear(key.data)
            elif isinstance(key.data, RawOutput):
                pipes.append(key.data)
            else:
                os.read(self._woken, 4096)
        if self._to_fork:
            self._make_all()
        self._reap()
        for pipe in pipes:
            if pipe.fd >= 0 and pipe.read() == 0:
                self._close_pipe(pipe)
        self._watch_older()
        if self._link is None:
            # Before the report: what ended while no engine was there is told to the next one as soon as it is.
            self._knock()
        self._report()
        if self._link is not None and self._link.wants_write:
            self._link.flush()

    def _timeout(self) -> float | None:
        now = time.monotonic()
        moments = [next(iter(self._unwatched.values()))] if self._unwatched else []
        if self._link is None:
            moments.append(self._next_knock)
        elif self._link.wants_write:
            moments.append(now + FULL_WAIT)
        if not self._children:
            moments.append(self._quiet_since + self.order.idle)
        return max(0.0, min(moments) - now) if moments else None

    def _is_over(self) -> bool:
        if self._children or self._to_fork:
            return False
        return self._retired or time.monotonic() >= self._quiet_since + self.order.idle

    def _hear(self, link: Link) -> None:
        for message in link.receive():
            if isinstance(message, Fork):
                self._to_fork += message.count
            elif isinstance(message, Retire):
                self._retired = True
        if link.closed:
            self._drop_link()

    # ---- forking -------------------------------------------------------------------------------------------

    def _make_all(self) -> None:
        """Make the attempts that were asked for, in bursts; between two the engine is heard: it may want no more.

        Each page that is written between two forks is copied once for each fork: bookkeeping comes after a burst.
        """
        while self._to_fork:
            made: list[tuple[int, int]] = []
            refused: OSError | None = None
            try:
                (self._spawn_burst if self.warning else self._fork_burst)(made)
            except OSError as error:
                refused = error
            watch_at = time.monotonic() + UNWATCHED
            for pid, output in made:
                self._children[pid] = RawOutput(output)
                self._unwatched[pid] = watch_at
            self._to_fork -= len(made)
            if refused is not None:
                count, self._to_fork = self._to_fork, 0
                if self._link is not None:
                    self._link.send(ForkFailed(text=f"no new process: {refused.strerror}", count=count))
            elif self._link is not None:
                self._hear(self._link)

    def _fork_burst(self, made: list[tuple[int, int]]) -> None:
        """Fork; `made` gets pid and read end of each child. Raises OSError when the system refuses one."""
        birth = self._birth
        birth.moment = time.clock_gettime_ns(attempt.BOOT_CLOCK)
        words = attempt.first_words(birth)
        try:
            for _ in range(min(self._to_fork, BURST)):
                self._fork(birth, words, made)
        finally:
            os.dup2(self._own_output, 1)
            os.dup2(self._own_output, 2)

    def _fork(self, birth: attempt.Birth, words: bytes, made: list[tuple[int, int]]) -> None:
        """One child, with its pipe as descriptors 1 and 2; they stay so for us until the burst is over.

        What can be done before the fork is done here, in memory that is used again and again: each object that the
        child touches first costs it the copy of a page.
        """
        opened = list(raw_output.open_pipe())
        try:
            read_end, write_end = opened
            # Ours is a copy with a high number: a child closes all of those with one call.
            output = fcntl.fcntl(read_end, fcntl.F_DUPFD_CLOEXEC, self._high)
            opened.append(output)
            os.dup2(write_end, 1)
            os.dup2(write_end, 2)
            os.close(opened.pop(1))
            birth.output = read_end
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            pid = os.fork()
        except OSError:
            for fd in opened:
                os.close(fd)
            raise
        if not pid:
            self._become_attempt(birth, sock, words)
        os.close(read_end)
        os.close(sock.detach())
        made.append((pid, output))

    def _become_attempt(self, birth: attempt.Birth, sock: socket.socket, words: bytes) -> NoReturn:
        """In the child, which is alone in its memory now."""
        try:
            os.closerange(self._high, MOST_DESCRIPTORS)
            os.setsid()
            system.forget_children()
            if self._numpy_random is not None:
                # `random` reseeds itself after a fork; numpy's global generator would repeat itself in every attempt.
                self._numpy_random.seed()
            attempt.live(birth, self.loaded, self._runners, sock, words)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(attempt.CANNOT_START)

    def _spawn_burst(self, made: list[tuple[int, int]]) -> None:
        """Fresh interpreters, for a file that cannot be forked. Raises OSError when the system refuses one."""
        birth = msgspec.structs.replace(self._birth, output=3, moment=0)
        command = [
            sys.executable,
            "-u",
            "-P",
            "-m",
            "ostro.runtime.attempt",
            msgspec.json.encode(birth).decode(),
        ]
        for _ in range(min(self._to_fork, BURST)):
            read_end, write_end = raw_output.open_pipe()
            try:
                pid = os.posix_spawn(
                    sys.executable,
                    command,
                    os.environ,
                    file_actions=[
                        (os.POSIX_SPAWN_DUP2, write_end, 1),
                        (os.POSIX_SPAWN_DUP2, write_end, 2),
                        (os.POSIX_SPAWN_DUP2, read_end, 3),
                    ],
                    setsid=True,
                    setsigdef=[signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGPIPE],
                )
            except OSError:
                os.close(read_end)
                raise
            finally:
                os.close(write_end)
            made.append((pid, read_end))

    # ---- ends ----------------------------------------------------------------------------------------------

    def _reap(self) -> None:
        for pid, status, maxrss in system.reap():
            self._exits.append(Exit(pid, status, maxrss))
            self._unwatched.pop(pid, None)
            output = self._children.pop(pid, None)
            if output is not None and output.fd >= 0:
                if output.drain():
                    self._close_pipe(output)
                else:
                    # A program that the attempt left running still has the other end.
                    self._listen(output)
            if not self._children:
                self._quiet_since = time.monotonic()

    def _watch_older(self) -> None:
        """Listen to the pipes of children that live longer than most."""
        now = time.monotonic() if self._unwatched else 0.0
        while self._unwatched:
            pid, moment = next(iter(self._unwatched.items()))
            if moment > now:
                return
            del self._unwatched[pid]
            self._listen(self._children[pid])

    def _listen(self, output: RawOutput) -> None:
        if not output.watched:
            output.watched = True
            self._selector.register(output.fd, selectors.EVENT_READ, output)

    def _close_pipe(self, output: RawOutput) -> None:
        if output.watched:
            self._selector.unregister(output.fd)
        output.close()

    # ---- the engine ----------------------------------------------------------------------------------------

    def _connect(self) -> None:
        try:
            self._link = Link(connect(self.config.engine), ToHost)
        except OSError:
            self._link = None
            self._next_knock = time.monotonic() + self._wait
            self._wait = min(self._wait * 2, LONGEST_WAIT)
            return
        self._wait = FIRST_WAIT
        self._link.send(
            HostUp(
                pid=self.pid,
                pid_birth=system.birth(self.pid),
                file=self.order.file,
                setup=self.config.setup,
            )
        )

    def _knock(self) -> None:
        if time.monotonic() < self._next_knock:
            return
        self._connect()
        if self._link is not None:
            self._listen_to_engine(self._link)

    def _listen_to_engine(self, link: Link) -> None:
        link.socket = socket.socket(fileno=self._raise(link.socket.detach()))
        link.socket.setblocking(False)
        self._selector.register(link.socket, selectors.EVENT_READ, link)
        link.send(HostReady(forkable=not self.warning, warning=self.warning))

    def _drop_link(self) -> None:
        assert self._link is not None
        self._selector.unregister(self._link.socket)
        self._link.close()
        self._link = None
        # Forks that the engine of before asked for are of no use to the next one, which asks itself.
        self._to_fork = 0
        self._next_knock = time.monotonic() + self._wait

    def _report(self) -> None:
        if not self._exits:
            return
        if self._link is None:
            del self._exits[:-MOST_EXITS]
            return
        self._link.send(Exits(exits=self._exits))
        self._exits = []


def live(order: OpenHost, config: HostConfig) -> NoReturn:
    """The life of a process that the nursery forked to be a host."""
    code = 1
    try:
        system.name_process("ostro-tasks")
        system.prefer_as_oom_victim(900)
        Host(order, config).run()
        code = 0
    except BaseException:
        # Our own defect, or a signal: the nursery's log is the only place left to say so.
        traceback.print_exc()
    finally:
        os._exit(code)
