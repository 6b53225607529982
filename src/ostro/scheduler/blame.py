"""Who is to blame when something fails that should not: one run, DAG or file, never the whole loop.

What is done for one item is done inside `blame(kind, key)`. An error in it becomes `Blamed`; the round is thrown away,
the item is set aside and said to be so, and all others go on. A database that is gone is nobody's fault.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

from ostro.errors import StoreFull, StoreUnavailable
from ostro.scheduler.round import Conflict


class Blamed(Exception):
    """An error that one item caused. `kind`: run, dag, file or event; `key` names it."""

    def __init__(self, kind: str, key: Any, text: str) -> None:
        super().__init__(f"{kind} {key}: {text}")
        self.kind = kind
        self.key = key
        self.text = text


_NOBODYS = (Blamed, Conflict, StoreUnavailable, StoreFull, MemoryError)


class blame:
    """Context: errors inside are those of this item."""

    __slots__ = ("_key", "_kind")

    def __init__(self, kind: str, key: Any) -> None:
        self._kind = kind
        self._key = key

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception) and not isinstance(error, _NOBODYS):
            raise Blamed(self._kind, self._key, say(error)) from error


def say(error: BaseException) -> str:
    """The error and where it was raised, in one line."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "" if trace is None else f" ({trace.tb_frame.f_code.co_filename}:{trace.tb_lineno})"
    text = " ".join(str(error).split())[:500]
    return f"{type(error).__name__}: {text}{where}"
