"""Tasks that wait for a trigger, as the engine sees them; on both databases."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ostro import commands, store
from ostro.protocol.task import Deferred, Done
from ostro.protocol.trigger import Fired, Outcome, StartTrigger, TaskEnded, TriggerFailed
from ostro.records import XComRow
from ostro.scheduler.deferral import Deferral
from ostro.scheduler.loop import Engine
from ostro.spec import DagSpec, TaskSpec
from ostro.states import TaskState
from ostro.store import pools, triggers
from scheduler.conftest import Bench
from scheduler.test_engine import chain
from support.services import database


class RecordingTriggerer:
    """Runs nothing; keeps what it was told, says what the test tells it."""

    def __init__(self) -> None:
        self.orders: dict[int, StartTrigger] = {}
        self.stopped: list[tuple[int, bool]] = []
        self.said: deque[Outcome] = deque()
        self.confirmed: list[tuple[int, int]] = []

    def start(self, order: StartTrigger) -> None:
        self.orders[order.id] = order

    def stop(self, trigger: int, *, killed: bool) -> None:
        if self.orders.pop(trigger, None) is not None:
            self.stopped.append((trigger, killed))

    def stored(self, trigger: int, number: int) -> None:
        self.confirmed.append((trigger, number))

    def outcomes(self) -> deque[Outcome]:
        return self.said

    def wakeup(self) -> float | None:
        return None

    def pids(self) -> list[int]:
        return []

    def close(self) -> None: ...

    # -- for tests

    def fire(self, task: str, payload: Any = None) -> None:
        self.said.append(Fired(id=self._take(task), payload=payload))

    def end(self, task: str, state: str, *xcoms: XComRow) -> None:
        self.said.append(TaskEnded(id=self._take(task), state=state, xcoms=list(xcoms)))

    def fail(self, task: str) -> None:
        self.said.append(TriggerFailed(id=self._take(task), text="ValueError: no", traceback=["Trace", "no"]))

    def of(self, task: str) -> StartTrigger:
        (found,) = [o for o in self.orders.values() if o.instance is not None and o.instance.task_id == task]
        return found

    def _take(self, task: str) -> int:
        return self.orders.pop(self.of(task).id).id


class Deferring:
    """A bench whose engine has triggers."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.triggerer = RecordingTriggerer()
        self.add_to(bench.engine, self.triggerer)

    @staticmethod
    def add_to(engine: Engine, triggerer: RecordingTriggerer) -> None:
        engine.services.append(
            Deferral(engine.live, engine.advance, engine.files, triggerer, engine.config, engine.clock)
        )

    def defer(self, task: str, **more: Any) -> None:
        """The process of a task says that it waits."""
        arguments: dict[str, Any] = {
            "classpath": "m.T",
            "trigger_kwargs": {"n": 1},
            "next_method": "resume",
            "next_kwargs": {"extra": 5},
            **more,
        }
        self.bench.executor._report(task, Deferred, **arguments)
        self.bench.turn()

    def restart(self, **config: Any) -> None:
        """The engine was killed; the next one begins."""
        self.bench.engine = self.bench.new_engine(**config)
        self.triggerer = RecordingTriggerer()
        self.add_to(self.bench.engine, self.triggerer)
        self.bench.turn()

    def order(self, task: str) -> Any:
        """What the process of a task was given last."""
        attempt = self.bench.executor.running()[task]
        return self.bench.executor.orders[attempt][1]

    def rows(self) -> int:
        with self.bench.store.read() as tx:
            return len(tx.exec_driver_sql("SELECT id FROM trigger").fetchall())


@pytest.fixture
def it(bench: Bench) -> Iterator[Deferring]:
    return Deferring(bench)  # type: ignore[return-value]


def test_a_deferred_task_goes_on_with_its_event_in_the_same_try(it: Deferring) -> None:
    bench = it.bench
    bench.add(chain(n=2))
    run = bench.trigger("d")
    first = bench.executor.running()["t0"]
    it.defer("t0")
    assert bench.states(run)["t0"] == "deferred"
    (answer,) = bench.executor.answers[1]
    assert isinstance(answer, Done) and answer.state == "deferred"
    order = it.triggerer.of("t0")
    assert (order.classpath, order.kwargs, order.from_file) == ("m.T", {"n": 1}, False)
    bench.clock.advance(100)
    it.triggerer.fire("t0", {"a": 1})
    bench.engine.turn()
    resumed = it.order("t0")
    assert (resumed.next_method, resumed.next_kwargs) == ("resume", {"extra": 5, "event": {"a": 1}})
    assert resumed.try_number == 1 and resumed.attempt_id != first
    assert resumed.start_date == bench.clock.now() - timedelta(seconds=100)
    assert it.rows() == 0
    bench.executor.succeed("t0")
    bench.turn()
    assert bench.states(run) == {"t0": "success", "t1": "running"}


def test_a_task_may_wait_several_times_and_keeps_its_xcoms(it: Deferring) -> None:
    bench = it.bench
    bench.add(chain(n=1))
    run = bench.trigger("d")
    it.defer("t0", xcoms=[XComRow(task_id="t0", key="k", value=b"1")])
    for _ in range(3):
        it.triggerer.fire("t0")
        bench.turn()
        it.defer("t0")
    it.triggerer.fire("t0")
    bench.turn()
    bench.executor.succeed("t0")
    bench.turn()
    assert bench.run_state(run) == "success"
    with bench.store.read() as tx:
        assert store.xcoms.get_one(tx, "d", "r1", "t0", "k") == b"1"


def test_a_trigger_that_fails_makes_its_task_go_on_by_raising(it: Deferring) -> None:
    bench = it.bench
    bench.add(chain(n=1, retries=1, retry_delay=1.0))
    run = bench.trigger("d")
    it.defer("t0")
    it.triggerer.fail("t0")
    bench.turn()
    order = it.order("t0")
    assert order.next_method == "__fail__"
    assert order.next_kwargs == {"error": "Trigger failure", "traceback": ["Trace", "no"]}
    bench.executor.fail("t0")
    bench.turn()
    bench.clock.advance(1)
    bench.turn()
    again = it.order("t0")
    assert (again.try_number, again.next_method, again.next_kwargs) == (2, None, None)
    assert again.start_date == bench.clock.now()
    assert bench.states(run) == {"t0": "running"}


def test_a_trigger_that_takes_too_long_is_stopped_and_its_task_raises(it: Deferring) -> None:
    bench = it.bench
    bench.add(chain(n=1))
    bench.trigger("d")
    it.defer("t0", timeout=10.0)
    trigger = it.triggerer.of("t0").id
    bench.clock.advance(9.9)
    bench.turn()
    assert not bench.executor.running()
    bench.clock.advance(0.1)
    bench.turn()
    assert it.order("t0").next_kwargs == {"error": "Trigger timeout"}
    assert it.triggerer.stopped == [(trigger, False)]
    assert it.rows() == 0


@pytest.mark.parametrize(("state", "count"), [("success", 1), ("skipped", 0), ("failed", 0)])
def test_a_task_that_its_trigger_ends_makes_the_events_of_its_outlets(
    it: Deferring, state: str, count: int
) -> None:
    bench = it.bench
    outlets = (
        {"type": "asset", "name": "a", "uri": "s3://a", "group": "asset"},
        {"type": "alias", "name": "x"},
    )
    bench.add(DagSpec(dag_id="d", tasks=(TaskSpec(task_id="t0", operator="X", outlets=outlets),)))
    bench.trigger("d")
    it.defer("t0")
    it.triggerer.end("t0", state)
    bench.turn()
    with bench.store.read() as tx:
        found = store.assets.events_of(tx, store.assets.Choice(name="a"))
    assert [(e.uri, e.source.task_id) for e in found] == [("s3://a", "t0")] * count


@pytest.mark.parametrize(
    ("state", "after"), [("success", "success"), ("skipped", "skipped"), ("failed", "failed")]
)
def test_a_trigger_may_end_its_task(it: Deferring, state: str, after: str) -> None:
    bench = it.bench
    bench.add(chain(n=2, retries=3, callbacks=("failure",)))
    run = bench.trigger("d")
    it.defer("t0")
    it.triggerer.end("t0", state, XComRow(task_id="t0", key="return_value", value=b"7"))
    bench.turn()
    below = {"success": "running", "skipped": "skipped", "failed": "upstream_failed"}[after]
    assert bench.states(run) == {"t0": after, "t1": below}
    assert len(bench.executor.callbacks) == (after == "failed")
    with bench.store.read() as tx:
        assert store.xcoms.get_one(tx, "d", "r1", "t0", "return_value") == b"7"


def test_clearing_and_marking_kill_the_trigger(it: Deferring) -> None:
    bench = it.bench
    bench.add(chain(n=1))
    run = bench.trigger("d")
    it.defer("t0")
    first = it.triggerer.of("t0").id
    commands.clear_tasks(bench.store, bench.clock, bench.engine.wake, dag_id="d", run_id="r1")
    bench.turn()
    assert it.triggerer.stopped == [(first, True)]
    assert it.order("t0").next_method is None
    it.defer("t0")
    second = it.triggerer.of("t0").id
    assert second != first
    commands.mark_tasks(
        bench.store, bench.clock, bench.engine.wake, dag_id="d", run_id="r1", tasks=["t0"], state=TaskState.SUCCESS
    )  # fmt: skip
    bench.turn()
    assert it.triggerer.stopped == [(first, True), (second, True)]
    assert bench.run_state(run) == "success"
    assert it.rows() == 0


def test_an_event_of_a_trigger_that_was_stopped_changes_nothing(it: Deferring) -> None:
    bench = it.bench
    bench.add(chain(n=1))
    run = bench.trigger("d")
    it.defer("t0")
    late = Fired(id=it.triggerer.of("t0").id, payload=None)
    commands.clear_tasks(bench.store, bench.clock, bench.engine.wake, dag_id="d", run_id="r1")
    bench.turn()
    it.defer("t0")
    it.triggerer.said.append(late)
    bench.turn()
    assert bench.states(run) == {"t0": "deferred"}
    assert not it.triggerer.said


def test_a_run_that_times_out_kills_its_triggers(it: Deferring) -> None:
    bench = it.bench
    bench.add(chain(n=1, dag_more={"dagrun_timeout": 60.0}))
    run = bench.trigger("d")
    it.defer("t0")
    bench.clock.advance(61)
    bench.turn(2)
    assert bench.states(run) == {"t0": "skipped"}
    assert [killed for _, killed in it.triggerer.stopped] == [True]


def test_the_next_engine_runs_what_waits(it: Deferring) -> None:
    bench = it.bench
    bench.add(chain(n=1))
    run = bench.trigger("d")
    it.defer("t0", timeout=1000.0)
    trigger = it.triggerer.of("t0").id
    it.restart()
    assert it.triggerer.of("t0").id == trigger
    it.triggerer.fire("t0", "x")
    bench.turn()
    assert it.order("t0").next_kwargs == {"extra": 5, "event": "x"}
    bench.executor.succeed("t0")
    bench.turn()
    assert bench.run_state(run) == "success"


def test_a_timeout_counts_while_no_engine_runs(it: Deferring) -> None:
    bench = it.bench
    bench.add(chain(n=1))
    bench.trigger("d")
    it.defer("t0", timeout=10.0)
    bench.clock.advance(11)
    it.restart()
    bench.turn()
    assert it.order("t0").next_kwargs == {"error": "Trigger timeout"}


def test_an_event_is_kept_until_its_round_is_written(it: Deferring, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = it.bench
    bench.add(chain(n=1))
    bench.trigger("d")
    it.defer("t0")
    it.triggerer.fire("t0")
    apply = store.transitions.apply_moves
    lost = iter([True])

    def once(*args: Any) -> list[bool]:
        if next(lost, False):
            raise store.engine.StoreUnavailable("away")
        return apply(*args)

    monkeypatch.setattr(store.transitions, "apply_moves", once)
    bench.engine.turn()
    assert not bench.executor.running()
    bench.clock.advance(3)
    bench.turn()
    assert it.order("t0").next_kwargs == {"extra": 5, "event": None}


def test_a_task_that_starts_in_its_trigger_needs_no_process_and_no_slot(it: Deferring) -> None:
    bench = it.bench
    start = {
        "classpath": "m.S",
        "kwargs": {"p": "{{ ds }}"},
        "next_method": "go",
        "next_kwargs": {"q": 2},
        "timeout": 60.0,
    }
    tasks = tuple(
        TaskSpec(task_id=f"t{i}", operator="S", start_from_trigger=True, start_trigger=start, pool="small")
        for i in range(3)
    )
    with bench.store.begin() as tx:
        pools.save(tx, [store.Pool(name="small", slots=1)])
    bench.engine.wake([], [""])
    bench.add(DagSpec(dag_id="d", tasks=tasks))
    run = bench.trigger("d")
    assert set(bench.states(run).values()) == {"deferred"}
    assert not bench.executor.orders
    order = it.triggerer.of("t1")
    assert (order.classpath, order.from_file) == ("m.S", True)
    assert order.instance is not None and order.instance.try_number == 1
    for i in range(3):
        it.triggerer.fire(f"t{i}", i)
    bench.turn()
    (name,) = bench.executor.running()
    assert it.order(name).next_kwargs == {"q": 2, "event": int(name[1])}
    assert it.order(name).next_method == "go"


def test_a_task_that_starts_in_its_trigger_does_so_at_each_try(it: Deferring) -> None:
    bench = it.bench
    start = {"classpath": "m.S", "kwargs": {}, "next_method": "go", "next_kwargs": {}, "timeout": None}
    bench.add(chain(n=1, start_from_trigger=True, start_trigger=start, retries=1, retry_delay=5.0))
    run = bench.trigger("d")
    it.triggerer.fire("t0")
    bench.turn()
    bench.executor.fail("t0")
    bench.turn()
    assert bench.states(run) == {"t0": "up_for_retry"}
    bench.clock.advance(5)
    bench.turn()
    assert bench.states(run) == {"t0": "deferred"}
    assert it.triggerer.of("t0").instance.try_number == 2  # type: ignore[union-attr]


@pytest.mark.parametrize("include", [True, False])
def test_slots_of_a_pool_are_held_while_deferred_when_the_pool_says_so(it: Deferring, include: bool) -> None:
    bench = it.bench
    with bench.store.begin() as tx:
        pools.save(tx, [store.Pool(name="small", slots=1, include_deferred=include)])
    bench.engine.wake([], [""])
    tasks = tuple(TaskSpec(task_id=f"t{i}", operator="S", pool="small") for i in range(2))
    bench.add(DagSpec(dag_id="d", tasks=tasks))
    run = bench.trigger("d")
    (name,) = bench.executor.running()
    it.defer(name)
    assert sorted(bench.states(run).values()) == ["deferred", "scheduled" if include else "running"]


def test_a_deferred_instance_without_a_trigger_does_not_wait_for_ever(it: Deferring) -> None:
    bench = it.bench
    bench.add(chain(n=1))
    bench.trigger("d")
    it.defer("t0")
    with bench.store.begin() as tx:
        triggers.delete(tx, list(range(1, 50)))
    it.restart()
    assert it.order("t0").next_method == "__fail__"


def test_a_repeated_deferral_is_answered_again_and_changes_nothing(it: Deferring) -> None:
    """The answer was lost with its engine; the process says it again to the next one."""
    bench = it.bench
    bench.add(chain(n=1))
    run = bench.trigger("d")
    attempt = bench.executor.running()["t0"]
    place, order = bench.executor.orders[attempt]
    it.defer("t0")
    it.triggerer.fire("t0")
    bench.turn()
    second = bench.executor.running()["t0"]
    bench.executor.orders[attempt] = (place, order)
    del bench.executor.orders[second]
    it.defer("t0")
    assert isinstance(bench.executor.answers[place][-1], Done)
    assert bench.states(run) == {"t0": "running"}


def test_a_task_that_goes_on_and_loses_its_process_began_when_its_try_did(it: Deferring) -> None:
    bench = it.bench
    bench.add(chain(n=1))
    run = bench.trigger("d")
    began = bench.clock.now()
    it.defer("t0")
    bench.clock.advance(60)
    bench.executor.begins = False
    it.triggerer.fire("t0")
    bench.turn()
    bench.executor.die("t0")
    bench.turn()
    assert bench.states(run) == {"t0": "running"}
    order = it.order("t0")
    assert (order.start_date, order.next_method) == (began, "resume")
    with bench.store.read() as tx:
        (row,) = store.instances.load_instances(tx, [run])
    assert row.start_date == began


def test_an_engine_that_takes_a_run_over_runs_its_triggers(tmp_path: Path) -> None:
    with database("postgresql", tmp_path) as url:
        bench = Bench(url, tmp_path)
        try:
            bench.engine = bench.new_engine(engine_id="first")
            it = Deferring(bench)
            bench.add(chain(n=2))
            run = bench.trigger("d")
            it.defer("t0", timeout=1000.0)
            trigger = it.triggerer.of("t0").id
            first, lost = bench.engine, it.triggerer
            with bench.store.begin() as tx:
                # As if the first engine had been away: the leases are in the database's own time.
                tx.exec_driver_sql("UPDATE dag_run SET lease_until = now() - interval '1 s'")
            it.restart(engine_id="second")
            assert it.triggerer.of("t0").id == trigger
            bench.clock.advance(6)
            for _ in range(20):
                if first.turn() != 0.0:
                    break
            assert lost.stopped == [(trigger, False)]
            it.triggerer.fire("t0")
            bench.turn()
            # A new engine lets the others see it before it starts anything.
            bench.clock.advance(6)
            bench.turn()
            assert it.order("t0").next_kwargs == {"extra": 5, "event": None}
            assert bench.states(run)["t0"] == "running"
        finally:
            bench.store.dispose()


def test_a_wait_beyond_the_calendar_has_no_end(it: Deferring) -> None:
    bench = it.bench
    bench.add(chain(n=1))
    run = bench.trigger("d")
    it.defer("t0", timeout=1e15)
    assert bench.states(run) == {"t0": "deferred"}


def test_what_waits_for_long_is_noted_once(it: Deferring) -> None:
    it.bench.add(chain(n=1))
    it.bench.trigger("d")
    it.defer("t0", timeout=7 * 86400.0)
    for _ in range(3):
        it.bench.clock.advance(61)
        it.bench.turn()
    (deferral,) = [s for s in it.bench.engine.services if isinstance(s, Deferral)]
    assert len(deferral._moments) == 1


def test_a_trigger_of_a_queue_is_run_by_an_engine_that_serves_it(it: Deferring) -> None:
    bench = it.bench
    tasks = (TaskSpec(task_id="t", operator="X"), TaskSpec(task_id="u", operator="X"))
    bench.add(DagSpec(dag_id="d", tasks=tasks))
    it.restart(trigger_queues=("mail", "files"))
    run = bench.trigger("d")
    it.defer("t", queue="elsewhere")
    it.defer("u", queue="files")

    def started() -> list[str]:
        return sorted(o.instance.task_id for o in it.triggerer.orders.values() if o.instance)

    assert started() == ["u"]
    assert bench.states(run) == {"t": "deferred", "u": "deferred"}
    it.restart(trigger_queues=("elsewhere",))
    assert started() == ["t"]
    it.restart()
    assert started() == ["t", "u"]


def test_a_trigger_that_no_engine_serves_still_times_out(it: Deferring) -> None:
    bench = it.bench
    bench.add(chain(n=1))
    it.restart(trigger_queues=("mail",))
    bench.trigger("d")
    it.defer("t0", queue="elsewhere", timeout=60.0)
    assert not it.triggerer.orders
    bench.clock.advance(61)
    bench.turn()
    assert it.order("t0").next_method == "__fail__"
