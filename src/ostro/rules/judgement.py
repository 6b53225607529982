"""The verdict on one waiting instance, from the states around it: skip decisions, setups, rule, mapping, past."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostro.rules import past, trigger_rules
from ostro.rules.counts import Counts
from ostro.rules.instance import Instance
from ostro.rules.plan import Channel
from ostro.rules.trigger_rules import RUN, SKIP, UPSTREAM_FAILED, WAIT, Verdict
from ostro.states import TaskState

if TYPE_CHECKING:
    from ostro.rules.board import Board


def judge(board: Board, index: int, instance: Instance) -> Verdict:
    """The verdict on one instance: skip decisions, setups, trigger rule, mapped sources, and then the past."""
    verdict = _judge_upstream(board, index, instance)
    if verdict is RUN and not _past_allows(board, index, instance):
        return WAIT
    task = board.topology.tasks[index]
    if (
        verdict is SKIP
        and task.wait_for_past_depends_before_skipping
        and not _past_allows(board, index, instance)
    ):
        return WAIT
    return verdict


def _judge_upstream(board: Board, index: int, instance: Instance) -> Verdict:
    if skipped_before(board, index, instance):
        return SKIP
    plan = board.plan
    setups = RUN
    if plan.has_setups[index]:
        setups = judge_setups(board, index, instance)
        if setups not in (RUN, WAIT):
            return setups
    verdict = judge_rule(board, index, instance)
    if verdict not in (RUN, WAIT):
        return verdict
    source = judge_sources(board, index) if plan.sources[index] else RUN
    if source not in (RUN, WAIT):
        return source
    if WAIT in (setups, verdict, source):
        return WAIT
    if plan.has_between[index] and counts(board, Channel.BETWEEN, index, instance).left:
        return WAIT
    return RUN


def judge_setups(board: Board, index: int, instance: Instance) -> Verdict:
    """What the covering setups say that are no direct upstream: all must have succeeded."""
    return trigger_rules.evaluate(
        "all_success", counts(board, Channel.SETUP, index, instance), instance.map_index
    )


def judge_rule(board: Board, index: int, instance: Instance) -> Verdict:
    """What the trigger rule alone says."""
    plan = board.plan
    if not plan.topology.upstream[index]:
        return RUN
    rule = plan.rule[index]
    if instance.map_index < 0 and rule in trigger_rules.FAST_RULES and plan.shared[Channel.DIRECT][index]:
        # As Airflow has it: before it is expanded, such a task looks at all instances of its upstream tasks.
        return trigger_rules.evaluate(rule, _all_instances(board, index))
    return trigger_rules.evaluate(rule, counts(board, Channel.DIRECT, index, instance), instance.map_index)


def _all_instances(board: Board, index: int) -> Counts:
    found = Counts().plus(board.watched[Channel.DIRECT][index])
    for u in board.plan.shared[Channel.DIRECT][index]:
        found = found.plus(board.own[u])
    return found


def judge_sources(board: Board, index: int) -> Verdict:
    """What the tasks say that this one maps over: without their lists it cannot be multiplied."""
    verdict = RUN
    for source in board.plan.sources[index]:
        single = board.by_task[source].get(-1)
        if single is None or board.coming[source]:
            if board.own[source].left:
                verdict = WAIT if verdict is RUN else verdict
        elif single.state in (TaskState.FAILED, TaskState.UPSTREAM_FAILED):
            return UPSTREAM_FAILED
        elif single.state is TaskState.SKIPPED:
            verdict = SKIP
        elif single.state not in (TaskState.SUCCESS, TaskState.REMOVED):
            verdict = WAIT if verdict is RUN else verdict
    return verdict


def skipped_before(board: Board, index: int, instance: Instance) -> bool:
    """Whether a direct upstream task decided in its last try to skip this instance.

    Of a mapped task the instance of the same index decides, as in Airflow, also where the two are mapped apart.
    """
    for decider in board.plan.deciders[index]:
        at = -1 if board.plan.expansion[decider] is None else instance.map_index
        upstream = board.by_task[decider].get(at)
        if upstream is None or upstream.state is not TaskState.SUCCESS:
            continue
        decision = board.skips.get((upstream.task_id, at))
        if decision is not None and decision.covers(instance.task_id, instance.map_index):
            return True
    return False


def counts(board: Board, channel: Channel, index: int, instance: Instance) -> Counts:
    """States of the instances that one instance looks at through a channel."""
    whole = board.watched[channel][index]
    together = board.plan.shared[channel][index]
    if not together:
        return whole
    found = Counts().plus(whole)
    for u in together:
        other = board.by_task[u].get(instance.map_index)
        if other is None and instance.map_index >= 0:
            other = board.by_task[u].get(-1)
        setup = board.plan.is_setup[u]
        if other is not None:
            found.expect(1, setup=setup)
            found.tally(other.state, 1, setup=setup)
        elif board.coming[u] and instance.map_index >= 0:
            found.expect(1, setup=setup)
    return found


def _past_allows(board: Board, index: int, instance: Instance) -> bool:
    if not board.plan.needs_past[index]:
        return True
    task = board.topology.tasks[index]
    if past.refusal(task, board.past.get(task.task_id)) is None:
        board.held_by_past.discard(instance.id)
        return True
    board.held_by_past.update(board.waiting[index])
    return False
