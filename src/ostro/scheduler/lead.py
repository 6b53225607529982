"""Which runs are this engine's to advance, when several engines share a PostgreSQL database.

A run is leased in database time. Without a valid lease nothing of a run is written.
On SQLite there is one engine and everything is its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
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
#: Most runs that one look takes over, so that several engines share what waits.
TAKE_MOST = 200
#: Heartbeats after which every engine has noticed a new one.
UNNOTICED = 1.5
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Lead:
    """Takes, renews and gives back leases."""

    def __init__(self, owner: str, config: SchedulerConfig, *, shared: bool) -> None:
        self.owner = owner
        self.shared = shared
        #: No other engine gave a sign of life lately. Several keep limits together: one decides at a time.
        self.alone = not shared
        self._heartbeat = config.heartbeat
        #: Whether this engine starts tasks; the monotonic moment from which on it does, None = not known yet.
        self._starts = not shared
        self._starts_at: float | None = None
        self._seconds = config.lease
        self._timeout = timedelta(seconds=config.lease)
        #: Monotonic moment from which the present leases count.
        self._since = float("-inf")

    def mine(self, tx: Any, runs: Sequence[int]) -> list[RunRecord]:
        """Of these runs, those that this engine may advance: leased now, or free and leased by this call."""
        if not self.shared:
            return store.runs.load_runs(tx, runs)
        leases.take(tx, self.owner, seconds=self._seconds, limit=len(runs), runs_of=runs)
        held = leases.held(tx, self.owner, runs)
        return store.runs.load_runs(tx, held)

    def all_mine(self, tx: Any) -> list[RunRecord]:
        """All live runs of this engine, with those that nobody holds."""
        if not self.shared:
            return store.runs.live_runs(tx)
        leases.take(tx, self.owner, seconds=self._seconds, limit=TAKE_MOST)
        return store.runs.live_runs(tx, owner=self.owner)

    def renew(self, tx: Any, mono: float) -> set[int] | None:
        """Prolong the leases when it is time. Returns the runs that are still held; None = nothing was asked."""
        if not self.shared or mono < self._since + self._seconds * RENEW_AFTER:
            return None
        held = leases.renew(tx, self.owner, seconds=self._seconds)
        self._since = mono
        return held

    def look_around(self, tx: Any, now: datetime, mono: float) -> None:
        """Notice other engines.

        One that comes to others starts no task before they have noticed it, or together they could pass a limit: they
        look whenever they beat.
        """
        self.alone = not (self.shared and store.others.any_alive(tx, self.owner, now - self._timeout))
        if not self._starts and self._starts_at is None:
            self._starts_at = mono if self.alone else mono + UNNOTICED * self._heartbeat

    def may_start(self, mono: float) -> bool:
        """Whether the other engines know of this one, so that it may start tasks."""
        self._starts = self._starts or self._is_time_to_start(mono)
        return self._starts

    def _is_time_to_start(self, mono: float) -> bool:
        return not self._starts and self._starts_at is not None and mono >= self._starts_at

    def own(self, tx: Any, new: list[RunRecord]) -> list[RunRecord]:
        """Runs that this engine makes are its own from the beginning."""
        return self.mine(tx, [r.id for r in new]) if self.shared else new

    def forget_renewal(self) -> None:
        """The renewal was not written: it is due again."""
        self._since = float("-inf")

    def wait_for_turn(self, tx: Any) -> None:
        """With other engines: one decides at a time."""
        if not self.alone:
            store.others.wait_for_round(tx)

    def keep_limits(self, tx: Any, live: Live) -> None:
        """Count what other engines occupy, when it is settled which runs are this engine's."""
        if self.alone:
            live.limits.note_others(())
            return
        live.limits.note_others(
            (_seat(held), TaskState(held.state)) for held in store.others.held_instances(tx, self.owner)
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
        return mono >= self._since + self._seconds * RENEW_AFTER or self._is_time_to_start(mono)

    def wakeup(self) -> float | None:
        """Monotonic moment of the next renewal, or of the first start."""
        if not self.shared:
            return None
        renewal = self._since + self._seconds * RENEW_AFTER
        return renewal if self._starts or self._starts_at is None else min(renewal, self._starts_at)

    def give_back(self, tx: Any, runs: Iterable[int] | None = None) -> None:
        """The engine stops: others may go on at once."""
        if self.shared:
            leases.release(tx, self.owner, runs)


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
