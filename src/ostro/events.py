"""Facts that the engine tells its listeners; nobody may answer. Listeners log, measure and call hooks."""

from __future__ import annotations

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


class BackfillEnded(Event, frozen=True):
    """All runs of a backfill are over."""

    dag_id: str
    backfill: int


class Warned(Event, frozen=True):
    """Something a person should know."""

    text: str
