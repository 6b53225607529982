"""Why a task instance does not run now: what the rules say of its run, what the limits say of its place."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec

from ostro.api.specs import Specs
from ostro.commands.board import board_of
from ostro.records import RunRecord
from ostro.rules.board import Board
from ostro.rules.limits import Limits, Pool, Seat, seat_of
from ostro.rules.reason import Code, Reason, Value
from ostro.rules.runs import start_refusal
from ostro.states import ALIVE, FINISHED, RunState, TaskState
from ostro.store import backfills, engines, leases, pools, runs, triggers
from ostro.store.views import occupancy, rest_dags
from ostro.store.views.rest_instances import InstanceRow

#: After so many seconds without a sign of life an engine is not counted on.
_ENGINE_SECONDS = 60.0
_PATIENCE = ", and fail when that takes longer than [scheduler] missing_file_timeout"


class Awaited(msgspec.Struct, frozen=True):
    """An instance that is waited for."""

    task_id: str
    map_index: int
    state: str


class Waiting(msgspec.Struct, frozen=True):
    """One thing that an instance waits for. `name` is a word for programs, `reason` a sentence."""

    name: Code
    reason: str
    #: The instances of the run that it is about, as far as they are named.
    about: tuple[Awaited, ...] = ()
    #: What the sentence tells, by name: for sentences in other languages.
    values: dict[str, Value] = {}


def why_waiting(tx: Any, specs: Specs, row: InstanceRow, now: datetime) -> list[Waiting]:
    """What the instance waits for; nothing when it runs or is over."""
    return Look(tx, specs, now).why(row)


class Look:
    """One look at the installation in one transaction: what many instances have in common is read once."""

    def __init__(self, tx: Any, specs: Specs, now: datetime) -> None:
        self._tx = tx
        self._specs = specs
        self._now = now
        self._dags: dict[str, rest_dags.DagRow | None] = {}
        self._owners: dict[int, str | None] = {}
        self._ledgers: dict[str | None, Limits] = {}
        #: The run that was asked about last, and its board: one of a large run takes much to make, and to keep.
        self._last: tuple[RunRecord, Board | None] | None = None

    def why(self, row: InstanceRow) -> list[Waiting]:
        """As `why_waiting`."""
        tx, state = self._tx, TaskState(row.state)
        if state in FINISHED or state in ALIVE:
            return []
        found: list[Waiting] = []
        if row.dag_id not in self._dags:
            self._dags[row.dag_id] = rest_dags.get_dag(tx, row.dag_id)
        dag = self._dags[row.dag_id]
        if dag is not None and dag.is_paused:
            found.append(_dag("dag_paused", row, "the DAG {!r} is paused"))
        if dag is not None and dag.is_stale:
            text = "no file holds the DAG {!r} any more; its tasks start when one does"
            found.append(_dag("dag_gone", row, text + _PATIENCE))
        elif dag is not None and dag.has_import_errors and dag.expired_at is not None:
            text = "the file of the DAG {!r} cannot be imported; its tasks start when it can"
            found.append(_dag("import_errors", row, text + _PATIENCE))
        known, alive = self._engines
        if known and not alive:
            found.append(_no_engine(known))
        if state is TaskState.DEFERRED:
            return found + _trigger(tx, row)
        if alive and state is not TaskState.AWAITING_INPUT and all(one.drain_asked_at for one in alive):
            text = "all engines drain, so no task starts; a drain ends on the page Workers or with `ostro jobs resume`"
            found.append(Waiting("engines_drain", text))
        run, board = self._board(row.run)
        started = _unstarted(tx, run, dag, self._now)
        found += started
        if board is None or row.id not in board.instances:
            return found
        reasons = self._limits(board, row.id) if state is TaskState.SCHEDULED else []
        reasons = reasons or board.every_why(row.id, self._now)
        # That the run has not started, or that nothing starts, was said better.
        said = {"run_queued"} if started else set()
        if any(one.name in ("no_engine", "engines_drain") for one in found):
            said.add("scheduled")
        return found + [_waiting(one) for one in reasons if one.code not in said]

    @cached_property
    def _engines(self) -> tuple[list[engines.EngineRecord], list[engines.EngineRecord]]:
        """All that ever registered, and those that live."""
        known = [one for one in engines.list_all(self._tx) if one.kind == "scheduler"]
        alive = engines.alive(self._tx, [one.id for one in known], seconds=_ENGINE_SECONDS)
        return known, [one for one in known if one.id in alive]

    @cached_property
    def _held(self) -> list[occupancy.Held]:
        return occupancy.held(self._tx)

    def _board(self, run_id: int) -> tuple[RunRecord, Board | None]:
        if self._last is None or self._last[0].id != run_id:
            (run,) = runs.load_runs(self._tx, [run_id])
            topology = self._specs.topology(self._tx, run.version_id)
            self._last = run, None if topology is None else board_of(self._tx, run, topology)
        return self._last

    def _limits(self, board: Board, instance_id: int) -> list[Reason]:
        instance = board.instances[instance_id]
        if instance.index < 0:
            return []
        if board.run.id not in self._owners:
            self._owners[board.run.id] = leases.owner_of(self._tx, board.run.id)
        owner = self._owners[board.run.id]
        if owner not in self._ledgers:
            self._ledgers[owner] = self._ledger(owner)
        seat = seat_of(board.plan, board.run, instance.index, instance_id, instance.map_index)
        return self._ledgers[owner].refusals(seat)

    def _ledger(self, owner: str | None) -> Limits:
        """What is taken, with the parallelism of the engine that advances a run, when it told it."""
        own = [one for one in self._engines[1] if owner is None or one.id == owner]
        limits = Limits(parallelism=own[0].parallelism if len(own) == 1 else 0)
        sizes = pools.sizes(self._tx)
        limits.set_pools(
            {name: Pool(slots=p.slots, include_deferred=p.include_deferred) for name, p in sizes.items()}
        )
        limits.note_others(
            (_seat(one), TaskState(one.state), owner is not None and one.engine == owner)
            for one in self._held
            if one.owner != owner
        )
        for one in self._held:
            if one.owner == owner:
                is_own = owner is None or one.engine in (None, owner)
                limits.take(_seat(one), TaskState(one.state), own=is_own)
        return limits


def _waiting(reason: Reason) -> Waiting:
    return Waiting(reason.code, reason.text, tuple(Awaited(*one) for one in reason.about), reason.values)


def _dag(name: Code, row: InstanceRow, text: str) -> Waiting:
    return Waiting(name, text.format(row.dag_id), values={"dag": row.dag_id})


def _no_engine(known: list[engines.EngineRecord]) -> Waiting:
    """There were engines, and none of them lives."""
    last = _second(max(one.heartbeat_at for one in known))
    text = f"no engine runs; the last sign of life of one was at {last}"
    return Waiting("no_engine", text, values={"last": last})


def _second(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _trigger(tx: Any, row: InstanceRow) -> list[Waiting]:
    """What a deferred instance waits for. Not every engine may run the trigger."""
    trigger = triggers.of_instances(tx, [row.id]).get(row.id)
    if trigger is None:
        return [Waiting("deferred", "its trigger has ended; it goes on at the next step of the scheduler")]
    values: dict[str, Value] = {"trigger": trigger.classpath}
    text = f"its trigger {trigger.classpath} has not fired yet"
    if trigger.timeout_at is not None:
        values["until"] = _second(trigger.timeout_at)
        text += f"; it fails when that takes longer than {values['until']}"
    found = [Waiting("deferred", text, values=values)]
    if trigger.queue is not None:
        text = f"its trigger is run by an engine that serves the trigger queue {trigger.queue!r} ([triggerer] queues)"
        found.append(Waiting("trigger_queue", text, values={"queue": trigger.queue}))
    return found


def _unstarted(tx: Any, run: RunRecord, dag: rest_dags.DagRow | None, now: datetime) -> list[Waiting]:
    """What holds a run that is queued."""
    if run.state is not RunState.QUEUED:
        return []
    if run.backfill_id is not None:
        return _backfill(tx, run)
    found = []
    if run.run_after > now:
        at = _second(run.run_after)
        found.append(Waiting("run_after", f"the run starts at {at}", values={"at": at}))
    if dag is not None:
        active = runs.count_active(tx, [run.dag_id]).get(run.dag_id, 0)
        refusal = start_refusal(run, paused=False, running=active, limit=dag.max_active_runs)
        if refusal is not None:
            found.append(_waiting(refusal))
    return found


def _backfill(tx: Any, run: RunRecord) -> list[Waiting]:
    record = None if run.backfill_id is None else backfills.get(tx, run.backfill_id)
    if record is None or record.completed_at is not None:
        return []
    if record.is_paused:
        text = f"the backfill {record.id} is paused"
        return [Waiting("backfill_paused", text, values={"backfill": record.id})]
    text = f"{record.max_active_runs} runs of the backfill {record.id} run at a time"
    values: dict[str, Value] = {"backfill": record.id, "limit": record.max_active_runs}
    return [Waiting("backfill_limit", text, values=values)]


def _seat(held: occupancy.Held) -> Seat:
    """The seat of an instance that occupies something; what only one that asks needs is left out."""
    return Seat(
        ti=held.ti,
        run=held.run,
        dag_id=held.dag_id,
        task_id=held.task_id,
        pool=held.pool,
        pool_slots=held.pool_slots,
        priority_weight=0,
        date=held.run_after,
        map_index=held.map_index,
        max_active_tasks=0,
        per_dag=held.dialect == 2,
        max_active_tis_per_dag=None,
        max_active_tis_per_dagrun=None,
    )
