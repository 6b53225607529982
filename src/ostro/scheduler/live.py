"""The live runs in memory: one board each, built from the database and thrown away when in doubt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from ostro import store
from ostro.commands.board import facts_of
from ostro.errors import StoreError
from ostro.protocol.task import FileRef, RunInfo
from ostro.records import RunRecord
from ostro.rules.board import Board
from ostro.rules.instance import Instance
from ostro.rules.limits import Limits, seat_of
from ostro.scheduler.asset_words import event_data
from ostro.scheduler.blame import say
from ostro.spec import TaskSpec, Topology, decode
from ostro.states import ALIVE, FINISHED, OCCUPYING, RunState, RunType, TaskState

#: States in which an instance counts for some limit.
HOLDING = OCCUPYING | {TaskState.DEFERRED, TaskState.AWAITING_INPUT}
#: States in which an instance waits for something outside its run.
OUTSIDE = frozenset({TaskState.DEFERRED, TaskState.AWAITING_INPUT})


#: Asset events that an order carries; tasks ask for the others.
CARRIED = 10


class LiveRun:
    """A queued or running run: its board and what orders of its tasks need."""

    __slots__ = ("board", "has_deadlines", "info", "needs_past", "run", "topology")

    def __init__(
        self, run: RunRecord, topology: Topology, board: Board, consumed: list[dict[str, Any]] | None = None
    ) -> None:
        self.run = run
        self.topology = topology
        self.board = board
        self.info = run_info(run, consumed)
        #: Some task waits for the previous run.
        self.needs_past = any(board.plan.needs_past)
        #: It, or one of its tasks, shall be done by a moment.
        self.has_deadlines = bool(topology.spec.deadline) or any(t.sla is not None for t in topology.tasks)

    def task_of(self, instance: Instance) -> TaskSpec:
        """The task of an instance; one that left the DAG while it ran is a task without options."""
        if instance.index < 0:
            return TaskSpec(task_id=instance.task_id, operator="")
        return self.topology.tasks[instance.index]


class Live:
    """All live runs that this engine owns."""

    def __init__(self, limits: Limits, *, engine: str | None = None) -> None:
        """`engine`: whose processes count for its parallelism; None = all."""
        self.limits = limits
        self.engine = engine
        self.runs: dict[int, LiveRun] = {}
        #: The same by DAG, in the order in which they came.
        self._by_dag: dict[str, dict[int, LiveRun]] = {}
        #: Current attempts: attempt id -> (run, task instance).
        self.attempts: dict[str, tuple[int, int]] = {}
        #: Runs whose board must be evaluated, and those that were since somebody asked.
        self.dirty: set[int] = set()
        self.settled: set[int] = set()
        #: DAGs with tasks that depend on the past, of which a task ended: later runs must look again.
        self.past_changed: set[str] = set()
        #: Instances that became SCHEDULED, for dispatch to take over.
        self.scheduled: list[tuple[LiveRun, Instance]] = []
        #: Runs whose boards could not be built, and why; for the quarantine to take over.
        self.unreadable: dict[int, str] = {}
        #: Instances that wait for something outside their run (a trigger, a person): those that do, those that began to
        #: and those that do no longer since somebody asked.
        self.outside: set[int] = set()
        self.went_outside: list[tuple[LiveRun, Instance]] = []
        self.came_back: list[int] = []
        #: Instances whose last try has callbacks that its process runs now: the next try waits for them (by attempt).
        self._calling: dict[str, int] = {}
        #: How many of them each instance waits for.
        self._awaited: Counter[int] = Counter()
        self._held: dict[int, tuple[LiveRun, Instance]] = {}
        #: Runs with deadlines that were loaded since somebody asked.
        self.with_deadlines: set[int] = set()
        self._topologies: dict[int, Topology] = {}

    def topology(self, tx: Any, version_id: int) -> Topology:
        """The graph of a DAG version; decoded once, kept while the engine lives (bounded)."""
        found = self._topologies.get(version_id)
        if found is None:
            if len(self._topologies) > 2000:
                self._forget_unused()
            found = Topology(decode(store.specs.load_spec(tx, version_id)))
            self._topologies[version_id] = found
        return found

    def replace_versions(self, tx: Any, versions: Iterable[int]) -> list[LiveRun]:
        """The content of these versions was replaced (nothing had run with them): runs that wait get the new one."""
        replaced = set(versions)
        for version in replaced:
            self._topologies.pop(version, None)
        if not replaced:
            return []
        return self.load(tx, [r.run for r in self.runs.values() if r.run.version_id in replaced])

    def load(self, tx: Any, runs: Iterable[RunRecord]) -> list[LiveRun]:
        """Build the boards of these runs from the database."""
        records = list(runs)
        ids = [r.id for r in records]
        rows: dict[int, list[Any]] = {i: [] for i in ids}
        for row in store.instances.load_instances(tx, ids):
            rows[row.run].append(row)
        lengths = store.xcoms.lengths(tx, ids)
        skips = store.xcoms.skips(tx, ids)
        consumed = self.consumed(tx, records)
        loaded = []
        for run in records:
            self.drop(run.id)
            try:
                topology = self.topology(tx, run.version_id)
                facts = facts_of(tx, run, topology, lengths.get(run.id, {}), skips.get(run.id, {}))
                board = Board(topology, run, rows[run.id], facts)
                live = LiveRun(run, topology, board, consumed.get(run.id))
            except (StoreError, MemoryError):
                raise
            except Exception as error:  # of this run alone; the others are read
                self.unreadable[run.id] = say(error)
                continue
            self.runs[run.id] = live
            self._by_dag.setdefault(run.dag_id, {})[run.id] = live
            for instance in board.instances.values():
                self.follow(live, instance)
            self.dirty.add(run.id)
            if live.has_deadlines:
                self.with_deadlines.add(run.id)
            loaded.append(live)
        return loaded

    @staticmethod
    def consumed(tx: Any, runs: Iterable[RunRecord]) -> dict[int, list[dict[str, Any]]]:
        """The first asset events that these runs consumed, as task processes read them; one more than orders carry when
        there are more."""
        found = {}
        for run in runs:
            if run.run_type is RunType.ASSET_TRIGGERED:
                events = store.assets.consumed(tx, run.id, limit=CARRIED + 1)
                found[run.id] = [event_data(event) for event in events]
        return found

    def follow(self, live: LiveRun, instance: Instance) -> None:
        """Note what an instance occupies and which attempt is current, after any change of it."""
        if instance.state in ALIVE and instance.attempt_id:
            self.attempts[instance.attempt_id] = (live.run.id, instance.id)
        elif instance.state is TaskState.SCHEDULED:
            if instance.id in self._awaited:
                self._held[instance.id] = (live, instance)
            else:
                self.scheduled.append((live, instance))
        elif instance.state in FINISHED and live.needs_past:
            self.past_changed.add(live.run.dag_id)
        if self.runs.get(live.run.id) is not live:
            # A board for one question (`Abroad`): what it holds is counted with the other engines' (`Lead.keep_limits`).
            if instance.state not in HOLDING:
                self.limits.give_back(instance.id)
            return
        if instance.state in OUTSIDE:
            self.outside.add(instance.id)
            self.went_outside.append((live, instance))
        elif instance.id in self.outside:
            self._back(instance.id)
        if instance.state in HOLDING and instance.index >= 0:
            plan = live.board.plan
            seat = seat_of(
                plan, live.run, instance.index, instance.id, instance.map_index, instance.try_number
            )
            own = self.engine is None or instance.engine in (None, self.engine)
            self.limits.take(seat, instance.state, own=own)
        else:
            self.limits.give_back(instance.id)

    def callbacks_run(self, by: str, ti: int) -> None:
        """A process runs the callbacks of a try that is followed by another: the next comes after them.

        `by`: the attempt, or the name by which a callback process holds the row.
        """
        if by not in self._calling:
            self._calling[by] = ti
            self._awaited[ti] += 1

    def callbacks_ran(self, *by: str) -> None:
        """They ran, or their process is gone, or nobody can run them."""
        for name in by:
            ti = self._calling.pop(name, None)
            if ti is None:
                continue
            self._awaited[ti] -= 1
            if self._awaited[ti]:
                continue
            del self._awaited[ti]
            held = self._held.pop(ti, None)
            if held is not None and self.runs.get(held[0].run.id) is held[0]:
                self.scheduled.append(held)

    @property
    def calling(self) -> set[str]:
        """Who runs callbacks that a next try waits for, as far as this engine was told."""
        return set(self._calling)

    def drop(self, run_id: int) -> None:
        """Forget a run: it ended, or its board is in doubt."""
        live = self.runs.pop(run_id, None)
        self.dirty.discard(run_id)
        if live is None:
            return
        of_dag = self._by_dag[live.run.dag_id]
        del of_dag[run_id]
        if not of_dag:
            del self._by_dag[live.run.dag_id]
        for instance in live.board.instances.values():
            if instance.attempt_id:
                self.attempts.pop(instance.attempt_id, None)
            if instance.state in HOLDING:
                self.limits.give_back(instance.id)
            if instance.id in self.outside:
                self._back(instance.id)

    def _back(self, ti: int) -> None:
        self.outside.discard(ti)
        self.came_back.append(ti)

    def find_attempt(self, attempt_id: str) -> tuple[LiveRun, Instance] | None:
        """The instance whose current attempt this is."""
        where = self.attempts.get(attempt_id)
        if where is None:
            return None
        live = self.runs[where[0]]
        return live, live.board.instances[where[1]]

    def of_dag(self, dag_id: str) -> Iterator[LiveRun]:
        """Live runs of one DAG."""
        return iter(list(self._by_dag.get(dag_id, {}).values()))

    def active(self, dag_id: str) -> int:
        """How many runs of the DAG are in state running."""
        return sum(live.run.state is RunState.RUNNING for live in self.of_dag(dag_id))

    def _forget_unused(self) -> None:
        used = {live.run.version_id for live in self.runs.values()}
        self._topologies = {v: t for v, t in self._topologies.items() if v in used}


def run_info(run: RunRecord, consumed: list[dict[str, Any]] | None = None) -> RunInfo:
    """The run as user code sees it; `consumed`: the asset events that made it, of which it carries the first (None: it
    carries none, and says that there are some)."""
    carried = consumed or []
    asks = consumed is None and run.run_type is RunType.ASSET_TRIGGERED
    return RunInfo(
        dag_id=run.dag_id,
        run_id=run.run_id,
        run_type=run.run_type.value,
        state=run.state.value,
        run_after=run.run_after,
        logical_date=run.logical_date,
        data_interval_start=run.data_interval_start,
        data_interval_end=run.data_interval_end,
        queued_at=run.queued_at,
        start_date=run.start_date,
        end_date=run.end_date,
        conf=run.conf,
        clear_number=run.clear_number,
        triggered_by=run.triggered_by,
        triggering_user=run.triggering_user,
        note=run.note,
        partition_key=run.partition_key,
        partition_date=run.partition_date,
        consumed_asset_events=carried[:CARRIED],
        more_asset_events=asks or len(carried) > CARRIED,
    )


__all__ = ["FileRef", "Live", "LiveRun", "run_info"]
