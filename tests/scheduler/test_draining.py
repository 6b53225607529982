"""An engine that people drain: what runs ends, nothing starts; with others, they go on with its runs."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ostro import commands
from ostro.commands.waking import ENGINES
from ostro.errors import BadRequest, NotFound, StoreUnavailable
from ostro.protocol.task import Deferred
from ostro.scheduler.loop import Engine
from ostro.scheduler.round import Round
from ostro.spec import DagSpec, TaskSpec
from ostro.states import RunState
from ostro.store import EngineRecord, engines, instances, notify, runs
from scheduler.conftest import FILE, Bench
from scheduler.test_engine import chain, wide
from scheduler.test_several_engines import second, settle
from support.services import database


def ask(bench: Bench, engine: Engine, *, drain: bool = True) -> EngineRecord:
    return commands.drain_engine(
        bench.store,
        bench.clock,
        lambda runs, dags: engine.wake(runs, dags),
        engine_id=engine.config.name,
        drain=drain,
    )


def known(bench: Bench) -> dict[str, EngineRecord]:
    with bench.store.read() as tx:
        return {one.id: one for one in engines.list_all(tx)}


def test_what_runs_ends_and_nothing_starts_until_it_works_again(bench: Bench) -> None:
    bench.add(chain(n=3))
    first = bench.trigger("d")
    assert list(bench.executor.running()) == ["t0"]
    ask(bench, bench.engine)
    bench.turn()
    assert known(bench)["here"].drains_since is not None
    later = bench.trigger("d", "r2")
    bench.executor.succeed("t0")
    bench.turn()
    # The run goes on as far as it can without a process, and says what would be next.
    assert bench.states(first) == {"t0": "success", "t1": "scheduled", "t2": "none"}
    assert bench.states(later)["t0"] == "scheduled"
    assert bench.executor.running() == {}
    for _ in range(3):
        bench.clock.advance(60)
        bench.turn()
    assert bench.executor.running() == {}
    ask(bench, bench.engine, drain=False)
    bench.turn()
    assert known(bench)["here"].drains_since is None
    assert bench.states(first)["t1"] == bench.states(later)["t0"] == "running"


def test_it_hears_of_it_with_its_next_sign_of_life_when_no_message_came(bench: Bench) -> None:
    bench.add(chain(n=1))
    commands.drain_engine(bench.store, bench.clock, lambda runs, dags: None, engine_id="here", drain=True)
    bench.clock.advance(6)
    bench.turn()
    run = bench.trigger("d")
    assert bench.states(run) == {"t0": "scheduled"}


def test_it_lasts_over_a_crash_and_ends_with_the_engine(bench: Bench) -> None:
    bench.add(chain(n=1))
    ask(bench, bench.engine)
    bench.turn()
    run = bench.trigger("d")
    # Killed: the next engine of the name goes on as it was, from its first round on.
    bench.engine = bench.new_engine()
    bench.engine.files.put(FILE, ["d"])
    bench.turn()
    assert bench.states(run) == {"t0": "scheduled"}
    # Ended in good order: who starts it wants it to work.
    bench.engine.close()
    bench.store = type(bench.store).open(bench.store.url)
    bench.engine = bench.new_engine()
    bench.engine.files.put(FILE, ["d"])
    bench.turn()
    assert bench.states(run) == {"t0": "running"}


def test_tasks_that_wait_for_a_trigger_first_do_not_start_either(bench: Bench) -> None:
    task = TaskSpec(task_id="t", operator="Sensor", start_from_trigger=True)
    bench.add(DagSpec(dag_id="d", tasks=(task,)))
    ask(bench, bench.engine)
    bench.turn()
    run = bench.trigger("d")
    assert bench.states(run) == {"t": "scheduled"}


def test_a_round_that_could_not_be_written_does_not_forget_what_people_want(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.add(chain(n=1))
    bench.trigger("d")
    ask(bench, bench.engine)
    beat = engines.beat

    def refused(*args: object, **more: object) -> bool:
        monkeypatch.setattr(engines, "beat", beat)
        raise RuntimeError

    monkeypatch.setattr(engines, "beat", refused)
    with pytest.raises(RuntimeError):
        bench.engine.turn()
    bench.turn()
    assert bench.engine.lead.drains
    assert known(bench)["here"].drains_since is not None


def test_only_engines_that_are_there_are_drained(bench: Bench) -> None:
    with pytest.raises(NotFound, match="`nobody`"):
        commands.drain_engine(
            bench.store, bench.clock, lambda runs, dags: None, engine_id="nobody", drain=True
        )
    bench.turn()
    with bench.store.begin() as tx:
        (one,) = engines.list_all(tx)
        engines.register(tx, msgspec.structs.replace(one, id="t", kind="triggerer"))
        engines.stop(tx, "here", bench.clock.now())
    for name, words in (("t", "is a triggerer"), ("here", "has ended")):
        with pytest.raises(BadRequest, match=words):
            commands.drain_engine(
                bench.store, bench.clock, lambda runs, dags: None, engine_id=name, drain=True
            )
    assert all(one.drain_asked_at is None for one in known(bench).values())


def test_a_message_about_engines_reads_no_dag_again(bench: Bench) -> None:
    bench.add(chain(n=1))
    bench.engine.wake([], [ENGINES])
    assert bench.engine._changed_dags == set()


# ---- several engines ------------------------------------------------------------------------------------------------


@pytest.fixture
def shared(tmp_path: Path) -> object:
    with database("postgresql", tmp_path) as url:
        made = Bench(url, tmp_path)
        yield made
        made.store.dispose()


def both(bench: Bench) -> tuple[Engine, Engine]:
    """Two engines that know the DAG's file and of each other."""
    other = second(bench)
    other.files.put(FILE, ["d"])
    return bench.engine, other


def test_another_engine_goes_on_with_its_runs(shared: Bench) -> None:
    bench = shared
    bench.add(chain(n=3))
    run = bench.trigger("d")
    mine, other = both(bench)
    other.executor.alive = bench.executor.alive = set(bench.executor.running().values())
    ask(bench, mine)
    bench.turn()
    assert mine.live.runs == {}
    other.wake([run], [])
    settle(other)
    assert list(other.live.runs) == [run]
    # The task that it still runs is its own to report; the next one is the other's.
    bench.executor.succeed("t0")
    bench.turn()
    assert bench.states(run)["t0"] == "success"
    other.wake([run], [])
    settle(other)
    assert list(other.executor.running()) == ["t1"]
    assert bench.executor.running() == {}
    # A new run, of which both hear, is the other's.
    later = bench.trigger("d", "r2")
    other.wake([later], [])
    settle(other)
    assert set(other.live.runs) == {run, later}
    assert mine.live.runs == {}


def test_its_tasks_that_end_at_once_are_decided_one_after_the_other(shared: Bench) -> None:
    bench = shared
    bench.add(wide(2, fail_fast=True))
    run = bench.trigger("d")
    mine, other = both(bench)
    ask(bench, mine)
    bench.turn()
    other.wake([run], [])
    settle(other)
    bench.executor.fail("t0")
    bench.executor.fail("t1")
    bench.turn()
    assert bench.states(run) == {"t0": "failed", "t1": "failed"}


def test_it_keeps_its_runs_when_all_others_drain_or_are_gone(shared: Bench) -> None:
    bench = shared
    bench.add(chain(n=2))
    mine, other = both(bench)
    ask(bench, other)
    settle(other)
    ask(bench, mine)
    bench.clock.advance(6)
    bench.turn()
    run = bench.trigger("d")
    assert list(mine.live.runs) == [run]
    assert bench.states(run)["t0"] == "scheduled"
    # The other works again: it gets the run, and starts its task.
    ask(bench, other, drain=False)
    settle(other)
    bench.clock.advance(6)
    bench.turn()
    assert mine.live.runs == {}
    other.wake([run], [])
    settle(other)
    assert list(other.executor.running()) == ["t0"]


def test_runs_that_it_makes_meanwhile_are_told_to_the_others(shared: Bench) -> None:
    bench = shared
    mine, other = both(bench)
    bench.add(
        DagSpec(
            dag_id="d",
            timetable={"type": "cron_interval", "expression": "* * * * *", "timezone": "UTC"},
            start_date="2026-01-01T00:00:00+00:00",
            tasks=(TaskSpec(task_id="t", operator="PythonOperator"),),
        )
    )
    other.wake([], ["d"])
    ask(bench, mine)
    bench.turn()
    ears = notify.Listener(bench.store)
    for _ in range(12):
        bench.clock.advance(10)
        bench.turn()
        settle(other)
    told = [run for message in ears.pump() for run in message["runs"]]
    ears.close()
    with bench.store.read() as tx:
        assert {one.id for one in runs.live_runs(tx)} <= set(told)
    assert told
    assert mine.live.runs == {}
    assert bench.executor.running() == {}
    other.wake(told, [])
    settle(other)
    assert list(other.executor.running()) == ["t"]


def test_a_run_that_turns_out_to_be_anothers_ends_no_process(shared: Bench) -> None:
    """As when it was read again in a round that was lost, before the one that lets go of it."""
    bench = shared
    bench.add(chain(n=1))
    run = bench.trigger("d")
    (attempt,) = bench.executor.running().values()
    with bench.store.begin() as tx:
        tx.exec_driver_sql("UPDATE dag_run SET owner = 'second'")
    bench.engine.wake([run], [])
    bench.turn()
    assert bench.engine.live.runs == {}
    assert bench.executor.stopped == []
    # It speaks for it from then on.
    with bench.store.begin() as tx:
        tx.exec_driver_sql("UPDATE attempt SET heartbeat_at = NULL")
    bench.clock.advance(6)
    bench.turn()
    with bench.store.read() as tx:
        (row,) = instances.running_on(tx)
    assert (row.attempt_id, row.heartbeat_at is None) == (attempt, False)
    # What a person marks meanwhile ends here, too.
    commands.mark_run(
        bench.store, bench.clock, lambda runs, dags: None, dag_id="d", run_id="r1", state=RunState.FAILED
    )
    bench.clock.advance(6)
    bench.turn()
    assert [stopped for stopped, _ in bench.executor.stopped] == [attempt]


def test_a_run_that_was_lost_while_the_database_came_and_went_ends_no_process(
    shared: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = shared
    bench.add(chain(n=1))
    run = bench.trigger("d")
    bench.executor.alive = set(bench.executor.running().values())
    write, losses = Round.write, [StoreUnavailable("gone"), StoreUnavailable("gone again")]

    def lost(round_: Round) -> None:
        if losses:
            raise losses.pop()
        write(round_)

    monkeypatch.setattr(Round, "write", lost)
    bench.engine.wake([run], [])
    while losses:
        bench.engine.turn()
        bench.clock.advance(3)
    with bench.store.begin() as tx:
        tx.exec_driver_sql("UPDATE dag_run SET owner = 'second'")
    bench.clock.advance(6)
    bench.turn()
    assert bench.engine.live.runs == {}
    assert bench.executor.stopped == []


def test_a_task_that_waits_with_another_engine_is_counted_until_it_goes_on_there(shared: Bench) -> None:
    bench = shared
    task = TaskSpec(task_id="t", operator="X", max_active_tis_per_dag=1)
    bench.add(DagSpec(dag_id="d", tasks=(task,)))
    run = bench.trigger("d")
    mine, other = both(bench)
    ask(bench, mine)
    bench.turn()
    other.wake([run], [])
    settle(other)
    bench.executor._report("t", Deferred, classpath="m.T", trigger_kwargs={}, next_method="resume")
    bench.turn()
    assert bench.states(run) == {"t": "deferred"}
    ask(bench, mine, drain=False)
    bench.turn()
    later = bench.trigger("d", "r2")
    assert later in mine.live.runs
    assert bench.states(later) == {"t": "scheduled"}
    commands.mark_run(
        bench.store, bench.clock, lambda runs, dags: None, dag_id="d", run_id="r1", state=RunState.FAILED
    )
    other.wake([run], [])
    settle(other)
    bench.clock.advance(6)
    bench.turn()
    assert bench.states(later) == {"t": "running"}


def test_a_task_that_hangs_on_it_is_ended_by_it(shared: Bench) -> None:
    bench = shared
    task = TaskSpec(task_id="t", operator="PythonOperator", execution_timeout=100)
    bench.add(DagSpec(dag_id="d", tasks=(task,)))
    run = bench.trigger("d")
    mine, other = both(bench)
    attempt = bench.executor.running()["t"]
    other.executor.alive = bench.executor.alive = {attempt}
    ask(bench, mine)
    bench.turn()
    other.wake([run], [])
    settle(other)
    assert list(other.live.runs) == [run]
    for _ in range(20):
        bench.clock.advance(4)
        bench.turn()
        settle(other)
    assert bench.executor.stopped == []
    for _ in range(10):
        bench.clock.advance(4)
        bench.turn()
        settle(other)
    assert {(which, cause["kind"]) for which, cause in bench.executor.stopped} == {(attempt, "timeout")}
    assert other.executor.stopped == []
