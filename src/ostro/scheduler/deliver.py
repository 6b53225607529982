"""Delivers callbacks that no task process runs itself: of DAGs, and of attempts that were killed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from ostro import logfiles, store
from ostro.errors import StoreError
from ostro.executors.base import Died, Executor, FileBroken
from ostro.protocol.task import CallbackOrder, FileRef
from ostro.records import RunRecord
from ostro.scheduler.blame import say
from ostro.scheduler.callbacks import claim_name
from ostro.scheduler.config import SchedulerConfig
from ostro.scheduler.files import Files
from ostro.scheduler.live import Live, run_info
from ostro.scheduler.round import Round
from ostro.store.clock import db_now

#: A callback that ends its process this often is given up and shown as failed.
MAX_TRIES = 3
#: Rows read at a time.
PAGE = 50
#: Most rows looked through when a file cannot be imported.
MOST_BROKEN = 10_000


class Deliver:
    """Looks at the outbox when something was put into it, gives rows to warm processes."""

    def __init__(
        self, live: Live, files: Files, executor: Executor, config: SchedulerConfig, *, shared: bool
    ) -> None:
        """`shared`: other engines may deliver callbacks from the same database."""
        self.live = live
        self.shared = shared
        self.files = files
        self.executor = executor
        self.config = config
        #: There may be rows that wait. True at start: an earlier engine may have left some.
        self.look = True

    def after_start(self, round_: Round) -> None:
        """Rows whose process ended while no engine watched wait again; those of living processes are still theirs."""
        claims = [
            c for c in store.outbox.claims(round_.tx) if not self.shared or c.engine == self.config.name
        ]
        self._wait_again(round_, self.executor.adopt([(c.by, c.pid or 0, c.pid_birth or 0) for c in claims]))

    def look_elsewhere(self, round_: Round) -> None:
        """Rows that processes of an engine took which is gone for long wait again."""
        others = [c for c in store.outbox.claims(round_.tx) if c.engine != self.config.name]
        if not self.shared or not others:
            return
        patience = self.config.heartbeat_timeout
        living = store.engines.alive(round_.tx, {c.engine for c in others if c.engine}, seconds=patience)
        long_ago = db_now(round_.tx) - timedelta(seconds=patience)
        self._wait_again(
            round_,
            [c.by for c in others if c.engine not in living and (c.at is None or c.at < long_ago)],
        )

    def end_hung(self, round_: Round) -> None:
        """Callbacks that did not end at their time limit, by which their process interrupts them itself, are given up."""
        limit = self.config.callback_timeout
        if limit <= 0:
            return
        text = f"the callbacks ran longer than {limit:g} s ([scheduler] callback_timeout)"
        late = store.outbox.too_long(round_.tx, limit + self.config.timeout_grace)
        self.look |= store.outbox.finish(round_.tx, [row for row, _ in late], error=text, now=round_.now) > 0
        for name in sorted({by for _, by in late}):
            self.live.callbacks_ran(name)
            round_.stops.append((name, {"kind": "timeout", "text": text}))

    def release_tries(self, round_: Round) -> None:
        """Tries go on whose callbacks are over without this engine being told: another engine's process ran them, or the
        round that wrote their row was lost."""
        calling = self.live.calling
        if calling:
            open_rows = store.outbox.open_rows(round_.tx)
            running = {claim_name(row_id) for row_id, _ in open_rows} | {by for _, by in open_rows}
            self.live.callbacks_ran(*(calling - running))

    def _wait_again(self, round_: Round, names: Iterable[str]) -> None:
        for by in names:
            if store.outbox.unclaim(round_.tx, by, max_tries=MAX_TRIES):
                self.look = True

    def process_died(self, round_: Round, event: Died) -> None:
        """Rows that the dead process had taken wait again."""
        self.live.callbacks_ran(event.attempt_id)
        self._wait_again(round_, [event.attempt_id])

    def file_broken(self, round_: Round, event: FileBroken) -> None:
        """No process of this file can be had: its rows are given up, and say so."""
        rows = store.outbox.waiting(round_.tx, limit=MOST_BROKEN)
        ids = [row.id for row in rows if self._file_of(round_, row) == event.file]
        text = f"its DAG file cannot be imported: {event.text}"
        store.outbox.finish(round_.tx, ids, error=text, now=round_.now)
        self.live.callbacks_ran(*map(claim_name, ids))

    def run_once(self, round_: Round) -> int:
        """Give waiting rows to processes; returns how many."""
        if not self.look and not round_.callbacks_wait:
            return 0
        self.look = False
        given = 0
        #: DAGs of which no process can be had now; their rows must not hide those behind them.
        without: set[str] = set()
        while True:
            waiting = store.outbox.waiting(round_.tx, limit=PAGE, without=sorted(without))
            for row in waiting:
                if row.dag_id not in without:
                    given += self._give(round_, row, without)
            if len(waiting) < PAGE:
                return given

    def _give(self, round_: Round, row: store.WaitingCallback, without: set[str]) -> bool:
        file = self._file_of(round_, row)
        place = None if file is None else self.executor.reserve(file)
        if file is None or place is None:
            without.add(row.dag_id)
            if file is not None:
                self.executor.expect(file, 1)
                self.look = True
            return False
        round_.places.append(place)
        try:
            order = self._order(round_, row, file)
        except (StoreError, MemoryError):
            raise
        except Exception as error:  # of this row alone; the others are delivered
            text = f"the callback could not be handed over: {say(error)}"
            store.outbox.finish(round_.tx, [row.id], error=text, now=round_.now)
            self.live.callbacks_ran(claim_name(row.id))
            round_.places.remove(place)
            self.executor.release(place)
            return False
        claim = store.outbox.Claim(claim_name(row.id), self.config.name, place.pid, place.pid_birth)
        if not store.outbox.claim(round_.tx, row.id, claim):
            round_.places.remove(place)
            self.executor.release(place)
            return False
        round_.launches.append((place, order))
        return True

    def _file_of(self, round_: Round, row: store.WaitingCallback) -> FileRef | None:
        """The file with the callbacks of a row: of a run that is pinned to a version of its bundle, that version's."""
        file = self.files.of_dag(row.dag_id)
        if file is None or not self.files.has_versions(file.bundle):
            return file
        runs = store.runs.load_runs(round_.tx, [row.run])
        return self.files.of_run(runs[0]) if runs else file

    def _order(self, round_: Round, row: store.WaitingCallback, file: FileRef) -> CallbackOrder:
        (run,) = store.runs.load_runs(round_.tx, [row.run])
        return CallbackOrder(
            callback_id=row.id,
            file=file,
            run=run_info(run),
            kind=row.kind,
            reason=row.reason,
            task_id=row.task_id,
            map_index=row.map_index,
            try_number=row.try_number,
            max_tries=row.max_tries,
            state=row.state,
            start_date=row.start_date,
            end_date=row.end_date,
            error=row.error,
            log_path=str(self._log_path(row, run)),
            timeout=self.config.callback_timeout,
            base_url=self.config.base_url,
            details=row.details,
        )

    def _log_path(self, row: store.WaitingCallback, run: RunRecord) -> Path:
        """The log of the try that the callback tells of, so that people find it; without one a log of the run."""
        if row.task_id is not None and row.try_number > 0:
            return logfiles.log_path(
                self.config.log_folder, row.dag_id, run.run_id, row.task_id, row.map_index, row.try_number
            )
        return logfiles.run_log_path(self.config.log_folder, row.dag_id, run.run_id)
