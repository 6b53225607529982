"""Results and deaths of attempts, and all that follows from them in their runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from ostro import deaths, logfiles, store
from ostro.executors.base import Died, Reported
from ostro.protocol.task import (
    AwaitsInput,
    Deferred,
    Done,
    Failed,
    Refused,
    Rescheduled,
    Result,
    ResultMessage,
    Skipped,
    Succeeded,
)
from ostro.records import Move
from ostro.rules import results
from ostro.rules.instance import Instance
from ostro.rules.runs import pauses_after
from ostro.scheduler import callbacks
from ostro.scheduler.begun import has_begun
from ostro.scheduler.blame import blame
from ostro.scheduler.config import SchedulerConfig
from ostro.scheduler.live import OUTSIDE, Live, LiveRun
from ostro.scheduler.round import Round
from ostro.states import RUN_FINISHED, RunState, TaskState

#: After so many starts that never reached user code the instance fails: something is wrong with its processes.
LOST_STARTS = 5


class Advance:
    """Moves live runs forward: what was reported, then what follows from it."""

    def __init__(self, live: Live, config: SchedulerConfig) -> None:
        self.live = live
        self.config = config
        #: Looks for an attempt in runs of other engines; set by the loop.
        self.find_abroad: Callable[[Round, str], tuple[LiveRun, Instance] | None] = lambda _round, _id: None
        #: Writes the asset events of a task that succeeded; set by the loop.
        self.record_assets: Callable[[Round, LiveRun, Instance, list[dict[str, Any]]], None] = (
            lambda _round, _run, _instance, _events: None
        )
        #: Per instance: starts in a row that never reached user code.
        self._lost_starts: Counter[int] = Counter()

    def find(self, round_: Round, attempt_id: str) -> tuple[LiveRun, Instance] | None:
        """The instance whose current attempt this is, in whosever run."""
        return self.live.find_attempt(attempt_id) or self.find_abroad(round_, attempt_id)

    def absorb_result(self, round_: Round, event: Reported) -> None:
        """A process says how its attempt ended."""
        result: ResultMessage = event.result
        found = self.find(round_, result.attempt_id)
        if found is None:
            round_.answers.append(
                (event.place_id, _of_the_past(round_, result, self.config.callback_timeout))
            )
            return
        run, instance = found
        task = run.task_of(instance)
        if isinstance(result, AwaitsInput):
            result = _checked(result)
        move = results.on_result(task, instance, result, round_.now)
        if instance.state is TaskState.RUNNING:  # else it was cleared: what it still says does not count
            self._write_values(round_, run, instance.id, task.task_id, instance.map_index, result)
        if move.after is TaskState.SUCCESS and isinstance(result, Succeeded) and result.skips:
            run.board.note_skips(task.task_id, instance.map_index, result.skips)
        if move.after is TaskState.SUCCESS and result.asset_events:
            self.record_assets(round_, run, instance, result.asset_events)
        self.take(round_, run, [move])
        if isinstance(result, Deferred | AwaitsInput) and move.after in OUTSIDE:
            _put_aside(round_, instance, result)
        self._lost_starts.pop(instance.id, None)
        if self.config.clear_state_on_success and move.after is TaskState.SUCCESS:
            store.state_stores.task_delete(round_.tx, run.run.id, task.task_id, instance.map_index)
        ids = callbacks.for_task(round_, run, task, instance, move, result, place_id=event.place_id)
        answer = Done(seq=result.seq, state=move.after.value, callback_ids=ids)
        if ids:
            answer = msgspec.structs.replace(answer, callback_timeout=self.config.callback_timeout)
            if move.after is TaskState.UP_FOR_RETRY:
                self.live.callbacks_run(result.attempt_id, instance.id)
        round_.answers.append((event.place_id, answer))
        if move.after is TaskState.FAILED:
            self.failed(round_, run, instance.id)

    def failed(self, round_: Round, run: LiveRun, ti: int) -> None:
        """An instance failed for good: what its DAG says follows from that."""
        if run.topology.spec.fail_fast:
            self._fail_fast(round_, run, ti)

    def absorb_death(self, round_: Round, event: Died) -> None:
        """The process of an attempt ended without a result."""
        found = self.find(round_, event.attempt_id)
        if found is None:
            return
        run, instance = found
        self.lost(round_, run, instance.id, event.cause)

    def lost(self, round_: Round, run: LiveRun, ti: int, cause: dict[str, Any]) -> None:
        """The process of an attempt is gone, and nobody saw how it ended."""
        with blame("run", run.run.id):
            self._lost(round_, run, ti, cause)

    def _lost(self, round_: Round, run: LiveRun, ti: int, cause: dict[str, Any]) -> None:
        instance = run.board.instances[ti]
        task = run.task_of(instance)
        if self._never_began(run, instance):
            self.take(round_, run, [_start_again(instance, cause)])
            return
        self._lost_starts.pop(ti, None)
        move = results.on_death(task, instance, cause, round_.now)
        self.take(round_, run, [move])
        ids = callbacks.for_task(round_, run, task, instance, move, None, place_id=None)
        if move.after is TaskState.UP_FOR_RETRY:
            for row_id in ids:
                self.live.callbacks_run(callbacks.claim_name(row_id), instance.id)
        if move.after is TaskState.FAILED and run.topology.spec.fail_fast:
            self._fail_fast(round_, run, ti)

    def _never_began(self, run: LiveRun, instance: Instance) -> bool:
        """The process ended before its order arrived: the engine died in between, or the process was just leaving."""
        if instance.state is not TaskState.RUNNING or self._lost_starts[instance.id] >= LOST_STARTS:
            return False
        if instance.engine != self.config.name:
            return False  # its log is elsewhere
        path = logfiles.log_path(
            self.config.log_folder,
            run.run.dag_id,
            run.run.run_id,
            instance.task_id,
            instance.map_index,
            instance.try_number,
        )
        if has_begun(path, instance.pid):
            return False
        self._lost_starts[instance.id] += 1
        return True

    def take(self, round_: Round, run: LiveRun, moves: Iterable[Move]) -> None:
        """Apply moves that were decided outside the board: to the board, the limits and the round."""
        taken = list(moves)
        for move in taken:
            instance = run.board.instances[move.ti]
            if instance.attempt_id and move.after not in (TaskState.RUNNING, TaskState.RESTARTING):
                self.live.attempts.pop(instance.attempt_id, None)
            run.board.apply(move)
            self.live.follow(run, instance)
        round_.add(run.run.id, taken)
        self.live.dirty.add(run.run.id)

    def run_once(self, round_: Round) -> int:
        """Settle every dirty run; returns how many were."""
        count = 0
        while self.live.dirty:
            run_id = self.live.dirty.pop()
            run = self.live.runs.get(run_id)
            if run is not None and run.run.state is RunState.RUNNING and run_id not in round_.ended:
                with blame("run", run_id):
                    self._settle(round_, run)
                count += 1
        return count

    def _settle(self, round_: Round, run: LiveRun) -> None:
        board = run.board
        while True:
            settled = board.settle(round_.now)
            round_.add(run.run.id, settled.moves)
            for move in settled.moves:
                instance = board.instances.get(move.ti)
                if instance is not None:
                    self.live.follow(run, instance)
            round_.remove(run.run.id, settled.gone)
            if settled.new:
                board.insert(store.instances.insert_instances(round_.tx, settled.new))
            elif not board.has_news:
                break
        self.live.settled.add(run.run.id)
        outcome = board.outcome(round_.now)
        if outcome is not None:
            self.end(round_, run, outcome.state, outcome.reason)

    def end(self, round_: Round, run: LiveRun, state: RunState, reason: str) -> None:
        """The run is over."""
        round_.run_moves.append(
            store.RunMove(
                id=run.run.id,
                before=run.run.state,
                after=state,
                end_date=round_.now,
                reason=reason,
                if_clear_number=run.run.clear_number,
            )
        )
        round_.touched.add(run.run.id)
        round_.ended.add(run.run.id)
        round_.freed_dags.add(run.run.dag_id)
        callbacks.for_run(round_, run, state, reason)
        if run.has_deadlines and state is RunState.SUCCESS:
            store.deadlines.delete_met(round_.tx, run.run.id, round_.now)
        if state is RunState.FAILED:
            self._pause_after_failures(round_, run)

    def _pause_after_failures(self, round_: Round, run: LiveRun) -> None:
        """max_consecutive_failed_dag_runs: the DAG is paused, and its calendar read again."""
        spec = run.topology.spec
        limit = spec.max_consecutive_failed_dag_runs
        if limit <= 0:
            return
        ended = store.runs.search(round_.tx, spec.dag_id, states=[s.value for s in RUN_FINISHED], limit=limit)
        newest = sorted(ended, key=lambda r: r.end_date or r.run_after, reverse=True)
        if pauses_after(spec, [RunState.FAILED, *(r.state for r in newest)]):
            store.specs.set_paused(round_.tx, [spec.dag_id], True)
            round_.paused_dags.add(spec.dag_id)

    def time_out(self, round_: Round, run: LiveRun) -> None:
        """The run has lasted longer than its dagrun_timeout."""
        moves = run.board.time_out(round_.now)
        self._stop_processes(round_, run, moves, deaths.run_timeout())
        self.take(round_, run, moves)
        self.end(round_, run, RunState.FAILED, "timed_out")

    def _fail_fast(self, round_: Round, run: LiveRun, failed: int) -> None:
        moves = run.board.fail_fast(failed, round_.now)
        self._stop_processes(round_, run, moves, deaths.fail_fast())
        self.take(round_, run, moves)

    def _stop_processes(
        self, round_: Round, run: LiveRun, moves: Iterable[Move], cause: deaths.Cause
    ) -> None:
        for move in moves:
            instance = run.board.instances[move.ti]
            if instance.attempt_id in self.live.attempts:
                round_.stops.append((instance.attempt_id, cause))

    def _write_values(
        self, round_: Round, run: LiveRun, ti: int, task_id: str, map_index: int, result: Result
    ) -> None:
        if result.xcoms:
            store.xcoms.put(round_.tx, run.run.id, result.xcoms, round_.now)
            for row in result.xcoms:
                run.board.note_length(row.task_id, row.key, row.map_index, row.length)
        if result.rendered is not None:
            store.rendered.put(round_.tx, ti, result.rendered)


#: The states that a result may have made of its attempt.
_MEANT: dict[type[Result], frozenset[TaskState]] = {
    Succeeded: frozenset({TaskState.SUCCESS}),
    Skipped: frozenset({TaskState.SKIPPED}),
    Failed: frozenset({TaskState.FAILED, TaskState.UP_FOR_RETRY}),
    Rescheduled: frozenset({TaskState.UP_FOR_RESCHEDULE}),
    Deferred: frozenset({TaskState.DEFERRED}),
    AwaitsInput: frozenset({TaskState.AWAITING_INPUT}),
}


def _of_the_past(round_: Round, result: Result, callback_timeout: float) -> Done | Refused:
    """The answer to a result of an attempt that is not current.

    It may be a result that was taken, and the answer was lost with its engine or the database: then it is given
    again, or the process would not run its callbacks. Else the attempt was overtaken.
    """
    closed = store.instances.closed_attempt(round_.tx, result.attempt_id)
    # An attempt that left its instance waiting has no end that would be kept; its id alone is enough.
    pauses = isinstance(result, Deferred | AwaitsInput)
    meant = closed is not None and closed[0] in _MEANT.get(type(result), ())
    if closed is not None and meant and (pauses or closed[1] == result.end_date):
        told = store.outbox.of_attempt(round_.tx, result.attempt_id)
        own = [callback_id for callback_id, is_own in told if is_own]
        if own or not told:
            return Done(
                seq=result.seq, state=closed[0].value, callback_ids=own, callback_timeout=callback_timeout
            )
    text = "this attempt is not the current one of its task instance"
    return Refused(seq=result.seq, code=410, text=text)


def _start_again(instance: Instance, cause: dict[str, Any]) -> Move:
    return Move(
        ti=instance.id,
        before=TaskState.RUNNING,
        after=TaskState.SCHEDULED,
        if_attempt=instance.attempt_id,
        reason=f"its process ended before user code began: {cause.get('text', '')}",
        pid=None,
        pid_birth=None,
        # One that goes on after its trigger, or after an answer, began when its try did.
        start_date=None if instance.next_method is None else msgspec.UNSET,
        cause=cause,
    )


def _checked(result: AwaitsInput) -> AwaitsInput | Failed:
    """A question that is none fails its task, and nothing else."""
    try:
        _question(result, 0, 0)
    except msgspec.ValidationError as error:
        text = f"the task asks a person, but what it asks cannot be used: {error}"
        return Failed(
            seq=result.seq, attempt_id=result.attempt_id, end_date=result.end_date, rendered=result.rendered,
            rendered_map_index=result.rendered_map_index, retryable=False, kind="input", text=text,
        )  # fmt: skip
    return result


def _question(result: AwaitsInput, ti: int, try_number: int) -> store.hitl.NewQuestion:
    return msgspec.convert({**result.detail, "ti": ti, "try_number": try_number}, store.hitl.NewQuestion)


def _put_aside(round_: Round, instance: Instance, result: Deferred | AwaitsInput) -> None:
    """What the instance waits for, in the transaction of its state."""
    if isinstance(result, Deferred):
        trigger = store.NewTrigger(
            ti=instance.id,
            attempt_id=result.attempt_id,
            classpath=result.classpath,
            kwargs=result.trigger_kwargs,
            queue=result.queue,
            timeout_at=instance.due_at,
        )
        store.triggers.put(round_.tx, trigger, round_.now)
        return
    store.hitl.put(round_.tx, _question(result, instance.id, instance.try_number), round_.now)
