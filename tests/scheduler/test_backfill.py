"""Backfills as the engine carries them out; on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from ostro import commands
from ostro.commands.backfill import AlreadyComplete, AlreadyRunning
from ostro.errors import NotAllowed, NotFound
from ostro.scheduler import backfill as scheduler_backfill
from ostro.spec import DagSpec, TaskSpec
from ostro.states import RunState, RunType
from ostro.store import NewBackfill, backfills, runs
from ostro.store.backfills import BackfillRecord
from ostro.timetable import CronTriggerTimetable, NullTimetable, OnceTimetable, encode
from scheduler.conftest import START, Bench

DAY = timedelta(days=1)
FROM = START - 10 * DAY
DAILY = encode(CronTriggerTimetable("@daily", timezone="UTC"))


def daily(dag_id: str = "d", **task: Any) -> DagSpec:
    return DagSpec(
        dag_id=dag_id,
        tasks=(TaskSpec(task_id="t", operator="PythonOperator", **task),),
        timetable=DAILY,
        start_date="2025-01-01T00:00:00+00:00",
    )


def order(bench: Bench, days: int = 3, **more: Any) -> BackfillRecord:
    """A backfill of so many days, as a command orders it."""
    values: dict[str, Any] = {
        "dag_id": "d",
        "from_date": FROM,
        "to_date": FROM + (days - 1) * DAY,
        "reprocess_behavior": "none",
        **more,
    }
    with bench.store.begin() as tx:
        made = commands.create_backfill_in(tx, bench.clock, NewBackfill(**values))
    bench.engine.wake([], [made.dag_id])
    bench.turn()
    return made


def of(bench: Bench, backfill: BackfillRecord) -> list[tuple[str, str]]:
    """(day, state) of its runs, in their order."""
    with bench.store.read() as tx:
        return [
            (f"{d.logical_date:%d}", d.state or d.exception_reason or "")
            for d in backfills.dates_of(tx, backfill.id)
        ]


def again(bench: Bench, backfill: BackfillRecord) -> BackfillRecord:
    with bench.store.read() as tx:
        found = backfills.get(tx, backfill.id)
    assert found is not None
    return found


def finish(bench: Bench) -> None:
    """End all that runs, one round of tasks."""
    while bench.executor.running():
        bench.executor.succeed("t")
        bench.turn()


def past(bench: Bench) -> None:
    """The DAG's schedule begins later than what is backfilled."""
    bench.add(daily())
    finish(bench)


def test_each_date_gets_a_run_and_the_backfill_ends(bench: Bench) -> None:
    past(bench)
    backfill = order(bench, conf={"k": 1}, triggering_user="ada")
    assert of(bench, backfill) == [("22", "running"), ("23", "running"), ("24", "running")]
    with bench.store.read() as tx:
        run = runs.find_run_at(tx, "d", FROM)
    assert run is not None
    assert (run.run_id, run.run_type) == ("backfill__2025-12-22T00:00:00+00:00", RunType.BACKFILL)
    assert (run.conf, run.triggered_by, run.triggering_user) == ({"k": 1}, "backfill", "ada")
    assert again(bench, backfill).completed_at is None
    finish(bench)
    assert of(bench, backfill) == [("22", "success"), ("23", "success"), ("24", "success")]
    assert again(bench, backfill).completed_at is not None


def test_it_has_a_limit_of_its_own(bench: Bench) -> None:
    past(bench)
    backfill = order(bench, days=4, max_active_runs=2)
    assert [s for _, s in of(bench, backfill)] == ["running", "running", "queued", "queued"]
    bench.executor.succeed("t")
    bench.turn()
    assert [s for _, s in of(bench, backfill)].count("running") == 2


def test_runs_of_a_backfill_leave_the_places_of_the_schedule_alone(bench: Bench) -> None:
    bench.add(msgspec.structs.replace(daily(), max_active_runs=1))
    finish(bench)
    order(bench)
    bench.clock.advance(86400)
    bench.turn()
    with bench.store.read() as tx:
        made = runs.find_run_at(tx, "d", START + DAY)
    assert made is not None
    assert made.state is RunState.RUNNING


def test_backwards_begins_with_the_last_date(bench: Bench) -> None:
    past(bench)
    backfill = order(bench, max_active_runs=1, run_backwards=True)
    assert of(bench, backfill) == [("24", "running"), ("23", "queued"), ("22", "queued")]


@pytest.mark.parametrize(
    ("behavior", "expected"),
    [
        ("none", ["already exists", "already exists", "running"]),
        ("failed", ["running", "already exists", "running"]),
        ("completed", ["running", "running", "running"]),
    ],
)
def test_runs_that_exist(bench: Bench, behavior: str, expected: list[str]) -> None:
    past(bench)
    first = bench.trigger("d", "one", logical_date=FROM)
    bench.executor.fail("t")
    bench.turn()
    bench.trigger("d", "two", logical_date=FROM + DAY)
    finish(bench)
    assert bench.run_state(first) == "failed"
    backfill = order(bench, reprocess_behavior=behavior, conf={"again": True})
    assert [s for _, s in of(bench, backfill)] == expected
    with bench.store.read() as tx:
        (run,) = runs.load_runs(tx, [first])
    if behavior != "none":
        assert (run.run_id, run.run_type, run.backfill_id) == ("one", RunType.BACKFILL, backfill.id)
        assert (run.conf, run.clear_number) == ({"again": True}, 1)


def test_a_run_in_flight_is_left_alone(bench: Bench) -> None:
    past(bench)
    bench.trigger("d", "one", logical_date=FROM)
    backfill = order(bench, reprocess_behavior="completed")
    assert of(bench, backfill)[0] == ("22", "in flight")


def test_paused_no_further_run_starts(bench: Bench) -> None:
    past(bench)
    backfill = order(bench, max_active_runs=1)
    _command(bench, "pause", backfill, paused=True)
    bench.executor.succeed("t")
    bench.turn()
    assert [s for _, s in of(bench, backfill)] == ["success", "queued", "queued"]
    _command(bench, "pause", backfill, paused=False)
    assert [s for _, s in of(bench, backfill)] == ["success", "running", "queued"]


def test_cancelled_what_waits_fails_and_what_runs_goes_on(bench: Bench) -> None:
    past(bench)
    backfill = order(bench, max_active_runs=1)
    _command(bench, "cancel", backfill)
    assert [s for _, s in of(bench, backfill)] == ["running", "failed", "failed"]
    assert again(bench, backfill).completed_at is not None
    finish(bench)
    assert [s for _, s in of(bench, backfill)] == ["success", "failed", "failed"]
    with pytest.raises(AlreadyComplete, match="already completed"):
        _command(bench, "cancel", backfill)


def test_the_next_engine_goes_on_in_the_middle_of_the_list(bench: Bench) -> None:
    bench.engine = bench.new_engine(runs_per_turn=2)
    past(bench)
    with bench.store.begin() as tx:
        new = NewBackfill(
            dag_id="d", from_date=FROM, to_date=FROM + 6 * DAY, run_backwards=True, max_active_runs=1
        )
        backfill = commands.create_backfill_in(tx, bench.clock, new)
    bench.engine.wake([], ["d"])
    bench.engine.turn()
    bench.engine.turn()
    listed = len(of(bench, backfill))
    assert 0 < listed < 7
    bench.engine = bench.new_engine(runs_per_turn=2)
    bench.turn()
    assert [d for d, _ in of(bench, backfill)] == ["28", "27", "26", "25", "24", "23", "22"]
    assert [s for _, s in of(bench, backfill)] == ["running"] + ["queued"] * 6


def test_a_cleared_run_of_an_ended_backfill_runs_again(bench: Bench) -> None:
    past(bench)
    backfill = order(bench, days=1)
    finish(bench)
    with bench.store.begin() as tx:
        (run,) = commands.clear_run_in(
            tx, bench.clock, dag_id="d", run_id="backfill__2025-12-22T00:00:00+00:00"
        )
    bench.engine.wake([run], ["d"])
    bench.turn()
    assert of(bench, backfill) == [("22", "running")]


def test_runs_not_due_yet_are_left_out(bench: Bench) -> None:
    past(bench)
    backfill = order(bench, from_date=START, to_date=START + 5 * DAY, reprocess_behavior="completed")
    assert of(bench, backfill) == [("01", "running")]


def test_a_backfill_without_dates_ends_at_once(bench: Bench) -> None:
    past(bench)
    backfill = order(bench, from_date=FROM + timedelta(hours=1), to_date=FROM + timedelta(hours=2))
    assert of(bench, backfill) == []
    assert again(bench, backfill).completed_at is not None


def test_depends_on_past_goes_through_the_dates_in_order(bench: Bench) -> None:
    bench.add(daily(depends_on_past=True))
    finish(bench)
    bench.trigger("d", "before", logical_date=FROM - DAY)
    bench.executor.fail("t")
    bench.turn()
    backfill = order(bench, reprocess_behavior="failed")
    # The first passes although the run before it failed; the others wait for it.
    assert [s for _, s in of(bench, backfill)] == ["running", "running", "running"]
    assert len(bench.executor.orders) == 1
    bench.executor.succeed("t")
    bench.turn()
    assert len(bench.executor.orders) == 1
    assert next(iter(bench.executor.orders.values()))[1].run.logical_date == FROM + DAY


def test_one_at_a_time(bench: Bench) -> None:
    past(bench)
    order(bench)
    with pytest.raises(AlreadyRunning, match="already a running backfill for dag d"):
        order(bench)


@pytest.mark.parametrize(
    ("spec", "more", "text"),
    [
        ({"timetable": encode(NullTimetable())}, {}, "no schedule"),
        ({"timetable": encode(OnceTimetable())}, {}, "non-periodic"),
        ({"allowed_run_types": ("manual",)}, {}, "does not allow backfill runs"),
        ({}, {"to_date": FROM - DAY}, "must not be after"),
        ({}, {"from_date": START + DAY, "to_date": START + DAY}, "future"),
        ({"depends_on_past": True}, {"run_backwards": True, "reprocess_behavior": "failed"}, "reverse"),
        ({"depends_on_past": True}, {}, "reprocess behavior"),
    ],
)
def test_what_cannot_be_backfilled(
    bench: Bench, spec: dict[str, Any], more: dict[str, Any], text: str
) -> None:
    of_task = {k: v for k, v in spec.items() if k == "depends_on_past"}
    of_dag = {k: v for k, v in spec.items() if k != "depends_on_past"}
    bench.add(msgspec.structs.replace(daily(**of_task), **of_dag))
    with pytest.raises(NotAllowed, match=text):
        order(bench, **more)


def test_an_unknown_dag(bench: Bench) -> None:
    with pytest.raises(NotFound, match="Could not find dag nix"):
        order(bench, dag_id="nix")


def test_looking_ahead_lists_what_would_run(bench: Bench) -> None:
    past(bench)
    bench.trigger("d", "one", logical_date=FROM)
    finish(bench)
    new = NewBackfill(dag_id="d", from_date=FROM, to_date=FROM + 2 * DAY, run_backwards=True)
    with bench.store.read() as tx:
        found = commands.preview_backfill_in(tx, bench.clock, new)
    assert [info.logical_date for info in found] == [FROM + 2 * DAY, FROM + DAY]


def _command(bench: Bench, verb: str, backfill: BackfillRecord, **more: Any) -> None:
    changed: list[int] = []
    with bench.store.begin() as tx:
        if verb == "pause":
            commands.pause_backfill_in(tx, bench.clock, backfill.id, **more)
        else:
            _, failed = commands.cancel_backfill_in(tx, bench.clock, backfill.id)
            changed = [run.id for run in failed]
    bench.engine.wake(changed, ["d"])
    bench.turn()


def test_runs_that_end_as_soon_as_they_start_leave_nobody_waiting(bench: Bench) -> None:
    empty = TaskSpec(task_id="t", operator="EmptyOperator", is_empty=True)
    bench.add(msgspec.structs.replace(daily(), tasks=(empty,)))
    backfill = order(bench, days=9, max_active_runs=1)
    assert {state for _, state in of(bench, backfill)} == {"success"}
    assert again(bench, backfill).completed_at is not None


def test_one_that_cannot_be_handled_stops_short_and_nothing_else(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    past(bench)
    whole = scheduler_backfill.existing_run

    def broken(tx: Any, dag_id: str, info: Any) -> Any:
        if info.logical_date > FROM:
            raise KeyError("a defect")
        return whole(tx, dag_id, info)

    monkeypatch.setattr(scheduler_backfill, "existing_run", broken)
    backfill = order(bench)
    with bench.store.read() as tx:
        assert [d.exception_reason for d in backfills.dates_of(tx, backfill.id)] == ["unknown"]
    assert again(bench, backfill).completed_at is not None
    with bench.store.read() as tx:
        assert not [r for r in runs.search(tx, "d") if r.backfill_id is not None]
    run = bench.trigger("d")
    assert run in bench.engine.live.runs
