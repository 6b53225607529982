"""What the engine makes of what happens: results, deaths, commands, moments; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ostro import commands
from ostro.api.specs import Specs
from ostro.api.waiting import why_waiting
from ostro.errors import StoreUnavailable
from ostro.executors.base import Died, Reported
from ostro.protocol.task import Done, Failed, Refused, Succeeded
from ostro.records import Move
from ostro.spec import DagSpec, TaskSpec
from ostro.states import RunState, RunType, TaskState
from ostro.store import NewRun, instances, pools, runs, specs, transitions
from ostro.store.views import rest_instances
from ostro.timetable import CronTriggerTimetable, encode
from scheduler.conftest import Bench


def chain(
    dag_id: str = "d", n: int = 3, dag_more: dict[str, object] | None = None, **more: object
) -> DagSpec:
    tasks = tuple(
        TaskSpec(task_id=f"t{i}", operator="PythonOperator", upstream=(f"t{i - 1}",) if i else (), **more)  # type: ignore[arg-type]
        for i in range(n)
    )
    return DagSpec(dag_id=dag_id, tasks=tasks, **(dag_more or {}))  # type: ignore[arg-type]


def wide(n: int, dag_id: str = "d", task: dict[str, object] | None = None, **more: object) -> DagSpec:
    tasks = tuple(TaskSpec(task_id=f"t{i}", operator="PythonOperator", **(task or {})) for i in range(n))  # type: ignore[arg-type]
    return DagSpec(dag_id=dag_id, tasks=tasks, **more)  # type: ignore[arg-type]


def test_a_chain_runs_one_task_after_the_other_and_the_run_succeeds(bench: Bench) -> None:
    bench.add(chain())
    run = bench.trigger("d")
    for i in range(3):
        assert list(bench.executor.running()) == [f"t{i}"]
        bench.executor.succeed(f"t{i}")
        bench.turn()
    assert bench.states(run) == {"t0": "success", "t1": "success", "t2": "success"}
    assert bench.run_state(run) == "success"


def test_the_successor_starts_in_the_turn_that_writes_the_result(bench: Bench) -> None:
    bench.add(chain())
    run = bench.trigger("d")
    bench.executor.succeed("t0")
    bench.engine.turn()
    assert list(bench.executor.running()) == ["t1"]
    assert bench.states(run) == {"t0": "success", "t1": "running", "t2": "none"}


def test_a_result_is_answered_with_the_state_that_was_written(bench: Bench) -> None:
    bench.add(chain(n=1))
    bench.trigger("d")
    bench.executor.succeed("t0")
    bench.turn()
    (answer,) = bench.executor.answers[1]
    assert isinstance(answer, Done)
    assert answer.state == "success"


def test_a_failed_task_is_tried_again_after_its_delay(bench: Bench) -> None:
    bench.add(chain(n=1, retries=1, retry_delay=60.0))
    run = bench.trigger("d")
    bench.executor.fail("t0", text="ValueError: no")
    bench.turn()
    assert bench.states(run) == {"t0": "up_for_retry"}
    bench.clock.advance(59)
    bench.turn()
    assert not bench.executor.running()
    bench.clock.advance(1)
    bench.turn()
    assert list(bench.executor.running()) == ["t0"]
    assert next(iter(bench.executor.orders.values()))[1].try_number == 2


def test_a_killed_process_counts_as_a_failure_with_its_cause(bench: Bench) -> None:
    bench.add(chain(n=2))
    run = bench.trigger("d")
    bench.executor.die("t0")
    bench.turn()
    assert bench.states(run) == {"t0": "failed", "t1": "upstream_failed"}
    assert bench.run_state(run) == "failed"


def test_a_result_of_a_superseded_attempt_changes_nothing(bench: Bench) -> None:
    bench.add(chain(n=1))
    run = bench.trigger("d")
    attempt = bench.executor.running()["t0"]
    (record,) = _records(bench, run)
    _by_user(bench, run, Move(ti=record.id, before=TaskState.RUNNING, after=TaskState.FAILED))
    assert bench.executor.stopped[0][0] == attempt
    bench.executor.succeed("t0")
    bench.turn()
    assert bench.states(run) == {"t0": "failed"}
    assert isinstance(bench.executor.answers[1][0], Refused)


def test_a_conflict_with_a_command_is_settled_by_the_database(bench: Bench) -> None:
    """The command's write is there before the engine was told of it."""
    bench.add(chain(n=2))
    run = bench.trigger("d")
    (first, _) = _records(bench, run)
    with bench.store.begin() as tx:
        moves = [Move(ti=first.id, before=TaskState.RUNNING, after=TaskState.SUCCESS)]
        assert transitions.apply_moves(tx, moves, bench.clock.now()) == [True]
    bench.executor.fail("t0")
    bench.turn()
    assert bench.states(run)["t0"] == "success"
    assert list(bench.executor.running()) == ["t1"]


def test_cleared_while_running_runs_again(bench: Bench) -> None:
    bench.add(chain(n=1))
    run = bench.trigger("d")
    (record,) = _records(bench, run)
    first = bench.executor.running()["t0"]
    _by_user(bench, run, Move(ti=record.id, before=TaskState.RUNNING, after=TaskState.RESTARTING))
    assert bench.executor.stopped[0][0] == first
    bench.executor.die("t0")
    bench.turn()
    second = bench.executor.running()["t0"]
    assert second != first
    bench.executor.succeed("t0")
    bench.turn()
    assert bench.run_state(run) == "success"


def test_limits_hold(bench: Bench) -> None:
    bench.add(wide(10, max_active_tasks=3))
    bench.trigger("d")
    assert len(bench.executor.running()) == 3
    bench.executor.succeed("t0")
    bench.turn()
    assert len(bench.executor.running()) == 3


def test_a_pool_holds_over_all_dags_and_grows_at_once(bench: Bench) -> None:
    with bench.store.begin() as tx:
        pools.save(tx, [pools.Pool(name="small", slots=2)])
    bench.add(wide(5, "a", {"pool": "small"}), wide(5, "b", {"pool": "small"}))
    bench.trigger("a")
    bench.trigger("b")
    assert len(bench.executor.running()) == 2
    with bench.store.begin() as tx:
        pools.save(tx, [pools.Pool(name="small", slots=4)])
    bench.engine.wake([], ["a"])
    bench.turn()
    assert len(bench.executor.running()) == 4


def test_without_a_place_a_task_waits_and_starts_when_there_is_one(bench: Bench) -> None:
    bench.executor.room = 0
    bench.add(chain(n=1))
    run = bench.trigger("d")
    assert bench.states(run) == {"t0": "scheduled"}
    from ostro.executors.base import Available
    from scheduler.conftest import FILE

    bench.executor.room = 1
    bench.executor.events.append(Available(FILE))
    bench.turn()
    assert list(bench.executor.running()) == ["t0"]


def test_max_active_runs_holds_and_the_next_run_starts_with_the_end_of_one(bench: Bench) -> None:
    bench.add(DagSpec(dag_id="d", max_active_runs=1, tasks=(TaskSpec(task_id="t0", operator="X"),)))
    first = bench.trigger("d", "r1")
    second = bench.trigger("d", "r2")
    assert (bench.run_state(first), bench.run_state(second)) == ("running", "queued")
    bench.executor.succeed("t0")
    bench.turn()
    assert (bench.run_state(first), bench.run_state(second)) == ("success", "running")


def test_a_schedule_with_catchup_makes_exactly_the_runs_that_are_due(bench: Bench) -> None:
    spec = DagSpec(
        dag_id="d",
        timetable={"type": "cron_interval", "expression": "0 0 * * *", "timezone": "UTC"},
        start_date="2025-12-25T00:00:00+00:00",
        end_date="2025-12-28T00:00:00+00:00",
        catchup=True,
        tasks=(TaskSpec(task_id="t", operator="EmptyOperator", is_empty=True),),
    )
    bench.add(spec)
    bench.turn()
    with bench.store.read() as tx:
        found = sorted(r.logical_date.day for r in runs.search(tx, "d") if r.logical_date)
        states = {r.state for r in runs.search(tx, "d")}
    assert found == [25, 26, 27, 28]
    assert states == {RunState.SUCCESS}


def test_a_new_engine_goes_on_where_the_old_one_ended(bench: Bench) -> None:
    bench.add(wide(2))
    run = bench.trigger("d")
    alive = bench.executor.running()["t0"]
    bench.executor.alive = {alive}
    bench.engine = bench.new_engine()
    bench.engine.files.put(*_file())
    bench.turn()
    assert bench.states(run) == {"t0": "running", "t1": "failed"}
    bench.executor.orders = {a: o for a, o in bench.executor.orders.items() if a == alive}
    bench.executor.succeed("t0")
    bench.turn()
    assert bench.states(run)["t0"] == "success"


def test_a_run_that_lasts_too_long_fails_and_its_processes_are_ended(bench: Bench) -> None:
    bench.add(wide(1, dagrun_timeout=10.0))
    run = bench.trigger("d")
    attempt = bench.executor.running()["t0"]
    bench.clock.advance(11)
    bench.turn()
    assert bench.run_state(run) == "failed"
    assert bench.states(run) == {"t0": "skipped"}
    assert bench.executor.stopped[0][0] == attempt


def test_fail_fast_ends_the_others(bench: Bench) -> None:
    bench.add(wide(2, fail_fast=True))
    run = bench.trigger("d")
    other = bench.executor.running()["t1"]
    bench.executor.fail("t0")
    bench.turn()
    assert bench.states(run) == {"t0": "failed", "t1": "failed"}
    assert [a for a, _ in bench.executor.stopped] == [other]


def test_ends_that_are_told_at_once_are_decided_one_after_the_other(bench: Bench) -> None:
    """The second is of an attempt that the round has ended, and the database does not know yet."""
    bench.add(wide(2, fail_fast=True), wide(1, dag_id="e"))
    run, other = bench.trigger("d"), bench.trigger("e", "r2")
    (attempt,) = (a for a, (_, order) in bench.executor.orders.items() if order.run.dag_id == "e")
    for ended, (place, order) in bench.executor.orders.items():
        kind = Succeeded if ended == attempt else Failed
        bench.executor.events.append(
            Reported(place, kind(seq=1, attempt_id=ended, end_date=order.start_date))
        )
    bench.executor.events.append(
        Died(1, attempt, {"kind": "signal", "text": "killed by signal 9", "signal": 9})
    )
    bench.turn()
    assert bench.states(run) == {"t0": "failed", "t1": "failed"}
    assert bench.states(other) == {"t0": "success"}
    assert (bench.run_state(run), bench.run_state(other)) == ("failed", "success")


def test_nothing_to_do_costs_no_write(bench: Bench) -> None:
    bench.add(chain())
    bench.turn()
    writes = []
    bench.engine.emit = writes.append  # type: ignore[assignment]
    assert bench.engine.turn() != 0.0
    assert writes == []


def _file() -> tuple[object, list[str]]:
    from scheduler.conftest import FILE

    return FILE, ["d"]


def _records(bench: Bench, run: int) -> list[object]:
    with bench.store.read() as tx:
        return instances.load_instances(tx, [run])  # type: ignore[return-value]


def _by_user(bench: Bench, run: int, move: Move) -> None:
    with bench.store.begin() as tx:
        assert transitions.apply_moves(tx, [move], bench.clock.now()) == [True]
    bench.engine.wake([run], [])
    bench.turn()


def test_a_run_for_later_starts_when_its_moment_has_come(bench: Bench) -> None:
    bench.add(chain(n=1))
    with bench.store.begin() as tx:
        version = specs.current_version(tx, "d")
        assert version is not None
        later = bench.clock.now() + timedelta(seconds=60)
        new = NewRun(dag_id="d", run_id="later", run_type=RunType.MANUAL, run_after=later, version_id=version)
        (record,) = runs.create_runs(tx, [new])
    assert record is not None
    bench.engine.wake([record.id], [])
    bench.turn()
    assert bench.run_state(record.id) == "queued"
    bench.clock.advance(60)
    bench.turn()
    assert bench.run_state(record.id) == "running"


def test_a_clear_that_the_engine_does_not_know_of_is_not_lost_with_the_end_of_the_run(bench: Bench) -> None:
    bench.add(wide(2))
    run = bench.trigger("d")
    bench.executor.succeed("t0")
    bench.turn()
    commands.clear_tasks(
        bench.store,
        bench.clock,
        lambda runs, dags: None,
        dag_id="d",
        run_id="r1",
        tasks=["t0"],
        only_failed=False,
    )
    bench.executor.succeed("t1")
    bench.turn()
    assert bench.run_state(run) == "running"
    assert list(bench.executor.running()) == ["t0"]


def test_an_attempt_whose_order_never_arrived_is_started_again_not_failed(bench: Bench) -> None:
    bench.add(chain(n=1))
    bench.executor.begins = False
    run = bench.trigger("d")
    first = bench.executor.running()["t0"]
    bench.engine = bench.new_engine()
    bench.engine.files.put(*_file())
    bench.executor.orders.clear()
    bench.executor.begins = True
    bench.turn()
    second = bench.executor.running()["t0"]
    assert second != first
    assert bench.executor.orders[second][1].try_number == 1
    bench.executor.succeed("t0")
    bench.turn()
    assert bench.run_state(run) == "success"


def test_processes_that_never_begin_do_not_go_on_for_ever(bench: Bench) -> None:
    bench.add(chain(n=1))
    bench.executor.begins = False
    run = bench.trigger("d")
    for _ in range(10):
        if bench.run_state(run) != "running":
            break
        bench.executor.die("t0")
        bench.turn()
    assert bench.run_state(run) == "failed"


def test_a_round_that_cannot_be_written_loses_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database goes away at the commit of a round that has a result, a due run and a paused DAG to read."""
    bench.add(chain(n=2), _daily("s"))
    run = bench.trigger("d")
    with bench.store.read() as tx:
        before = len(runs.search(tx, "s"))
    bench.clock.advance(86400)
    bench.executor.succeed("t0")
    broken = transitions.apply_moves

    def unavailable(*_: object) -> list[bool]:
        raise StoreUnavailable("the server closed the connection")

    monkeypatch.setattr(transitions, "apply_moves", unavailable)
    assert bench.engine.turn()
    monkeypatch.setattr(transitions, "apply_moves", broken)
    bench.clock.advance(5)
    bench.turn()
    assert bench.states(run) == {"t0": "success", "t1": "running"}
    with bench.store.read() as tx:
        assert len(runs.search(tx, "s")) == before + 1


def test_so_many_failed_runs_in_a_row_pause_the_dag(bench: Bench) -> None:
    bench.add(chain(n=1, dag_more={"max_consecutive_failed_dag_runs": 2}))
    for name in ("r1", "r2"):
        bench.trigger("d", name)
        bench.executor.fail("t0")
        bench.turn()
    with bench.store.read() as tx:
        summary = specs.dag_summary(tx, "d")
    assert summary is not None
    assert summary["is_paused"]
    waiting = bench.trigger("d", "r3")
    assert bench.run_state(waiting) == "queued"


def test_the_callback_of_a_failed_run_is_given_to_a_process(bench: Bench) -> None:
    bench.add(chain(n=1, dag_more={"callbacks": ("failure",)}))
    bench.trigger("d")
    bench.executor.fail("t0", text="ValueError: no")
    bench.turn()
    (order,) = bench.executor.callbacks
    assert (order.kind, order.reason) == ("dag_failure", "task_failure")


def test_the_process_of_a_task_runs_its_own_callbacks(bench: Bench) -> None:
    bench.add(chain(n=1, callbacks=("failure",)))
    bench.trigger("d")
    bench.executor.fail("t0")
    bench.turn()
    (answer,) = bench.executor.answers[1]
    assert isinstance(answer, Done)
    assert len(answer.callback_ids) == 1
    assert bench.executor.callbacks == []


def test_the_callback_of_a_killed_task_is_given_to_another_process(bench: Bench) -> None:
    bench.add(chain(n=1, callbacks=("failure",)))
    bench.trigger("d")
    bench.executor.die("t0")
    bench.turn()
    (order,) = bench.executor.callbacks
    assert (order.kind, order.task_id) == ("task_failure", "t0")


def _daily(dag_id: str) -> DagSpec:
    return DagSpec(
        dag_id=dag_id,
        timetable=encode(CronTriggerTimetable("0 12 * * *", timezone="UTC")),
        start_date="2025-12-31T00:00:00+00:00",
        tasks=(TaskSpec(task_id="t", operator="EmptyOperator", is_empty=True),),
    )


def test_a_full_engine_is_what_a_task_waits_for(bench: Bench) -> None:
    """The engine tells the others how many tasks it runs at once."""
    bench.engine = bench.new_engine(parallelism=1)
    bench.add(wide(2))
    bench.trigger("d")
    assert list(bench.executor.running()) == ["t0"]
    with bench.store.read() as tx:
        row = rest_instances.get_instance(tx, "d", "r1", "t1", -1)
        assert row is not None
        (found,) = why_waiting(tx, Specs(bench.store), row, bench.clock.now())
    assert (found.name, found.values) == ("parallelism", {"active": 1, "limit": 1})
