"""Looks through a log file for the lines that a sieve wants, in pieces of bounded time, forwards and backwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ostro.api.logs.reader import MAX_PAGE_BYTES, Page, line_start, parse
from ostro.api.logs.sieve import PATIENCE, Sieve, too_slow

#: Bytes that are looked through at once.
BLOCK = 512 << 10
#: Bytes after which a search tells what it has.
STRIDE = 64 << 20
#: Bytes that one page of wanted lines looks through; it says where to go on.
PAGE_STRIDE = 32 << 20
#: The same where bytes do not tell which lines are wanted, so that each is decoded.
PAGE_STRIDE_DECODED = 4 << 20


class Part(msgspec.Struct, frozen=True):
    """What a piece of a search found. All numbers are byte offsets."""

    #: Starts of the wanted lines.
    at: list[int]
    #: How far the search has come, and how long the file is.
    next: int
    size: int


def search(path: Path, offset: int, sieve: Sieve, limit: int, *, complete: bool) -> Part:
    """The first `limit` wanted lines of the next `STRIDE` bytes from `offset` on."""
    finder = sieve.finder()
    try:
        with path.open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            start = line_start(file, min(offset, size))
            found: list[int] = []
            end = start
            for base, block in _blocks(file, start, min(size, start + STRIDE), complete=complete):
                for at, stop, _ in _wanted(block, sieve, finder):
                    found.append(base + at)
                    if len(found) == limit:
                        return Part(at=found, next=base + stop, size=size)
                end = base + len(block)
    except FileNotFoundError:
        return Part(at=[], next=0, size=0)
    return Part(at=found, next=end, size=size)


def forward(path: Path, offset: int, limit: int, sieve: Sieve, *, complete: bool) -> Page:
    """At most `limit` wanted lines of the next `PAGE_STRIDE` bytes from `offset` on.

    `next` is behind all that was looked through: no lines and a `next` before the end mean that there may be some later.
    """
    lines: list[dict[str, Any]] = []
    starts: list[int] = []
    finder = sieve.finder()
    try:
        with path.open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            start = end = line_start(file, min(offset, size))
            taken = 0
            for base, block in _blocks(file, start, min(size, start + _stride(finder)), complete=complete):
                end = base + len(block)
                for at, stop, line in _wanted(block, sieve, finder):
                    lines.append(line)
                    starts.append(base + at)
                    taken += stop - at
                    if len(lines) == limit or taken >= MAX_PAGE_BYTES:
                        end = base + stop
                        break
                else:
                    continue
                break
    except FileNotFoundError:
        return Page(lines=[], start=0, next=0, size=0, finished=complete)
    return Page(lines=lines, at=starts, start=start, next=end, size=size, finished=complete and end >= size)


def before(path: Path, offset: int | None, limit: int, sieve: Sieve, *, complete: bool) -> Page:
    """The last `limit` wanted lines of the `PAGE_STRIDE` bytes before `offset` (None = of the file).

    All wanted lines from `start` to `offset` are in it: a `start` above 0 means that there may be some earlier.
    """
    found: list[tuple[int, dict[str, Any]]] = []
    finder = sieve.finder()
    try:
        with path.open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            end = position = _end(file, size if offset is None else min(offset, size), size, complete)
            taken = 0
            floor = max(0, end - _stride(finder))
            while position > floor and len(found) < limit and taken < MAX_PAGE_BYTES:
                start = line_start(file, max(0, position - BLOCK))
                if start >= position:
                    # One line is longer than a block.
                    start = max(0, position - BLOCK)
                file.seek(start)
                wanted = list(_wanted(file.read(position - start), sieve, finder))
                for at, stop, line in reversed(wanted):
                    found.append((start + at, line))
                    taken += stop - at
                    if len(found) == limit or taken >= MAX_PAGE_BYTES:
                        break
                position = start
    except FileNotFoundError:
        return Page(lines=[], start=0, next=0, size=0, finished=complete)
    found.reverse()
    is_cut = len(found) == limit or taken >= MAX_PAGE_BYTES
    return Page(
        lines=[line for _, line in found],
        at=[at for at, _ in found],
        start=found[0][0] if found and is_cut else position,
        next=end,
        size=size,
        finished=complete and end >= size,
    )


def _stride(finder: Any) -> int:
    return PAGE_STRIDE_DECODED if finder is None else PAGE_STRIDE


def _end(file: Any, end: int, size: int, complete: bool) -> int:
    """`end`, or the start of the last line when that is still being written."""
    if end < size or complete or end == 0:
        return end
    start = max(0, end - MAX_PAGE_BYTES)
    file.seek(start)
    return start + int(file.read(end - start).rfind(b"\n")) + 1


def _blocks(file: Any, start: int, end: int, *, complete: bool) -> Iterator[tuple[int, bytes]]:
    """Whole lines from `start` until `end` or a little behind it, with the offset of each block."""
    file.seek(start)
    while start < end:
        block = file.read(BLOCK)
        if not block:
            return
        cut = block.rfind(b"\n") + 1
        if cut == 0 and len(block) == BLOCK:
            # One line is longer than a block: it counts whole, up to the length at which pages cut it too.
            block += file.read(MAX_PAGE_BYTES - BLOCK)
            cut = (block.find(b"\n") + 1) or len(block)
        elif cut < len(block) < BLOCK and complete:
            cut = len(block)
        if cut == 0:
            return
        yield start, block[:cut] if cut < len(block) else block
        start += cut
        file.seek(start)


def _wanted(block: bytes, sieve: Sieve, finder: Any) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """The wanted lines of a block: where each begins and ends, and the line."""
    for at, stop in _candidates(block, sieve, finder):
        line = parse(block[at:stop].rstrip(b"\n"))
        if sieve.wants(line):
            yield at, stop, line


def _candidates(block: bytes, sieve: Sieve, finder: Any) -> Iterator[tuple[int, int]]:
    """Begin and end of each line that may be wanted, in order."""
    if finder is None or (sieve.pattern is not None and not block.isascii()):
        yield from _lines(block, 0, len(block))
        return
    escapes = sieve.escapes(block)
    if escapes:
        yield from sorted(
            {*_touched(block, finder), *(one for code in escapes for one in _around(block, code))}
        )
    else:
        yield from _touched(block, finder)


def _touched(block: bytes, finder: Any) -> Iterator[tuple[int, int]]:
    """The lines that a match of the pattern touches. Raises BadRequest when it takes too long."""
    place = 0
    while place < len(block):
        try:
            match = finder.search(block, place, timeout=PATIENCE, concurrent=True)
        except TimeoutError:
            raise too_slow() from None
        if match is None:
            return
        first = block.rfind(b"\n", 0, match.start()) + 1
        place = (block.find(b"\n", match.end()) + 1) or len(block)
        yield from _lines(block, first, place)


def _around(block: bytes, code: bytes) -> Iterator[tuple[int, int]]:
    place = block.find(code)
    while place >= 0:
        stop = (block.find(b"\n", place) + 1) or len(block)
        yield block.rfind(b"\n", 0, place) + 1, stop
        place = block.find(code, stop)


def _lines(block: bytes, at: int, end: int) -> Iterator[tuple[int, int]]:
    while at < end:
        stop = (block.find(b"\n", at, end) + 1) or end
        yield at, stop
        at = stop
