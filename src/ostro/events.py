"""Facts that the engine tells its listeners; nobody may answer. Listeners log, measure and call hooks."""

from __future__ import annotations

from typing import Any

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all facts."""


class Started(Event, frozen=True):
    """The engine runs."""

    runs: int
    adopted: int


class Advanced(Event, frozen=True):
    """One turn was written."""

    moves: int
    runs: int
    started: int


class DatabaseLost(Event, frozen=True):
    """The database does not answer; the engine waits for it."""

    text: str


class DatabaseBack(Event, frozen=True):
    """The database answers again."""


class FileParsed(Event, frozen=True):
    """A DAG file was parsed."""

    path: str
    dags: int
    errors: int
    seconds: float
    #: The sentences of its errors, each in a line.
    text: str = ""


class RunMoved(Event, frozen=True):
    """A run began or ended."""

    #: As user code sees it, in the state that it has now (`protocol.task.RunInfo`).
    run: Any
    reason: str = ""


class AssetChanged(Event, frozen=True):
    """An event of an asset was written."""

    #: {id, name, uri, group, extra, timestamp, source_dag_id, source_task_id, source_run_id, source_map_index}.
    event: dict[str, Any]


class AssetCreated(Event, frozen=True):
    """An asset was made that was not known: a file names it, or a task put it behind an alias."""

    #: {name, uri, group, extra}.
    asset: dict[str, Any]


class AssetAliasCreated(Event, frozen=True):
    """An alias was made that was not known."""

    #: {name, group}.
    alias: dict[str, Any]


class BackfillEnded(Event, frozen=True):
    """All runs of a backfill are over."""

    dag_id: str
    backfill: int


class Warned(Event, frozen=True):
    """Something a person should know."""

    text: str
