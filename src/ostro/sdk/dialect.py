"""Which Airflow a DAG file was written for: 2 or 3.

A file that uses an import path, a name, an argument or a value that 3.x removed speaks 2.x; every other file speaks
3.x. A folder can be pinned to one of them. The verdict is known when the file was imported to its end, so what
depends on it (cron intervals, catchup) is settled afterwards, by `DAG.settle`.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterable
from types import FrameType
from typing import Any

from ostro.sdk import parsing
from ostro.sdk.exceptions import RemovedInAirflow3Warning
from ostro.sdk.parsing import Note

OLD = 2
NEW = 3

#: What counts as speaking 2.x, by the kind of a note.
KINDS_OF_OLD = frozenset({"path", "name", "argument", "value"})


def decide(notes: Iterable[Note], *, pinned: int | None = None) -> int:
    """The dialect of a file that used these features; `pinned` overrides."""
    if pinned is not None:
        if pinned not in (OLD, NEW):
            raise ValueError(f"a dialect is 2 or 3, not {pinned!r}")
        return pinned
    return OLD if any(n.kind in KINDS_OF_OLD for n in notes) else NEW


#: An import that no Airflow before 3 has.
_ONLY_NEW = re.compile(r"^\s*(?:from|import)\s+airflow\.sdk\b", re.MULTILINE)

#: Where installed packages are.
_PACKAGES = re.compile(r"[\\/](?:site|dist)-packages[\\/]")


def is_surely_new(source: str) -> bool:
    """Whether the text of a DAG file imports what only 3.x has; without that it may be of 2.x and not show it."""
    return _ONLY_NEW.search(source) is not None


def may_be_old() -> bool:
    """Whether the file that is imported may be of 2.x: it is not pinned to 3 and imports nothing that only 3.x has."""
    context = parsing.current()
    if context is None or context.pinned == NEW:
        return False
    if context.fileloc is None:
        return True
    try:
        with open(context.fileloc, encoding="utf-8", errors="replace") as file:
            return not is_surely_new(file.read())
    except OSError:
        return True  # no file, but a text or a member of an archive: nothing says that it is new


def current() -> int:
    """The verdict so far for the file that is imported; 3 when none is."""
    context = parsing.current()
    return NEW if context is None else decide(context.notes, pinned=context.pinned)


def note(kind: str, name: str, instead: str = "") -> None:
    """The file uses something that 3.x removed: remembered for the verdict, and a warning at the author's line.

    What installed packages import says nothing of the file: they work with several versions.
    """
    if kind in ("path", "name") and _asked_by_a_package():
        return
    parsing.note(Note(kind, name, instead))
    remedy = f"; use {instead}" if instead else ""
    path, line, module, registry = _authors_line()
    warnings.warn_explicit(
        f"the {kind} {name} is of Airflow 2{remedy}",
        RemovedInAirflow3Warning,
        path,
        line,
        module,
        registry,
    )


def _asked_by_a_package() -> bool:
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith("airflow.providers.") and not module.startswith("airflow.providers.standard"):
            return True
        if module.partition(".")[0] not in ("ostro", "airflow", "importlib", "functools"):
            return bool(_PACKAGES.search(frame.f_code.co_filename))
        frame = frame.f_back
    return False


def _authors_line() -> tuple[str, int, str | None, Any]:
    """The innermost line that is neither ours nor of the import system."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.partition(".")[0] not in ("ostro", "airflow", "importlib", "functools"):
            return (
                frame.f_code.co_filename,
                frame.f_lineno,
                module,
                frame.f_globals.setdefault("__warningregistry__", {}),
            )
        frame = frame.f_back
    return "unknown", 0, None, None
