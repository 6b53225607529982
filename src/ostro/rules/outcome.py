"""How a run ends: success, failure, deadlock; and what time-out and fail_fast do to its instances.

Source: Airflow's documentation, "Core concepts / DAG runs / DAG run status". Decided only when nothing is unfinished:
the effective leaves tell (teardowns do not count unless they ask to, removed instances never do).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from ostro.records import Move
from ostro.rules.instance import Instance
from ostro.states import ALIVE, FINISHED, RunState, TaskState

if TYPE_CHECKING:
    from ostro.rules.board import Board


class Outcome(msgspec.Struct, frozen=True):
    """The end of a run. `reason` is one of success, task_failure, all_tasks_deadlocked, timed_out."""

    state: RunState
    reason: str
    text: str = ""


def decide(board: Board) -> Outcome | None:
    """The end of a settled run, or None while it goes on."""
    unfinished = board.unfinished
    if unfinished:
        # Only instances that wait for upstream, none of which will ever move again?
        stuck = board.states[TaskState.NONE] == unfinished and not board.has_news and not board.held_by_past
        if not stuck:
            return None
        return Outcome(
            RunState.FAILED, "all_tasks_deadlocked", f"none of {unfinished} waiting tasks can ever start"
        )
    bad = [board.topology.tasks[i].task_id for i in board.plan.leaves if _failed(board, i)]
    if bad:
        names = ", ".join(repr(b) for b in bad[:5])
        return Outcome(RunState.FAILED, "task_failure", f"the last tasks decide, and {names} did not succeed")
    return Outcome(RunState.SUCCESS, "success", "all last tasks succeeded or were skipped")


def skip_unfinished(board: Board, now: datetime) -> list[Move]:
    """Everything unfinished becomes skipped, teardowns too: the run timed out."""
    text = f"the run took longer than its dagrun_timeout of {board.topology.spec.dagrun_timeout:g} s"
    return [_end(i.id, i.state, TaskState.SKIPPED, text, now, i.start_date) for i in _unfinished(board)]


def fail_fast(board: Board, failed_ti: int, now: datetime) -> list[Move]:
    """Running tasks fail, others are skipped; teardowns and further instances of the failed task are left alone."""
    culprit = board.instances[failed_ti]
    text = f"fail_fast: {culprit.task_id!r} failed"
    moves = []
    for i in _unfinished(board):
        if i.task_id == culprit.task_id or (i.index >= 0 and board.topology.tasks[i.index].is_teardown):
            continue
        after = TaskState.FAILED if i.state in ALIVE else TaskState.SKIPPED
        moves.append(_end(i.id, i.state, after, text, now, i.start_date))
    return moves


def _failed(board: Board, index: int) -> bool:
    own = board.own[index]
    return own.failed + own.upstream_failed > 0


def _unfinished(board: Board) -> list[Instance]:
    return [i for i in board.instances.values() if i.state not in FINISHED]


def _end(
    ti: int, before: TaskState, after: TaskState, text: str, now: datetime, start: datetime | None
) -> Move:
    return Move(
        ti=ti, before=before, after=after, reason=text, start_date=start or now, end_date=now, due_at=None
    )  # fmt: skip
