"""Make a run that consists of one task, to try it out (`ostro tasks test`)."""

from __future__ import annotations

from typing import Any

from ostro.clock import Clock
from ostro.commands import subject
from ostro.commands.waking import tell
from ostro.errors import NotFound
from ostro.records import RunRecord, TaskInstanceRecord
from ostro.rules.runs import initial_instances
from ostro.store import instances


def only_task_in(tx: Any, clock: Clock, *, run: RunRecord, task_id: str) -> list[TaskInstanceRecord]:
    """Give a new run the instances of one task only: it then runs without its upstream. Raises NotFound."""
    topology = subject.topology_of(tx, run)
    if task_id not in topology.index:
        raise NotFound(f"Task id {task_id} not found in Dag {run.dag_id}")
    new = [one for one in initial_instances(topology, run, run.version_id) if one.task_id == task_id]
    made = instances.insert_instances(tx, new)
    tell(tx, runs=[run.id])
    return made
