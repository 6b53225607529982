"""Ground truth outside the product: what tasks say that they did, in a file they append to."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

#: Put into DAG files: `note("start")` at the beginning of a task's body, `note("end")` at its end.
SOURCE = """
import os, time

def note(word):
    from airflow.sdk import get_current_context
    ti = get_current_context()["ti"]
    line = f"{time.monotonic_ns()} {word} {ti.dag_id} {ti.run_id} {ti.task_id} {ti.map_index} {ti.try_number} {os.getpid()}\\n"
    fd = os.open(os.environ["LEDGER"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(fd, line.encode())
    os.close(fd)
"""


class Span(NamedTuple):
    """One start of a body, with its end when it came."""

    start: int
    end: int | None
    try_number: int
    pid: int


Key = tuple[str, str, str, int]


def read(path: Path) -> dict[Key, list[Span]]:
    """Per task instance (dag, run, task, map index): its bodies in the order of their start."""
    spans: dict[Key, list[Span]] = defaultdict(list)
    if not path.exists():
        return {}
    for line in path.read_text().splitlines():
        at, word, dag, run, task, index, tried, pid = line.split(" ")
        key = (dag, run, task, int(index))
        if word == "start":
            spans[key].append(Span(int(at), None, int(tried), int(pid)))
        else:
            last = next(i for i in range(len(spans[key]) - 1, -1, -1) if spans[key][i].pid == int(pid))
            spans[key][last] = spans[key][last]._replace(end=int(at))
    return dict(spans)


def overlaps(spans: dict[Key, list[Span]]) -> list[Key]:
    """Instances of which two bodies ran at once (a body without an end ended, at the latest, with the next start)."""
    found = []
    for key, bodies in spans.items():
        for earlier, later in pairwise(bodies):
            if earlier.end is not None and earlier.end > later.start:
                found.append(key)
    return found


def twice(spans: dict[Key, list[Span]]) -> list[Key]:
    """Instances whose body ran to its end more than once in one try."""
    found = []
    for key, bodies in spans.items():
        ended = [b.try_number for b in bodies if b.end is not None]
        if len(ended) != len(set(ended)):
            found.append(key)
    return found
