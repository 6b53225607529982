"""Schedules by a class of the DAG's author: asked elsewhere, answered later; on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from ostro import commands
from ostro.errors import StoreUnavailable
from ostro.executors.base import Asked
from ostro.protocol.calendar import AskBetween, AskManual, AskNext, Failed, Moments, Telling, Told
from ostro.protocol.task import FileRef, Refused, TriggerRun, Value
from ostro.spec import DagSpec, TaskSpec
from ostro.states import RunState
from ostro.store import NewBackfill, backfills, problems, runs, specs
from ostro.store.views import rest_import_errors
from ostro.store.views.filters import Page
from scheduler.conftest import START, Bench

HOUR = timedelta(hours=1)


class Children:
    """Answers when the test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, Callable[[Telling], None]]] = []
        self._told: list[tuple[Callable[[Telling], None], Telling]] = []

    def ask(self, file: FileRef, question: Any, then: Callable[[Telling], None]) -> None:
        self.asked.append((question, then))

    def tell(self, *runs: Moments) -> None:
        question, then = self.asked.pop(0)
        self._told.append((then, Told(seq=question.seq, runs=list(runs))))

    def answer(self, make: Callable[[Any], Telling]) -> Any:
        """Answer the question that was asked first; returns it."""
        question, then = self.asked.pop(0)
        self._told.append((then, make(question)))
        return question

    def fail(self, text: str) -> None:
        question, then = self.asked.pop(0)
        self._told.append((then, Failed(seq=question.seq, text=text, traceback="trace")))

    def pump(self) -> None:
        told, self._told = self._told, []
        for then, answer in told:
            then(answer)

    def filenos(self) -> Iterable[int]:
        return ()

    def next_wakeup(self) -> float | None:
        return None

    def close(self) -> None: ...


def children(bench: Bench) -> Children:
    made = Children()
    bench.engine.calendars.client = made
    return made


def spec(dag_id: str = "d", **more: Any) -> DagSpec:
    timetable = {
        "type": "custom", "classpath": "dagfile.Mine", "data": {}, "summary": "mine", "description": "",
        "periodic": True, "can_be_scheduled": True, "partitioned": False, "active_runs_limit": None,
    }  # fmt: skip
    tasks = (TaskSpec(task_id="t", operator="PythonOperator"),)
    return DagSpec(dag_id=dag_id, tasks=tasks, timetable=timetable, start_date=START.isoformat(), **more)


def moments(hours: int, run_id: str = "") -> Moments:
    at = START + hours * HOUR
    return Moments(run_after=at, start=at - HOUR, end=at, run_id=run_id)


def made(bench: Bench) -> list[str]:
    with bench.store.read() as tx:
        return [r.run_id for r in reversed(runs.search(tx, "d"))]


def test_a_run_is_made_when_it_is_due_and_the_next_is_asked_for(bench: Bench) -> None:
    mine = children(bench)
    bench.add(spec(catchup=True))
    (question, _) = mine.asked[0]
    assert isinstance(question, AskNext)
    assert (question.last, question.earliest, question.catchup) == (None, START, True)
    mine.tell(moments(1))
    bench.turn()
    assert made(bench) == []
    with bench.store.read() as tx:
        (row,) = specs.load_schedules(tx, ["d"])
    assert row.next_run_after == START + HOUR
    bench.clock.advance(3600)
    bench.turn()
    assert made(bench) == ["scheduled__2026-01-01T01:00:00+00:00"]
    assert mine.asked[0][0].last == moments(1)
    mine.tell(moments(2, "my name"))
    bench.clock.advance(3600)
    bench.turn()
    assert made(bench)[1:] == ["my name"]


def test_after_a_restart_it_is_asked_for_the_run_behind_the_last_partition(bench: Bench) -> None:
    mine = children(bench)
    bench.add(spec(catchup=True))
    first = Moments(run_after=START, partition_date=START, partition_key="one", run_id="named anew each time")
    mine.tell(first)
    bench.turn()
    assert made(bench) == ["named anew each time"]
    bench.engine = bench.new_engine()
    mine = children(bench)
    bench.add(spec(catchup=True))
    (question, _) = mine.asked[0]
    assert question.last == replace(first, run_id="")


def test_other_dags_do_not_wait_for_an_answer(bench: Bench) -> None:
    children(bench)
    other = DagSpec(dag_id="other", tasks=(TaskSpec(task_id="t", operator="PythonOperator"),))
    bench.add(spec(), other)
    bench.trigger("other")
    assert list(bench.executor.running()) == ["t"]


def test_a_timetable_that_fails_is_said_and_tried_again_when_its_file_changes(bench: Bench) -> None:
    mine = children(bench)
    bench.add(spec())
    mine.fail("ValueError: no day")
    bench.turn()
    assert errors(bench) == [
        "one.py: the timetable of DAG 'd' failed, so the DAG makes no runs by itself: ValueError: no day"
    ]
    bench.engine.wake([], ["d"])
    bench.turn()
    assert not mine.asked
    bench.trigger("d")
    assert list(bench.executor.running()) == ["t"]
    bench.add(spec())
    mine.tell(moments(5))
    bench.turn()
    assert errors(bench) == []


def errors(bench: Bench) -> list[str]:
    with bench.store.read() as tx:
        rows, _ = rest_import_errors.list_import_errors(tx, [], Page(limit=10))
    return [row.stack_trace.splitlines()[0] for row in rows]


def test_pausing_asks_nobody_again(bench: Bench) -> None:
    mine = children(bench)
    bench.add(spec())
    mine.tell(moments(5))
    bench.turn()
    for paused in (True, False):
        commands.pause_dag(bench.store, bench.clock, bench.engine.wake, dag_id="d", paused=paused)
        bench.turn()
    assert not mine.asked
    bench.clock.advance(5 * 3600)
    bench.turn()
    assert len(made(bench)) == 1


def test_a_backfill_asks_for_its_dates(bench: Bench) -> None:
    mine = children(bench)
    bench.add(spec())
    mine.tell()
    bench.turn()
    with bench.store.begin() as tx:
        new = NewBackfill(dag_id="d", from_date=START - 9 * HOUR, to_date=START)
        backfill = commands.create_backfill_in(tx, bench.clock, new)
    bench.engine.wake([], ["d"])
    bench.turn()
    question, _ = next(a for a in mine.asked if isinstance(a[0], AskBetween))
    assert (question.earliest, question.latest, question.after) == (START - 9 * HOUR, START, None)
    mine.asked.sort(key=lambda a: not isinstance(a[0], AskBetween))
    mine.tell(moments(-2), moments(-1, "named by hand"))
    bench.turn()
    with bench.store.read() as tx:
        dates = backfills.dates_of(tx, backfill.id)
    assert [(d.run_id, d.state) for d in dates] == [
        ("backfill__2025-12-31T22:00:00+00:00", RunState.RUNNING),
        ("named by hand", RunState.RUNNING),
    ]


def test_a_task_that_starts_a_run_waits_for_what_the_timetable_says(bench: Bench) -> None:
    mine = children(bench)
    other = DagSpec(dag_id="other", tasks=(TaskSpec(task_id="t", operator="PythonOperator"),))
    bench.add(spec(), other)
    mine.tell()
    bench.turn()
    bench.trigger("other")
    attempt = bench.executor.running()["t"]
    question = TriggerRun(seq=7, attempt_id=attempt, dag_id="d", logical_date=START)
    bench.executor.events.append(Asked(1, question))
    bench.turn()
    assert made(bench) == []
    (asked, _) = mine.asked[0]
    assert isinstance(asked, AskManual)
    assert (asked.logical_date, asked.run_type) == (START, "operator_triggered")
    mine.tell(Moments(run_after=START, start=START - 5 * HOUR, end=START, run_id="by the author"))
    bench.turn()
    with bench.store.read() as tx:
        (run,) = runs.search(tx, "d")
    assert (run.run_id, run.data_interval_start, run.logical_date) == (
        "by the author",
        START - 5 * HOUR,
        START,
    )
    assert Value(seq=7, data={"run_id": "by the author"}) in bench.executor.answers[1]


def test_a_task_hears_that_the_timetable_failed(bench: Bench) -> None:
    mine = children(bench)
    other = DagSpec(dag_id="other", tasks=(TaskSpec(task_id="t", operator="PythonOperator"),))
    bench.add(spec(), other)
    mine.tell()
    bench.turn()
    bench.trigger("other")
    attempt = bench.executor.running()["t"]
    bench.executor.events.append(Asked(1, TriggerRun(seq=7, attempt_id=attempt, dag_id="d")))
    bench.turn()
    mine.fail("ValueError: no day")
    bench.turn()
    (answer,) = bench.executor.answers[1]
    assert isinstance(answer, Refused)
    assert answer.text == "the timetable of DAG 'd' failed: ValueError: no day"


def test_an_answer_for_a_backfill_that_was_cancelled_keeps_nobody_busy(bench: Bench) -> None:
    mine = children(bench)
    bench.add(spec())
    mine.tell()
    bench.turn()
    with bench.store.begin() as tx:
        new = NewBackfill(dag_id="d", from_date=START - 9 * HOUR, to_date=START)
        backfill = commands.create_backfill_in(tx, bench.clock, new)
    bench.engine.wake([], ["d"])
    bench.turn()
    mine.asked.sort(key=lambda a: not isinstance(a[0], AskBetween))
    with bench.store.begin() as tx:
        commands.cancel_backfill_in(tx, bench.clock, backfill.id)
    bench.engine.wake([], ["d"])
    bench.turn()
    mine.tell(moments(-2))
    bench.turn()
    assert bench.engine.turn() != 0.0
    assert made(bench) == []


def lose_rounds(bench: Bench, monkeypatch: pytest.MonkeyPatch, part: object, method: str) -> list[bool]:
    """Rounds in which the database goes away at this call; as many as the answer holds."""
    whole, rounds = getattr(part, method), [True]

    def lost(*args: Any, **more: Any) -> Any:
        if rounds:
            rounds.pop()
            raise StoreUnavailable("gone")
        return whole(*args, **more)

    monkeypatch.setattr(part, method, lost)
    return rounds


def test_answers_of_a_round_that_is_lost_are_asked_for_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = children(bench)
    bench.add(spec("a"), spec("b"))
    assert [question.dag_id for question, _ in mine.asked] == ["a", "b"]
    rounds = lose_rounds(bench, monkeypatch, problems, "forget_timetable_error")
    mine.tell(moments(1))
    mine.tell(moments(1))
    bench.turn()
    assert not rounds
    bench.clock.advance(1)
    bench.turn()
    # That of the first is known; the second was not looked at.
    assert [question.dag_id for question, _ in mine.asked] == ["b"]
    mine.tell(moments(1))
    bench.turn()
    bench.clock.advance(3600)
    bench.turn()
    with bench.store.read() as tx:
        assert [len(runs.search(tx, dag_id)) for dag_id in ("a", "b")] == [1, 1]


def test_a_timetable_that_fails_in_a_round_that_is_lost_is_said_all_the_same(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = children(bench)
    bench.add(spec())
    rounds = lose_rounds(bench, monkeypatch, bench.engine.dispatch, "run_once")
    mine.fail("ValueError: no day")
    bench.turn()
    assert not rounds
    bench.clock.advance(1)
    bench.turn()
    mine.fail("ValueError: no day")
    bench.turn()
    assert len(errors(bench)) == 1


def test_a_question_of_a_round_that_is_lost_is_answered_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = children(bench)
    other = DagSpec(dag_id="other", tasks=(TaskSpec(task_id="t", operator="PythonOperator"),))
    bench.add(spec(), other)
    mine.tell()
    bench.turn()
    bench.trigger("other")
    attempt = bench.executor.running()["t"]
    bench.executor.alive = {attempt}
    rounds = lose_rounds(bench, monkeypatch, bench.engine.dispatch, "run_once")
    bench.executor.events.append(Asked(1, TriggerRun(seq=7, attempt_id=attempt, dag_id="d")))
    bench.turn()
    assert not rounds
    mine.tell(moments(1))
    bench.clock.advance(1)
    bench.turn()
    assert len(made(bench)) == 1
    assert len(bench.executor.answers[1]) == 1


def test_each_question_gets_the_answer_to_itself(bench: Bench) -> None:
    mine = children(bench)
    bench.add(spec("d"), spec("e"))
    mine.tell()
    mine.tell()
    bench.turn()
    # Callback processes have no attempt, and each counts from 1.
    for place, dag_id in ((1, "d"), (2, "e")):
        bench.executor.events.append(Asked(place, TriggerRun(seq=1, dag_id=dag_id)))
        bench.turn()
    mine.tell(moments(1, "of d"))
    mine.tell(moments(2, "of e"))
    bench.turn()
    assert bench.executor.answers == {
        1: [Value(seq=1, data={"run_id": "of d"})],
        2: [Value(seq=1, data={"run_id": "of e"})],
    }
