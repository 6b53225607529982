"""What a log holds: number of lines, lines of each level and source. Counted once and then as the file grows."""

from __future__ import annotations

import re
import threading
from bisect import bisect_right
from collections import Counter, OrderedDict
from pathlib import Path

import msgspec
from msgspec.structs import replace

from ostro.api.logs.sieve import PLAIN, TASK

#: Files whose counts are kept.
KEPT = 64
#: Bytes that are counted at once.
BLOCK = 512 << 10
#: Most sources that are told, those with the most lines first.
MAX_SOURCES = 100


class Contents(msgspec.Struct, frozen=True):
    """Counts of lines. `size` in bytes, how far was counted."""

    lines: int
    levels: dict[str, int]
    sources: dict[str, int]
    #: Lines of each part (`sieve.PARTS`).
    parts: dict[str, int]
    size: int
    #: The line that was asked for: its number from 1 on, and where it begins; 0 = none was.
    line: int = 0
    at: int = 0


class Counts:
    """Counts of the files that were looked at last. Any thread may ask."""

    def __init__(self) -> None:
        self._files: OrderedDict[Path, _Count] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, path: Path, *, line: int | None = None, at: int | None = None) -> Contents:
        """What the whole lines of the file hold now; nothing when there is no such file.

        With `line` also where the line of this number begins, with `at` which line begins at this byte.
        """
        with self._lock:
            count = self._files.setdefault(path, _Count())
            self._files.move_to_end(path)
            while len(self._files) > KEPT:
                self._files.popitem(last=False)
        with count.lock:
            found = count.update(path)
            if line is not None:
                return replace(found, line=line, at=count.offset_of(path, line))
            if at is not None:
                return replace(found, line=count.number_of(path, at), at=at)
            return found


class _Count:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._clear(0)

    def _clear(self, inode: int) -> None:
        self._inode = inode
        self._offset = self._lines = 0
        #: Of each block: lines before it, and where it begins.
        self._before: list[int] = []
        self._begins: list[int] = []
        self._levels = _Field(rb'"level":"([^"\\]*)"')
        self._sources = _Field(rb'"logger":"([^"\\]*)"')
        self._parts = _Field(rb'"said_by":"([^"\\]*)"')

    def update(self, path: Path) -> Contents:
        try:
            with path.open("rb", buffering=0) as file:
                status = path.stat()
                if status.st_ino != self._inode or status.st_size < self._offset:
                    self._clear(status.st_ino)
                while True:
                    file.seek(self._offset)
                    block = file.read(BLOCK)
                    end = block.rfind(b"\n") + 1
                    if end == 0:
                        if len(block) < BLOCK:
                            break
                        # One line is longer than a block: its fields stand at its beginning.
                        end = len(block)
                    self._add(block[:end])
                    self._offset += end
        except FileNotFoundError:
            self._clear(0)
        levels = {level.lower(): n for level, n in self._levels.found()}
        if plain := self._lines - sum(levels.values()):
            levels[PLAIN] = levels.get(PLAIN, 0) + max(0, plain)
        parts = dict(self._parts.found()[:MAX_SOURCES])
        if own := self._lines - sum(parts.values()):
            parts[TASK] = max(0, own)
        return Contents(
            lines=self._lines,
            levels=levels,
            sources=dict(self._sources.found()[:MAX_SOURCES]),
            parts=parts,
            size=self._offset,
        )

    def offset_of(self, path: Path, number: int) -> int:
        """Where the line of this number (from 1 on) begins; the last line's begin when there are fewer."""
        number = max(1, min(number, self._lines))
        i = bisect_right(self._before, number - 1) - 1
        if i < 0:
            return 0
        while i and self._before[i - 1] == self._before[i] == number - 1:
            i -= 1  # a line that is longer than a block begins in the first of its blocks
        block = self._block(path, i)
        place = 0
        for _ in range(number - 1 - self._before[i]):
            place = block.find(b"\n", place) + 1
        return self._begins[i] + place

    def number_of(self, path: Path, offset: int) -> int:
        """The number of the line that has this byte; from 1 on."""
        i = bisect_right(self._begins, offset) - 1
        if i < 0:
            return 1
        return self._before[i] + self._block(path, i).count(b"\n", 0, offset - self._begins[i]) + 1

    def _block(self, path: Path, i: int) -> bytes:
        with path.open("rb", buffering=0) as file:
            file.seek(self._begins[i])
            return file.read((*self._begins, self._offset)[i + 1] - self._begins[i])

    def _add(self, block: bytes) -> None:
        self._before.append(self._lines)
        self._begins.append(self._offset)
        self._lines += block.count(b"\n")
        self._levels.add(block)
        self._sources.add(block)
        self._parts.add(block)


class _Field:
    """Values of one field. Values that are known are counted as bytes; only when some are missing they are looked for."""

    def __init__(self, pattern: bytes) -> None:
        self._pattern = re.compile(pattern)
        self._begin = pattern[: pattern.index(b"(")]
        self._counts: Counter[bytes] = Counter()

    def add(self, block: bytes) -> None:
        there = block.count(self._begin)
        known = {value: block.count(self._begin + value + b'"') for value in self._often()}
        if sum(known.values()) != there:
            known = Counter(self._pattern.findall(block))
        self._counts.update(known)

    def _often(self) -> list[bytes]:
        return [value for value, _ in self._counts.most_common(4)]

    def found(self) -> list[tuple[str, int]]:
        return [(value.decode("utf-8", "replace"), n) for value, n in self._counts.most_common() if n]
