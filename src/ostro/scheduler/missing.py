"""Tasks whose DAG no file holds now wait for it, and fail when it stays away too long.

One rule, whatever happened: the file was removed, is broken, or lost the DAG; while an engine ran or while none did.
Since when the DAG has no file stands in the database, so a start changes nothing. What runs goes on.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from ostro import deaths, store
from ostro.scheduler.advance import Advance
from ostro.scheduler.blame import blame
from ostro.scheduler.config import SchedulerConfig
from ostro.scheduler.files import Files
from ostro.scheduler.live import Live
from ostro.scheduler.round import Round
from ostro.states import RunState, TaskState


class MissingFiles:
    """A service of the loop (`ostro.scheduler.service`)."""

    def __init__(self, live: Live, files: Files, advance: Advance, config: SchedulerConfig) -> None:
        self.live = live
        self.files = files
        self.advance = advance
        self.patience = timedelta(seconds=config.missing_file_timeout)
        self._look = True
        self._next: datetime | None = None

    def after_start(self, round_: Round) -> None:
        self._look = True

    def note_dags(self, dag_ids: Collection[str]) -> None:
        """Nothing: what a command changes is no file."""

    def look_everywhere(self) -> None:
        self._look = True

    def next_due(self, now: datetime) -> datetime | None:
        return self._next

    def run_once(self, round_: Round) -> None:
        if not self._look and (self._next is None or self._next > round_.now):
            return
        self._look, self._next = False, None
        if not self.patience:
            return
        without = {
            run.run.dag_id for run in self.live.runs.values() if self.files.of_dag(run.run.dag_id) is None
        }
        if not without:
            return
        for dag_id, (since, is_broken) in store.specs.without_file(round_.tx, without).items():
            due = since + self.patience
            if due <= round_.now:
                self._fail(round_, dag_id, since, is_broken)
            elif self._next is None or due < self._next:
                self._next = due

    def _fail(self, round_: Round, dag_id: str, since: datetime, is_broken: bool) -> None:
        hours = self.patience / timedelta(hours=1)
        cause = deaths.file_missing(since.isoformat(timespec="seconds"), hours, is_broken=is_broken)
        for run in list(self.live.of_dag(dag_id)):
            if run.run.state is not RunState.RUNNING:
                continue
            with blame("run", run.run.id):
                waiting = [i.id for i in run.board.instances.values() if i.state is TaskState.SCHEDULED]
                for ti in waiting:
                    self.advance.lost(round_, run, ti, cause)


__all__ = ["MissingFiles"]
