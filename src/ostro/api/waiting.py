"""Why a task instance does not run now: what the rules say of its run, what the limits say of its place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ostro.api.specs import Specs
from ostro.commands.board import board_of
from ostro.records import RunRecord
from ostro.rules.limits import Limits, Pool, Seat, seat_of
from ostro.rules.reason import Reason
from ostro.states import ALIVE, FINISHED, RunState, TaskState
from ostro.store import backfills, pools, runs, triggers
from ostro.store.views import occupancy, rest_dags
from ostro.store.views.rest_instances import InstanceRow

#: Most tasks of one engine at once is that engine's setting; the web server does not know it.
_NO_PARALLELISM = 0
_PATIENCE = ", and fail when that takes longer than [scheduler] missing_file_timeout"


class Waiting(msgspec.Struct, frozen=True):
    """One thing that an instance waits for. `name` is a word for programs, `reason` a sentence."""

    name: str
    reason: str


def why_waiting(tx: Any, specs: Specs, row: InstanceRow, now: datetime) -> list[Waiting]:
    """What the instance waits for; nothing when it runs or is over."""
    state = TaskState(row.state)
    if state in FINISHED or state in ALIVE:
        return []
    found: list[Waiting] = []
    dag = rest_dags.get_dag(tx, row.dag_id)
    if dag is not None and dag.is_paused:
        found.append(Waiting("dag_paused", f"the DAG {row.dag_id!r} is paused"))
    if dag is not None and dag.is_stale:
        text = f"no file holds the DAG {row.dag_id!r} any more; its tasks start when one does{_PATIENCE}"
        found.append(Waiting("dag_gone", text))
    elif dag is not None and dag.has_import_errors and dag.expired_at is not None:
        text = (
            f"the file of the DAG {row.dag_id!r} cannot be imported; its tasks start when it can{_PATIENCE}"
        )
        found.append(Waiting("import_errors", text))
    if state is TaskState.DEFERRED:
        found += _trigger_queue(tx, row)
    (run,) = runs.load_runs(tx, [row.run])
    found += _backfill(tx, run)
    topology = specs.topology(tx, run.version_id)
    if topology is None:
        return found
    board = board_of(tx, run, topology)
    if row.id not in board.instances:
        return found
    reason = _limit(tx, board, row.id) if state is TaskState.SCHEDULED else None
    reason = reason or board.why(row.id, now)
    found.append(Waiting(reason.code, reason.text))
    return found


def _trigger_queue(tx: Any, row: InstanceRow) -> list[Waiting]:
    """Not every engine may run the trigger."""
    trigger = triggers.of_instances(tx, [row.id]).get(row.id)
    if trigger is None or trigger.queue is None:
        return []
    text = f"its trigger is run by an engine that serves the trigger queue {trigger.queue!r} ([triggerer] queues)"
    return [Waiting("trigger_queue", text)]


def _backfill(tx: Any, run: RunRecord) -> list[Waiting]:
    """What holds a run of a backfill that has not started."""
    if run.backfill_id is None or run.state is not RunState.QUEUED:
        return []
    record = backfills.get(tx, run.backfill_id)
    if record is None or record.completed_at is not None:
        return []
    if record.is_paused:
        return [Waiting("backfill_paused", f"the backfill {record.id} is paused")]
    text = f"{record.max_active_runs} runs of the backfill {record.id} run at a time"
    return [Waiting("backfill_limit", text)]


def _limit(tx: Any, board: Any, instance_id: int) -> Reason | None:
    instance = board.instances[instance_id]
    if instance.index < 0:
        return None
    limits = Limits(parallelism=_NO_PARALLELISM)
    limits.set_pools(
        {
            name: Pool(slots=p.slots, include_deferred=p.include_deferred)
            for name, p in pools.sizes(tx).items()
        }
    )
    for held in occupancy.held(tx):
        limits.take(_seat(held), TaskState(held.state))
    return limits.refusal(seat_of(board.plan, board.run, instance.index, instance_id, instance.map_index))


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
