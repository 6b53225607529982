"""Calling the functions that authors hang on tasks and DAGs. What they raise is logged and ends nothing.

All functions of one occasion share a time limit: one that hangs is interrupted, and the log says where it hung.
"""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ostro.errors import Superseded
from ostro.runtime.channel import EngineGone
from ostro.runtime.interrupts import interrupts
from ostro.runtime.logs import TaskLog

#: Word of a callback by the state that calls it.
WORDS = {"success": "success", "failed": "failure", "up_for_retry": "retry", "skipped": "skipped"}


class TookTooLong(BaseException):
    """The callbacks have run longer than `[scheduler] callback_timeout`. No Exception: user code must not catch it."""


def of_task(task: Any, state: str) -> list[Any]:
    """The callbacks of a task for a state."""
    word = WORDS.get(state)
    return as_list(getattr(task, f"on_{word}_callback", None)) if task is not None and word else []


def as_list(functions: Any) -> list[Any]:
    """One function or several, as authors give them."""
    if not functions:
        return []
    return list(functions) if isinstance(functions, (list, tuple)) else [functions]


def after_task(task: Any, context: Any, state: str, log: TaskLog, *, seconds: float) -> str | None:
    """Call what the task wants called for the state it is in now, then send its mail.

    Returns the first failure as a text, None when all went well.
    """
    failure: str | None = None
    try:
        with time_limit(seconds):
            failure = run(of_task(task, state), context, log, f"on_{WORDS.get(state, state)}")
            if task is not None and task.email and state in ("failed", "up_for_retry"):
                from ostro.runtime import alert_mail

                failure = alert_mail.send_when_wanted(task, context, state, log) or failure
    except TookTooLong as late:
        failure = hung(late, log)
    return failure


def run(functions: Iterable[Any] | None, context: Any, log: TaskLog, name: str) -> str | None:
    """Call each function with the context. Returns the first failure as a text, None when all went well."""
    failure: str | None = None
    for function in functions or ():
        try:
            answer = function(context)
            if answer is not None and hasattr(answer, "__await__"):
                _wait_for(answer)
        except (Superseded, EngineGone):
            raise
        except (
            Exception,
            SystemExit,
        ) as error:  # the boundary to user code; sys.exit() must not end the others
            log.flush()
            label = getattr(function, "__name__", type(function).__name__)
            log.exception(error, f"the callback {name} {label} raised")
            failure = failure or f"{type(error).__name__}: {error}"
    return failure


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TookTooLong inside after so many seconds; 0 = never."""
    if seconds <= 0:
        yield
        return

    def late() -> None:
        raise TookTooLong(f"the callbacks ran longer than {seconds:g} s ([scheduler] callback_timeout)")

    interrupts.on(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        interrupts.off(signal.SIGALRM)


def hung(late: TookTooLong, log: TaskLog) -> str:
    """Say in the log where the callbacks hung; the text for the engine."""
    log.flush()
    log.exception(late, "the callbacks took too long and were interrupted")
    return str(late)


def _wait_for(answer: Any) -> None:
    import asyncio

    async def wait() -> None:
        await answer

    asyncio.run(wait())
