"""May the waiting instances of a task start? The answer becomes moves on the board."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ostro.records import Move
from ostro.rules import judgement, mapping, wording
from ostro.rules.instance import Instance
from ostro.rules.plan import Channel
from ostro.rules.runs import new_instance
from ostro.rules.trigger_rules import REMOVED, RUN, SKIP, UPSTREAM_FAILED, WAIT
from ostro.states import ALIVE, TaskState

if TYPE_CHECKING:
    from ostro.rules.board import Board, Settled

_FINAL = {
    SKIP: TaskState.SKIPPED,
    UPSTREAM_FAILED: TaskState.UPSTREAM_FAILED,
    REMOVED: TaskState.REMOVED,
}


def decide(board: Board, index: int, only: set[int] | None, now: datetime, out: Settled) -> None:
    """Look at the waiting instances of a task (`only` these map indexes) and move those that can be moved."""
    plan = board.plan
    uniform = plan.uniform[index]
    verdict = WAIT
    if uniform:
        verdict = judgement.judge(board, index, next(iter(board.waiting[index].values())))
        if verdict is WAIT and not plan.deciders[index]:
            return
    alike = uniform and not plan.deciders[index] and not board.watched[Channel.DIRECT][index].removed
    reason = wording.decision(board, index, verdict) if alike and verdict in _FINAL else ""
    for instance in _candidates(board, index, None if uniform else only):
        if instance.id not in board.waiting[index]:
            continue  # a change of the number of instances took it away
        if board.is_moved(instance):
            continue
        if not alike:
            verdict = judgement.judge(board, index, instance)
            reason = wording.decision(board, index, verdict, instance) if verdict in _FINAL else ""
        if verdict in _FINAL:
            finish(board, instance, _FINAL[verdict], reason, now, out)
        elif verdict is RUN:
            _start(board, instance, now, out)


def _candidates(board: Board, index: int, only: set[int] | None) -> list[Instance]:
    waiting = board.waiting[index]
    if only is None:
        return list(waiting.values())
    mine = board.by_task[index]
    return [mine[at] for at in sorted(only) if at in mine and mine[at].id in waiting]


def map_length(board: Board, index: int) -> int | None:
    """How many instances a mapped task has by its sources; None when a source has no value with a length."""
    expansion = board.plan.expansion[index]
    if expansion is None:
        raise ValueError(f"{board.topology.tasks[index].task_id!r} is not mapped")

    def lookup(task_id: str, key: str) -> int | None:
        source = board.topology.index[task_id]
        if board.topology.mapped_group[source] is not None:
            # As Airflow has it: each instance in a mapped group has a result of its own, and there is no list of them.
            return None
        if -1 in board.by_task[source]:
            found = board.lengths.get((task_id, key, -1), -1)
            return found if found >= 0 else None
        return sum(1 for at in board.by_task[source] if (task_id, key, at) in board.lengths)

    return mapping.length(expansion, lookup)


def finish(
    board: Board, instance: Instance, state: TaskState, reason: str, now: datetime, out: Settled
) -> None:
    """Move an instance that will not run to its final state."""
    start = instance.start_date or now
    move = Move(
        ti=instance.id,
        before=instance.state,
        after=state,
        reason=reason,
        start_date=start,
        end_date=now,
        due_at=None,
    )
    board.move(move, out)


def _start(board: Board, instance: Instance, now: datetime, out: Settled) -> None:
    index = instance.index
    if board.plan.expansion[index] is not None and not _lengths_agree(board, instance, now, out):
        return
    again = instance.state is TaskState.UP_FOR_RESCHEDULE
    try_number = instance.try_number if again else instance.try_number + 1
    if board.topology.tasks[index].is_empty:
        move = Move(
            ti=instance.id, before=instance.state, after=TaskState.SUCCESS, reason="nothing to execute",
            try_number=try_number, start_date=now, end_date=now, due_at=None,
        )  # fmt: skip
    else:
        move = Move(
            ti=instance.id, before=instance.state, after=TaskState.SCHEDULED, reason="ready",
            try_number=try_number, scheduled_at=now, due_at=None,
        )  # fmt: skip
    board.move(move, out)


def _lengths_agree(board: Board, instance: Instance, now: datetime, out: Settled) -> bool:
    """Bring the number of a mapped task's instances in line with its sources; True when `instance` may start."""
    index = instance.index
    if instance.map_index >= 0 and (index not in board.unsure_length or board.coming[index]):
        return True
    wanted = map_length(board, index)
    if wanted is None:
        finish(board, instance, TaskState.UPSTREAM_FAILED, "a task it maps over gave no list", now, out)
        return False
    if instance.map_index < 0 and wanted == 0:
        finish(board, instance, TaskState.SKIPPED, "there is nothing to map over", now, out)
        return False
    board.unsure_length.discard(index)
    have = board.by_task[index]
    new = [new_instance(board.plan, index, board.run, map_index=at) for at in range(wanted) if at not in have]
    if instance.map_index < 0:
        board.expand(instance, new, out)
        return False
    board.announce(index, new, out)
    for other in list(have.values()):
        if board.is_moved(other):
            board.unsure_length.add(index)
        elif other.map_index < wanted and other.state is TaskState.REMOVED:
            _revive(board, other, out)
        elif other.map_index >= wanted and other.state is not TaskState.REMOVED and other.state not in ALIVE:
            finish(board, other, TaskState.REMOVED, f"only {wanted} are left to map over", now, out)
    return instance.map_index < wanted


def _revive(board: Board, instance: Instance, out: Settled) -> None:
    move = Move(
        ti=instance.id, before=instance.state, after=TaskState.NONE, reason="there is something to map over again",
        start_date=None, end_date=None,
    )  # fmt: skip
    board.move(move, out)
