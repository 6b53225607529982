"""The ledger of slots: who occupies what, and whether one more fits.

Kept up to date by `take` and `give_back`, so that a question costs nothing. What counts where (Airflow 3.3):

| limit                            | counts instances that are                          |
|----------------------------------|----------------------------------------------------|
| parallelism (of one engine)      | queued, running                                    |
| pool                             | queued, running, deferred if the pool includes them |
| max_active_tasks                 | queued, running; per run, per DAG in dialect 2     |
| max_active_tis_per_dag / _dagrun | queued, running, deferred, awaiting input          |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TypeVar

import msgspec

from ostro.records import RunRecord
from ostro.rules.plan import Plan
from ostro.rules.reason import Reason, Value
from ostro.states import OCCUPYING, TaskState

K = TypeVar("K")

_HOLDS_TASK = OCCUPYING | {TaskState.DEFERRED, TaskState.AWAITING_INPUT}


class Pool(msgspec.Struct, frozen=True):
    """Size of a pool: −1 is unlimited."""

    slots: int
    include_deferred: bool = False


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """What one instance asks of the limits, and its place in the queue."""

    ti: int
    run: int
    dag_id: str
    task_id: str
    pool: str
    pool_slots: int
    priority_weight: int
    #: Logical date of the run, or what stands for it.
    date: datetime
    map_index: int
    max_active_tasks: int
    #: max_active_tasks counts over all runs of the DAG (dialect 2), else per run.
    per_dag: bool
    max_active_tis_per_dag: int | None
    max_active_tis_per_dagrun: int | None

    @property
    def order(self) -> tuple[int, datetime, int, int]:
        """Sort key: the first may start first."""
        return (-self.priority_weight, self.date, self.map_index, self.ti)

    @property
    def _active_key(self) -> tuple[str, int]:
        return (self.dag_id, 0 if self.per_dag else self.run)


def seat_of(plan: Plan, run: RunRecord, index: int, ti: int, map_index: int, try_number: int = 1) -> Seat:
    """The seat of an instance."""
    spec = plan.topology.spec
    task = plan.topology.tasks[index]
    needs = plan.needs_of(index, run.run_type, try_number)
    return Seat(
        ti=ti,
        run=run.id,
        dag_id=run.dag_id,
        task_id=task.task_id,
        pool=needs.pool,
        pool_slots=needs.pool_slots,
        priority_weight=needs.weight,
        date=run.logical_date or run.run_after,
        map_index=map_index,
        max_active_tasks=spec.max_active_tasks,
        per_dag=spec.dialect == 2,
        max_active_tis_per_dag=task.max_active_tis_per_dag,
        max_active_tis_per_dagrun=task.max_active_tis_per_dagrun,
    )


class Limits:
    """Occupied slots of one engine."""

    def __init__(self, *, parallelism: int) -> None:
        #: Most instances queued or running at once; 0 = unlimited.
        self.parallelism = parallelism
        self._pools: dict[str, Pool] = {}
        #: Per instance: its seat, its state, and whether its process is this engine's own. Others count for all limits but
        #: parallelism.
        self._seats: dict[int, tuple[Seat, TaskState, bool]] = {}
        self._others: set[int] = set()
        self._active = 0
        self._pool_active: Counter[str] = Counter()
        self._pool_deferred: Counter[str] = Counter()
        self._tasks_active: Counter[tuple[str, int]] = Counter()
        self._per_dag: Counter[tuple[str, str]] = Counter()
        self._per_run: Counter[tuple[int, str]] = Counter()

    def set_pools(self, pools: Mapping[str, Pool]) -> None:
        """All pools there are, with their present sizes."""
        self._pools = dict(pools)

    def take(self, seat: Seat, state: TaskState, *, own: bool = True) -> None:
        """The instance is in `state` now; in a state that occupies nothing this is `give_back`.

        `own`: its process is this engine's. The run may be taken over from another one, whose process goes on.
        """
        self._others.discard(seat.ti)
        self._take(seat, state, own=own)

    def _take(self, seat: Seat, state: TaskState, *, own: bool) -> None:
        self.give_back(seat.ti)
        if state in _HOLDS_TASK:
            self._seats[seat.ti] = (seat, state, own)
            self._count(seat, state, own, 1)

    def give_back(self, ti: int) -> None:
        """The instance occupies nothing any more. Unknown ones are ignored: giving back twice is harmless."""
        held = self._seats.pop(ti, None)
        if held is not None:
            self._count(*held, -1)

    def note_others(self, seats: Iterable[tuple[Seat, TaskState, bool]]) -> None:
        """What instances in runs of other engines occupy now, and whether their processes are this engine's: only those
        count for its parallelism.

        One that this engine holds itself is not counted twice.
        """
        for ti in self._others:
            self.give_back(ti)
        found = [(seat, state, own) for seat, state, own in seats if seat.ti not in self._seats]
        self._others = {seat.ti for seat, _, _ in found}
        for seat, state, own in found:
            self._take(seat, state, own=own)

    def give_back_run(self, run: int) -> None:
        """Nothing of the run occupies anything any more (it ended, or its board is built anew)."""
        for ti in [ti for ti, (seat, _, _) in self._seats.items() if seat.run == run]:
            self.give_back(ti)

    def refusal(self, seat: Seat) -> Reason | None:
        """Why the instance may not start now; None when it may."""
        return next(self._refusals(seat), None)

    def refusals(self, seat: Seat) -> list[Reason]:
        """Every reason why the instance may not start now; for people, who ask what else holds it."""
        return list(self._refusals(seat))

    def free(self) -> int | None:
        """Attempts that parallelism still allows; None = no limit."""
        return None if self.parallelism <= 0 else max(0, self.parallelism - self._active)

    def occupied(self, pool: str) -> int:
        """Slots of a pool that are taken, as its limit counts them."""
        include = pool in self._pools and self._pools[pool].include_deferred
        return self._pool_active[pool] + (self._pool_deferred[pool] if include else 0)

    def _refusals(self, seat: Seat) -> Iterator[Reason]:
        pool = self._pool_refusal(seat)
        if pool is not None:
            yield pool
        if 0 < self.parallelism <= self._active:
            text = f"{self._active} tasks run, as many as parallelism allows"
            yield Reason("parallelism", text, values={"active": self._active, "limit": self.parallelism})
        active = self._tasks_active[seat._active_key]
        if 0 < seat.max_active_tasks <= active:
            where = "DAG" if seat.per_dag else "run"
            text = f"{active} tasks of the {where} run, as many as max_active_tasks allows"
            about: dict[str, Value] = {"active": active, "limit": seat.max_active_tasks, "of": where}
            yield Reason("max_active_tasks", text, values=about)
        yield from self._task_refusals(seat)

    def _pool_refusal(self, seat: Seat) -> Reason | None:
        pool, wanted = self._pools.get(seat.pool), seat.pool_slots
        if pool is None:
            text = f"there is no pool {seat.pool!r}; the task starts when someone makes it"
            return Reason("pool_missing", text, values={"pool": seat.pool})
        if pool.slots < 0:
            return None
        values: dict[str, Value] = {"pool": seat.pool, "wanted": wanted, "slots": pool.slots}
        if wanted > pool.slots:
            text = f"the task needs {wanted} slots of pool {seat.pool!r}, which has {pool.slots} in all"
            return Reason("pool_too_small", text, values=values)
        taken = self.occupied(seat.pool)
        if taken + wanted > pool.slots:
            text = f"{taken} of {pool.slots} slots of pool {seat.pool!r} are taken"
            if wanted > 1:
                text += f", and the task needs {wanted}"
            return Reason("pool_full", text, values={**values, "taken": taken})
        return None

    def _task_refusals(self, seat: Seat) -> Iterator[Reason]:
        limit, active = seat.max_active_tis_per_dag, self._per_dag[seat.dag_id, seat.task_id]
        if limit is not None and active >= limit:
            text = f"{active} instances of the task are active, the limit is {limit}"
            yield Reason("max_active_tis_per_dag", text, values={"active": active, "limit": limit})
        limit, active = seat.max_active_tis_per_dagrun, self._per_run[seat.run, seat.task_id]
        if limit is not None and active >= limit:
            text = f"{active} instances of the task are active in this run, the limit is {limit}"
            yield Reason("max_active_tis_per_dagrun", text, values={"active": active, "limit": limit})

    def _count(self, seat: Seat, state: TaskState, own: bool, by: int) -> None:
        self._per_dag[seat.dag_id, seat.task_id] += by
        self._per_run[seat.run, seat.task_id] += by
        if state in OCCUPYING:
            if own:
                self._active += by
            self._pool_active[seat.pool] += by * seat.pool_slots
            self._tasks_active[seat._active_key] += by
        elif state is TaskState.DEFERRED:
            self._pool_deferred[seat.pool] += by * seat.pool_slots
        if by < 0:
            # Forget what is zero: runs come and go for ever.
            _drop_zero(self._per_dag, (seat.dag_id, seat.task_id))
            _drop_zero(self._per_run, (seat.run, seat.task_id))
            _drop_zero(self._tasks_active, seat._active_key)


def _drop_zero(counter: Counter[K], key: K) -> None:
    if not counter[key]:
        del counter[key]
