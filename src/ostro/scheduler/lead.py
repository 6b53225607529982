"""Which runs are this engine's to advance, when several engines share a PostgreSQL database.

A run is leased in database time. Without a valid lease nothing of a run is written.
On SQLite there is one engine and everything is its own.

Limits are kept together. An engine that knows of others decides while it holds a lock, and counts what they hold. One
that is alone does without, as long as its last look at the others is fresh; and one that the others may not know of (it
is new, or was silent for so long that they took it for dead) takes the lock, and starts nothing before they have seen
its heartbeat. Who lives is judged in the database's time, how fresh a look is by the engine's own monotonic clock: no
machine's idea of the date matters.

An engine that drains lets go of its runs when another one starts tasks, and takes none; it stays the mouth of its tasks
that still run (`ostro.scheduler.abroad`). When there is no other, it keeps its runs and starts nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from ostro import store
from ostro.records import RunRecord
from ostro.rules.limits import Seat
from ostro.scheduler.config import SchedulerConfig
from ostro.scheduler.live import Live
from ostro.states import TaskState
from ostro.store import leases

#: Share of a lease after which it is renewed. The renewal is part of the transaction that writes: what is written in
#: between is at most this old, so a lease that ran out is noticed before anything is written with it.
RENEW_AFTER = 1 / 3
#: Most runs that one look takes over, so that several engines share what waits; the next look follows at once.
TAKE_MOST = 200
#: Heartbeats after which every engine has noticed a new one.
UNNOTICED = 1.5
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Lead:
    """Takes, renews and gives back leases."""

    def __init__(self, owner: str, config: SchedulerConfig, *, shared: bool) -> None:
        self.owner = owner
        self.shared = shared
        #: No other engine gave a sign of life lately.
        self.alone = not shared
        #: People want this engine to start nothing.
        self.drains = False
        #: Another engine lives that starts tasks.
        self._others_start = False
        #: Monotonic moments of the last look at the others, and of the last own heartbeat that was written.
        self._looked = float("-inf")
        self._beaten = float("-inf")
        #: The look by which the present round is decided alone; inf = with the lock.
        self._decided_on = float("inf")
        #: A round of this engine alone took too long: the next one is decided as if there were others.
        self._careful = False
        self._heartbeat = config.heartbeat
        #: Whether the other engines know of this one, so that it may start runs and tasks: said once for each round. The
        #: monotonic moment from which on it does, None = not known yet.
        self.may_start = not shared
        self._starts_at: float | None = None
        self._seconds = config.lease
        #: Monotonic moment from which the present leases count.
        self._since = float("-inf")
        #: The last look for runs that nobody holds took as many as it may: more may wait.
        self._more = False

    @property
    def lets_go(self) -> bool:
        """Whether its runs are left to others."""
        return self.drains and self._others_start

    def mine(self, tx: Any, runs: Sequence[int]) -> list[RunRecord]:
        """Of these runs, those that this engine may advance: leased now, or free and leased by this call."""
        if not self.shared:
            return store.runs.load_runs(tx, runs)
        if self.lets_go:
            return []
        leases.take(tx, self.owner, seconds=self._seconds, limit=len(runs), runs_of=runs)
        held = leases.held(tx, self.owner, runs)
        return store.runs.load_runs(tx, held)

    def all_mine(self, tx: Any) -> list[RunRecord]:
        """All live runs of this engine, with those that nobody holds."""
        if not self.shared:
            return store.runs.live_runs(tx)
        self._more = False
        if self.lets_go:
            return []
        self._more = len(leases.take(tx, self.owner, seconds=self._seconds, limit=TAKE_MOST)) >= TAKE_MOST
        return store.runs.live_runs(tx, owner=self.owner)

    def renew(self, tx: Any, mono: float) -> set[int] | None:
        """Prolong the leases when it is time. Returns the runs that are still held; None = nothing was asked.

        It is time, too, when more runs wait than one look takes: whoever renews looks for such runs.
        """
        if not self.shared or not (self._more or mono >= self._since + self._seconds * RENEW_AFTER):
            return None
        held = leases.renew(tx, self.owner, seconds=self._seconds)
        self._since = mono
        return held

    def begin(self, tx: Any, mono: float, *, saves: bool = False) -> None:
        """Before anything is decided: look at the others when the last look is too old; with others, wait for the turn.

        `saves`: DAG files will be saved. Engines that were started together read the same ones before they know of each
        other, and of two that make a DAG at once one would fail.
        """
        if not self.shared:
            return
        is_known = mono < self._beaten + self._seconds
        if is_known and mono >= self._looked + self._heartbeat:
            self.look_around(tx, mono)
        self._decided_on = self._looked
        if not is_known or self._careful or saves or not self.alone:
            self._decided_on = float("inf")
            store.others.wait_for_round(tx)
        if not is_known:
            # Who lives does not count what this engine starts. One that comes at this moment, too, waits for the lock,
            # and then finds the heartbeat that this round writes.
            self.look_around(tx, mono)
            self.may_start, self._starts_at = self.alone, None

        self.may_start = self.may_start or self._is_time_to_start(mono)

    def look_around(self, tx: Any, mono: float) -> None:
        """Notice other engines, and those that have gone. In the round of a heartbeat, too: both are written together."""
        if self.shared:
            others = store.others.alive(tx, self.owner, seconds=self._seconds)
            self.alone, self._others_start = not others.any, others.any_starts
        self._looked = mono

    def is_too_old(self, mono: float) -> bool:
        """Whether the round that is about to be written was decided alone, and another engine may be at work by now.

        It must be decided anew, which is done with the lock then: that one may take as long as it takes.
        """
        # Who was still alone at a later look of the same round decided rightly until then.
        look = max(self._decided_on, self._looked) if self.alone else self._decided_on
        self._careful = self.shared and mono >= look + UNNOTICED * self._heartbeat
        return self._careful

    def after(self, mono: float, beaten: float) -> None:
        """The round is durable, and the heartbeat of that moment with it.

        An engine that comes to others starts no task and no run before they have noticed it, or together they could pass a limit:
        they look whenever they beat.
        """
        self._beaten = beaten
        self._careful = False
        if not self.may_start and self._starts_at is None:
            self._starts_at = mono if self.alone else mono + UNNOTICED * self._heartbeat

    def _is_time_to_start(self, mono: float) -> bool:
        return not self.may_start and self._starts_at is not None and mono >= self._starts_at

    def own(self, tx: Any, new: list[RunRecord]) -> list[RunRecord]:
        """Runs that this engine makes are its own from the beginning; one that lets go of its runs tells the others."""
        if self.lets_go:
            store.notify.send(tx, runs=[r.id for r in new])
        return self.mine(tx, [r.id for r in new]) if self.shared else new

    def forget_renewal(self) -> None:
        """The renewal was not written: it is due again."""
        self._since = float("-inf")

    def keep_limits(self, tx: Any, live: Live) -> None:
        """Count what other engines occupy, when it is settled which runs are this engine's."""
        if self.alone:
            live.limits.note_others(())
            return
        live.limits.note_others(
            (_seat(held), TaskState(held.state), held.engine == self.owner)
            for held in store.others.held_instances(tx, self.owner)
        )

    def others_runs(self, tx: Any, dag_id: str) -> tuple[int, int]:
        """(live, running) runs of a DAG that are not this engine's."""
        if self.alone:
            return 0, 0
        return store.others.active_runs(tx, self.owner, [dag_id]).get(dag_id, (0, 0))

    def is_due(self, mono: float) -> bool:
        """Whether the leases must be renewed before anything is written, or the time has come to start tasks."""
        if not self.shared:
            return False
        is_time = mono >= self._since + self._seconds * RENEW_AFTER
        return is_time or self._more or self._is_time_to_start(mono)

    def wakeup(self) -> float | None:
        """Monotonic moment of the next renewal, or of the first start."""
        if not self.shared:
            return None
        renewal = self._since + self._seconds * RENEW_AFTER
        return renewal if self.may_start or self._starts_at is None else min(renewal, self._starts_at)

    def give_back(self, tx: Any) -> set[int]:
        """The engine stops, or drains: others may go on at once. Returns the runs that it had."""
        return leases.release(tx, self.owner) if self.shared else set()


def _seat(held: store.others.Held) -> Seat:
    """The seat of another engine's instance: only what limits count."""
    return Seat(
        ti=held.ti,
        run=held.run,
        dag_id=held.dag_id,
        task_id=held.task_id,
        pool=held.pool,
        pool_slots=held.pool_slots,
        priority_weight=0,
        date=_NEVER,
        map_index=held.map_index,
        max_active_tasks=0,
        per_dag=True,
        max_active_tis_per_dag=None,
        max_active_tis_per_dagrun=None,
    )
