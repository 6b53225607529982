"""Why a task instance is in its state, or what it waits for: one code, one sentence."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ostro.rules import judgement, past, wording
from ostro.rules.instance import Instance
from ostro.rules.plan import Channel
from ostro.rules.reason import Code, Reason, Value
from ostro.rules.trigger_rules import RUN, WAIT, WANTS
from ostro.states import FINISHED, RunState, TaskState

if TYPE_CHECKING:
    from ostro.rules.board import Board

_PLAIN: dict[TaskState, Reason] = {
    TaskState.SCHEDULED: Reason("scheduled", "it is ready and waits for a free slot"),
    TaskState.QUEUED: Reason("queued", "it was handed to the executor and has not started yet"),
    TaskState.RUNNING: Reason("running", "it runs"),
    TaskState.RESTARTING: Reason(
        "restarting", "it was cleared while it ran: its process is being ended, then it runs again"
    ),
    TaskState.DEFERRED: Reason("deferred", "its trigger has not fired yet"),
    TaskState.AWAITING_INPUT: Reason("awaiting_input", "a person has not answered yet"),
    TaskState.SUCCESS: Reason("success", "it succeeded"),
    TaskState.FAILED: Reason("failed", "it failed and has no tries left"),
    TaskState.REMOVED: Reason("removed", "the task, or this map index, is not part of the DAG any more"),
}

#: So many instances are named beside a reason.
_NAMED = 20


def why(board: Board, instance: Instance, now: datetime) -> Reason:
    """The reason for one instance of a board; of several the first."""
    return every_why(board, instance, now)[0]


def every_why(board: Board, instance: Instance, now: datetime) -> list[Reason]:
    """All reasons for one instance of a board, at least one."""
    if instance.state is TaskState.NONE:
        return _why_waiting(board, instance)
    if instance.state in (TaskState.UP_FOR_RETRY, TaskState.UP_FOR_RESCHEDULE):
        return _why_paused(board, instance, now)
    if instance.state in (TaskState.SKIPPED, TaskState.UPSTREAM_FAILED):
        return [_why_not_run(board, instance)]
    return [_PLAIN[instance.state]]


def _why_waiting(board: Board, instance: Instance) -> list[Reason]:
    if board.run.state is RunState.QUEUED:
        return [Reason("run_queued", "the run itself has not started")]
    if board.run.state is not RunState.RUNNING:
        state = str(board.run.state)
        return [Reason("run_finished", f"the run ended as {state}", values={"state": state})]
    if instance.index < 0:
        return [_PLAIN[TaskState.REMOVED]]
    return _held(board, instance) or [Reason("ready", "it starts at the next step of the scheduler")]


def _held(board: Board, instance: Instance) -> list[Reason]:
    """Everything in the DAG and its past that holds the instance, what comes first in time first."""
    index = instance.index
    plan = board.plan
    found = []
    if plan.has_setups[index] and judgement.judge_setups(board, index, instance) is WAIT:
        found.append(_open(board, Channel.SETUP, instance, "setup", "waits for the setup"))
    if judgement.judge_rule(board, index, instance) is WAIT:
        seen = judgement.counts(board, Channel.DIRECT, index, instance)
        rule = plan.rule[index]
        text = f"waits until {WANTS[rule]} (trigger rule {rule}): {seen.done} of {seen.total} are finished, not yet"
        told: dict[str, Value] = {"rule": rule, "done": seen.done, "total": seen.total}
        found.append(_open(board, Channel.DIRECT, instance, "trigger_rule", text, **told))
    if plan.sources[index] and judgement.judge_sources(board, index) is WAIT:
        found.append(_open(board, Channel.SOURCE, instance, "mapping", "waits for the tasks it maps over:"))
    if plan.has_between[index] and judgement.counts(board, Channel.BETWEEN, index, instance).left:
        found.append(_open(board, Channel.BETWEEN, instance, "teardown", "waits for the work before it:"))
    task = board.topology.tasks[index]
    if plan.needs_past[index]:
        refusal = past.refusal(task, board.past.get(task.task_id))
        if refusal is not None:
            found.append(refusal)
    return found


def _why_paused(board: Board, instance: Instance, now: datetime) -> list[Reason]:
    retry = instance.state is TaskState.UP_FOR_RETRY
    code: Code = "retry" if retry else "reschedule"
    if instance.due_at is not None and instance.due_at > now:
        at = instance.due_at.isoformat(timespec="seconds")
        if retry:
            number, tries = instance.try_number, instance.max_tries + 1
            text = f"try {number} failed; the next of {tries} starts at {at}"
            return [Reason(code, text, values={"try": number, "tries": tries, "at": at})]
        return [Reason(code, f"looks again at {at}", values={"at": at})]
    held = _held(board, instance) if instance.index >= 0 else []
    return held or [Reason(code, "its time has come; it starts at the next step of the scheduler")]


def _why_not_run(board: Board, instance: Instance) -> Reason:
    skipped = instance.state is TaskState.SKIPPED
    code: Code = "skipped" if skipped else "upstream_failed"
    if instance.index >= 0:
        verdict = judgement.judge(board, instance.index, instance)
        if verdict is not RUN and verdict is not WAIT:
            return Reason(code, wording.decision(board, instance.index, verdict, instance))
        if skipped and instance.map_index < 0 and board.plan.expansion[instance.index] is not None:
            return Reason(code, "there was nothing to map over")
    if not skipped:
        return Reason(code, "a task it depends on failed")
    return Reason(
        code, "it skipped itself" if instance.try_number else "a branch, a time-out or a user skipped it"
    )


def _open(
    board: Board,
    channel: Channel,
    instance: Instance,
    code: Code,
    text: str,
    **values: Value,
) -> Reason:
    """A reason that names what is not finished yet, and tells how many they are."""
    every = wording.watched(board, channel, instance.index, instance)
    some = [one for one in every if one.state not in FINISHED]
    names = wording.listed(wording.name(one.task_id, one.map_index) for one in some)
    about = tuple((one.task_id, one.map_index, str(one.state)) for one in some[:_NAMED])
    return Reason(code, f"{text} {names}".rstrip(), about, {**values, "open": len(some)})
