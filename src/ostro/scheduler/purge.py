"""Has the XCom backend of the installation delete what it keeps of deleted XComs, in the process of listeners.

The rows wait in the database until that process confirms them: an engine that dies meanwhile, or a process that does,
only makes them be purged twice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Protocol

from ostro import store
from ostro.protocol.listening import Purge, PurgeItem
from ostro.scheduler.round import Round


class Client(Protocol):
    """What talks to the process (`ostro.worker.listener.ListenerProcess`)."""

    purges: bool | None
    purged: Callable[[list[int]], None]

    def purge(self, message: Purge) -> None: ...


class PurgeXComs:
    """A service of the loop."""

    def __init__(self, client: Client) -> None:
        self.client = client
        client.purged = self._confirm
        self._look = True
        self._sent = 0
        self._done: list[int] = []

    def after_start(self, round_: Round) -> None:
        """Begin with what an earlier engine left."""
        self._look = True

    def note_dags(self, dag_ids: Collection[str]) -> None:
        """A DAG was changed: runs of it may have been deleted."""
        self._look = True

    def look_everywhere(self) -> None:
        """Look again; what was sent and not confirmed for long is sent once more."""
        self._look, self._sent = True, 0

    def next_due(self, now: datetime) -> datetime | None:
        """At once when there is something to look for or to write."""
        return now if self._done or (self._look and self.client.purges is not None) else None

    def run_once(self, round_: Round) -> None:
        """Write what is confirmed, send what waits."""
        if self._done:
            done, self._done = self._done, []
            store.purges.finish(round_.tx, done)
        if not self._look or self.client.purges is None:
            return
        self._look = False
        if not self.client.purges:
            store.purges.finish(round_.tx, None)
            return
        found = store.purges.oldest(round_.tx, after=self._sent)
        if found:
            self._sent = found[-1].id
            items = [PurgeItem(d.id, d.dag_id, d.run_id, d.task_id, d.key, d.value) for d in found]
            self.client.purge(Purge(items=items))

    def _confirm(self, ids: list[int]) -> None:
        self._done += ids
        # There may be more than one message took.
        self._look = True
