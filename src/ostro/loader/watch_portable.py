"""Notices of change where there is no inotify: watchfiles in a thread that only writes to a pipe.

The thread has no part in anything else: it hands over paths and makes the pipe readable. Changing what is watched
starts a new thread, because a running one takes no further paths.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable

from ostro.loader.watch import Notices, close_quietly

#: Milliseconds that watchfiles collects notices, and between two of its looks at its stop flag.
DEBOUNCE = 20
STEP = 20


class PortableWatcher:
    """watchfiles (FSEvents, kqueue, ReadDirectoryChanges, inotify) behind the same interface."""

    def __init__(self) -> None:
        self.refused: dict[str, str] = {}
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        self._lock = threading.Lock()
        self._paths: set[str] = set()
        self._watched: frozenset[str] = frozenset()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, folders: Iterable[str], files: Iterable[str]) -> None:
        watched = frozenset(p for p in (*folders, *files) if os.path.exists(p))
        if watched == self._watched:
            return
        self._end_thread()
        self._watched = watched
        if watched:
            self._stop = threading.Event()
            self._thread = threading.Thread(
                target=self._run, args=(sorted(watched), self._stop), name="ostro-watch", daemon=True
            )
            self._thread.start()
            # What changed while no thread was listening is found by looking.
            self._tell({""})

    def pump(self) -> Notices:
        with contextlib.suppress(BlockingIOError):
            while os.read(self._read, 4096):
                pass
        with self._lock:
            paths, self._paths = self._paths, set()
        # watchfiles does not say which notices concern entries, so each may.
        everything = "" in paths
        paths.discard("")
        return Notices(paths=paths, folders={os.path.dirname(p) for p in paths}, everything=everything)

    def filenos(self) -> Iterable[int]:
        return (self._read,)

    def close(self) -> None:
        self._end_thread()
        close_quietly(self._read)
        close_quietly(self._write)

    def _end_thread(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self, paths: list[str], stop: threading.Event) -> None:
        import watchfiles

        changes = watchfiles.watch(
            *paths,
            watch_filter=None,
            debounce=DEBOUNCE,
            step=STEP,
            stop_event=stop,
            recursive=False,
            ignore_permission_denied=True,
            raise_interrupt=False,
        )
        for batch in changes:
            self._tell({path for _, path in batch})

    def _tell(self, paths: set[str]) -> None:
        with self._lock:
            self._paths |= paths
        with contextlib.suppress(BlockingIOError):
            # A full pipe is readable already.
            os.write(self._write, b"\0")
