"""The last line of a log: what the process died of, appended when it cannot say so itself."""

from __future__ import annotations

import contextlib
import os
from datetime import UTC, datetime
from typing import Any

import msgspec

from ostro import private


def write(path: str, cause: dict[str, Any]) -> None:
    """Append one line. A full or broken disk loses it: the database has it too."""
    line = {
        "timestamp": datetime.now(UTC).isoformat(),
        "level": "error",
        "event": f"The task's process died: {cause['text']}",
        "logger": "ostro.worker",
        "cause": cause,
    }
    data = msgspec.json.encode(line, enc_hook=str) + b"\n"
    with contextlib.suppress(OSError):
        private.make_folder(os.path.dirname(path))
        fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, private.FILE)
        try:
            size = os.fstat(fd).st_size
            if size and os.pread(fd, 1, size - 1) != b"\n":
                # A line that was cut by the death stays a line of its own.
                data = b"\n" + data
            os.write(fd, data)
        finally:
            os.close(fd)
