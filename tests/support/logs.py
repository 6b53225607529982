"""Logs that are written while they are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Followed:
    """A log that is read again and again: what was read before is not read anew.

    A reader may come in the middle of a write and see the beginning of a line: that one counts when it is complete.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._entries: list[dict[str, Any]] = []
        self._read = 0

    def entries(self) -> list[dict[str, Any]]:
        """The whole lines so far; none when there is no file yet."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(self._read)
            complete, newline, _ = file.read().rpartition(b"\n")
        self._read += len(complete) + len(newline)
        self._entries += [json.loads(line) for line in complete.split(b"\n") if line]
        return self._entries


def entries(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a log so far; none when there is no file yet."""
    return Followed(path).entries()
