"""Runs: their first instances, which of the waiting ones may start, when failures in a row pause a DAG."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from ostro.records import NewInstance, RunRecord
from ostro.rules import mapping
from ostro.rules.plan import Plan, plan_of
from ostro.rules.reason import Reason
from ostro.spec import DagSpec, TaskSpec, Topology
from ostro.states import RunState, RunType

#: Runs that a person or another DAG asked for.
_ASKED_FOR = frozenset([RunType.MANUAL, RunType.OPERATOR_TRIGGERED])


def new_instance(plan: Plan, index: int, run: RunRecord, *, map_index: int = -1) -> NewInstance:
    """A new instance of a task, with what its version says about it."""
    task = plan.topology.tasks[index]
    needs = plan.needs_of(index, run.run_type)
    return NewInstance(
        run=run.id,
        task_id=task.task_id,
        map_index=map_index,
        max_tries=needs.retries,
        pool=needs.pool,
        pool_slots=needs.pool_slots,
        queue=needs.queue,
        priority_weight=needs.weight,
        operator=task.operator,
        executor=needs.executor,
        version_id=run.version_id,
    )


def initial_instances(topology: Topology, run: RunRecord, version_id: int) -> list[NewInstance]:
    """The instances that a run begins with.

    Mapped over what the DAG file itself says: expanded at once. Mapped over XComs, or over nothing: one unexpanded
    with map index −1. Tasks outside their own start_date/end_date are left out, except in a backfill.
    """
    plan = plan_of(topology)
    run = msgspec.structs.replace(run, version_id=version_id)
    found = []
    for index, task in enumerate(topology.tasks):
        if in_its_time(task, run):
            found += [new_instance(plan, index, run, map_index=at) for at in initial_indexes(plan, index)]
    return found


def missing_instances(
    topology: Topology, run: RunRecord, have: Iterable[tuple[str, int]], version_id: int
) -> list[NewInstance]:
    """Instances to add when an existing run goes on with another version: of tasks that it has none of."""
    known = {task_id for task_id, _ in have}
    return [one for one in initial_instances(topology, run, version_id) if one.task_id not in known]


def initial_indexes(plan: Plan, index: int) -> Sequence[int]:
    """Map indexes of a task at the start of a run."""
    expansion = plan.expansion[index]
    length = None if expansion is None else mapping.literal_length(expansion)
    return range(length) if length else (-1,)


def in_its_time(task: TaskSpec, run: RunRecord) -> bool:
    """Whether the logical date lies within the task's own start and end date; a run without one has all tasks.

    So has a run that somebody asked for without a date, when its DAG speaks 2.x and the present stands for the date: who
    wants a run now wants its tasks.
    """
    date = run.logical_date
    if run.run_type is RunType.BACKFILL or date is None:
        return True
    if run.run_type in _ASKED_FOR and date == run.queued_at:
        return True
    if task.start_date is not None and date < datetime.fromisoformat(task.start_date):
        return False
    return task.end_date is None or date <= datetime.fromisoformat(task.end_date)


def startable(
    queued: Sequence[RunRecord], running: int, max_active_runs: int, *, now: datetime | None = None
) -> list[RunRecord]:
    """Which queued runs of a DAG may start now, oldest first. Runs of a backfill are counted by the caller apart.

    max_active_runs limits runs in state running; 0 and less mean no limit. With `now`, runs whose `run_after` is still
    to come wait for it.
    """
    due = [r for r in queued if now is None or r.run_after <= now]
    ordered = sorted(due, key=lambda r: (r.logical_date or r.run_after, r.run_after, r.id))
    if max_active_runs <= 0:
        return ordered
    return ordered[: max(0, max_active_runs - running)]


def start_refusal(run: RunRecord, *, paused: bool, running: int, limit: int) -> Reason | None:
    """Why a queued run does not start; None when it may. `limit` is that of the DAG, or of the run's backfill."""
    if paused:
        return Reason("dag_paused", "the DAG is paused", values={"dag": run.dag_id})
    if limit > 0 and running >= limit:
        what = "backfill" if run.run_type is RunType.BACKFILL else "DAG"
        text = f"{running} runs of the {what} are active and max_active_runs is {limit}"
        return Reason("max_active_runs", text, values={"active": running, "limit": limit})
    return None


def may_create_scheduled(spec: DagSpec, *, unfinished: int) -> bool:
    """Whether the timetable may make another run: scheduled runs are not piled up beyond max_active_runs.

    `unfinished` counts runs of the DAG that are queued or running, backfills left out. Runs by people and by asset
    events are always created, and wait.
    """
    return spec.max_active_runs <= 0 or unfinished < spec.max_active_runs


def pauses_after(spec: DagSpec, last: Sequence[RunState]) -> bool:
    """Whether max_consecutive_failed_dag_runs pauses the DAG; `last` are states of ended runs, newest first."""
    limit = spec.max_consecutive_failed_dag_runs
    return limit > 0 and len(last) >= limit and all(s is RunState.FAILED for s in last[:limit])
