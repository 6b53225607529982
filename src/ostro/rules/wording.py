"""Sentences about upstream tasks, for moves and for people who ask why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ostro.rules import judgement
from ostro.rules.instance import Instance
from ostro.rules.plan import Channel
from ostro.rules.trigger_rules import REMOVED, SKIP, UPSTREAM_FAILED, Verdict
from ostro.states import FAILURES, FINISHED, TaskState

if TYPE_CHECKING:
    from ostro.rules.board import Board

#: So many task names are spelled out before "and n more".
_NAMES = 5


def decision(board: Board, index: int, verdict: Verdict, instance: Instance | None = None) -> str:
    """Why a task is skipped, failed or removed by what is upstream."""
    one = instance or next(iter(board.waiting[index].values()))
    if judgement.skipped_before(board, index, one):
        return "a branch or short circuit upstream skips it"
    if board.plan.has_setups[index] and judgement.judge_setups(board, index, one) is verdict:
        return f"setup {_with_states(board, Channel.SETUP, index, one, verdict)}"
    if judgement.judge_rule(board, index, one) is verdict:
        about = _with_states(board, Channel.DIRECT, index, one, verdict)
        return f"trigger rule {board.plan.rule[index]}: {about}"
    return "a task it maps over did not succeed"


def upstream(board: Board, channel: Channel, index: int, instance: Instance) -> list[tuple[str, TaskState]]:
    """(name, state) of every instance that `instance` looks at through a channel."""
    return [(name(i.task_id, i.map_index), i.state) for i in watched(board, channel, index, instance)]


def watched(board: Board, channel: Channel, index: int, instance: Instance) -> list[Instance]:
    """Every instance that `instance` looks at through a channel."""
    together = board.plan.shared[channel][index]
    return [
        other
        for u in board.plan.watches[channel][index]
        for at, other in sorted(board.by_task[u].items())
        if u not in together or at in (instance.map_index, -1)
    ]


def name(task_id: str, map_index: int) -> str:
    """How people read an instance: `task` or `task[3]`."""
    return task_id if map_index < 0 else f"{task_id}[{map_index}]"


def listed(names: Iterable[str]) -> str:
    """Names in quotes, the first few of them."""
    every = list(names)
    text = ", ".join(repr(n) for n in every[:_NAMES])
    return text if len(every) <= _NAMES else f"{text} and {len(every) - _NAMES} more"


def _with_states(board: Board, channel: Channel, index: int, instance: Instance, verdict: Verdict) -> str:
    if verdict is UPSTREAM_FAILED:
        decisive = FAILURES
    elif verdict is SKIP:
        decisive = frozenset({TaskState.SKIPPED})
    elif verdict is REMOVED:
        decisive = frozenset({TaskState.REMOVED})
    else:
        decisive = FINISHED
    every = upstream(board, channel, index, instance)
    some = [(n, s) for n, s in every if s in decisive] or [(n, s) for n, s in every if s in FINISHED]
    by_state: dict[TaskState, list[str]] = {}
    for n, s in some:
        by_state.setdefault(s, []).append(n)
    return "; ".join(f"{listed(names)} {_verb(state)}" for state, names in by_state.items())


def _verb(state: TaskState) -> str:
    return {
        TaskState.SUCCESS: "succeeded",
        TaskState.FAILED: "failed",
        TaskState.SKIPPED: "was skipped",
        TaskState.UPSTREAM_FAILED: "could not run",
        TaskState.REMOVED: "was removed",
    }[state]
