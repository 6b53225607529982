"""Notices that an event loop does not get on, and says who keeps it.

A thread asks the loop for a sign of life now and then. Without an answer it looks at what the loop's thread executes:
the task's name, and the innermost place that is user code.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import sys
import sysconfig
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

#: Seconds between two questions to the loop.
EVERY = 0.5
#: Seconds without an answer after which a loop counts as blocked; Airflow's [triggerer] blocked_main_thread_warning_threshold.
THRESHOLD = 0.2
#: Seconds between two reports of one blockage.
AGAIN = 2.0
#: Exit code of a process that was blocked when nobody needed it any more.
NOT_NEEDED = 0

_LIBRARY = (str(Path(__file__).parents[1]) + os.sep, sysconfig.get_paths()["stdlib"] + os.sep)

#: Told the name of the task, seconds, and the place.
Report = Callable[[str, float, str], None]


class Watchman:
    """See the module."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        control: int,
        report: Report,
        is_busy: Callable[[], bool],
        *,
        threshold: float = THRESHOLD,
    ) -> None:
        """`control`: a connection whose end means that this process is not needed, blocked or not."""
        self._loop = loop
        self._control = control
        self._report = report
        self._is_busy = is_busy
        self._threshold = threshold
        self._thread = threading.get_ident()
        self._stopped = threading.Event()
        #: Ends the process; another when the loop is a thread of a larger one.
        self.leave: Callable[[], None] = _leave

    def start(self) -> None:
        """Watch until `stop`."""
        threading.Thread(target=self._watch, name="watchman", daemon=True).start()

    def stop(self) -> None:
        """Watch no more."""
        self._stopped.set()

    def _watch(self) -> None:
        while not self._stopped.wait(EVERY):
            if not self._is_busy():
                continue
            beat = threading.Event()
            try:
                self._loop.call_soon_threadsafe(beat.set)
            except RuntimeError:
                return  # the loop is closed
            if not beat.wait(self._threshold):
                self._blocked(beat)

    def _blocked(self, beat: threading.Event) -> None:
        begun = time.monotonic() - self._threshold
        wait = 0.0
        while not beat.wait(wait) and not self._stopped.is_set():
            task = asyncio.current_task(self._loop)
            frame = sys._current_frames().get(self._thread)
            with contextlib.suppress(OSError):
                self._report(
                    "" if task is None else task.get_name(), time.monotonic() - begun, _user_place(frame)
                )
            if self._is_hung_up():
                self.leave()
            wait = AGAIN

    def _is_hung_up(self) -> bool:
        poll = select.poll()
        poll.register(self._control, select.POLLHUP | select.POLLERR)
        return bool(poll.poll(0))


def _user_place(frame: FrameType | None) -> str:
    """The innermost frame outside Python's library and Ostro itself."""
    while frame is not None:
        code = frame.f_code
        if not code.co_filename.startswith(_LIBRARY) and not code.co_filename.startswith("<"):
            return f"{code.co_filename}:{frame.f_lineno} in {code.co_name}"
        frame = frame.f_back
    return ""


def _leave() -> None:
    os._exit(NOT_NEEDED)
