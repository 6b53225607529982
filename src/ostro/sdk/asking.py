"""The way from user code to the engine.

A process that runs user code (task, callback, parse) installs its channel here once; Variables, Connections and XComs
are asked for through it. Without one (a DAG file started by hand) only the environment answers.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Protocol

from ostro.errors import AlreadyExists, BadRequest, NotAllowed, NotFound, Superseded, UserError
from ostro.protocol.task import Done, Question, Refused, Value


class Asker(Protocol):
    """Carries a question to the engine and waits for the answer; `seq` and `attempt_id` are set by it."""

    def ask(self, question: Question) -> Value | Done | Refused: ...


class NoEngine(UserError):
    """User code asked for something that only a running engine knows."""


_asker: Asker | None = None
#: The asker of code that runs beside the task of its process: triggers in a thread of `ostro dags test`.
apart: ContextVar[Asker | None] = ContextVar("ostro_asker_apart", default=None)
_observers: list[Callable[[str, str], None]] = []

_REFUSALS: dict[int, type[UserError] | type[Superseded]] = {
    404: NotFound,
    403: NotAllowed,
    409: AlreadyExists,
    410: Superseded,
}


def use(asker: Asker | None) -> Asker | None:
    """Install the channel of this process; returns the one before."""
    global _asker
    before, _asker = _asker, asker
    return before


def connected() -> bool:
    """Whether an engine can be asked."""
    return (apart.get() or _asker) is not None


def observe(observer: Callable[[str, str], None]) -> None:
    """Call `observer(kind, name)` for each Variable and Connection read ("variable" | "connection"): the loader's dependencies."""
    _observers.append(observer)


def observed() -> bool:
    """Whether somebody wants to know what is read: a DAG file is being parsed."""
    return bool(_observers)


def note_read(kind: str, name: str) -> None:
    """Tell the observers of a read, wherever the value came from."""
    for observer in _observers:
        observer(kind, name)


def ask(question: Question) -> Value | Done | Refused:
    """The engine's answer. Raises NoEngine when there is none to ask."""
    asker = apart.get() or _asker
    if asker is None:
        raise NoEngine(
            f"{type(question).__name__} needs a running Ostro; outside of a task only AIRFLOW_VAR_* and "
            "AIRFLOW_CONN_* of the environment are known"
        )
    return asker.ask(question)


def demand(question: Question) -> Any:
    """Like `ask`, but gives the data (None when not found) and raises the error of a refusal."""
    answer = ask(question)
    if isinstance(answer, Refused):
        raise _REFUSALS.get(answer.code, BadRequest)(answer.text)
    if isinstance(answer, Done):
        return None
    return answer.data if answer.found else None


async def ademand(question: Question) -> Any:
    """`demand` for coroutines: waits in a thread, so that the event loop goes on."""
    import asyncio

    return await asyncio.to_thread(demand, question)
