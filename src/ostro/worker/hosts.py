"""The hosts of DAG files as the engine sees them: opened by the nursery, ready after their import, asked to fork.

A host is named by its FileRef, fingerprint included: a changed file is another host, and the old one is retired.
Forks that were asked for and will not come are told (`ForksLost`), so that nobody waits for them.
"""

from __future__ import annotations

import math
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from ostro.executors.base import Asked, FileBroken
from ostro.executors.local import Event, ForksLost
from ostro.protocol.task import FileRef, Question
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
)
from ostro.worker import death, system
from ostro.worker.hub import Connection

#: Hosts that import their files at the same time. Imports work; some wait for a network.
MOST_IMPORTS = max(8, 2 * (os.cpu_count() or 1))
#: Time without a processor that is granted to an import at most, in import timeouts.
MOST_STARVED = 10
#: Seconds that a dead host's exit status is waited for.
VERDICT = 1.0


class Host:
    """One host process. Owner of its connection."""

    def __init__(self, hosts: Hosts, file: FileRef) -> None:
        self._hosts = hosts
        self.file = file
        self.pid = 0
        self.connection: Connection | None = None
        self.ready = False
        self.retired = False
        #: Wanted before it was ready.
        self.to_fork = 0
        #: Asked for, and not Ready yet.
        self.forking = 0
        #: Children that said Ready and were not reported as ended.
        self.children: set[int] = set()
        #: When it began to import its file, and until when it may; None before it presented itself, and afterwards.
        self.imports_since = 0.0
        self.imports_until: float | None = None
        #: When a host that died without a word is given up.
        self.verdict_at: float | None = None
        self.broken = ""
        self.exit: Exit | None = None

    def heard(self, connection: Connection, message: Any) -> None:
        if isinstance(message, HostReady):
            self._hosts.is_ready(self, message)
        elif isinstance(message, Exits):
            self._hosts.exits(self, message.exits)
        elif isinstance(message, HostBroken):
            self.broken = message.text
        elif isinstance(message, ForkFailed):
            self._hosts.lost_forks(self, message.count, message.text)

    def left(self, connection: Connection) -> None:
        self.connection = None
        self._hosts.disconnected(self)


class Hosts:
    """All of them."""

    def __init__(
        self,
        *,
        open_host: Callable[[OpenHost], None],
        tell: Callable[[Event], None],
        exited: Callable[[Exit], None],
        gone: Callable[[int], None],
        warn: Callable[[str], None],
        setup: str,
        idle: float,
        import_timeout: float,
        plugins_folder: str | None,
        defaults: dict[str, Any],
        starved: Callable[[int], float] = system.starved,
    ) -> None:
        """`starved`: the seconds for which a process was ready to work and got no processor."""
        self._open_host = open_host
        self._tell = tell
        self._exited = exited
        self._gone = gone
        self._warn = warn
        self._setup = setup
        self._idle = idle
        self._import_timeout = import_timeout
        self._plugins_folder = plugins_folder
        self._defaults = defaults
        #: The host that new attempts come from, by file.
        self._current: dict[FileRef, Host] = {}
        self._by_pid: dict[int, Host] = {}
        self._starved = starved
        #: Asked for and not ready yet; and those whose turn comes when one of them is.
        self._importing: set[Host] = set()
        self._waiting: deque[Host] = deque()

    def fork(self, file: FileRef, count: int) -> None:
        """Have `count` processes more made; each will be told as Warm, or as ForksLost."""
        host = self._current.get(file)
        if host is None:
            host = self._current[file] = Host(self, file)
            host.to_fork = count
            self._open(host)
        elif host.ready and host.connection is not None:
            host.forking += count
            host.connection.send(Fork(count=count))
        else:
            host.to_fork += count

    def pids(self) -> list[int]:
        """Processes of the hosts that are known."""
        return list(self._by_pid)

    def is_connected(self, pid: int) -> bool:
        """Whether the host with this pid is there to tell of its children."""
        host = self._by_pid.get(pid)
        return host is not None and host.connection is not None

    def pid_of(self, file: FileRef) -> int:
        """The process of the host that new attempts of a file come from; 0 when there is none."""
        host = self._current.get(file)
        return host.pid if host is not None else 0

    def retire(self, files: Iterable[FileRef]) -> None:
        """No more processes of these."""
        for file in files:
            host = self._current.pop(file, None)
            if host is not None:
                self._retire(host)
                self._give_up_forks(host)

    # ---- what the nursery and the hosts say ----------------------------------------------------------------

    def opened(self, file: FileRef, pid: int) -> None:
        """The nursery forked it."""
        host = self._current.get(file)
        if host is not None and not host.pid:
            host.pid = pid
            self._by_pid[pid] = host

    def up(self, connection: Connection, message: HostUp) -> Host | None:
        """A host presents itself: one just opened, or one of an earlier engine."""
        host = self._current.get(message.file)
        if host is None:
            host = Host(self, message.file)
            if message.setup == self._setup:
                self._current[message.file] = host
        elif host.connection is not None or host.pid not in (0, message.pid) or message.setup != self._setup:
            host = Host(self, message.file)
        if self._current.get(message.file) is not host:
            # A second one of this file, or one whose release or environment has passed.
            host.retired = True
            connection.send(Retire())
        else:
            host.imports_since = time.monotonic()
            host.imports_until = host.imports_since + self._import_timeout
        host.pid = message.pid
        host.connection = connection
        self._by_pid[message.pid] = host
        return host

    def is_ready(self, host: Host, message: HostReady) -> None:
        host.ready = True
        host.imports_until = None
        self._open_next(host)
        if host.retired:
            return
        if message.warning:
            self._warn(
                f"{host.file.path} {message.warning}: each of its tasks starts an interpreter of its own, "
                "which takes longer than a fork"
            )
        if host.to_fork:
            count, host.to_fork = host.to_fork, 0
            self.fork(host.file, count)

    def attempt_ready(self, pid: int, host_pid: int) -> FileRef | None:
        """One of the forks has come: the file that it can run, None when its host is gone or retired."""
        host = self._by_pid.get(host_pid)
        if host is None:
            return None
        host.children.add(pid)
        host.forking = max(0, host.forking - 1)
        return None if host.retired else host.file

    def exits(self, host: Host, exits: list[Exit]) -> None:
        for report in exits:
            if report.pid in host.children:
                host.children.discard(report.pid)
            elif host.forking:
                self.lost_forks(host, 1, death.cause(report.status)["text"])
            self._exited(report)

    def nursery_exits(self, exits: list[Exit]) -> None:
        """Hosts, and orphans of dead hosts."""
        for report in exits:
            host = self._by_pid.get(report.pid)
            if host is None:
                self._exited(report)
                continue
            host.exit = report
            if host.connection is not None:
                # Its last words first; without words this closes the connection and tells `disconnected`.
                while host.connection is not None and host.connection.read():
                    pass
            else:
                self._conclude(host)

    def nursery_gone(self) -> None:
        """Hosts that were asked for and did not come up yet will not."""
        self._waiting.clear()
        for host in [h for h in self._by_pid.values() if h.connection is None] + [
            h for h in self._current.values() if not h.pid
        ]:
            self._end(host)

    def open_failed(self, file: FileRef, text: str) -> None:
        """The nursery could not fork it."""
        host = self._current.pop(file, None)
        if host is not None:
            self._open_next(host)
            self._give_up_forks(host, text)

    def disconnected(self, host: Host) -> None:
        host.imports_until = None
        if host.ready or host.retired or host.broken or host.exit is not None:
            self._conclude(host)
        else:
            # It died while it imported its file; the nursery will tell how.
            host.verdict_at = time.monotonic() + VERDICT

    def lost_forks(self, host: Host, count: int, text: str) -> None:
        host.forking = max(0, host.forking - count)
        if not host.retired:
            self._tell(ForksLost(host.file, count, text))

    # ---- time ----------------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        for host in list(self._current.values()):
            if host.verdict_at is not None and host.verdict_at <= now:
                self._conclude(host)
            elif host.imports_until is not None and now >= host.imports_until:
                self._judge_import(host, now)

    def _judge_import(self, host: Host, now: float) -> None:
        """The time of an import is over: what it stood in line for a processor is added once it is known."""
        starved = min(self._starved(host.pid), MOST_STARVED * self._import_timeout)
        host.imports_until = host.imports_since + self._import_timeout + starved
        if now >= host.imports_until:
            host.imports_until = None
            host.broken = f"its import takes longer than {self._import_timeout:g} s"
            self._kill(host)

    def next_wakeup(self) -> float | None:
        moments = [h.verdict_at for h in self._current.values() if h.verdict_at is not None]
        if self._import_timeout != math.inf:
            moments += [h.imports_until for h in self._current.values() if h.imports_until is not None]
        return min(moments, default=None)

    def close(self, *, leave_running: bool) -> None:
        """Forget all; without `leave_running` they leave when their attempts are gone."""
        if not leave_running:
            for host in set(self._by_pid.values()):
                self._retire(host)

    # ---- one host ------------------------------------------------------------------------------------------

    def _open(self, host: Host) -> None:
        """Have it made, or wait: many imports at once take each other's time, and all of them would take too long."""
        if len(self._importing) >= MOST_IMPORTS:
            self._waiting.append(host)
            return
        self._importing.add(host)
        self._open_host(
            OpenHost(
                file=host.file,
                idle=self._idle,
                plugins_folder=self._plugins_folder,
                defaults=self._defaults,
            )
        )

    def _open_next(self, host: Host) -> None:
        """This one imports no more: the next may."""
        self._importing.discard(host)
        while self._waiting and len(self._importing) < MOST_IMPORTS:
            waiting = self._waiting.popleft()
            if self._current.get(waiting.file) is waiting:
                self._open(waiting)

    def _retire(self, host: Host) -> None:
        host.retired = True
        if host.ready and host.connection is not None:
            host.connection.send(Retire())
        else:
            self._kill(host)
            if not host.pid:
                # Not known by its pid yet: its end will be nobody's.
                self._open_next(host)

    def _kill(self, host: Host) -> None:
        """Only before it is ready: then it has no children, and our knowledge of its pid is fresh."""
        if host.pid:
            try:
                os.kill(host.pid, signal.SIGKILL)
            except ProcessLookupError:
                self._conclude(host)

    def _conclude(self, host: Host) -> None:
        if host.ready or host.retired:
            self._end(host)
            return
        if not host.broken and host.exit is not None:
            host.broken = f"while the file was imported, {death.cause(host.exit.status)['text']}"
        self._end(host)

    def _end(self, host: Host) -> None:
        host.verdict_at = None
        self._open_next(host)
        if self._current.get(host.file) is host:
            del self._current[host.file]
        if self._by_pid.get(host.pid) is host:
            del self._by_pid[host.pid]
        if host.connection is not None:
            connection, host.connection = host.connection, None
            connection.close()
        if host.pid:
            self._gone(host.pid)
        if host.broken and not host.retired:
            host.to_fork = host.forking = 0
            self._tell(FileBroken(host.file, host.broken))
        else:
            self._give_up_forks(host)

    def _give_up_forks(self, host: Host, text: str = "its host is gone") -> None:
        count, host.to_fork, host.forking = host.to_fork + host.forking, 0, 0
        if count:
            self._tell(ForksLost(host.file, count, text))


class Asking:
    """A connection that asks and is neither host nor attempt: a file being imported reads Variables and Connections."""

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self._tell = tell

    def heard(self, connection: Connection, message: Any) -> None:
        if isinstance(message, Question):
            self._tell(Asked(connection.id, message))

    def left(self, connection: Connection) -> None:
        return
