"""Two engines on one PostgreSQL database: limits are kept together, and nothing drifts."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from ostro import commands
from ostro.scheduler import lead
from ostro.scheduler.loop import Engine
from ostro.scheduler.round import Round
from ostro.spec import DagSpec, TaskSpec
from ostro.states import RunType
from ostro.store import NewBackfill, NewRun, asset_queue, assets, backfills, pools, runs, specs
from ostro.timetable import CronTriggerTimetable, encode
from scheduler.conftest import FILE, Bench, FakeClock, RecordingExecutor
from scheduler.test_engine import chain, wide
from scheduler.test_questions import waits_for_a_lock
from support.deadline import wait_for
from support.services import database


@pytest.fixture
def bench(tmp_path: Path) -> object:
    with database("postgresql", tmp_path) as url:
        made = Bench(url, tmp_path)
        yield made
        made.store.dispose()


def second(bench: Bench) -> Engine:
    """Another engine, known to the first."""
    first = bench.executor
    bench.executor = RecordingExecutor()
    made = bench.new_engine(engine_id="second")
    bench.executor = first
    settle(made)
    bench.clock.advance(6)
    bench.turn()
    bench.clock.advance(2)
    settle(made)
    assert not bench.engine.lead.alone
    assert not made.lead.alone
    return made


def forget_heartbeat(bench: Bench, engine: str) -> None:
    """As if the engine had said nothing for longer than the others wait."""
    with bench.store.begin() as tx:
        tx.execute(
            sa.text("UPDATE engine SET heartbeat_at = now() - interval '1 minute' WHERE id = :id"),
            {"id": engine},
        )


def in_pool(name: str, dag_id: str) -> DagSpec:
    """A DAG with one task in this pool."""
    return DagSpec(dag_id=dag_id, tasks=(TaskSpec(task_id="t", operator="PythonOperator", pool=name),))


def one_slot(bench: Bench) -> None:
    with bench.store.begin() as tx:
        pools.create(tx, pools.Pool(name="one", slots=1))


def settle(engine: Engine) -> None:
    for _ in range(50):
        if engine.turn() != 0.0:
            return


def test_runs_of_the_timetable_do_not_use_up_parallelism(bench: Bench) -> None:
    bench.engine = bench.new_engine(sweep=1e6)
    bench.turn()
    other = second(bench)
    bench.add(
        DagSpec(
            dag_id="d",
            timetable={"type": "cron_interval", "expression": "* * * * *", "timezone": "UTC"},
            start_date="2026-01-01T00:00:00+00:00",
            catchup=True,
            tasks=(TaskSpec(task_id="t", operator="PythonOperator"),),
        )
    )
    for _ in range(3):
        for _ in range(10):
            bench.clock.advance(6)
            settle(other)
            bench.turn()
        assert not bench.engine.lead.alone
        bench.executor.succeed("t")
        bench.turn()
    bench.clock.advance(6)
    bench.turn()
    assert bench.engine.limits.free() == bench.engine.config.parallelism


def test_a_run_that_was_taken_over_counts_until_it_ends(bench: Bench) -> None:
    bench.add(wide(2))
    run = bench.trigger("d")
    other = second(bench)
    other.files.put(FILE, ["d"])
    bench.executor.alive = set(bench.executor.running().values())
    other.executor.alive = bench.executor.alive
    with bench.store.begin() as tx:
        tx.execute(sa.text("UPDATE dag_run SET lease_until = now() - interval '1 minute'"))
    bench.clock.advance(6)
    settle(other)
    assert run in other.live.runs
    for _ in range(3):
        bench.clock.advance(6)
        settle(other)
        assert other.limits.occupied("default_pool") == 2
        # Its processes are those of the first, and so is their share of a parallelism.
        assert other.limits.free() == other.config.parallelism
    # The one that lost it does not go on with it.
    bench.turn()
    assert run not in bench.engine.live.runs
    assert bench.engine.limits.occupied("default_pool") == 2
    assert bench.engine.limits.free() == bench.engine.config.parallelism - 2


def test_runs_that_nobody_holds_are_taken_piece_by_piece_without_a_pause(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lead, "TAKE_MOST", 2)
    bench.add(chain(n=1))
    with bench.store.begin() as tx:
        version = specs.current_version(tx, "d")
        assert version is not None
        new = [
            NewRun(
                dag_id="d",
                run_id=f"r{i}",
                run_type=RunType.MANUAL,
                run_after=bench.clock.now(),
                version_id=version,
            )
            for i in range(7)
        ]
        runs.create_runs(tx, new)
    bench.clock.advance(6)
    bench.turn()
    assert len(bench.engine.live.runs) == 7
    # And then there is nothing to do.
    assert bench.engine.turn() != 0.0


def test_room_that_another_engine_makes_is_found(bench: Bench) -> None:
    bench.add(chain(n=1, dag_more={"max_active_runs": 1}))
    other = second(bench)
    other.files.put(FILE, ["d"])
    bench.trigger("d", "r1")
    with bench.store.begin() as tx:
        version = specs.current_version(tx, "d")
        assert version is not None
        new = NewRun(
            dag_id="d", run_id="r2", run_type=RunType.MANUAL, run_after=bench.clock.now(), version_id=version
        )
        (record,) = runs.create_runs(tx, [new])
    assert record is not None
    other.wake([record.id], ["d"])
    settle(other)
    assert bench.run_state(record.id) == "queued"
    bench.executor.succeed("t0")
    bench.turn()
    bench.clock.advance(6)
    settle(other)
    assert bench.run_state(record.id) == "running"


def test_leases_are_renewed_however_rarely_the_engine_beats(bench: Bench) -> None:
    bench.engine = bench.new_engine(heartbeat=60.0, sweep=60.0, lease=15.0)
    bench.turn()
    bench.add(chain(n=1))
    bench.trigger("d")
    bench.turn()
    bench.clock.advance(5.1)
    bench.turn()
    # It does not turn for ever without renewing.
    assert bench.engine.turn() != 0.0


def test_a_new_engine_starts_nothing_before_the_others_know_of_it(bench: Bench) -> None:
    """The first counts the second's tasks only from its next heartbeat on; until then a limit could be passed."""
    bench.engine = first = bench.new_engine(sweep=1e6)
    bench.turn()
    bench.add(chain(n=1))
    bench.executor = executor = RecordingExecutor()
    bench.engine = other = bench.new_engine(engine_id="second")
    settle(other)
    bench.clock.advance(1)
    run = bench.trigger("d")
    assert (bench.run_state(run), bench.states(run)) == ("queued", {})
    bench.clock.advance(5)
    settle(first)
    assert not first.lead.alone
    bench.clock.advance(2)
    bench.turn()
    assert bench.states(run) == {"t0": "running"}
    assert set(executor.running()) == {"t0"}


def test_a_new_engine_starts_no_run_beyond_the_limit_before_the_others_know_of_it(bench: Bench) -> None:
    bench.engine = first = bench.new_engine(sweep=1e6)
    bench.turn()
    bench.add(chain(n=1, dag_more={"max_active_runs": 1}))
    executor, bench.executor = bench.executor, RecordingExecutor()
    bench.engine = other = bench.new_engine(engine_id="second")
    settle(other)
    mine = bench.trigger("d", "of the second")
    bench.engine = first
    theirs = bench.trigger("d", "of the first")
    assert [bench.run_state(run) for run in (mine, theirs)] == ["queued", "running"]
    for _ in range(3):
        bench.clock.advance(3)
        settle(first)
        settle(other)
        assert bench.run_state(mine) == "queued"
    executor.succeed("t0")
    for _ in range(3):
        settle(first)
        bench.clock.advance(6)
        settle(other)
    assert [bench.run_state(run) for run in (mine, theirs)] == ["running", "success"]


def test_the_limit_of_a_backfill_holds_over_all_engines(bench: Bench) -> None:
    start = datetime(2025, 12, 1, tzinfo=UTC)
    spec = DagSpec(
        dag_id="d",
        timetable=encode(CronTriggerTimetable("@daily", timezone="UTC")),
        start_date="2026-06-01T00:00:00+00:00",
        tasks=(TaskSpec(task_id="t", operator="PythonOperator"),),
    )
    bench.add(spec)
    other = second(bench)
    other.files.put(FILE, ["d"])
    with bench.store.begin() as tx:
        new = NewBackfill(dag_id="d", from_date=start, to_date=start + timedelta(days=4), max_active_runs=2)
        backfill = commands.create_backfill_in(tx, bench.clock, new)
    # Both hear of it, and both look at it.
    for engine in (bench.engine, other):
        engine.wake([], ["d"])
    states: dict[str, int] = {}
    for _ in range(12):
        for engine in (bench.engine, other):
            settle(engine)
            with bench.store.read() as tx:
                states = backfills.count_states(tx, [backfill.id]).get(backfill.id, {})
            assert sum(states.values()) == 5
            assert states.get("running", 0) <= 2
        for executor in (bench.engine.executor, other.executor):
            assert isinstance(executor, RecordingExecutor)
            if executor.running():
                executor.succeed("t")
    assert states == {"success": 5}
    settle(bench.engine)
    with bench.store.read() as tx:
        found = backfills.get(tx, backfill.id)
    assert found is not None
    assert found.completed_at is not None


def test_an_event_makes_one_run_whichever_engine_hears_of_it_first(bench: Bench) -> None:
    from scheduler.test_assets import consumer, named, partitioned, producer

    bench.add(producer("p", "a"), consumer("c", named("a")), partitioned("k", named("a")))
    other = second(bench)
    other.wake([], ["p", "c", "k"])
    settle(other)
    for key in (None, "eu"):
        with bench.store.begin() as tx:
            recorded = assets.record_event(
                tx, name="a", uri="s3://a", at=bench.clock.now(), partition_key=key
            )
        assert recorded is not None
        for engine in (other, bench.engine):
            engine.wake([], recorded.dag_ids)
        settle(other)
        bench.turn()
    with bench.store.read() as tx:
        assert [len(runs.search(tx, dag_id)) for dag_id in ("c", "k")] == [1, 1]
        assert asset_queue.load(tx, "c") == []
        assert asset_queue.load(tx, "k") == []
    # The run is the engine's that made it, with its events.
    assert [len(r.info.consumed_asset_events) for r in other.live.runs.values()] == [1, 1]
    assert not bench.engine.live.runs


class TestOnePoolOfOneSlot:
    """What would pass a limit: two engines that do not know of each other."""

    @pytest.fixture(autouse=True)
    def _two_dags(self, bench: Bench) -> None:
        one_slot(bench)
        bench.engine = bench.new_engine(sweep=1e6)
        bench.turn()
        bench.add(in_pool("one", "d"), in_pool("one", "e"))

    @pytest.mark.parametrize("hours", [-24, 24])
    def test_engines_see_each_other_however_wrong_their_clocks_are(self, bench: Bench, hours: int) -> None:
        first, right = bench.executor, bench.clock
        bench.clock = FakeClock()
        bench.clock.at += timedelta(hours=hours)
        bench.executor = RecordingExecutor()
        other = bench.new_engine(engine_id="second", sweep=1e6)
        skewed, bench.clock, bench.executor = bench.clock, right, first
        settle(other)
        for _ in range(2):
            for clock in (right, skewed):
                clock.advance(6)
            bench.turn()
            settle(other)
        assert not bench.engine.lead.alone
        assert not other.lead.alone
        bench.trigger("d")
        other.wake([self._queue(bench, "e")], [])
        settle(other)
        assert (len(first.running()), len(_executor(other).running())) == (1, 0)

    def test_an_engine_that_was_held_up_looks_before_it_decides(self, bench: Bench) -> None:
        """It was alone when it looked last; meanwhile one came, waited for its time, and took the slot."""
        bench.clock.advance(6)
        bench.turn()
        assert bench.engine.lead.alone
        other = self._comes_and_takes_the_slot(bench)
        bench.trigger("e")
        assert bench.executor.running() == {}
        _executor(other).succeed("t")
        settle(other)
        bench.clock.advance(6)
        bench.turn()
        assert len(bench.executor.running()) == 1

    def test_a_round_that_took_too_long_is_decided_anew(self, bench: Bench) -> None:
        """It looked, and was held up in the middle of the round."""
        bench.clock.advance(6)
        bench.turn()
        came: list[Engine] = []
        plan = bench.engine.plan.run_once

        def held_up(round_: Round) -> int:
            if not came:
                came.append(self._comes_and_takes_the_slot(bench))
            return plan(round_)

        bench.engine.plan.run_once = held_up  # type: ignore[method-assign]
        bench.trigger("e")
        assert len(_executor(came[0]).running()) == 1
        assert bench.executor.running() == {}

    def test_a_round_that_takes_long_by_itself_is_written_at_the_second_try(self, bench: Bench) -> None:
        net, rounds = bench.engine._net, 0

        def slow(round_: Round, *, beats: bool) -> None:
            nonlocal rounds
            rounds += 1
            net(round_, beats=beats)
            bench.clock.advance(10)

        bench.engine._net = slow  # type: ignore[method-assign]
        run = self._queue(bench, "d")
        bench.engine.wake([run], [])
        for _ in range(4):
            bench.engine.turn()
        assert rounds == 4
        assert bench.states(run) == {"t": "running"}

    def test_an_engine_that_was_taken_for_dead_is_new_again(self, bench: Bench) -> None:
        """The others count nothing of it until they have noticed it; until then it starts nothing."""
        other = second(bench)
        forget_heartbeat(bench, bench.engine.lead.owner)
        bench.clock.advance(6)
        settle(other)
        assert other.lead.alone
        bench.clock.advance(20)
        run = bench.trigger("d")
        assert (bench.run_state(run), bench.states(run)) == ("queued", {})
        settle(other)
        assert not other.lead.alone
        bench.clock.advance(8)
        bench.turn()
        assert bench.states(run) == {"t": "running"}

    def _comes_and_takes_the_slot(self, bench: Bench) -> Engine:
        engine, executor = bench.engine, bench.executor
        bench.executor = RecordingExecutor()
        other = bench.engine = bench.new_engine(engine_id="second", sweep=1e6)
        bench.turn()
        run = self._queue(bench, "d")
        other.wake([run], [])
        bench.clock.advance(8)
        bench.turn()
        assert bench.states(run) == {"t": "running"}
        bench.engine, bench.executor = engine, executor
        return other

    def _queue(self, bench: Bench, dag_id: str) -> int:
        with bench.store.begin() as tx:
            version = specs.current_version(tx, dag_id)
            assert version is not None
            new = NewRun(
                dag_id=dag_id, run_id="q", run_type=RunType.MANUAL, run_after=bench.clock.now(), version_id=version
            )  # fmt: skip
            (record,) = runs.create_runs(tx, [new])
        assert record is not None
        return record.id


def _executor(engine: Engine) -> RecordingExecutor:
    assert isinstance(engine.executor, RecordingExecutor)
    return engine.executor


def test_two_that_do_not_know_of_each_other_yet_save_the_same_file(bench: Bench) -> None:
    """As when both are started at once on an empty database: the second waits until the first has saved it."""
    bench.turn()
    first = bench.engine
    another = type(bench.store).open(bench.store.url)
    mine, bench.store = bench.store, another
    other = bench.new_engine(engine_id="second")
    settle(other)
    bench.store = mine
    # Each looked before the other had come.
    first.lead.alone = other.lead.alone = True
    net, second = first._net, threading.Thread(target=settle, args=(other,))
    first.lead._looked = other.lead._looked = bench.clock.monotonic()

    def meanwhile(round_: Round, *, beats: bool) -> None:
        """The first has written the DAG and not committed; the second has read the same file."""
        if second.ident is None:
            bench.loader.parsed(chain(n=1))
            second.start()
            wait_for(lambda: waits_for_a_lock(another), what="the second engine to wait for the first")
        net(round_, beats=beats)

    first._net = meanwhile  # type: ignore[method-assign]
    bench.loader.parsed(chain(n=1))
    bench.turn()
    second.join(30)
    with mine.read() as tx:
        assert specs.dag_summary(tx, "d") is not None
        assert tx.execute(sa.text("SELECT text FROM import_error")).all() == []
    another.dispose()
