"""Watchers of assets, as the engine sees them; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ostro import store
from ostro.protocol.trigger import Fired, TriggerFailed
from ostro.scheduler.deferral import Deferral
from ostro.scheduler.loop import Engine
from ostro.scheduler.watching import Watching
from ostro.spec import DagSpec, TaskSpec
from ostro.spec.dag import WatcherSpec
from ostro.store import runs
from scheduler.conftest import Bench, RecordingExecutor
from scheduler.test_deferral import RecordingTriggerer
from support.services import database


def listening(dag_id: str, *watchers: WatcherSpec, asset: str = "a") -> DagSpec:
    return DagSpec(
        dag_id=dag_id,
        timetable={"type": "asset_triggered"},
        asset_condition={"asset": {"name": asset, "uri": asset, "group": "asset"}},
        watchers=watchers,
        tasks=(TaskSpec(task_id="t", operator="PythonOperator"),),
    )


def watcher(n: int = 1, asset: str = "a", name: str = "w") -> WatcherSpec:
    return WatcherSpec(name=name, classpath="m.W", kwargs={"n": n}, asset_name=asset, asset_uri=asset)


def add_to(engine: Engine) -> RecordingTriggerer:
    triggerer = RecordingTriggerer()
    deferral = Deferral(engine.live, engine.advance, engine.files, triggerer, engine.config, engine.clock)
    watching = Watching(
        engine.plan, engine.assets, engine.files, engine.lead, triggerer, engine.config, engine.emit
    )
    deferral.watch = watching.absorb
    engine.services += [deferral, watching]
    return triggerer


class Watched:
    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.triggerer = add_to(bench.engine)

    def started(self) -> list[Any]:
        return [(o.classpath, o.kwargs["n"], o.instance) for o in self.triggerer.orders.values()]

    def fire(self, payload: Any) -> None:
        (trigger,) = self.triggerer.orders
        self.triggerer.said.append(Fired(id=trigger, payload=payload))
        self.bench.turn()

    def pause(self, dag_id: str, paused: bool) -> None:
        with self.bench.store.begin() as tx:
            store.specs.set_paused(tx, [dag_id], paused)
        self.bench.engine.wake([], [dag_id])
        self.bench.turn()

    def runs_of(self, dag_id: str) -> int:
        with self.bench.store.read() as tx:
            return len(runs.search(tx, dag_id, limit=10))


@pytest.fixture
def it(bench: Bench) -> Iterator[Watched]:
    return Watched(bench)  # type: ignore[return-value]


def test_what_is_stored_is_confirmed_to_a_source_that_acknowledges(it: Watched) -> None:
    it.bench.add(listening("d", watcher()))
    (trigger,) = it.triggerer.orders
    it.triggerer.said.append(Fired(id=trigger, payload="x", number=77))
    it.triggerer.said.append(Fired(id=trigger, payload="y"))
    it.triggerer.said.append(Fired(id=-999, payload="of one that nobody wants any more", number=78))
    it.bench.turn()
    with it.bench.store.read() as tx:
        assert len(tx.exec_driver_sql("SELECT id FROM asset_event").all()) == 2
    assert it.triggerer.confirmed == [(trigger, 77)]


def test_each_event_of_a_watcher_makes_a_run_of_the_dag_that_listens(it: Watched) -> None:
    it.bench.add(listening("d", watcher()))
    assert it.started() == [("m.W", 1, None)]
    it.fire({"file": "x"})
    it.fire({"file": "y"})
    assert it.runs_of("d") == 2
    with it.bench.store.read() as tx:
        rows = tx.exec_driver_sql("SELECT extra FROM asset_event ORDER BY id").scalars().all()
    assert [store.tables.asset_event.c.extra.type.process_result_value(r, tx.dialect) for r in rows] == [
        {"from_trigger": True, "payload": {"file": name}} for name in "xy"
    ]


def test_watchers_alike_run_once_and_serve_all_their_assets(it: Watched) -> None:
    it.bench.add(
        listening("d", watcher()),
        listening("e", watcher(name="other")),
        listening("f", watcher(asset="b"), asset="b"),
        listening("g", watcher(2)),
    )
    assert sorted(n for _, n, _ in it.started()) == [1, 2]
    (one,) = [i for i, o in it.triggerer.orders.items() if o.kwargs["n"] == 1]
    it.triggerer.said.append(Fired(id=one, payload=None))
    it.bench.turn()
    assert [it.runs_of(d) for d in "defg"] == [1, 1, 1, 1]


def test_a_watcher_runs_while_an_unpaused_dag_listens(it: Watched) -> None:
    it.bench.add(listening("d", watcher()), listening("e", watcher()))
    it.pause("d", True)
    assert len(it.triggerer.orders) == 1
    it.pause("e", True)
    assert not it.triggerer.orders
    it.pause("d", False)
    assert len(it.triggerer.orders) == 1
    it.bench.add(listening("d"), listening("e"))
    assert not it.triggerer.orders


def test_a_changed_watcher_takes_the_place_of_the_old_one(it: Watched) -> None:
    it.bench.add(listening("d", watcher(1)))
    (old,) = it.triggerer.orders
    it.bench.add(listening("d", watcher(2)))
    assert it.triggerer.stopped == [(old, False)]
    assert it.started() == [("m.W", 2, None)]


def test_the_next_engine_runs_the_watchers(it: Watched) -> None:
    it.bench.add(listening("d", watcher()))
    it.bench.engine = it.bench.new_engine()
    it.triggerer = add_to(it.bench.engine)
    it.bench.turn()
    it.fire(1)
    assert it.runs_of("d") == 1


def test_a_watcher_that_fails_is_started_again_later_each_time(it: Watched) -> None:
    it.bench.add(listening("d", watcher()))
    for pause in (5, 10, 20):
        (trigger,) = it.triggerer.orders
        del it.triggerer.orders[trigger]
        it.triggerer.said.append(TriggerFailed(id=trigger, text="ValueError: no"))
        it.bench.turn()
        it.bench.clock.advance(pause - 0.1)
        it.bench.turn()
        assert not it.triggerer.orders
        it.bench.clock.advance(0.1)
        it.bench.turn()
        assert len(it.triggerer.orders) == 1


def test_of_two_engines_one_runs_a_watcher_and_the_other_takes_it_over(tmp_path: Path) -> None:
    with database("postgresql", tmp_path) as url:
        bench = Bench(url, tmp_path)
        try:
            bench.engine = bench.new_engine(lease=30)
            first = add_to(bench.engine)
            bench.add(listening("d", watcher()))
            other_executor, bench.executor = bench.executor, RecordingExecutor()
            other = bench.new_engine(engine_id="second", lease=30)
            second = add_to(other)
            bench.executor = other_executor
            for _ in range(20):
                if other.turn() != 0.0:
                    break
            assert (len(first.orders), len(second.orders)) == (1, 0)
            with bench.store.begin() as tx:
                # As if its lease had run out: the leases are in the database's own time.
                tx.exec_driver_sql("UPDATE asset_watcher SET lease_until = now() - interval '1 s'")
            bench.clock.advance(31)
            for _ in range(20):
                if other.turn() != 0.0:
                    break
            bench.clock.advance(31)
            bench.turn()
            assert (len(first.orders), len(second.orders)) == (0, 1)
        finally:
            bench.store.dispose()


def test_an_engine_that_stops_leaves_its_watchers_to_the_others(tmp_path: Path) -> None:
    with database("postgresql", tmp_path) as url:
        bench = Bench(url, tmp_path)
        try:
            add_to(bench.engine)
            bench.add(listening("d", watcher()))
            bench.engine._say_goodbye()
            with bench.store.read() as tx:
                assert tx.exec_driver_sql("SELECT owner FROM asset_watcher").scalars().all() == [None]
        finally:
            bench.store.dispose()
