"""Whether user code of an attempt ever began, told by the first line that its process writes.

The engine may die between the commit that says "running" and the order to the process. Such an attempt ran nothing:
it is started again as if nothing had happened, not failed.
"""

from __future__ import annotations

from pathlib import Path

#: Bytes of a log that are looked at; a longer one was written by something that ran.
HEAD = 64 * 1024
_WORDS = b'"event":"Attempt started"'


def has_begun(log: Path, pid: int | None) -> bool:
    """True unless the log shows that the process `pid` wrote nothing. An unreadable log counts as begun."""
    try:
        with log.open("rb") as file:
            head = file.read(HEAD)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    mark = f'"pid":{pid},'.encode()
    started = any(_WORDS in line and mark in line for line in head.splitlines())
    return started or len(head) == HEAD
