"""Listeners of the engine's events."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO

from ostro import events


def log_events(out: TextIO) -> Callable[[events.Event], None]:
    """Write what a person who runs the engine should know, one line each; the ordinary course is silent."""

    def say(text: str) -> None:
        # Where it goes may be on a full disk, or a terminal that was closed: the engine must not die of that.
        with contextlib.suppress(OSError):
            out.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} engine: {text}\n")
            out.flush()

    def listen(event: events.Event) -> None:
        match event:
            case events.Started(runs=runs, adopted=adopted):
                if runs or adopted:
                    say(f"goes on with {runs} live runs, {adopted} running tasks adopted")
            case events.DatabaseLost(text=text):
                say(f"the database does not answer, waiting for it: {text}")
            case events.DatabaseBack():
                say("the database answers again")
            case events.Warned(text=text):
                say(text)
            case events.FileParsed(path=path, errors=errors) if errors:
                say(f"{path}: {errors} import error(s); see ostro dags list-import-errors")
            case _:
                pass

    return listen
