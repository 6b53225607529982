"""Why a task instance does not run now: what the rules say of its run, what the limits say of its place."""

from __future__ import annotations

from datetime import datetime
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
    state = TaskState(row.state)
    if state in FINISHED or state in ALIVE:
        return []
    found: list[Waiting] = []
    dag = rest_dags.get_dag(tx, row.dag_id)
    if dag is not None and dag.is_paused:
        found.append(_dag("dag_paused", row, "the DAG {!r} is paused"))
    if dag is not None and dag.is_stale:
        text = "no file holds the DAG {!r} any more; its tasks start when one does"
        found.append(_dag("dag_gone", row, text + _PATIENCE))
    elif dag is not None and dag.has_import_errors and dag.expired_at is not None:
        text = "the file of the DAG {!r} cannot be imported; its tasks start when it can"
        found.append(_dag("import_errors", row, text + _PATIENCE))
    known = [one for one in engines.list_all(tx) if one.kind == "scheduler"]
    alive = engines.alive(tx, [one.id for one in known], seconds=_ENGINE_SECONDS)
    if known and not alive:
        found.append(_no_engine(known))
    if state is TaskState.DEFERRED:
        return found + _trigger(tx, row)
    (run,) = runs.load_runs(tx, [row.run])
    started = _unstarted(tx, run, dag, now)
    found += started
    topology = specs.topology(tx, run.version_id)
    if topology is None:
        return found
    board = board_of(tx, run, topology)
    if row.id not in board.instances:
        return found
    reasons: list[Reason] = []
    if state is TaskState.SCHEDULED:
        reasons = _limits(tx, board, row.id, [one for one in known if one.id in alive])
    reasons = reasons or board.every_why(row.id, now)
    # That the run has not started was said better.
    found += [_waiting(one) for one in reasons if not (started and one.code == "run_queued")]
    return found


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


def _limits(tx: Any, board: Board, instance_id: int, alive: list[engines.EngineRecord]) -> list[Reason]:
    """What the limits say, with the parallelism of the engine that advances the run, when it told it."""
    instance = board.instances[instance_id]
    if instance.index < 0:
        return []
    owner = leases.owner_of(tx, board.run.id)
    own = [one for one in alive if owner is None or one.id == owner]
    limits = Limits(parallelism=own[0].parallelism if len(own) == 1 else 0)
    limits.set_pools(
        {
            name: Pool(slots=p.slots, include_deferred=p.include_deferred)
            for name, p in pools.sizes(tx).items()
        }
    )
    everything = occupancy.held(tx)
    limits.note_others((_seat(held), TaskState(held.state)) for held in everything if held.owner != owner)
    for held in everything:
        if held.owner == owner:
            limits.take(_seat(held), TaskState(held.state))
    return limits.refusals(seat_of(board.plan, board.run, instance.index, instance_id, instance.map_index))


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
