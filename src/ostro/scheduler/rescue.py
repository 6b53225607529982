"""After a start, and after a command of a user: which processes still belong to a task instance, and which do not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

from ostro import deaths, store
from ostro.executors.base import Executor
from ostro.scheduler.advance import Advance
from ostro.scheduler.config import SchedulerConfig
from ostro.scheduler.live import Live
from ostro.scheduler.round import Round
from ostro.states import TaskState
from ostro.store.clock import db_now

#: By so much the clock of who wrote a command may be behind ours.
SKEW = timedelta(seconds=5)


class Rescue:
    """Adopts what lives, fails what died, ends what nobody wants any more."""

    def __init__(self, live: Live, executor: Executor, config: SchedulerConfig, *, shared: bool) -> None:
        """`shared`: engines on other machines may work on the same database."""
        self.live = live
        self.executor = executor
        self.config = config
        self.shared = shared
        self.adopted = 0

    def is_here(self, engine: str | None) -> bool:
        """Whether a process that an engine of this name started is one that this engine can speak with."""
        return not self.shared or engine == self.config.name

    def run_once(self, round_: Round, advance: Advance, dead: Collection[str] = ()) -> int:
        """At start: adopt the processes of this machine's running attempts. Returns how many were lost."""
        lost = self.take_over(round_, advance, set(self.live.runs), dead)
        self._end_marked(round_)
        return lost

    def _end_marked(self, round_: Round) -> None:
        """End the processes of instances that a user marked while no engine was there to hear of it.

        One that ended by itself, and runs its own callbacks, is left to them.
        """
        since = store.engines.last_life(round_.tx, self.config.name)
        if since is None:
            return
        busy = {claim.by for claim in store.outbox.claims(round_.tx)}
        ended = store.instances.ended_since(round_.tx, since - SKEW)
        mine = {a: (pid, birth) for a, pid, birth, engine in ended if self.is_here(engine) and a not in busy}
        gone = set(self.executor.adopt([(a, pid, birth) for a, (pid, birth) in mine.items()]))
        for attempt in mine.keys() - gone:
            round_.stops.append((attempt, deaths.marked()))

    def take_over(self, round_: Round, advance: Advance, runs: set[int], dead: Collection[str] = ()) -> int:
        """Runs came to this engine: watch their processes that are on this machine, fail those that are gone.

        `dead`: attempts of which is known already how they ended; that is handled in its turn.

        A process of another engine is only known by its heartbeats; it counts as lost when they stay away.
        """
        if not runs:
            return 0
        rows = [
            r for r in store.instances.running_on(round_.tx) if r.run in runs and r.attempt_id not in dead
        ]
        mine = [r for r in rows if self.is_here(r.engine)]
        gone = set(
            self.executor.adopt([(r.attempt_id, r.pid, r.pid_birth or 0) for r in mine if r.pid is not None])
        )
        gone.update(r.attempt_id for r in mine if r.pid is None)
        self.adopted += len(mine) - len(gone)
        gone.update(self._silent(round_, rows))
        self._lost(round_, advance, gone)
        self.end_superseded(round_, {r.attempt_id: (r.run, r.ti) for r in mine if r.attempt_id not in gone})
        return len(gone)

    def look_elsewhere(self, round_: Round, advance: Advance) -> None:
        """Attempts of other engines that were taken over with their runs: lost when their heartbeats stay away."""
        rows = [r for r in store.instances.running_on(round_.tx) if r.attempt_id in self.live.attempts]
        self._lost(round_, advance, self._silent(round_, rows))

    def _silent(self, round_: Round, rows: Iterable[store.instances.RunningAttempt]) -> list[str]:
        """Of these attempts, those of other engines that are gone.

        On another machine only heartbeats tell. On this one the process itself is looked at, once its engine, which
        knows better what it died of, is gone too.
        """
        others = [r for r in rows if not self.is_here(r.engine)]
        if not others:
            return []
        patience = timedelta(seconds=self.config.heartbeat_timeout)
        living = store.engines.alive(
            round_.tx, {r.engine for r in others if r.engine}, seconds=self.config.lease
        )
        # Heartbeats are in the database's time; an attempt that gave none yet has only the moment of its start.
        now = db_now(round_.tx)
        gone = []
        for row in others:
            if row.hostname == self.config.hostname and row.pid is not None:
                is_gone = row.engine not in living and not self.executor.lives(row.pid, row.pid_birth or 0)
            elif row.heartbeat_at is not None:
                is_gone = row.heartbeat_at < now - patience
            else:
                is_gone = (row.start_date or round_.now) < round_.now - patience
            if is_gone:
                gone.append(row.attempt_id)
        return gone

    def _lost(self, round_: Round, advance: Advance, attempts: Iterable[str]) -> None:
        cause = deaths.unwatched()
        for attempt in attempts:
            found = self.live.find_attempt(attempt)
            if found is not None:
                advance.lost(round_, found[0], found[1].id, cause)

    def end_superseded(self, round_: Round, before: Mapping[str, tuple[int, int]]) -> None:
        """Attempts that ran before a board was read again: end those whose instance was cleared or marked."""
        for attempt in before:
            found = self.live.find_attempt(attempt)
            if found is None:
                round_.stops.append((attempt, deaths.marked()))
            elif found[1].state is TaskState.RESTARTING and self.is_here(found[1].engine):
                round_.stops.append((attempt, deaths.cleared()))
