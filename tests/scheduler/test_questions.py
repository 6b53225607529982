"""Tasks that ask a person, as the engine sees them; on both databases."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from ostro import commands, store
from ostro.errors import AlreadyExists, OstroError
from ostro.protocol.task import AwaitsInput
from ostro.scheduler.round import Round
from ostro.sdk import serde
from scheduler.conftest import Bench
from scheduler.test_deferral import Deferring, it
from scheduler.test_engine import chain
from support.deadline import wait_for
from support.services import database

__all__ = ["it"]


def ask(it: Deferring, task: str, *, timeout: float | None = None, **detail: Any) -> None:
    question = {"subject": "Go?", "options": ["yes", "no"], **detail}
    it.bench.executor._report(
        task, AwaitsInput, detail=question, next_method="execute_complete", next_kwargs={}, timeout=timeout
    )
    it.bench.turn()


def test_an_answer_lets_the_task_that_asked_go_on(it: Deferring) -> None:
    bench = it.bench
    bench.add(chain(n=1))
    run = bench.trigger("d")
    ask(it, "t0")
    assert bench.states(run) == {"t0": "awaiting_input"}
    commands.answer_input(
        bench.store, bench.clock, bench.engine.wake, dag_id="d", run_id="r1", task_id="t0", chosen_options=["yes"],
        user_id="ann", user_name="Ann",
    )  # fmt: skip
    bench.turn()
    order = it.order("t0")
    assert order.next_method == "execute_complete"
    event = serde.deserialize(order.next_kwargs)["event"]
    assert event["responded_by_user"] == {"id": "ann", "name": "Ann"}
    assert event["responded_at"] == bench.clock.now()
    assert (event["chosen_options"], event["timedout"], order.try_number) == (["yes"], False, 1)


@pytest.mark.parametrize("defaults", [["no"], None])
def test_a_question_that_nobody_answers_in_time(it: Deferring, defaults: list[str] | None) -> None:
    bench = it.bench
    bench.add(chain(n=1))
    bench.trigger("d")
    ask(it, "t0", timeout=60.0, defaults=defaults, params={"n": {"value": 3}})
    it.restart()
    bench.clock.advance(59)
    bench.turn()
    assert not bench.executor.running()
    bench.clock.advance(1)
    bench.turn()
    event = it.order("t0").next_kwargs["event"]
    if defaults is None:
        assert event["error_type"] == "timeout"
    else:
        assert (event["chosen_options"], event["params_input"], event["timedout"]) == (["no"], {"n": 3}, True)
    with pytest.raises(AlreadyExists):
        commands.answer_input(
            bench.store, bench.clock, bench.engine.wake, dag_id="d", run_id="r1", task_id="t0",
            chosen_options=["yes"], user_id="ann", user_name="Ann",
        )  # fmt: skip


def test_an_answer_at_the_moment_of_the_timeout_waits_for_the_engine(tmp_path: Path) -> None:
    """Both write the question and its task, in one order: neither waits for the other for ever."""
    with database("postgresql", tmp_path) as url:
        bench = Bench(url, tmp_path)
        it = Deferring(bench)
        bench.add(chain(n=1))
        run = bench.trigger("d")
        ask(it, "t0", timeout=60.0, defaults=["no"])
        other, said = store.Store.open(url), []
        store.sealed.use(other, lambda: bench.cipher)

        def answer() -> None:
            try:
                commands.answer_input(
                    other, bench.clock, bench.engine.wake, dag_id="d", run_id="r1", task_id="t0",
                    chosen_options=["yes"], user_id="ann", user_name="Ann",
                )  # fmt: skip
            except OstroError as error:
                said.append(error)

        person, net = threading.Thread(target=answer), bench.engine._net

        def meanwhile(round_: Round, *, beats: bool) -> None:
            """The engine has answered with the defaults, and has not written the task yet."""
            if round_.moves and person.ident is None:
                person.start()
                wait_for(lambda: waits_for_a_lock(other), what="the answer to wait for the engine")
            net(round_, beats=beats)

        bench.engine._net = meanwhile  # type: ignore[method-assign]
        bench.clock.advance(60)
        bench.turn()
        person.join(30)
        assert [type(error) for error in said] == [AlreadyExists]
        assert bench.states(run) == {"t0": "running"}
        assert it.order("t0").next_kwargs["event"]["chosen_options"] == ["no"]
        other.dispose()
        bench.store.dispose()


def waits_for_a_lock(database: store.Store) -> bool:
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with database.read() as tx:
        return tx.exec_driver_sql(waiting).first() is not None


def test_a_cleared_question_is_asked_again(it: Deferring) -> None:
    bench = it.bench
    bench.add(chain(n=1))
    run = bench.trigger("d")
    ask(it, "t0", timeout=60.0)
    commands.clear_tasks(bench.store, bench.clock, bench.engine.wake, dag_id="d", run_id="r1")
    bench.turn()
    assert it.order("t0").next_method is None
    bench.clock.advance(100)
    bench.turn()
    assert bench.states(run) == {"t0": "running"}


def test_a_question_that_is_none_fails_its_task_only(it: Deferring) -> None:
    bench = it.bench
    bench.add(chain(n=1))
    run = bench.trigger("d")
    ask(it, "t0", options=[1, 2])
    assert bench.states(run) == {"t0": "failed"}
    assert bench.run_state(run) == "failed"
