"""Delete task instances of a run with their tries and XComs; the run and the logs stay."""

from __future__ import annotations

from typing import Any

from ostro.commands import subject
from ostro.commands.waking import tell
from ostro.errors import NotAllowed, NotFound
from ostro.records import RunRecord, TaskInstanceRecord
from ostro.states import OCCUPYING, PAUSED
from ostro.store import instances, purges, xcoms


def delete_instances_in(
    tx: Any, *, dag_id: str, run_id: str, task_id: str, map_index: int | None = None
) -> tuple[RunRecord, list[TaskInstanceRecord]]:
    """Delete one instance of a task, or all of them (`map_index` None). Returns the run and what was deleted.

    Tasks behind a deleted instance are decided as if it had never been. Raises NotFound, and NotAllowed while one of
    them is queued, runs or waits for a trigger.
    """
    (run,) = subject.the_runs(tx, dag_id, run_id=run_id)
    meant = [
        row
        for row in subject.rows_of(tx, run)
        if row.task_id == task_id and map_index in (None, row.map_index)
    ]
    if not meant:
        about = "" if map_index is None else f" and map_index: `{map_index}`"
        raise NotFound(
            f"The Task Instance with dag_id: `{dag_id}`, run_id: `{run_id}`, task_id: `{task_id}`{about} was not found"
        )
    if any(row.state in OCCUPYING | PAUSED for row in meant):
        raise NotAllowed(f"The task {task_id} of {run_id} is at work; mark or clear it before it is deleted")
    for row in meant:
        for key, _ in xcoms.of_instance(tx, run.id, task_id, row.map_index):
            purges.of_one(tx, run.id, task_id, key, row.map_index)
    xcoms.clear_for(tx, [(run.id, task_id, row.map_index) for row in meant])
    instances.delete_instances(tx, [row.id for row in meant])
    tell(tx, runs=[run.id], dags=[dag_id])
    return run, meant
