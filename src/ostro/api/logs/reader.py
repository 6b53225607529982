"""Pages of a log file. A page is whole lines between two byte offsets; the file may grow while it is read.

Nothing here reads a whole file: a page is at most `MAX_PAGE_BYTES` long (one longer line still comes whole, cut to that
size), and the last lines are found from the end.
"""

from __future__ import annotations

import os
from itertools import accumulate
from pathlib import Path
from typing import Any

import msgspec

#: Most bytes of one page.
MAX_PAGE_BYTES = 1 << 20
#: Fields that are texts.
_TEXTS = frozenset({"timestamp", "level", "event", "logger", "said_by"})
#: Bytes read at once when lines are looked for from the end.
BLOCK = 64 * 1024


class Page(msgspec.Struct, frozen=True):
    """Whole lines of a log file. Offsets and size in bytes."""

    lines: list[dict[str, Any]]
    start: int
    next: int
    size: int
    finished: bool = False
    #: Where each line begins.
    at: list[int] = []
    #: The try whose log it is; 0 = of none.
    try_number: int = 0


EMPTY = Page(lines=[], start=0, next=0, size=0)


def forward(path: Path, offset: int, limit: int, *, complete: bool) -> Page:
    """At most `limit` lines from `offset` on.

    An offset in the middle of a line, or behind the end, is moved to the next line or the end. With `complete` the file is
    no longer written, so a last line without its newline counts; otherwise it is left for the next page.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            start = line_start(file, min(offset, size))
            lines, starts, end = _take(file, start, limit, complete=complete)
    except FileNotFoundError:
        return Page(lines=[], start=0, next=0, size=0, finished=complete)
    return Page(lines=lines, start=start, next=end, size=size, finished=complete and end >= size, at=starts)


def before(path: Path, offset: int | None, limit: int, *, complete: bool) -> Page:
    """The last `limit` lines that end at `offset` (None = at the end of the file)."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            end = size if offset is None else min(offset, size)
            start = _start_of_last_lines(file, end, limit)
            file.seek(start)
            data = file.read(end - start)
    except FileNotFoundError:
        return Page(lines=[], start=0, next=0, size=0, finished=complete)
    if data and not data.endswith(b"\n") and not (complete and end == size):
        cut = data.rfind(b"\n") + 1
        end, data = start + cut, data[:cut]
    raw = data.removesuffix(b"\n").split(b"\n") if data else []
    starts = list(accumulate((len(line) + 1 for line in raw[:-1]), initial=start)) if raw else []
    return Page(
        lines=[parse(line) for line in raw],
        start=start,
        next=end,
        size=size,
        finished=complete and end >= size,
        at=starts,
    )


def parse(line: bytes) -> dict[str, Any]:
    """One line as a dict with at least `timestamp`, `level` and `event`; text that is no JSON becomes the event."""
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = None
    if not isinstance(found, dict):
        return {"timestamp": None, "level": "info", "event": line.decode("utf-8", "replace")}
    # Whoever writes to the file writes what he likes; readers count on texts.
    found.setdefault("timestamp", None)
    found.setdefault("level", "info")
    found.setdefault("event", "")
    for name in _TEXTS & found.keys():
        value = found[name]
        if not isinstance(value, str) and not (value is None and name == "timestamp"):
            found[name] = msgspec.json.encode(value).decode()
    return found


def as_text(line: dict[str, Any]) -> str:
    """One line for people: `[2026-01-31T08:00:00Z] INFO text`, with the error's detail below it if there is one."""
    stamp = f"[{line['timestamp']}] " if line.get("timestamp") else ""
    text = f"{stamp}{str(line['level']).upper()} {line['event']}"
    detail = line.get("error_detail")
    if detail:
        body = (
            detail
            if isinstance(detail, str)
            else msgspec.json.format(msgspec.json.encode(detail), indent=2).decode()
        )
        text = f"{text}\n{body}"
    return text


def line_start(file: Any, offset: int) -> int:
    """`offset`, or the start of the line after it when it points into the middle of one."""
    if offset <= 0:
        return 0
    position = offset - 1
    file.seek(position)
    while position - offset < MAX_PAGE_BYTES:
        block = file.read(BLOCK)
        cut = block.find(b"\n")
        if cut >= 0:
            return position + int(cut) + 1
        position += len(block)
        if not block:
            break
    return position


def _take(
    file: Any, start: int, limit: int, *, complete: bool
) -> tuple[list[dict[str, Any]], list[int], int]:
    file.seek(start)
    lines: list[dict[str, Any]] = []
    starts: list[int] = []
    end = start
    while len(lines) < limit and end - start < MAX_PAGE_BYTES:
        line = file.readline(MAX_PAGE_BYTES)
        if not line:
            break
        if not line.endswith(b"\n") and not complete and len(line) < MAX_PAGE_BYTES:
            break
        starts.append(end)
        end += len(line)
        lines.append(parse(line.rstrip(b"\n")))
    return lines, starts, end


def _start_of_last_lines(file: Any, end: int, limit: int) -> int:
    """Offset of the first of the last `limit` lines before `end`, no further than a page away."""
    floor = max(0, end - MAX_PAGE_BYTES)
    position = end
    wanted = limit
    # The newline that ends the last line separates nothing.
    if end > 0:
        file.seek(end - 1)
        if file.read(1) == b"\n":
            wanted += 1
    while position > floor:
        size = min(BLOCK, position - floor)
        position -= size
        file.seek(position)
        block = file.read(size)
        count = block.count(b"\n")
        if count < wanted:
            wanted -= count
            continue
        cut = len(block)
        for _ in range(wanted):
            cut = block.rfind(b"\n", 0, cut)
        return position + cut + 1
    return 0 if floor == 0 else line_start(file, floor)
