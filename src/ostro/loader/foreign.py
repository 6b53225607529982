"""A bundle of a class that is not ours (S3, GCS, somebody's own): brought up to date by a process that runs the class.

Each look is a process of its own (`ostro.runtime.bundle`), which makes the bundle, initializes and refreshes it, and tells
where its files are; a version that runs are pinned to is made by one too. Files are parsed through a link, because the
class may say only then where they are. What fails is said and tried again at the next look; what is there stays in use.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from ostro import private
from ostro.clock import Clock
from ostro.protocol.bundle import BundleFailed, BundleOrder, BundleTold, FromBundle
from ostro.protocol.frames import Unpacker, pack, pack_any
from ostro.protocol.task import Answer, Question

#: Seconds that one look, or making one version, may take.
TIME_LIMIT = 600.0
#: Seconds before the first look is tried again when it failed; later ones wait for their turn.
AGAIN = 10.0
#: Seconds that a process gets to end by itself after its last word, and after SIGTERM; seconds when all ends.
BY_ITSELF = 5.0
AFTER_TERM = 5.0
AT_CLOSE = 2.0
#: Seconds between two looks at whether it has ended.
POLL = 0.03
_READ = 1 << 16


class ForeignConfig(msgspec.Struct, frozen=True, kw_only=True):
    """One bundle."""

    name: str
    classpath: str
    kwargs: dict[str, Any] = {}
    #: Folder in which bundles keep their files.
    storage: str
    #: Seconds between two looks.
    refresh_every: float = 300.0
    #: Runs are pinned to the version that they begin with, if the class knows versions.
    pins: bool = True
    #: Folders whose modules the class may come from.
    folders: tuple[str, ...] = ()
    #: Environment of its processes; None = this process's own.
    environment: dict[str, str] | None = None

    @property
    def link(self) -> str:
        """The link to the folder with its files."""
        return str(Path(self.storage) / "_places" / self.name)


class _Work:
    """One process under way."""

    def __init__(self, version: str | None, process: subprocess.Popen[bytes], sock: socket.socket) -> None:
        self.version = version
        self.process = process
        self.sock = sock
        self.unpacker = Unpacker(FromBundle)
        self.deadline = float("inf")


class _Ending:
    """A process that has said its last word, or shall."""

    def __init__(self, work: _Work, deadline: float, then: Callable[[int], None] | None) -> None:
        self.version = work.version
        self.process = work.process
        self.deadline = deadline
        self.then = then
        self.was_asked = False

    def is_over(self) -> bool:
        """Whether it has ended. It keeps its number until it is waited for, so that its group can still be named."""
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def signal(self, number: signal.Signals) -> None:
        """To the process and all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


class ForeignBundle:
    """Keeps the folder of one bundle as it should be."""

    def __init__(self, config: ForeignConfig, clock: Clock, complain: Callable[[str], None]) -> None:
        self.config = config
        self._clock = clock
        self._complain = complain
        #: What the newest files are; None before the first look, and for a class without versions.
        self.version: str | None = None
        #: Set when there is something new: a version, a version's folder, other files. Until somebody took notice.
        self.news = False
        #: Questions of its processes that the engine has not answered.
        self.asked: list[Question] = []
        self._look_at = clock.monotonic()
        self._has_looked = False
        self._folders: dict[str, str] = {}
        self._urls: dict[str, str] = {}
        #: Versions that could not be made, and the monotonic moments from which they are tried again.
        self._not_before: dict[str, float] = {}
        self._queue: deque[str] = deque()
        self._work: _Work | None = None
        self._ending: _Ending | None = None

    # ---- what others ask -------------------------------------------------------------------------------------------

    @property
    def has_versions(self) -> bool:
        """Whether runs are pinned to versions of it."""
        # Nothing is known before the first look: a run that was pinned waits for its version.
        return self.config.pins and (self.version is not None or not self._has_looked)

    def folder_of(self, version: str) -> str | None:
        """Folder of a version; None: it is being made, `news` tells when it is there."""
        folder = self._folders.get(version)
        if folder is not None and os.path.isdir(folder):
            return folder
        under_way = any(one is not None and one.version == version for one in (self._work, self._ending))
        is_time = self._clock.monotonic() >= self._not_before.get(version, float("-inf"))
        if version not in self._queue and not under_way and is_time:
            self._queue.append(version)
        return None

    def url_of(self, version: str) -> str | None:
        """Where people see a version on the web, as its class said."""
        return self._urls.get(version)

    def answer(self, answer: Answer) -> None:
        """Answer the question that its process waits for."""
        if self._work is not None:
            with contextlib.suppress(OSError):
                # A process that is gone is noticed by `pump`.
                self._work.sock.sendall(pack_any(answer))

    # ---- the loop --------------------------------------------------------------------------------------------------

    def pump(self) -> None:
        """Go on with what is under way, begin what is due."""
        now = self._clock.monotonic()
        if self._work is not None:
            self._read(self._work, now)
        if self._ending is not None:
            self._reap(self._ending, now)
        if self._work is not None or self._ending is not None:
            return
        if self._queue:
            self._start(self._queue.popleft(), now)
        elif now >= self._look_at:
            self._look_at = now + self.config.refresh_every
            self._start(None, now)

    def filenos(self) -> Iterator[int]:
        """Descriptors whose readiness means that `pump` has something to do."""
        if self._work is not None:
            yield self._work.sock.fileno()

    def next_wakeup(self) -> float | None:
        """Monotonic moment at which `pump` must be called at the latest."""
        if self._work is not None:
            return self._work.deadline
        if self._ending is not None:
            return self._clock.monotonic() + POLL
        return self._clock.monotonic() if self._queue else self._look_at

    def close(self) -> None:
        """End what is under way; the next start does it again."""
        if self._work is not None:
            self._end(self._work)
        if self._ending is None:
            return
        ending, self._ending = self._ending, None
        ending.signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            ending.process.wait(AT_CLOSE)
        ending.signal(signal.SIGKILL)
        ending.process.wait()

    # ---- its processes ---------------------------------------------------------------------------------------------

    def _start(self, version: str | None, now: float) -> None:
        order = BundleOrder(
            name=self.config.name,
            classpath=self.config.classpath,
            kwargs=self.config.kwargs,
            storage=self.config.storage,
            version=version,
            folders=list(self.config.folders),
        )
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-P", "-m", "ostro.runtime.bundle", str(theirs.fileno())]
            try:
                process = subprocess.Popen(
                    command,
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    env=self.config.environment,
                    umask=private.UMASK,
                    start_new_session=True,
                )
            except OSError as error:
                ours.close()
                self._failed(version, f"its process cannot be started: {error.strerror}")
                return
        self._work = work = _Work(version, process, ours)
        work.deadline = now + TIME_LIMIT
        ours.sendall(pack(order))
        ours.setblocking(False)

    def _read(self, work: _Work, now: float) -> None:
        while True:
            try:
                data = work.sock.recv(_READ)
            except BlockingIOError:
                if now >= work.deadline:
                    self._end(work)
                    self._failed(work.version, f"it took longer than {TIME_LIMIT:g} seconds")
                return
            except OSError:
                data = b""
            if not data:
                self._end(work, partial(self._died, work.version))
                return
            try:
                said = list(work.unpacker.feed(data))
            except msgspec.DecodeError:
                self._end(work)
                self._failed(work.version, "its class disturbed the process: the answer cannot be read")
                return
            for message in said:
                if isinstance(message, BundleTold):
                    self._end(work)
                    self._done(work.version, message)
                    return
                if isinstance(message, BundleFailed):
                    self._end(work)
                    self._failed(work.version, message.text)
                    return
                if isinstance(message, Question):
                    self.asked.append(message)

    def _end(self, work: _Work, then: Callable[[int], None] | None = None) -> None:
        """Let the process end; `then` is told its status. Nothing here waits for it, and no other begins before."""
        self._work = None
        self.asked.clear()
        work.sock.close()
        self._ending = _Ending(work, self._clock.monotonic() + BY_ITSELF, then)

    def _reap(self, ending: _Ending, now: float) -> None:
        """Whether it has ended; when its time is over, ask it, and at last end it by force."""
        if not ending.is_over():
            if now >= ending.deadline:
                ending.signal(signal.SIGKILL if ending.was_asked else signal.SIGTERM)
                ending.was_asked = True
                ending.deadline = now + AFTER_TERM
            return
        # What it started goes with it.
        ending.signal(signal.SIGKILL)
        self._ending = None
        status = ending.process.wait()
        if ending.then is not None:
            ending.then(status)

    def _done(self, asked_for: str | None, told: BundleTold) -> None:
        self.news = True
        if asked_for is not None:
            self._folders[asked_for] = told.path
            return
        self._has_looked = True
        if told.version is not None and told.url is not None:
            self._urls[told.version] = told.url
        _point(self.config.link, told.path)
        self.version = told.version

    def _died(self, version: str | None, status: int) -> None:
        self._failed(version, f"its process ended with status {status}; the engine's log has what it printed")

    def _failed(self, version: str | None, text: str) -> None:
        again = self._clock.monotonic() + AGAIN
        if version is not None:
            self._not_before[version] = again
        self._complain(
            f"The bundle {self.config.name!r} ({self.config.classpath}) cannot be brought up to date: {text.removesuffix('.')}"
        )
        if not self._has_looked:
            self._look_at = again


def _point(link: str, folder: str) -> None:
    """Have the link lead to the folder; there is no moment at which it leads nowhere."""
    with contextlib.suppress(OSError):
        if os.readlink(link) == folder:
            return
    private.make_folder(os.path.dirname(link))
    fresh = f"{link}.tmp"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(fresh)
    os.symlink(folder, fresh)
    os.replace(fresh, link)


__all__ = ["ForeignBundle", "ForeignConfig"]
