"""A run without processes: boards driven by a table of outcomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ostro.protocol.task import Skips
from ostro.records import Move, NewInstance, RunRecord, TaskInstanceRecord
from ostro.rules.board import Board, Facts, Settled
from ostro.rules.runs import initial_instances
from ostro.spec import DagSpec, GroupSpec, TaskSpec, Topology
from ostro.states import RunState, RunType, TaskState

T0 = datetime(2024, 1, 2, tzinfo=UTC)


def task(task_id: str, *upstream: str, **kw: Any) -> TaskSpec:
    return TaskSpec(task_id=task_id, operator="PythonOperator", upstream=tuple(sorted(upstream)), **kw)


def topology(*tasks: TaskSpec, groups: Sequence[GroupSpec] = (), **kw: Any) -> Topology:
    return Topology(DagSpec(dag_id="d", tasks=tasks, groups=tuple(groups), **kw))


def a_run(**kw: Any) -> RunRecord:
    kw = {
        "id": 1, "dag_id": "d", "run_id": "r", "run_type": RunType.MANUAL, "state": RunState.RUNNING,
        "run_after": T0, "logical_date": T0, "start_date": T0, "version_id": 7, **kw,
    }  # fmt: skip
    return RunRecord(**kw)


@dataclass
class Done:
    """What one attempt does: its final state, the XComs it pushes (key -> length or None), whom it skips."""

    state: TaskState = TaskState.SUCCESS
    xcoms: Mapping[str, int | None] = field(default_factory=dict)
    skips: Sequence[Skips] = ()


Actor = Callable[[str, int], Done]


class Sim:
    """Rows of one run as a database would keep them, and the board over them."""

    def __init__(self, topo: Topology, run: RunRecord | None = None, facts: Facts | None = None) -> None:
        self.topo = topo
        self.run = run or a_run()
        self.now = T0
        self.rows: dict[int, TaskInstanceRecord] = {}
        self.facts = facts or Facts(lengths={}, skips={}, past={})
        self.log: list[Move] = []
        self._insert(initial_instances(topo, self.run, 7))
        self.board = self.rebuilt()

    def rebuilt(self) -> Board:
        return Board(self.topo, self.run, list(self.rows.values()), self.facts)

    def settle(self) -> Settled:
        out = self.board.settle(self.now)
        for ti in out.gone:
            del self.rows[ti]
        for move in out.moves:
            self.write(move)
        self.board.insert(self._insert(out.new))
        return out

    def settle_all(self) -> None:
        while self.settle():
            pass

    def apply(self, move: Move) -> None:
        self.board.apply(move)
        self.write(move)

    def write(self, move: Move) -> None:
        import msgspec

        row = self.rows[move.ti]
        assert row.state is move.before
        values = {
            name: getattr(move, name)
            for name in ("try_number", "max_tries", "due_at", "start_date", "end_date", "first_start_date")
            if getattr(move, name) is not msgspec.UNSET
        }
        self.rows[move.ti] = msgspec.structs.replace(row, state=move.after, **values)
        self.log.append(move)

    def to(self, name: str, after: TaskState, **kw: Any) -> None:
        """Move an instance by the name `task` or `task[3]`."""
        row = self.row(name)
        self.apply(Move(ti=row.id, before=row.state, after=after, **kw))

    def row(self, name: str) -> TaskInstanceRecord:
        task_id, _, index = name.partition("[")
        at = int(index[:-1]) if index else -1
        return next(r for r in self.rows.values() if (r.task_id, r.map_index) == (task_id, at))

    def finish(self, ti: int, done: Done) -> None:
        row = self.rows[ti]
        if row.state is TaskState.SCHEDULED:
            self.apply(Move(ti=ti, before=TaskState.SCHEDULED, after=TaskState.RUNNING, start_date=self.now))
        for key, length in done.xcoms.items():
            self.board.note_length(row.task_id, key, row.map_index, length)
            self.facts.lengths[row.task_id, key, row.map_index] = -1 if length is None else length
        if done.skips:
            self.board.note_skips(row.task_id, row.map_index, done.skips)
            self.facts.skips[row.task_id, row.map_index] = self.board.skips[row.task_id, row.map_index]
        self.apply(Move(ti=ti, before=TaskState.RUNNING, after=done.state, end_date=self.now))

    def ready(self) -> list[int]:
        return [r.id for r in self.rows.values() if r.state is TaskState.SCHEDULED]

    def play(self, actor: Actor, *, choose: Callable[[list[int]], int] = lambda ready: ready[0]) -> str:
        """Run to the end, one attempt after the other; returns the state of the run ("" when it hangs)."""
        for _ in range(100_000):
            self.settle_all()
            ready = self.ready()
            if not ready:
                due = self.board.next_due()
                if due is not None and self.board.outcome(self.now) is None:
                    self.now = max(self.now, due)
                    continue
                break
            ti = choose(ready)
            self.finish(ti, actor(self.rows[ti].task_id, self.rows[ti].map_index))
            self.now += timedelta(milliseconds=1)
        outcome = self.board.outcome(self.now)
        return "" if outcome is None else str(outcome.state)

    def states(self) -> dict[str, str]:
        return {_name(r): str(r.state) for r in self.rows.values()}

    def _insert(self, new: Sequence[NewInstance]) -> list[TaskInstanceRecord]:
        made = []
        for one in new:
            ti = max(self.rows, default=0) + 1
            self.rows[ti] = TaskInstanceRecord(
                id=ti, run=one.run, task_id=one.task_id, map_index=one.map_index, max_tries=one.max_tries
            )
            made.append(self.rows[ti])
        return made


def always(state: TaskState = TaskState.SUCCESS, **xcoms: int | None) -> Actor:
    return lambda task_id, map_index: Done(state, xcoms)


def _name(r: TaskInstanceRecord) -> str:
    return r.task_id if r.map_index < 0 else f"{r.task_id}[{r.map_index}]"
