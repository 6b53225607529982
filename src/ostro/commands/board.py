"""A board of one run from the database, for questions that are asked from outside the engine.

Also reads for a board what the database knows beyond the rows of its instances (`facts_of`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ostro import store
from ostro.records import RunRecord, TaskInstanceRecord
from ostro.rules.board import Board, Facts
from ostro.rules.past import PastState, needs_past
from ostro.rules.skipping import SkipDecision
from ostro.spec import Topology


def board_of(tx: Any, run: RunRecord, topology: Topology) -> Board:
    """The board of a run as the database knows it now."""
    rows = store.instances.load_instances(tx, [run.id])
    lengths = store.xcoms.lengths(tx, [run.id]).get(run.id, {})
    skips = store.xcoms.skips(tx, [run.id]).get(run.id, {})
    return Board(topology, run, rows, facts_of(tx, run, topology, lengths, skips))


def facts_of(
    tx: Any,
    run: RunRecord,
    topology: Topology,
    lengths: dict[tuple[str, str, int], int],
    skips: Mapping[tuple[str, int], Any],
) -> Facts:
    """The facts of one run."""
    decisions = {key: _decision(topology, key, value) for key, value in skips.items()}
    return Facts(lengths=lengths, skips=decisions, past=past_of(tx, run, topology))


def past_of(tx: Any, run: RunRecord, topology: Topology) -> dict[str, PastState]:
    """What the previous run says about each task that depends on it.

    The previous run is the previous scheduled one when the DAG catches up, else the previous by logical date
    (Airflow's documentation of depends_on_past).
    """
    dependent = [task for task in topology.tasks if needs_past(task)]
    if not dependent or run.logical_date is None:
        return {}
    before = store.runs.previous_run(tx, run, automated_only=topology.spec.catchup)
    if before is None:
        return {}
    is_first = (
        run.backfill_id is not None and store.backfills.first_date(tx, run.backfill_id) == run.logical_date
    )
    rows: dict[str, list[TaskInstanceRecord]] = {}
    for row in store.instances.load_instances(tx, [before.id]):
        rows.setdefault(row.task_id, []).append(row)
    found = {}
    for task in dependent:
        states = tuple(r.state for r in rows.get(task.task_id, ()))
        downstream = topology.downstream[topology.index[task.task_id]]
        found[task.task_id] = PastState(
            run_id=before.run_id,
            first_of_backfill=is_first,
            before_start=_is_before_start(before, task.start_date or topology.spec.start_date),
            states=states,
            ran_before=bool(states)
            or store.past.has_instance_before(tx, run.dag_id, task.task_id, run.logical_date),
            downstream=tuple(r.state for d in downstream for r in rows.get(topology.tasks[d].task_id, ())),
        )
    return found


def _is_before_start(before: RunRecord, start: str | None) -> bool:
    return (
        start is not None
        and before.logical_date is not None
        and before.logical_date < datetime.fromisoformat(start)
    )


def _decision(topology: Topology, key: tuple[str, int], value: Mapping[str, Any]) -> SkipDecision:
    """A stored decision: {"skipped": [task ids]} or {"followed": [task ids]} of one deciding instance."""
    task_id, map_index = key
    if "skipped" in value:
        names = [str(name) for name in value["skipped"]]
    else:
        followed = set(value.get("followed", ()))
        below = topology.downstream[topology.index[task_id]] if task_id in topology.index else ()
        names = [topology.tasks[d].task_id for d in below if topology.tasks[d].task_id not in followed]
    return SkipDecision(frozenset((name, map_index) for name in names))
