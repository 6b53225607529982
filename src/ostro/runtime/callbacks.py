"""Calling the functions that authors hang on tasks and DAGs. What they raise is logged and ends nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ostro.errors import Superseded
from ostro.runtime.channel import EngineGone
from ostro.runtime.logs import TaskLog

#: Word of a callback by the state that calls it.
WORDS = {"success": "success", "failed": "failure", "up_for_retry": "retry", "skipped": "skipped"}


def of_task(task: Any, state: str) -> list[Any]:
    """The callbacks of a task for a state."""
    word = WORDS.get(state)
    return list(getattr(task, f"on_{word}_callback", None) or ()) if task is not None and word else []


def run(functions: Iterable[Any] | None, context: Any, log: TaskLog, name: str) -> str | None:
    """Call each function with the context. Returns the first failure as a text, None when all went well."""
    failure: str | None = None
    for function in functions or ():
        try:
            function(context)
        except (Superseded, EngineGone):
            raise
        except Exception as error:  # the boundary to user code
            log.flush()
            label = getattr(function, "__name__", type(function).__name__)
            log.exception(error, f"the callback {name} {label} raised")
            failure = failure or f"{type(error).__name__}: {error}"
    return failure
