"""Attempts of this engine's processes in runs that another engine advances by now (PostgreSQL).

An engine that was away for longer than a lease (killed, cut off from the database) finds its runs with another one.
Its tasks run on meanwhile, and their processes can speak with it alone. So it stays their mouth: it beats for them,
answers them, and writes what they report, fenced by the attempt id; the other engine is told and reads the run again.
What a user or the other engine overtook meanwhile, it ends.
"""

from __future__ import annotations

from ostro import deaths, store
from ostro.executors.base import Executor
from ostro.records import TaskInstanceRecord
from ostro.rules.instance import Instance
from ostro.rules.limits import Limits
from ostro.scheduler.advance import Advance
from ostro.scheduler.config import SchedulerConfig
from ostro.scheduler.expire import Limit, limit_of
from ostro.scheduler.live import Live, LiveRun
from ostro.scheduler.round import Round
from ostro.states import ALIVE, RUN_FINISHED, TaskState


class Abroad:
    """Speaks for processes whose runs are another engine's."""

    def __init__(self, live: Live, executor: Executor, config: SchedulerConfig, *, shared: bool) -> None:
        self.live = live
        self.executor = executor
        self.config = config
        self.shared = shared
        #: Attempts to beat for, and when those are ended that may run only so long.
        self._attempts: dict[str, Limit | None] = {}

    def find(self, round_: Round, attempt_id: str) -> tuple[LiveRun, Instance] | None:
        """The instance whose current attempt this is, on a board that the round has for its questions.

        What this round decided is not written yet: an attempt that it ended, in a run of this engine or of another, is
        the current one in the database still.
        """
        if not self.shared or not attempt_id:
            return None
        row = store.instances.find_attempt(round_.tx, attempt_id)
        if row is None or row.engine != self.config.name or row.run in self.live.runs:
            return None
        return self._board(round_, row, attempt_id)

    def _board(
        self, round_: Round, row: TaskInstanceRecord, attempt_id: str
    ) -> tuple[LiveRun, Instance] | None:
        scratch: Live | None = round_.boards_abroad.get(row.run)
        if scratch is None:
            scratch = round_.boards_abroad[row.run] = Live(Limits(parallelism=0))
            found_runs = store.runs.load_runs(round_.tx, [row.run])
            scratch.load(round_.tx, [r for r in found_runs if r.state not in RUN_FINISHED])
        found = scratch.find_attempt(attempt_id)
        if found is None or found[1].state not in ALIVE:
            return None
        round_.abroad.add(row.run)
        return found

    def lost_lease(self, runs: set[int]) -> None:
        """These runs are another engine's from now on."""
        for attempt, (run, ti) in self.live.attempts.items():
            if run in runs:
                live = self.live.runs[run]
                instance = live.board.instances[ti]
                if instance.engine == self.config.name:
                    self._attempts[attempt] = limit_of(live, instance, self.config)

    def speak_for(self, round_: Round, runs: set[int]) -> set[str]:
        """These runs turned out to be another engine's. Returns the attempts of ours that are open in them."""
        rows = store.instances.running_on(round_.tx, engine=self.config.name)
        found = {r.attempt_id for r in rows if r.run in runs}
        for attempt in found:
            self._note(round_, attempt)
        return found

    def _note(self, round_: Round, attempt: str) -> None:
        found = self.find(round_, attempt)
        self._attempts[attempt] = None if found is None else limit_of(*found, self.config)

    def adopt(self, round_: Round, advance: Advance) -> None:
        """At start: processes of ours that still run in runs of others; those that are gone are lost."""
        if not self.shared:
            return
        rows = [
            r
            for r in store.instances.running_on(round_.tx, engine=self.config.name)
            if r.run not in self.live.runs
        ]
        gone = set(self.executor.adopt([(r.attempt_id, r.pid or 0, r.pid_birth or 0) for r in rows]))
        cause = deaths.unwatched()
        for row in rows:
            found = self.find(round_, row.attempt_id) if row.attempt_id in gone else None
            if found is not None:
                advance.lost(round_, found[0], found[1].id, cause)
        self._attempts = {}
        for row in rows:
            if row.attempt_id not in gone:
                self._note(round_, row.attempt_id)

    def beat(self, round_: Round) -> None:
        """They live. Those that are not current any more, or were cleared, end; those that run for too long, too."""
        for attempt in self._attempts.keys() & self.live.attempts.keys():
            del self._attempts[attempt]
        if not self._attempts:
            return
        still_open = set(store.instances.heartbeat(round_.tx, sorted(self._attempts)))
        cleared = {
            r.attempt_id
            for r in store.instances.running_on(round_.tx, engine=self.config.name)
            if r.state is TaskState.RESTARTING
        }
        for attempt in self._attempts.keys() - (still_open - cleared):
            round_.stops.append((attempt, deaths.overtaken()))
        self._attempts = {a: limit for a, limit in self._attempts.items() if a in still_open}
        for attempt, limit in self._attempts.items():
            if limit is not None and attempt not in cleared and round_.now > limit.at:
                round_.stops.append((attempt, deaths.execution_timeout(limit.seconds)))

    def ended(self, attempt_id: str) -> None:
        """Its end was told: it needs nobody to speak for it any more."""
        self._attempts.pop(attempt_id, None)
