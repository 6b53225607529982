"""Task instances that wait for a trigger or a person: the engine's word to the processes with triggers, and back.

The row of a trigger is written with the state of its instance. This part reads the rows of what began to wait (deferred
in this round or by another engine, left by an earlier engine, read again after a command), has them run, and makes the
outcome of each a move of its instance, in the round after it is heard. It keeps nothing that cannot be read again.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from ostro import logfiles, store
from ostro.clock import Clock
from ostro.ids import attempt_id
from ostro.protocol.trigger import (
    Fired,
    Outcome,
    StartTrigger,
    TaskEnded,
    TriggerFailed,
    WaitingInstance,
)
from ostro.records import Move
from ostro.rules import answers, results
from ostro.rules.instance import Instance
from ostro.scheduler import asset_words, callbacks
from ostro.scheduler.advance import Advance
from ostro.scheduler.blame import blame
from ostro.scheduler.config import SchedulerConfig
from ostro.scheduler.files import Files
from ostro.scheduler.live import Live, LiveRun
from ostro.scheduler.round import Round
from ostro.states import TaskState


class Triggerer(Protocol):
    """What the scheduler needs of the processes with triggers (`ostro.triggerer.Triggerer`). All methods return at once."""

    def start(self, order: StartTrigger) -> None: ...
    def stop(self, trigger: int, *, killed: bool) -> None: ...
    def stored(self, trigger: int, number: int) -> None: ...
    def outcomes(self) -> deque[Outcome]: ...
    def wakeup(self) -> float | None: ...
    def pids(self) -> list[int]: ...
    def close(self) -> None: ...


class Deferral:
    """A service of the loop (`ostro.scheduler.service`)."""

    def __init__(
        self,
        live: Live,
        advance: Advance,
        files: Files,
        triggerer: Triggerer,
        config: SchedulerConfig,
        clock: Clock,
    ) -> None:
        self.live = live
        self.advance = advance
        self.files = files
        self.triggerer = triggerer
        self.config = config
        self.clock = clock
        #: Told what the watchers of assets say.
        self.watch: Callable[[Round, Outcome], None] = lambda _round, _outcome: None
        #: What runs: trigger -> (run, instance), and back.
        self._running: dict[int, tuple[int, int]] = {}
        self._of: dict[int, int] = {}
        #: Moments at which a wait is over; a stale one costs one look.
        self._moments: list[tuple[datetime, int, int]] = []
        self._again = False

    # ---- Service -------------------------------------------------------------------------------------------

    def after_start(self, round_: Round) -> None:
        """Boards tell by themselves what waits."""

    def note_dags(self, dag_ids: Collection[str]) -> None:
        """Boards tell by themselves what changed."""

    def look_everywhere(self) -> None:
        """A round was lost, or messages were: what waits is read again."""
        self._again = True

    def next_due(self, now: datetime) -> datetime | None:
        if self._again or self.live.came_back or self.live.went_outside or self.triggerer.outcomes():
            return now
        moments = [self._moments[0][0]] if self._moments else []
        wakeup = self.triggerer.wakeup()
        if wakeup is not None:
            # The loop is to wake, and the triggerer's own pump does the rest; a moment in the past would be work for us.
            wait = max(wakeup - self.clock.monotonic(), 0.001)
            moments.append(now + timedelta(seconds=wait))
        return min(moments, default=None)

    def run_once(self, round_: Round) -> None:
        """Take over what began to wait, let go what waits no more, and carry out what was told or is due."""
        if self._again:
            self._again = False
            self._look_again()
        if self.live.came_back:
            self._let_go(round_)
        if self.live.went_outside:
            self._take_over(round_)
        if self.triggerer.outcomes():
            self._carry_out(round_)
        if self._moments and self._moments[0][0] <= round_.now:
            self._time_out(round_)

    # ---- what waits ----------------------------------------------------------------------------------------

    def _look_again(self) -> None:
        """As if everything that waits had just begun to, and everything that runs had just come back."""
        # Their moments are noted anew, once each.
        self._moments.clear()
        known = {instance.id for _, instance in self.live.went_outside}
        for run in self.live.runs.values():
            states = run.board.states
            if states[TaskState.DEFERRED] or states[TaskState.AWAITING_INPUT]:
                self.live.went_outside += [
                    (run, i)
                    for i in run.board.instances.values()
                    if i.id in self.live.outside and i.id not in known
                ]
        self.live.came_back += [ti for ti in self._of if ti not in self.live.outside]

    def _let_go(self, round_: Round) -> None:
        """Instances that wait no more by somebody else's doing: their triggers end."""
        gone = {
            self._of[ti]: ti for ti in self.live.came_back if ti in self._of and ti not in self.live.outside
        }
        self.live.came_back.clear()
        if gone:
            # A run that went to another engine took its triggers along; else the row went, or goes, with the wait.
            away = {t for t in gone if self._running[t][0] not in self.live.runs}
            elsewhere = store.triggers.existing(round_.tx, away) if away else ()
            round_.afterwards.append(partial(self._stop_all, gone, elsewhere))

    def _take_over(self, round_: Round) -> None:
        waiting: dict[int, tuple[LiveRun, Instance]] = {}
        for run, instance in self.live.went_outside:
            if self.live.runs.get(run.run.id) is run and instance.id in self.live.outside:
                if instance.due_at is not None:
                    heapq.heappush(self._moments, (instance.due_at, run.run.id, instance.id))
                if instance.state is TaskState.DEFERRED:
                    waiting[instance.id] = (run, instance)
        self.live.went_outside.clear()
        if not waiting:
            return
        rows = store.triggers.of_instances(round_.tx, waiting)
        orders = []
        for ti, (run, instance) in waiting.items():
            row = rows.get(ti)
            if row is None:
                with blame("run", run.run.id):
                    self._resume_failed(round_, run, instance, ["the row of its trigger is missing"])
            elif self._of.get(ti) != row.id and self._serves(row.queue):
                with blame("run", run.run.id):
                    orders.append((self._order(round_, run, instance, row), run.run.id, ti))
        round_.afterwards.append(partial(self._start, orders))

    def _serves(self, queue: str | None) -> bool:
        """Whether this engine runs triggers of this queue; one of another waits, until its time-out at most."""
        served = self.config.trigger_queues
        return queue is None or not served or queue in served

    def _order(
        self, round_: Round, run: LiveRun, instance: Instance, row: store.TriggerRecord
    ) -> StartTrigger:
        record = run.run
        path = logfiles.log_path(
            self.config.log_folder,
            record.dag_id,
            record.run_id,
            instance.task_id,
            instance.map_index,
            instance.try_number,
        )
        waiting = WaitingInstance(
            run=run.info,
            task_id=instance.task_id,
            map_index=instance.map_index,
            try_number=instance.try_number,
            max_tries=instance.max_tries,
            attempt_id=instance.attempt_id,
            start_date=instance.start_date,
        )
        return StartTrigger(
            id=row.id,
            classpath=row.classpath,
            kwargs=store.sealed.unseal(round_.tx, row.kwargs),
            file=self.files.of_run(record, run.topology.spec.relative_fileloc),
            log_path=str(path),
            instance=waiting,
            from_file=row.from_file,
        )

    # ---- after the commit ----------------------------------------------------------------------------------

    def _start(self, orders: list[tuple[StartTrigger, int, int]]) -> None:
        for order, run, ti in orders:
            before = self._of.get(ti)
            if before is not None:
                self._stop(before, killed=True)
            self._running[order.id] = (run, ti)
            self._of[ti] = order.id
            self.triggerer.start(order)

    def _stop(self, trigger: int, *, killed: bool) -> None:
        self._forget(trigger)
        self.triggerer.stop(trigger, killed=killed)

    def _stop_all(self, triggers: Collection[int], unhurt: Collection[int]) -> None:
        for trigger in triggers:
            self._stop(trigger, killed=trigger not in unhurt)

    def _forget(self, trigger: int) -> None:
        where = self._running.pop(trigger, None)
        if where is not None and self._of.get(where[1]) == trigger:
            del self._of[where[1]]

    # ---- what becomes of it --------------------------------------------------------------------------------

    def _carry_out(self, round_: Round) -> None:
        outcomes = self.triggerer.outcomes()
        said = [outcomes[i] for i in range(min(len(outcomes), self.config.events_per_turn))]
        for outcome in said:
            if outcome.id < 0:
                self.watch(round_, outcome)
                continue
            where = self._running.get(outcome.id)
            found = None if where is None else self._find(*where)
            if found is not None:
                with blame("run", found[0].run.id):
                    self._absorb(round_, *found, outcome)

        def taken() -> None:
            for outcome in said:
                outcomes.popleft()
                if outcome.id > 0:
                    self._forget(outcome.id)

        round_.afterwards.append(taken)

    def _find(self, run_id: int, ti: int) -> tuple[LiveRun, Instance] | None:
        run = self.live.runs.get(run_id)
        instance = None if run is None else run.board.instances.get(ti)
        if run is None or instance is None or instance.state is not TaskState.DEFERRED:
            return None
        return run, instance

    def _absorb(self, round_: Round, run: LiveRun, instance: Instance, outcome: Outcome) -> None:
        if isinstance(outcome, Fired):
            kept = store.sealed.unseal(round_.tx, instance.next_kwargs) or {}
            arguments = {**kept, "event": outcome.payload}
            self.advance.take(round_, run, [results.resumed(instance, arguments, round_.now)])
        elif isinstance(outcome, TaskEnded):
            self._end(round_, run, instance, outcome)
        elif isinstance(outcome, TriggerFailed):
            self._resume_failed(round_, run, instance, outcome.traceback or [outcome.text])

    def _end(self, round_: Round, run: LiveRun, instance: Instance, outcome: TaskEnded) -> None:
        """The trigger said how the task ends (TaskSuccessEvent and its like)."""
        task = run.task_of(instance)
        attempt = instance.attempt_id
        move = results.ended_outside(instance, TaskState(outcome.state), round_.now)
        if outcome.xcoms:
            store.xcoms.put(round_.tx, run.run.id, outcome.xcoms, round_.now)
            for row in outcome.xcoms:
                run.board.note_length(row.task_id, row.key, row.map_index, row.length)
        if attempt is not None:
            store.triggers.note_ended(round_.tx, attempt, move.after, round_.now)
        if move.after is TaskState.SUCCESS:
            self.advance.record_assets(round_, run, instance, asset_words.outlet_events(task))
        self.advance.take(round_, run, [move])
        callbacks.for_task(round_, run, task, instance, move, None, place_id=None)
        if move.after is TaskState.FAILED:
            self.advance.failed(round_, run, instance.id)

    def _resume_failed(self, round_: Round, run: LiveRun, instance: Instance, trace: list[str]) -> None:
        move = results.resumed_with_failure(instance, results.TRIGGER_FAILED, round_.now, traceback=trace)
        self.advance.take(round_, run, [move])

    def _time_out(self, round_: Round) -> None:
        while self._moments and self._moments[0][0] <= round_.now:
            _, run_id, ti = heapq.heappop(self._moments)
            run = self.live.runs.get(run_id)
            instance = None if run is None else run.board.instances.get(ti)
            if run is None or instance is None or ti not in self.live.outside:
                continue
            if instance.due_at is None or instance.due_at > round_.now:
                continue
            with blame("run", run_id):
                if instance.state is TaskState.AWAITING_INPUT:
                    move = _unanswered(round_, instance)
                else:
                    move = results.resumed_with_failure(instance, results.TRIGGER_TIMED_OUT, round_.now)
                self.advance.take(round_, run, [move])
            trigger = self._of.get(ti)
            if trigger is not None:
                round_.afterwards.append(partial(self._stop, trigger, killed=False))


def _unanswered(round_: Round, instance: Instance) -> Move:
    """Nobody answered in time: the task goes on with the defaults of its question, or learns that there is no answer."""
    now = round_.now
    question = store.hitl.find(round_.tx, instance.id, instance.try_number)
    if question is not None and question.defaults:
        given = answers.default_values(question.params)
        taken = store.hitl.Response(chosen_options=question.defaults, params_input=given, at=now)
        store.hitl.answer(round_.tx, question.id, taken)
        event = answers.answered(question.defaults, given, now, user=None, timed_out=True)
        reason = "nobody answered in time; the defaults hold"
    else:
        reason = "nobody answered in time"
        event = answers.unanswered("The response timeout has passed, and nobody has answered")
    kept = store.sealed.unseal(round_.tx, instance.next_kwargs) or {}
    return results.resumed(instance, {**kept, "event": event}, now, reason=reason)


def start_in_trigger(round_: Round, run: LiveRun, instance: Instance, advance: Any) -> None:
    """A task that needs no process before its trigger (start_from_trigger): it waits at once, within no limit."""
    now = round_.now
    task = run.topology.tasks[instance.index]
    start: dict[str, Any] = task.start_trigger or {}
    due = results.due_after(now, start.get("timeout"))
    attempt = attempt_id()
    if instance.start_date is not None:
        store.xcoms.clear_for(round_.tx, [(run.run.id, task.task_id, instance.map_index)])
    move = Move(
        ti=instance.id,
        before=instance.state,
        after=TaskState.DEFERRED,
        reason="starts in its trigger",
        attempt_id=attempt,
        start_date=now,
        end_date=None,
        first_start_date=instance.first_start_date or now,
        due_at=due,
        version_id=run.run.version_id,
        next_method=start.get("next_method"),
        next_kwargs=start.get("next_kwargs") or {},
        cause=None,
    )
    store.triggers.put(
        round_.tx,
        store.NewTrigger(
            ti=instance.id,
            attempt_id=attempt,
            classpath=start["classpath"],
            kwargs=start.get("kwargs") or {},
            timeout_at=due,
            queue=task.queue if advance.config.trigger_queues_enabled else None,
            from_file=True,
        ),
        now,
    )
    begun = store.triggers.Begun(
        attempt_id=attempt,
        ti=instance.id,
        try_number=instance.try_number,
        max_tries=instance.max_tries,
        start_date=now,
        version_id=run.run.version_id,
    )
    store.triggers.note_begun(round_.tx, begun)
    advance.take(round_, run, [move])
