"""Logs of a process with thousands of triggers: each line goes to the log of the task that waits.

Whose line it is, the context tells (`current`): coroutines of a trigger, and the threads that they start through
`asyncio.to_thread` or asgiref, inherit it. What belongs to no trigger goes to standard error.
"""

from __future__ import annotations

import contextlib
import os
from contextvars import ContextVar
from typing import Any

from ostro.runtime.logs import LINE_LIMIT, TaskLog, _open

#: Bytes after which the log of a watcher, which goes on for ever, begins anew; the one before is kept as "….1".
WATCHER_BYTES = 10 << 20


class LogFile(TaskLog):
    """A log that is opened for each line: descriptors do not suffice for thousands."""

    part = "trigger"

    def __init__(self, path: str, *, most: int | None = None) -> None:
        """`most`: bytes after which it begins anew; None = never."""
        self.path = path
        self.most = most
        self.limit = LINE_LIMIT
        self._fd = -1

    def _append(self, data: bytes) -> None:
        # A full or broken disk ends no trigger.
        with contextlib.suppress(OSError):
            fd = _open(self.path)
            try:
                os.write(fd, data)
                is_full = self.most is not None and os.fstat(fd).st_size >= self.most
            finally:
                os.close(fd)
            if is_full:
                os.replace(self.path, f"{self.path}.1")

    def close(self) -> None:
        """Nothing is open."""


#: The log of the trigger whose code runs.
current: ContextVar[TaskLog | None] = ContextVar("ostro_trigger_log", default=None)


class RoutedLog(TaskLog):
    """Passes each line on to the log of the trigger that says it."""

    def __init__(self) -> None:
        super().__init__("")
        self._elsewhere = LogFile("")

    def write(self, level: str, event: str, logger: str = "task", **fields: Any) -> None:
        """Append one line to the log of the present trigger."""
        (current.get() or self._elsewhere).write(level, event, logger, **fields)


__all__ = ["LogFile", "RoutedLog", "current"]
