"""Deadlines of runs and SLAs of tasks: when they are written, met, missed; on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ostro import commands
from ostro.executors.base import Asked
from ostro.protocol.task import CallbackOrder, Done, PutDeadline, Refused
from ostro.spec import DagSpec, TaskSpec
from ostro.store import deadlines, event_log, variables
from ostro.store.views.filters import Page
from ostro.timetable import CronTriggerTimetable, encode
from scheduler.conftest import START, Bench
from scheduler.test_engine import chain

CALLBACK = {"kind": "sync", "path": "m.tell", "kwargs": {"x": 1}}


def alert(reference: str = "DagRunQueuedAtDeadline", interval: Any = 60.0, **more: Any) -> dict[str, Any]:
    return {
        "name": "slow",
        "reference": {"reference": reference, **more},
        "interval": interval,
        "callback": CALLBACK,
    }


def dag(*alerts: dict[str, Any], **more: Any) -> DagSpec:
    return chain(n=1, dag_more={"deadline": list(alerts), **more})


def rows(bench: Bench) -> list[Any]:
    with bench.store.read() as tx:
        return deadlines.list_deadlines(tx, (), Page(limit=99))[0]


def called(bench: Bench) -> list[CallbackOrder]:
    return [order for order in bench.executor.callbacks if order.kind == "deadline"]


def test_a_missed_deadline_calls_back_once(bench: Bench) -> None:
    bench.add(dag(alert()))
    bench.trigger("d")
    assert bench.engine.turn() == pytest.approx(5.0)  # the heartbeat comes before the deadline
    bench.clock.advance(59)
    bench.turn()
    assert called(bench) == []
    bench.clock.advance(1)
    bench.turn(2)
    (order,) = called(bench)
    assert order.details is not None
    assert order.details["callback"] == CALLBACK
    assert order.details["deadline_time"] == (START + timedelta(seconds=60)).isoformat()
    assert [r.missed_at is not None for r in rows(bench)] == [True]
    bench.clock.advance(600)
    bench.turn(2)
    assert len(called(bench)) == 1
    with bench.store.read() as tx:
        assert [e.event for e in event_log.list_entries(tx, (), Page(limit=9))[0]] == ["deadline_missed"]


def test_the_deadline_of_a_run_that_succeeds_in_time_is_gone(bench: Bench) -> None:
    bench.add(dag(alert()))
    run = bench.trigger("d")
    assert len(rows(bench)) == 1
    bench.executor.succeed("t0")
    bench.turn()
    assert bench.run_state(run) == "success"
    assert rows(bench) == []


def test_a_run_that_failed_has_missed_its_deadline_when_it_comes(bench: Bench) -> None:
    bench.add(dag(alert()))
    bench.trigger("d")
    bench.executor.fail("t0")
    bench.turn()
    assert called(bench) == []
    bench.clock.advance(61)
    bench.turn()
    assert len(called(bench)) == 1


def test_a_run_that_was_marked_a_success_while_nobody_looked_has_met_it(bench: Bench) -> None:
    """The command that marks it is another process, which knows nothing of deadlines."""
    bench.add(dag(alert()))
    run = bench.trigger("d")
    from ostro.states import RunState
    from ostro.store import RunMove, runs

    with bench.store.begin() as tx:
        end = bench.clock.now() + timedelta(seconds=1)
        move = RunMove(id=run, before=RunState.RUNNING, after=RunState.SUCCESS, end_date=end)
        assert runs.move_runs(tx, [move], end) == [True]
    bench.clock.advance(61)
    bench.turn()
    assert called(bench) == []
    assert rows(bench) == []


def test_several_deadlines_and_references(bench: Bench) -> None:
    bench.add(
        dag(
            alert(interval=30.0),
            alert("DagRunLogicalDateDeadline"),
            alert("FixedDatetimeDeadline", datetime=(START + timedelta(hours=1)).isoformat()),
            alert("AverageRuntimeDeadline", max_runs=10, min_runs=1),
        )
    )
    bench.trigger("d", logical_date=START - timedelta(seconds=10))
    first = START + timedelta(seconds=30)
    second = START + timedelta(seconds=50)
    third = START + timedelta(hours=1, seconds=60)
    assert [(r.number, r.due_at) for r in rows(bench)] == [(0, first), (1, second), (2, third)]
    bench.clock.advance(20)
    bench.executor.succeed("t0", end_date=bench.clock.now())
    bench.turn()
    bench.trigger("d", "r2")
    average = START + timedelta(seconds=20 + 20 + 60)
    assert average in [r.due_at for r in rows(bench) if r.number == 3]


def test_an_interval_of_a_variable(bench: Bench) -> None:
    with bench.store.begin() as tx:
        variables.set_value(tx, "patience", "7", bench.cipher, now=START)
    bench.add(dag(alert(interval={"variable": "patience"}), alert(interval={"variable": "missing"})))
    bench.trigger("d")
    assert [r.due_at for r in rows(bench)] == [START + timedelta(seconds=7)]


def test_an_engine_that_was_away_finds_what_was_missed(bench: Bench) -> None:
    bench.add(dag(alert()))
    bench.trigger("d")
    bench.executor.alive = set(bench.executor.orders)
    bench.engine.close()
    bench.clock.advance(600)
    bench.store = type(bench.store).open(bench.store.url)
    bench.engine = bench.new_engine()
    bench.loader.parsed(dag(alert()))
    bench.turn(2)
    assert len(called(bench)) == 1


def test_an_sla_is_missed_by_the_tasks_that_are_not_done(bench: Bench) -> None:
    tasks = tuple(
        TaskSpec(task_id=t, operator="PythonOperator", sla=60.0, email=("a@example.com",)) for t in ("a", "b")
    )
    spec = DagSpec(
        dag_id="d",
        tasks=tasks,
        dialect=2,
        timetable=encode(CronTriggerTimetable("@hourly", timezone="UTC")),
        start_date=START.isoformat(),
        callbacks=("sla_miss",),
    )
    bench.add(spec)
    bench.turn()
    bench.executor.succeed("a")
    bench.turn()
    bench.clock.advance(61)
    bench.turn(2)
    (order,) = bench.executor.callbacks
    assert order.kind == "sla_miss"
    assert order.details == {
        "tasks": ["b"],
        "blocking": [{"task_id": "b", "map_index": -1, "state": "running"}],
    }
    assert [(r.task_id, r.missed_at is not None) for r in rows(bench)] == [("b", True)]


def test_a_manual_run_has_no_sla(bench: Bench) -> None:
    bench.add(chain(n=1, sla=60.0))
    bench.trigger("d")
    assert rows(bench) == []


def test_a_cleared_run_counts_from_its_new_place_in_the_queue(bench: Bench) -> None:
    bench.add(dag(alert(), alert("DagRunLogicalDateDeadline")))
    run = bench.trigger("d", logical_date=START)
    bench.executor.fail("t0")
    bench.turn()
    bench.clock.advance(61)
    bench.turn()
    assert len(called(bench)) == 2
    with bench.store.begin() as tx:
        commands.clear_run_in(tx, bench.clock, dag_id="d", run_id="r1")
    bench.engine.wake([run], [])
    bench.turn()
    again = START + timedelta(seconds=61 + 60)
    assert [(r.number, r.due_at) for r in rows(bench) if r.missed_at is None] == [(0, again)]
    bench.executor.succeed("t0", end_date=bench.clock.now())
    bench.turn()
    assert [(r.number, r.missed_at is None) for r in rows(bench)] == [(1, False)]


def test_a_reference_of_the_author_is_asked_in_a_process(bench: Bench) -> None:
    bench.add(dag(alert("MyReference"), alert()))
    bench.trigger("d")
    (order,) = bench.executor.callbacks
    assert (order.kind, order.details) == ("deadline_reference", {"number": 0})
    base = START + timedelta(seconds=7)
    told = PutDeadline(seq=1, dag_id="d", run_id="r1", number=0, base_at=base)
    bench.executor.events.append(Asked(2, told))
    bench.turn()
    assert isinstance(bench.executor.answers[2][-1], Done)
    assert [(r.number, r.due_at) for r in rows(bench)] == [
        (1, START + timedelta(seconds=60)),
        (0, base + timedelta(seconds=60)),
    ]
    bench.executor.events.append(
        Asked(2, PutDeadline(seq=1, dag_id="d", run_id="r1", number=9, base_at=base))
    )
    bench.turn()
    assert isinstance(bench.executor.answers[2][-1], Refused)
    bench.clock.advance(68)
    bench.turn(2)
    assert sorted(o.details["reference"] for o in called(bench) if o.details) == [
        "DagRunQueuedAtDeadline",
        "MyReference",
    ]


def test_a_moment_beyond_the_calendar_never_comes(bench: Bench) -> None:
    with bench.store.begin() as tx:
        variables.set_value(tx, "limit", "9e11", bench.cipher, description=None, now=START)
    bench.add(dag(alert(interval={"variable": "limit"}), alert(interval=9e11), alert()))
    run = bench.trigger("d")
    assert bench.run_state(run) == "running"
    assert [row.number for row in rows(bench)] == [2]
