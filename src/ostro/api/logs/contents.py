"""What a log holds: number of lines, lines of each level and source. Counted once and then as the file grows."""

from __future__ import annotations

import re
import threading
from collections import Counter, OrderedDict
from pathlib import Path

import msgspec

from ostro.api.logs.sieve import PLAIN

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
    size: int


class Counts:
    """Counts of the files that were looked at last. Any thread may ask."""

    def __init__(self) -> None:
        self._files: OrderedDict[Path, _Count] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, path: Path) -> Contents:
        """What the whole lines of the file hold now; nothing when there is no such file."""
        with self._lock:
            count = self._files.setdefault(path, _Count())
            self._files.move_to_end(path)
            while len(self._files) > KEPT:
                self._files.popitem(last=False)
        with count.lock:
            return count.update(path)


class _Count:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._clear(0)

    def _clear(self, inode: int) -> None:
        self._inode = inode
        self._offset = self._lines = 0
        self._levels = _Field(rb'"level":"([^"\\]*)"')
        self._sources = _Field(rb'"logger":"([^"\\]*)"')

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
        return Contents(
            lines=self._lines,
            levels=levels,
            sources=dict(self._sources.found()[:MAX_SOURCES]),
            size=self._offset,
        )

    def _add(self, block: bytes) -> None:
        self._lines += block.count(b"\n")
        self._levels.add(block)
        self._sources.add(block)


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
