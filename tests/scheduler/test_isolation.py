"""One bad run, DAG, file or question stops only itself, and says so."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from ostro import events, store
from ostro.executors.base import Asked
from ostro.protocol.task import FindRuns, Refused
from ostro.rules.board import Board
from ostro.spec import DagSpec, TaskSpec
from ostro.store import specs, tables
from ostro.timetable import Schedule
from scheduler.conftest import Bench
from scheduler.test_engine import chain
from scheduler.test_nothing_waits_for_ever import minutely, run_states


@pytest.fixture
def told(bench: Bench) -> list[str]:
    texts: list[str] = []

    def listen(event: events.Event) -> None:
        if isinstance(event, events.Warned):
            texts.append(event.text)

    bench.engine.emit = listen  # type: ignore[method-assign]
    bench.engine.plan.emit = listen
    return texts


def break_method(monkeypatch: pytest.MonkeyPatch, kind: type, name: str, dag_id: str) -> None:
    """A defect of the engine that only this DAG meets."""
    whole = getattr(kind, name)

    def broken(self: Any, *args: Any, **more: Any) -> Any:
        if self.run.dag_id == dag_id:
            raise KeyError("a defect")
        return whole(self, *args, **more)

    monkeypatch.setattr(kind, name, broken)


@pytest.mark.parametrize("method", ["settle", "outcome", "apply", "insert", "next_due"])
def test_a_run_that_the_engine_cannot_handle_fails_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, told: list[str], method: str
) -> None:
    break_method(monkeypatch, Board, method, "bad")
    bench.add(chain("bad"), chain("good", n=1))
    bad = bench.trigger("bad")
    good = bench.trigger("good")
    bench.turn()
    assert bench.run_state(bad) == "failed"
    assert set(bench.states(bad).values()) <= {"failed", "skipped"}
    assert any("bad" in text and "a defect" in text for text in told)
    bench.executor.succeed("t0")
    bench.turn()
    assert bench.run_state(good) == "success"


def test_a_result_that_the_engine_cannot_handle_fails_its_run_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    bench.add(chain("bad"), DagSpec(dag_id="good", tasks=(TaskSpec(task_id="g", operator="X"),)))
    bad = bench.trigger("bad")
    good = bench.trigger("good")
    break_method(monkeypatch, Board, "apply", "bad")
    bench.executor.succeed("t0")
    bench.executor.succeed("g")
    bench.turn()
    assert (bench.run_state(bad), bench.run_state(good)) == ("failed", "success")


def test_a_process_of_a_run_that_was_given_up_is_ended(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    bench.add(chain("bad"))
    bad = bench.trigger("bad")
    attempt = bench.executor.running()["t0"]
    break_method(monkeypatch, Board, "settle", "bad")
    bench.engine.wake([bad], [])
    bench.turn()
    assert bench.run_state(bad) == "failed"
    assert {a for a, _ in bench.executor.stopped} == {attempt}


def test_a_corrupt_spec_stops_its_runs_alone_at_start_too(bench: Bench) -> None:
    bench.add(chain("bad"), chain("good", n=1))
    bad = bench.trigger("bad")
    with bench.store.begin() as tx:
        version = specs.current_version(tx, "bad")
        tx.execute(
            sa.text("UPDATE dag_version SET spec = :spec WHERE id = :id"), {"id": version, "spec": b"{"}
        )
    bench.executor.orders.clear()
    bench.engine = bench.new_engine()
    bench.turn()
    assert bench.run_state(bad) == "failed"
    good = bench.trigger("good")
    assert bench.run_state(good) == "running"


def test_a_timetable_that_fails_stops_only_its_dag(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    bench.add(minutely("bad"), minutely("good", max_active_runs=1))
    whole = Schedule.next
    bad = bench.engine.plan.schedules["bad"].schedule

    def broken(self: Schedule, *args: Any) -> Any:
        if self is bad:
            raise KeyError("a defect")
        return whole(self, *args)

    monkeypatch.setattr(Schedule, "next", broken)
    bench.clock.advance(180)
    bench.turn()
    assert run_states(bench, "good") == ["running"]
    assert any("bad" in text for text in told)
    (problem,) = problems(bench)
    assert problem[0] == "bad"
    assert "the engine cannot handle the schedule of DAG 'bad'" in problem[1]
    assert "a defect" in problem[1]
    monkeypatch.undo()
    bench.add(minutely("bad"), minutely("good", max_active_runs=1))
    assert problems(bench) == []


def problems(bench: Bench) -> list[Any]:
    """What is shown among the import errors."""
    e = tables.import_error.c
    with bench.store.read() as tx:
        return [tuple(row) for row in tx.execute(sa.select(e.dag_id, e.text))]


def test_a_problem_that_the_next_engine_does_not_have_is_gone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.add(minutely("bad"))

    def broken(self: Schedule, *args: Any) -> Any:
        raise KeyError("a defect")

    monkeypatch.setattr(Schedule, "next", broken)
    bench.clock.advance(180)
    bench.turn()
    assert len(problems(bench)) == 1
    monkeypatch.undo()
    bench.engine.close()
    bench.store = type(bench.store).open(bench.store.url)
    bench.engine = bench.new_engine()
    bench.turn()
    assert problems(bench) == []


def test_a_problem_of_another_living_engine_stays(bench: Bench) -> None:
    bench.add(minutely("bad"))
    with bench.store.begin() as tx:
        store.engines.beat(tx, "lives", bench.clock.now())
        store.engines.beat(tx, "gone", bench.clock.now())
        store.engines.stop(tx, "gone", bench.clock.now())
        for engine in ("lives", "gone", bench.engine.config.name):
            store.problems.put_engine_error(tx, engine, "bad", f"of {engine}", bench.clock.now())
    assert len(problems(bench)) == 3
    bench.engine = bench.new_engine()
    bench.turn()
    ((_, text),) = problems(bench)
    assert text.endswith("of lives")


def test_a_due_run_that_cannot_begin_stops_only_its_dag(bench: Bench, told: list[str]) -> None:
    bad = TaskSpec(task_id="t", operator="PythonOperator", retries=2**70)
    bench.add(minutely("bad", tasks=(bad,)), minutely("good", max_active_runs=1))
    bench.clock.advance(60)
    bench.turn()
    assert run_states(bench, "good") == ["running"]
    assert any("bad" in text for text in told)
    wait = bench.engine.turn()
    assert wait is None or wait > 0


def test_a_file_that_cannot_be_saved_has_an_import_error_and_stops_no_other(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ostro.store import specs as module

    whole = module.save_parsed

    def broken(tx: Any, file: Any, parsed: Any, **more: Any) -> Any:
        if any(d.dag_id == "bad" for d in parsed.dags):
            raise KeyError("a defect")
        return whole(tx, file, parsed, **more)

    monkeypatch.setattr(module, "save_parsed", broken)
    bench.add(chain("bad"))
    with bench.store.read() as tx:
        (text,) = tx.execute(sa.text("SELECT text FROM import_error")).scalars()
    assert "a defect" in text
    bench.add(chain("good"))
    assert bench.run_state(bench.trigger("good")) == "running"


def test_a_number_that_the_database_cannot_keep_stops_its_run_alone(bench: Bench) -> None:
    bench.add(chain("bad", retries=2**70), chain("good", n=1))
    bad = bench.trigger("bad")
    good = bench.trigger("good")
    bench.turn()
    assert (bench.run_state(bad), bench.run_state(good)) == ("failed", "running")


def test_a_question_that_cannot_be_answered_is_refused(bench: Bench) -> None:
    bench.add(chain(n=1))
    run = bench.trigger("d")
    attempt = bench.executor.running()["t0"]
    question = FindRuns(seq=7, attempt_id=attempt, dag_id="d", limit=2**70)
    bench.executor.events.append(Asked(1, question))
    bench.turn()
    (answer,) = bench.executor.answers[1]
    assert isinstance(answer, Refused)
    assert bench.run_state(run) == "running"


def test_a_move_that_the_database_refuses_stops_its_run_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written for all runs at once is written for each run apart when it cannot be written."""
    from ostro.errors import StoreError
    from ostro.store import instances, transitions

    bench.add(chain("bad"), DagSpec(dag_id="good", tasks=(TaskSpec(task_id="g", operator="X"),)))
    bad = bench.trigger("bad")
    good = bench.trigger("good")
    with bench.store.read() as tx:
        ids = {r.id for r in instances.load_instances(tx, [bad])}
    whole = transitions.apply_moves

    def broken(tx: Any, moves: Any, now: datetime) -> list[bool]:
        if any(m.ti in ids and m.after.value == "success" for m in moves):
            raise StoreError("value out of range")
        return whole(tx, moves, now)

    monkeypatch.setattr(transitions, "apply_moves", broken)
    bench.executor.succeed("t0")
    bench.executor.succeed("g")
    bench.turn()
    assert (bench.run_state(bad), bench.run_state(good)) == ("failed", "success")


def test_a_callback_that_cannot_be_prepared_is_given_up_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ostro.scheduler.deliver import Deliver

    whole = Deliver._order

    def broken(self: Deliver, round_: Any, row: Any, file: Any) -> Any:
        if row.dag_id == "bad":
            raise KeyError("a defect")
        return whole(self, round_, row, file)

    monkeypatch.setattr(Deliver, "_order", broken)
    more = {"callbacks": ("failure",)}
    bench.add(chain("bad", n=1, dag_more=more))
    bench.add(chain("bad", n=1, dag_more=more), chain("good", n=1, dag_more=more))
    for dag_id in ("bad", "good"):
        bench.trigger(dag_id)
        bench.executor.fail("t0")
        bench.turn()
    assert [o.run.dag_id for o in bench.executor.callbacks] == ["good"]
