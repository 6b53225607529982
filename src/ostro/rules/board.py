"""One live run in memory.

The board is told what happened (`apply`, `insert`, `note_length`, `note_skips`, `note_past`) and says what follows
(`settle`). It keeps counts of upstream states per task, so that a finished instance costs its successors only, not
all tasks. It is never the truth: when a guarded write of a decision fails, the caller throws the board away and
builds it anew from the database.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from ostro.protocol.task import Skips
from ostro.records import Move, NewInstance, RunRecord, TaskInstanceRecord
from ostro.rules import explain, outcome, readiness
from ostro.rules.counts import Counts
from ostro.rules.instance import Instance
from ostro.rules.outcome import Outcome
from ostro.rules.past import PastState
from ostro.rules.plan import Channel, Plan, plan_of
from ostro.rules.reason import Reason
from ostro.rules.skipping import SKIPPABLE, SkipDecision
from ostro.spec import Topology
from ostro.states import ALIVE, FINISHED, RunState, TaskState, check_task_transition

_WAKING = frozenset({TaskState.UP_FOR_RETRY, TaskState.UP_FOR_RESCHEDULE})


class Facts(msgspec.Struct, frozen=True):
    """What the database knows of a run beyond the rows of its instances."""

    #: (task id, XCom key, map index) -> length of the list or dict; −1 = a value without length.
    lengths: dict[tuple[str, str, int], int] = {}
    #: (task id, map index) -> what a branch or short circuit decided.
    skips: dict[tuple[str, int], SkipDecision] = {}
    #: Task id -> what the previous run tells; only tasks with `past.needs_past`.
    past: dict[str, PastState] = {}


class Settled(msgspec.Struct):
    """What follows from what happened. All of it belongs into one transaction. An instance has one move at most."""

    moves: list[Move] = []
    new: list[NewInstance] = []
    #: Rows to delete: unexpanded instances (map index −1) whose expansions are in `new`.
    gone: list[int] = []

    def __bool__(self) -> bool:
        return bool(self.moves or self.new or self.gone)


class Board:
    """See the module. All moments are aware datetimes; nothing here asks for the time."""

    def __init__(
        self, topology: Topology, run: RunRecord, instances: Sequence[TaskInstanceRecord], facts: Facts
    ) -> None:
        n = len(topology.tasks)
        self.topology = topology
        self.plan: Plan = plan_of(topology)
        self.run = run
        self.instances: dict[int, Instance] = {}
        self.by_task: list[dict[int, Instance]] = [{} for _ in range(n)]
        #: Per task: states of its own instances.
        self.own = [Counts() for _ in range(n)]
        #: Per channel and task: states of the watched instances, those of the same mapped group left out.
        self.watched = {
            c: [Counts() for _ in range(n)] for c in (Channel.DIRECT, Channel.SETUP, Channel.BETWEEN)
        }
        #: Per task: instances that could start and have not.
        self.waiting: list[dict[int, Instance]] = [{} for _ in range(n)]
        #: Per task: instances announced as new and not inserted yet.
        self.coming = [0] * n
        self._coming = 0
        #: Number of instances in each state.
        self.states: dict[TaskState, int] = dict.fromkeys(TaskState, 0)
        #: Instances held back by the previous run.
        self.held_by_past: set[int] = set()
        self.lengths = dict(facts.lengths)
        self.skips = dict(facts.skips)
        self.past = dict(facts.past)
        #: Mapped tasks whose number of instances must be compared with their sources before they start.
        self.unsure_length = set(range(n))
        self._orphans: list[Instance] = []
        #: Instances that the present call of `settle` moved; what more they need is left to the next call.
        self._moved: set[int] = set()
        self._later: list[Instance] = []
        self._decided: list[Move] = []
        self._skip_now: list[tuple[int, int]] = []
        self._dirty: dict[int, set[int] | None] = {}
        self._due: list[tuple[datetime, int]] = []
        for record in instances:
            self._add(record)

    # ---- facts ------------------------------------------------------------------------------------------------

    def apply(self, move: Move) -> None:
        """A move that was decided elsewhere (dispatch, result, command) happened.

        Raises ValueError when the instance is in another state than the move expects, or the move is illegal.
        """
        instance = self.instances[move.ti]
        if instance.state is not move.before:
            raise ValueError(f"{instance!r} is not {move.before}")
        check_task_transition(move.before, move.after)
        if move.try_number is not msgspec.UNSET and move.try_number != instance.try_number:
            self._forget(instance)
        instance.take(move)
        if move.before is not move.after:
            self._changed(instance, move.before, move.after)

    def insert(self, records: Sequence[TaskInstanceRecord]) -> None:
        """Instances that `settle` announced as new, now with ids."""
        for record in records:
            self._add(record)

    def note_length(self, task_id: str, key: str, map_index: int, length: int | None) -> None:
        """An XCom that others map over was pushed. `length` None: it has a value, but no length."""
        self.lengths[task_id, key, map_index] = -1 if length is None else length

    def note_skips(self, task_id: str, map_index: int, skips: Sequence[Skips]) -> None:
        """What a branch-like task decided; call it before its success is applied.

        As Airflow has it, an instance of a mapped task decides about what comes right after it only, when that is
        looked at; in a mapped group (of a file that speaks 2.x) about all that it names.
        """
        decision = SkipDecision.of(skips)
        self.skips[task_id, map_index] = decision
        group = self.topology.mapped_group[self.topology.index[task_id]]
        for target, index in decision.skipped:
            at = self.topology.index.get(target)
            if at is not None and (index < 0 or (group and self.topology.mapped_group[at] == group)):
                self._skip_now.append((at, index))

    def note_past(self, task_id: str, past: PastState) -> None:
        """The previous run changed in what matters to a task of this run."""
        self.past[task_id] = past
        self.touch(self.topology.index[task_id])

    # ---- decisions --------------------------------------------------------------------------------------------

    def settle(self, now: datetime) -> Settled:
        """Everything that follows from what changed since the last call, already applied to this board.

        After the new instances were inserted there is more to settle: call again while `has_news`.
        """
        out = Settled()
        self._moved.clear()
        self._wake(now)
        for orphan in self._orphans:
            if orphan.state not in FINISHED and orphan.state not in ALIVE:
                readiness.finish(
                    self, orphan, TaskState.REMOVED, "the task is not in this version of the DAG", now, out
                )
        self._orphans.clear()
        for index, map_index in self._skip_now:
            self._skip_at_once(index, map_index, now, out)
        self._skip_now.clear()
        self._carry_out()
        while self._dirty:
            # Wave by wave, as Airflow's passes: all look at the same states before the first of them moves. It decides
            # ties, as that of a skip and a failure which both end a task with all_success.
            wave, self._dirty = self._dirty, {}
            for index in sorted(wave):
                if self.waiting[index]:
                    readiness.decide(self, index, wave[index], now, out)
            self._carry_out()
        for instance in self._later:
            self.touch(instance.index, instance.map_index)
        self._later.clear()
        return out

    def outcome(self, now: datetime) -> Outcome | None:
        """How the run ends, or None while it goes on. To be asked after `settle`."""
        return outcome.decide(self)

    def next_due(self) -> datetime | None:
        """The earliest moment at which `settle` or `time_out` has something to do by time alone."""
        while self._due and not self._is_due_entry(self._due[0]):
            heapq.heappop(self._due)
        moments = [self._due[0][0]] if self._due else []
        if (deadline := self.deadline()) is not None:
            moments.append(deadline)
        return min(moments, default=None)

    def deadline(self) -> datetime | None:
        """When the run times out (dagrun_timeout counts from its start)."""
        timeout = self.topology.spec.dagrun_timeout
        if timeout is None or self.run.start_date is None or self.run.state is not RunState.RUNNING:
            return None
        return self.run.start_date + timedelta(seconds=timeout)

    def time_out(self, now: datetime) -> list[Move]:
        """Moves that end a run which took longer than dagrun_timeout; empty before its time. Not applied."""
        deadline = self.deadline()
        return [] if deadline is None or now < deadline else outcome.skip_unfinished(self, now)

    def fail_fast(self, failed_ti: int, now: datetime) -> list[Move]:
        """Moves that end the other tasks of a fail_fast DAG after the final failure of one. Not applied."""
        return outcome.fail_fast(self, failed_ti, now)

    def every_why(self, ti_id: int, now: datetime) -> list[Reason]:
        """All reasons why an instance is in its state, or what it waits for; at least one."""
        return explain.every_why(self, self.instances[ti_id], now)

    def why(self, ti_id: int, now: datetime) -> Reason:
        """Why an instance is in its state, or what it waits for."""
        return explain.why(self, self.instances[ti_id], now)

    # ---- what the rules beside this module use ------------------------------------------------------------------

    @property
    def unfinished(self) -> int:
        """Instances that are not finished, announced ones included."""
        finished = sum(self.states[s] for s in FINISHED)
        return len(self.instances) - finished + self._coming

    @property
    def has_news(self) -> bool:
        """Whether `settle` has something to look at."""
        return bool(self._dirty or self._orphans or self._skip_now)

    def touch(self, index: int, map_index: int | None = None) -> None:
        """A task, or one instance of it, must be looked at again."""
        if index not in self._dirty:
            self._dirty[index] = None if map_index is None else {map_index}
            return
        chosen = self._dirty[index]
        if map_index is None:
            self._dirty[index] = None
        elif chosen is not None:
            chosen.add(map_index)

    def move(self, move: Move, out: Settled) -> None:
        """A decision of `settle`: handed out, and applied at the end of the present wave."""
        self._moved.add(move.ti)
        self._decided.append(move)
        out.moves.append(move)

    def _carry_out(self) -> None:
        decided, self._decided = self._decided, []
        for move in decided:
            self.apply(move)

    def is_moved(self, instance: Instance) -> bool:
        """Whether `settle` moved the instance already in this call; it is looked at in the next one then."""
        if instance.id not in self._moved:
            return False
        self._later.append(instance)
        return True

    def expand(self, unexpanded: Instance, new: list[NewInstance], out: Settled) -> None:
        """Replace an unexpanded instance by announced ones."""
        out.gone.append(unexpanded.id)
        self._remove(unexpanded)
        for w in self.plan.watchers[unexpanded.index]:
            if w.shared:
                self.touch(w.task)
        self.announce(unexpanded.index, new, out)

    def announce(self, index: int, new: list[NewInstance], out: Settled) -> None:
        """Instances that will come: counted at once, so that nobody downstream takes the task for finished."""
        out.new.extend(new)
        self.coming[index] += len(new)
        self._coming += len(new)
        self._expect(index, len(new))

    # ---- bookkeeping ------------------------------------------------------------------------------------------

    def _add(self, record: TaskInstanceRecord) -> None:
        index = self.topology.index.get(record.task_id, -1)
        instance = Instance(record, index, self.run)
        self.instances[instance.id] = instance
        self.states[instance.state] += 1
        if index < 0:
            self._orphans.append(instance)
            return
        self.by_task[index][instance.map_index] = instance
        if self.coming[index]:
            self.coming[index] -= 1
            self._coming -= 1
        else:
            self._expect(index, 1)
        self._tally(instance, instance.state, 1)
        self._track(instance)

    def _remove(self, instance: Instance) -> None:
        del self.instances[instance.id]
        del self.by_task[instance.index][instance.map_index]
        self.waiting[instance.index].pop(instance.id, None)
        self.held_by_past.discard(instance.id)
        self.states[instance.state] -= 1
        self._tally(instance, instance.state, -1)
        self._expect(instance.index, -1)

    def _changed(self, instance: Instance, before: TaskState, after: TaskState) -> None:
        self.states[before] -= 1
        self.states[after] += 1
        if instance.index < 0:
            self._orphans.append(instance)
            return
        self.waiting[instance.index].pop(instance.id, None)
        self.held_by_past.discard(instance.id)
        self._track(instance)
        if before in FINISHED or after in FINISHED:
            self._tally(instance, before, -1)
            self._tally(instance, after, 1)

    def _track(self, instance: Instance) -> None:
        """Put an instance where `settle` finds it: among those that wait, or in the queue of moments."""
        if instance.state is TaskState.NONE:
            self.waiting[instance.index][instance.id] = instance
            self.touch(instance.index, instance.map_index)
        elif instance.state in _WAKING and instance.due_at is not None:
            heapq.heappush(self._due, (instance.due_at, instance.id))

    def _expect(self, index: int, number: int) -> None:
        self.own[index].expect(number)
        setup = self.plan.is_setup[index]
        for w in self.plan.watchers[index]:
            if w.channel is not Channel.SOURCE and not w.shared:
                self.watched[w.channel][w.task].expect(number, setup=setup)

    def _tally(self, instance: Instance, state: TaskState, number: int) -> None:
        if state not in FINISHED:
            return
        index = instance.index
        self.own[index].tally(state, number)
        setup = self.plan.is_setup[index]
        for w in self.plan.watchers[index]:
            if w.channel is Channel.SOURCE:
                self.unsure_length.add(w.task)
                self.touch(w.task)
            elif w.shared:
                # An unexpanded instance concerns, or looks at, all of the other task.
                whole = instance.map_index < 0 or -1 in self.by_task[w.task]
                self.touch(w.task, None if whole else instance.map_index)
            else:
                self.watched[w.channel][w.task].tally(state, number, setup=setup)
                self.touch(w.task)

    def _wake(self, now: datetime) -> None:
        """Instances whose moment has come wait for nothing but their upstream now."""
        while self._due and self._due[0][0] <= now:
            entry = heapq.heappop(self._due)
            if self._is_due_entry(entry):
                instance = self.instances[entry[1]]
                self.waiting[instance.index][instance.id] = instance
                self.touch(instance.index, instance.map_index)

    def _is_due_entry(self, entry: tuple[datetime, int]) -> bool:
        instance = self.instances.get(entry[1])
        return instance is not None and instance.state in _WAKING and instance.due_at == entry[0]

    def _skip_at_once(self, index: int, map_index: int, now: datetime, out: Settled) -> None:
        # Instances that a mapped task has already are not named by a decision without index, as in Airflow.
        instance = self.by_task[index].get(map_index)
        if instance is not None and instance.state in SKIPPABLE:
            text = "a branch or short circuit upstream skips it"
            readiness.finish(self, instance, TaskState.SKIPPED, text, now, out)

    def _forget(self, instance: Instance) -> None:
        """A new try begins: what the last one pushed and decided is void."""
        if instance.index < 0:
            return
        self.skips.pop((instance.task_id, instance.map_index), None)
        keys = self.plan.source_keys.get(instance.task_id, ())
        for key in keys:
            self.lengths.pop((instance.task_id, key, instance.map_index), None)
