"""The DAG and the runs that a command is about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import UNSET

from ostro.errors import BadRequest, NotFound
from ostro.records import Move, RunRecord, TaskInstanceRecord
from ostro.rules.clear import RunChange
from ostro.rules.selection import Selection
from ostro.spec import DagSpec, Topology, decode
from ostro.store import RunMove, instances, runs, specs, transitions

#: Most runs of one command that spans dates: it holds them, and what it changes, in one transaction.
MOST_RUNS = 100_000


def current_spec(tx: Any, dag_id: str) -> tuple[int, DagSpec]:
    """The current version of a DAG. Raises NotFound."""
    version = specs.current_version(tx, dag_id)
    if version is None:
        raise NotFound(f"The Dag with ID: `{dag_id}` was not found")
    return version, decode(specs.load_spec(tx, version))


class Topologies:
    """Graphs of DAG versions, each read once in a command."""

    def __init__(self, tx: Any) -> None:
        self._tx = tx
        self._known: dict[int, Topology] = {}

    def of(self, version_id: int) -> Topology:
        """The graph of a version."""
        found = self._known.get(version_id)
        if found is None:
            found = self._known[version_id] = Topology(decode(specs.load_spec(self._tx, version_id)))
        return found


def topology_of(tx: Any, run: RunRecord) -> Topology:
    """The graph that a run is pinned to."""
    return Topologies(tx).of(run.version_id)


def the_run(tx: Any, dag_id: str, run_id: str) -> RunRecord:
    """One run by its name. Raises NotFound."""
    run = runs.find_run(tx, dag_id, run_id)
    if run is None:
        raise NotFound(f"The DagRun with dag_id: `{dag_id}` and run_id: `{run_id}` was not found")
    return run


def the_runs(
    tx: Any,
    dag_id: str,
    *,
    run_id: str | None = None,
    past: bool = False,
    future: bool = False,
    start_date: datetime | None = None,
    end_date: datetime | None = None,
    hold: bool = True,
) -> list[RunRecord]:
    """Runs that a command means: one, with those before or after it, or those of a range of logical dates.

    `hold`: the command writes; nobody else changes these runs until it has.

    Raises NotFound when a named run does not exist, and BadRequest when they are more than `MOST_RUNS`.
    """
    if run_id is None:
        since, until = start_date, end_date
    else:
        run = the_run(tx, dag_id, run_id)
        if run.logical_date is None or not (past or future):
            if hold:
                runs.lock(tx, [run.id])
            return [the_run(tx, dag_id, run_id)]
        since, until = None if past else run.logical_date, None if future else run.logical_date
    _refuse_too_many(runs.count(tx, dag_id, logical_date_from=since, logical_date_until=until), dag_id)
    # One more than may be: runs that came since they were counted are not left out unsaid.
    meant = runs.search(tx, dag_id, logical_date_from=since, logical_date_until=until, limit=MOST_RUNS + 1)
    _refuse_too_many(len(meant), dag_id)
    if hold:
        runs.lock(tx, [run.id for run in meant])
    return meant


def _refuse_too_many(count: int, dag_id: str) -> None:
    if count > MOST_RUNS:
        raise BadRequest(
            f"{count:,} runs of Dag {dag_id} match, and one command changes at most {MOST_RUNS:,}; "
            "choose a shorter range of dates, one part after the other"
        )


def rows_of(tx: Any, run: RunRecord) -> list[TaskInstanceRecord]:
    """The task instances of a run."""
    return instances.load_instances(tx, [run.id])


def check_tasks(
    topology: Topology, rows: Iterable[TaskInstanceRecord], selection: Selection, dag_id: str
) -> None:
    """Raise NotFound for a task that neither the DAG nor the run has."""
    known = topology.index.keys() | {r.task_id for r in rows}
    for task_id in selection:
        if task_id not in known:
            raise NotFound(f"Task id {task_id} not found in Dag {dag_id}")


def apply(tx: Any, moves: list[Move], now: datetime) -> bool:
    """Write moves; False when the engine was faster at one of them, and the rest must be decided anew."""
    return all(transitions.apply_moves(tx, moves, now))


def change_run(tx: Any, change: RunChange, now: datetime, *, version_id: int | None = None) -> bool:
    """Write the change of a run; False when it is in another state by now."""
    move = RunMove(
        id=change.run,
        before=change.before,
        after=change.after,
        queued_at=change.queued_at,
        start_date=change.start_date,
        end_date=change.end_date,
        clear_number=change.clear_number,
        reason=change.reason,
        version_id=UNSET if version_id is None else version_id,
    )
    return all(runs.move_runs(tx, [move], now))
