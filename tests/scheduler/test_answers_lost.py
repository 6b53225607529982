"""The database commits and its answer is lost; the engine commits and its answer is lost: both happened."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

import pytest
import sqlalchemy as sa

from ostro.errors import StoreUnavailable
from ostro.protocol.task import Done, Refused
from ostro.spec import DagSpec, TaskSpec
from scheduler.conftest import Bench
from scheduler.test_engine import chain


class Deaf:
    """A transaction that commits, and says that the connection was lost."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def __enter__(self) -> Any:
        return self.real.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.real.__exit__(kind, error, trace)
        if kind is None:
            raise StoreUnavailable("the server closed the connection unexpectedly")


@pytest.fixture
def lose_answer(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A transaction is written, and nobody learns it: the next one, or the one after so many."""
    begin = bench.store.begin

    def lose(after: int = 0) -> None:
        left = iter(range(after, -1, -1))

        def counted() -> Any:
            if next(left):
                return begin()
            monkeypatch.setattr(bench.store, "begin", begin)
            return Deaf(begin())

        monkeypatch.setattr(bench.store, "begin", counted)

    return lose


def after_the_outage(bench: Bench) -> None:
    """The engine tries again."""
    bench.clock.advance(3)
    bench.turn()


def test_a_start_that_was_written_and_never_sent_is_made_again(
    bench: Bench, lose_answer: Callable[..., None]
) -> None:
    bench.add(chain(n=1))
    # The first transaction makes the run, the second is the engine's.
    lose_answer(after=1)
    run = bench.trigger("d")
    assert bench.states(run) == {"t0": "running"}
    assert bench.executor.running() == {}
    (discarded,) = bench.executor.discarded
    after_the_outage(bench)
    assert bench.states(run) == {"t0": "running"}
    (order,) = [order for _, order in bench.executor.orders.values()]
    assert order.try_number == 1
    assert discarded.id not in {place for place, _ in bench.executor.orders.values()}
    bench.executor.succeed("t0")
    bench.turn()
    assert bench.run_state(run) == "success"


def test_running_tasks_stay_what_they_are(bench: Bench, lose_answer: Callable[..., None]) -> None:
    bench.add(chain(n=1))
    run = bench.trigger("d")
    (attempt,) = bench.executor.orders
    bench.executor.alive = {attempt}
    lose_answer(after=1)
    bench.trigger("d", "r2")
    after_the_outage(bench)
    assert bench.states(run) == {"t0": "running"}
    assert attempt in bench.executor.orders


def test_a_result_that_was_written_is_confirmed_when_it_is_told_again(
    bench: Bench, lose_answer: Callable[..., None]
) -> None:
    bench.add(with_callback())
    run = bench.trigger("d")
    bench.executor.alive = set(bench.executor.orders)
    lose_answer()
    bench.executor.succeed("t")
    bench.turn()
    assert bench.states(run) == {"t": "success"}
    assert answers(bench) == []
    after_the_outage(bench)
    (done,) = answers(bench)
    assert isinstance(done, Done)
    assert done.state == "success"
    assert done.callback_ids == callback_ids(bench)


def test_a_new_engine_confirms_what_the_old_one_wrote(bench: Bench) -> None:
    bench.add(with_callback())
    bench.trigger("d")
    bench.executor.succeed("t")
    event = bench.executor.events[0]
    bench.turn()
    bench.executor.alive = {event.result.attempt_id}
    bench.engine = bench.new_engine()
    bench.turn()
    bench.executor.events.append(event)
    bench.turn()
    first, second = answers(bench)
    assert first == second
    assert second.callback_ids == callback_ids(bench)


def test_a_result_whose_callbacks_another_process_took_is_refused(bench: Bench) -> None:
    bench.add(with_callback())
    bench.trigger("d")
    bench.executor.succeed("t")
    event = bench.executor.events[0]
    bench.turn()
    # Its process counts as dead: another one is given the callback.
    bench.engine = bench.new_engine()
    bench.turn()
    bench.executor.events.append(event)
    bench.turn()
    assert isinstance(answers(bench)[-1], Refused)


def with_callback() -> DagSpec:
    return DagSpec(
        dag_id="d", tasks=(TaskSpec(task_id="t", operator="PythonOperator", callbacks=("success",)),)
    )


def answers(bench: Bench) -> list[Any]:
    return [a for told in bench.executor.answers.values() for a in told]


def callback_ids(bench: Bench) -> list[int]:
    with bench.store.read() as tx:
        return list(tx.execute(sa.text("SELECT id FROM callback_outbox ORDER BY id")).scalars())
