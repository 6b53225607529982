"""Stores as for the tests of the store, with a DAG or two in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from ostro.records import Move, RunRecord
from ostro.rules.runs import initial_instances
from ostro.spec import DagSpec, TaskSpec, Topology
from ostro.states import RunState, TaskState
from ostro.store import RunMove, Store, instances, runs, transitions
from store import made
from store.conftest import db, postgresql_template, sqlite_template, store_url

__all__ = ["db", "postgresql_template", "sqlite_template", "store_url"]


class Clock:
    """Stands still."""

    def now(self) -> datetime:
        return made.NOW

    def monotonic(self) -> float:
        return 0.0


class Told:
    """Remembers what the engine was woken with."""

    def __init__(self) -> None:
        self.calls: list[tuple[list[int], list[str]]] = []

    def __call__(self, runs: list[int], dags: list[str]) -> None:
        self.calls.append((runs, dags))


class World:
    """A store with DAGs, and short words to make and read things."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = Clock()
        self.wake = Told()

    @property
    def here(self) -> tuple[Store, Clock, Told]:
        """The first arguments of a command."""
        return self.store, self.clock, self.wake

    def dag(self, *tasks: TaskSpec, dag_id: str = "d", **more: Any) -> DagSpec:
        spec = DagSpec(dag_id=dag_id, tasks=tasks, **more)
        with self.store.begin() as tx:
            made.save(tx, spec, path=f"{dag_id}.py")
        return spec

    def run(
        self, spec: DagSpec, states: dict[str, str], *, days: int = 0, state: str = "success"
    ) -> RunRecord:
        """A run whose instances are in these states, `days` after the others."""
        with self.store.begin() as tx:
            at = made.NOW + timedelta(days=days)
            record = made.run(tx, f"r{days}", spec.dag_id, logical_date=at, run_after=at)
            rows = instances.insert_instances(
                tx, initial_instances(Topology(spec), record, record.version_id)
            )
            moves = [
                Move(ti=r.id, before=r.state, after=TaskState(states[r.task_id]), try_number=1)
                for r in rows
                if states.get(r.task_id, "none") != "none"
            ]
            assert all(transitions.apply_moves(tx, moves, made.NOW))
            runs.move_runs(
                tx, [RunMove(id=record.id, before=RunState.QUEUED, after=RunState(state))], made.NOW
            )
            (record,) = runs.load_runs(tx, [record.id])
        return record

    def states(self, run: RunRecord) -> dict[str, str]:
        with self.store.read() as tx:
            rows = instances.load_instances(tx, [run.id])
        return {r.task_id if r.map_index < 0 else f"{r.task_id}[{r.map_index}]": str(r.state) for r in rows}

    def again(self, run: RunRecord) -> RunRecord:
        with self.store.read() as tx:
            (found,) = runs.load_runs(tx, [run.id])
        return found


def line(*names: str, **more: Any) -> Sequence[TaskSpec]:
    """Tasks one after the other."""
    return [
        TaskSpec(task_id=n, operator="X", upstream=(names[i - 1],) if i else (), **more)
        for i, n in enumerate(names)
    ]


@pytest.fixture
def world(db: Store) -> World:
    return World(db)
