"""Callbacks as rows of an outbox: written with the state that causes them, delivered at least once.

The process that reported a result runs its task's callbacks itself and confirms. When it dies before that, or never
reported (killed, out of memory), and for callbacks of a DAG, a process of the DAG's file is given the row.
"""

from __future__ import annotations

from collections.abc import Iterable

from ostro import store
from ostro.protocol.task import Result, Skipped
from ostro.records import Move
from ostro.rules.instance import Instance
from ostro.scheduler.live import LiveRun
from ostro.scheduler.round import Round
from ostro.spec import TaskSpec
from ostro.states import RunState, TaskState

_TASK_KINDS = {
    TaskState.SUCCESS: "success",
    TaskState.FAILED: "failure",
    TaskState.UP_FOR_RETRY: "retry",
    TaskState.SKIPPED: "skipped",
}


def for_task(
    round_: Round,
    run: LiveRun,
    task: TaskSpec,
    instance: Instance,
    move: Move,
    result: Result | None,
    *,
    place_id: int | None,
) -> list[int]:
    """Rows for an attempt's end; returns their ids for the process that runs them, if one does."""
    kind = _TASK_KINDS.get(move.after)
    if kind is None or not _wanted(task, kind):
        return []
    if kind == "skipped" and not isinstance(result, Skipped):
        return []
    text = getattr(result, "text", None) or _cause_text(move)
    row = _row(run, task, instance, f"task_{kind}", move, text, claimed=place_id is not None)
    round_.callbacks_wait |= not row.claimed
    return store.outbox.put(round_.tx, [row])


def for_run(round_: Round, run: LiveRun, state: RunState, reason: str) -> None:
    """The row for a run's end, when its DAG has such a callback."""
    kind = "success" if state is RunState.SUCCESS else "failure"
    if kind not in run.topology.spec.callbacks:
        return
    round_.callbacks_wait = True
    shown = _most_relevant(run.board.instances.values(), state)
    if shown is None or (state is RunState.SUCCESS and shown.state is not TaskState.SUCCESS):
        # As Airflow has it: when no task succeeded there is no context of one, only the DAG and the name of the run.
        shown, details = None, {"context": ["dag", "run_id", "reason"]}
    else:
        details = None
    row = store.OutboxRow(
        dag_id=run.run.dag_id,
        run=run.run.id,
        kind=f"dag_{kind}",
        reason=reason,
        task_id=None if shown is None else shown.task_id,
        map_index=-1 if shown is None else shown.map_index,
        try_number=0 if shown is None else shown.try_number,
        details=details,
        claimed=False,
    )
    store.outbox.put(round_.tx, [row])


def claim_name(row_id: int) -> str:
    """Who holds an outbox row that a callback process was given; the executor reports its death by this name."""
    return f"callback-{row_id}"


def _most_relevant(instances: Iterable[Instance], state: RunState) -> Instance | None:
    """The instance whose context a DAG's callback gets: the last that failed, or of a success the last that ended.

    Source: Airflow's documentation of DAG callbacks ("context of the last relevant task instance").
    """
    wanted = TaskState.FAILED if state is RunState.FAILED else TaskState.SUCCESS
    began = [i for i in instances if i.index >= 0 and i.start_date is not None and i.try_number > 0]
    ended = [i for i in began if i.state is wanted and i.end_date is not None] or began
    return max(ended, key=lambda i: (i.end_date or i.start_date, i.id), default=None)


def _wanted(task: TaskSpec, kind: str) -> bool:
    if kind in task.callbacks:
        return True
    if not task.email:
        return False
    return (kind == "failure" and task.email_on_failure) or (kind == "retry" and task.email_on_retry)


def _row(
    run: LiveRun,
    task: TaskSpec,
    instance: Instance,
    kind: str,
    move: Move,
    text: str | None,
    *,
    claimed: bool,
) -> store.OutboxRow:
    return store.OutboxRow(
        dag_id=run.run.dag_id,
        run=run.run.id,
        kind=kind,
        reason=move.reason,
        task_id=task.task_id,
        map_index=instance.map_index,
        try_number=instance.try_number,
        error=text,
        claimed=claimed,
    )


def _cause_text(move: Move) -> str | None:
    return move.cause["text"] if isinstance(move.cause, dict) else None
