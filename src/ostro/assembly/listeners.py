"""Listeners of the engine's events."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO

from ostro import events
from ostro.protocol.listening import Tell


class News:
    """Turns what the engine tells into hooks of listeners of plugins."""

    def __init__(self, tell: Callable[[Tell], None]) -> None:
        self._tell = tell
        #: Files that had import errors when they were parsed last.
        self._broken: set[str] = set()

    def __call__(self, event: events.Event) -> None:
        """Tell what listeners may want to know."""
        match event:
            case events.RunMoved(run=run, reason=reason) if run.state in _RUN_HOOKS:
                self._tell(Tell(hook=f"on_dag_run_{run.state}", run=run, text=reason))
            case events.AssetChanged(event=asset):
                self._tell(Tell(hook="on_asset_changed", asset=asset))
                self._tell(Tell(hook="on_asset_event_emitted", asset=asset))
            case events.AssetCreated(asset=asset):
                self._tell(Tell(hook="on_asset_created", asset=asset))
            case events.AssetAliasCreated(alias=alias):
                self._tell(Tell(hook="on_asset_alias_created", alias=alias))
            case events.FileParsed(path=path, errors=0):
                self._broken.discard(path)
            case events.FileParsed(path=path, text=text):
                known = "existing" if path in self._broken else "new"
                self._broken.add(path)
                self._tell(Tell(hook=f"on_{known}_dag_import_error", path=path, text=text))
            case _:
                pass


_RUN_HOOKS = frozenset({"running", "success", "failed"})


def together(*listeners: Callable[[events.Event], None]) -> Callable[[events.Event], None]:
    """One listener for several."""

    def listen(event: events.Event) -> None:
        for listener in listeners:
            listener(event)

    return listen


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
