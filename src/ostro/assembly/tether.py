"""What ties engine and web server to their `ostro standalone`: neither outlives it, and the next start waits for them.

    the tie      a pipe. The supervisor holds the writing end and never writes; a child that reads its end knows that the
                 supervisor is gone, however it died, and ends itself in order. Tasks go on: the next engine adopts them.
    the mark     a lock on run/children.lock, held by all of them together: it is free when the last one has ended.

A lock on run/standalone.lock is the supervisor's alone: it tells a second `ostro standalone` from what one that was killed
has left behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

from ostro import private
from ostro.errors import NotAllowed
from ostro.home import Home

#: Seconds that a child gets to end by itself, whoever asks it to.
GRACE = 15.0
#: Seconds to wait for the children of a supervisor that was killed.
LEFT_WITHIN = GRACE + 10.0
#: Seconds after which somebody who looks on is told why nothing happens.
SAY_AFTER = 1.0
#: Seconds between two looks.
LOOK_EVERY = 0.05


class Tether:
    """The supervisor's side."""

    def __init__(self, home: Home, say: Callable[[str], None]) -> None:
        """Raises NotAllowed when another supervisor works on this home, or the children of a dead one do not end."""
        self._lock = _open(home.run / "standalone.lock")
        self._mark = _open(home.run / "children.lock")
        try:
            if not _taken(self._lock):
                owner = os.pread(self._lock, 32, 0).decode().strip() or "unknown"
                raise NotAllowed(
                    f"another ostro standalone (process {owner}) works on {home.path}; stop it first, or set OSTRO_HOME"
                )
            self._wait(home, say)
        except BaseException:
            os.close(self._lock)
            os.close(self._mark)
            raise
        with contextlib.suppress(OSError):
            # Only told to people; on a full disk the lock holds all the same.
            os.ftruncate(self._lock, 0)
            os.pwrite(self._lock, str(os.getpid()).encode(), 0)
        self._read, self._write = os.pipe()

    @property
    def descriptors(self) -> tuple[int, int]:
        """What a child inherits: its end of the tie, and the mark."""
        return self._read, self._mark

    def close(self) -> None:
        """Let go; to be called when all children have ended."""
        for descriptor in (self._lock, self._mark, self._read, self._write):
            os.close(descriptor)

    def _wait(self, home: Home, say: Callable[[str], None]) -> None:
        begin = time.monotonic()
        told = False
        while not _taken(self._mark):
            waited = time.monotonic() - begin
            if waited > LEFT_WITHIN:
                raise NotAllowed(
                    f"processes of an ostro standalone that was killed still work on {home.path} after {LEFT_WITHIN:g} s; "
                    "end the processes ostro.assembly.engine and ostro.assembly.web"
                )
            if not told and waited > SAY_AFTER:
                told = True
                say("waiting for engine and web server of an ostro standalone that was killed to end")
            time.sleep(LOOK_EVERY)


def end_with(tie: int, mark: int) -> None:
    """A child's side: from now on this process gets SIGTERM when its supervisor is gone, and SIGKILL if it stays."""
    for descriptor in (tie, mark):
        # Neither tasks nor any other program that this process starts may hold the mark.
        os.set_inheritable(descriptor, False)

    def watch() -> None:
        while os.read(tie, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="tether", daemon=True).start()


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, private.FILE)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
