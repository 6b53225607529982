"""What a DAG file prints while it is imported: the beginning is kept, the rest only counted.

Prints of Python go through `Printed`; what programs and C libraries write to the descriptors 1 and 2 is dropped,
because nobody may be made to read an endless stream, and a full pipe would block the file.
"""

from __future__ import annotations

import io
import os
import sys

#: Characters kept.
KEPT = 4096


#: Opened once, for all processes forked from this one.
_NOWHERE = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)


class Printed(io.TextIOBase):
    """A text stream that keeps its beginning."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, kept: int = KEPT) -> None:
        self._room = kept
        self._parts: list[str] = []
        self._length = 0
        self._nowhere: io.BufferedWriter | None = None

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._length += len(text)
        if self._room > 0:
            part = text[: self._room]
            self._parts.append(part)
            self._room -= len(part)
        return len(text)

    @property
    def buffer(self) -> io.BufferedWriter:
        """Bytes written past the text layer are dropped."""
        if self._nowhere is None:
            self._nowhere = io.BufferedWriter(io.FileIO(os.devnull, "w"))
        return self._nowhere

    def text(self) -> str:
        """What was kept, and how much was not."""
        kept = "".join(self._parts).rstrip()
        more = self._length - sum(len(p) for p in self._parts)
        return f"{kept}\n… and {more} characters more" if more else kept


def capture() -> Printed:
    """Send everything that this process prints from now on to the returned stream or to nowhere."""
    for descriptor in (0, 1, 2):
        os.dup2(_NOWHERE, descriptor)
    printed = Printed()
    # sys.stdin reads descriptor 0, which is nowhere now.
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = printed  # type: ignore[misc, assignment]
    return printed
