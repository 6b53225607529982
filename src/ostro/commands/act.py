"""One change asked for by a person: a transaction with its lines in the audit log; afterwards the engine is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from ostro.clock import Clock
from ostro.commands.waking import Wake
from ostro.store import Store, event_log

#: Last words of events that change what DAG files read.
_VALUES = ("variable", "variables", "connection", "connections")


class Act:
    """The open transaction of a change, who asked for it, and what the engine must look at afterwards."""

    def __init__(self, tx: Any, clock: Clock, user: str, address: str | None = None) -> None:
        self.tx = tx
        self.clock = clock
        self.now: datetime = clock.now()
        self.user = user
        self.address = address
        #: Lines for the audit log, written when all else is done.
        self.notes: list[event_log.LogEntry] = []
        #: Row ids of runs, and ids of DAGs ("" stands for pools, Variables and Connections).
        self.runs: list[int] = []
        self.dags: list[str] = []

    def note(self, event: str, **about: Any) -> None:
        """A line in the audit log. `about`: fields of `LogEntry`. DAG files may have read a changed value while parsed."""
        if event.rpartition("_")[2] in _VALUES:
            self.dags.append("")
        entry = event_log.LogEntry(event=event, at=self.now, owner=self.user, address=self.address, **about)
        self.notes.append(entry)


@contextmanager
def act(store: Store, clock: Clock, wake: Wake, user: str, address: str | None = None) -> Iterator[Act]:
    """A transaction for a change by `user`, asked for from `address`; what is raised inside undoes all of it."""
    with store.begin() as tx:
        done = Act(tx, clock, user, address)
        yield done
        event_log.seal(tx, done.notes)
    if done.runs or done.dags:
        wake(done.runs, done.dags)
