"""What callbacks come after: those of a run after those of its tasks, the next try after those of the last."""

from __future__ import annotations

import pytest

from ostro.executors.base import Asked, Died
from ostro.protocol.task import CallbacksRan, Done
from ostro.states import TaskState
from ostro.store import outbox
from scheduler.conftest import Bench
from scheduler.test_engine import chain, wide


def _confirm(bench: Bench, place: int, attempt: str) -> None:
    answer = bench.executor.answers[place][0]
    assert isinstance(answer, Done)
    question = CallbacksRan(seq=2, attempt_id=attempt, callback_ids=answer.callback_ids)
    bench.executor.events.append(Asked(place, question))
    bench.turn()


def _kinds(bench: Bench) -> list[str]:
    return [order.kind for order in bench.executor.callbacks]


def test_callbacks_of_a_run_wait_for_those_of_its_tasks(bench: Bench) -> None:
    bench.add(chain(n=1, callbacks=("success",), dag_more={"callbacks": ("success",)}))
    bench.trigger("d")
    attempt = bench.executor.running()["t0"]
    bench.executor.succeed("t0")
    bench.turn()
    assert _kinds(bench) == []

    _confirm(bench, 1, attempt)
    assert _kinds(bench) == ["dag_success"]


def test_callbacks_of_a_run_wait_for_those_that_another_process_runs(bench: Bench) -> None:
    bench.add(chain(n=1, callbacks=("failure",), dag_more={"callbacks": ("failure",)}))
    bench.trigger("d")
    bench.executor.die("t0")
    bench.turn()
    assert _kinds(bench) == ["task_failure"]

    (order,) = bench.executor.callbacks
    bench.executor.events.append(Asked(2, CallbacksRan(seq=1, callback_ids=[order.callback_id])))
    bench.turn()
    assert _kinds(bench) == ["task_failure", "dag_failure"]


@pytest.mark.parametrize("dies", [False, True])
def test_the_next_try_comes_after_the_callbacks_of_the_last(bench: Bench, dies: bool) -> None:
    bench.add(chain(n=1, retries=1, retry_delay=0.0, callbacks=("retry",)))
    bench.trigger("d")
    attempt = bench.executor.running()["t0"]
    bench.executor.fail("t0", text="no")
    bench.turn()
    assert not bench.executor.running()

    if dies:
        bench.executor.events.append(Died(1, attempt, {"kind": "exit", "text": "gone"}))
        bench.turn()
    else:
        _confirm(bench, 1, attempt)
    assert list(bench.executor.running()) == ["t0"]


def test_the_next_try_comes_after_the_callbacks_that_another_process_runs(bench: Bench) -> None:
    bench.add(chain(n=1, retries=1, retry_delay=0.0, callbacks=("retry",)))
    run = bench.trigger("d")
    bench.executor.die("t0")
    bench.turn()
    assert (_kinds(bench), bench.states(run)) == (["task_retry"], {"t0": TaskState.SCHEDULED.value})

    (order,) = bench.executor.callbacks
    bench.executor.events.append(Asked(2, CallbacksRan(seq=1, callback_ids=[order.callback_id])))
    bench.turn()
    assert list(bench.executor.running()) == ["t0"]


def test_without_callbacks_the_next_try_comes_at_once(bench: Bench) -> None:
    bench.add(wide(1, task={"retries": 1, "retry_delay": 0.0}))
    bench.trigger("d")
    bench.executor.fail("t0", text="no")
    bench.turn()
    assert list(bench.executor.running()) == ["t0"]


def test_a_run_in_which_no_task_succeeded_names_none(bench: Bench) -> None:
    bench.add(wide(0, callbacks=("success",)))
    bench.trigger("d")
    (order,) = bench.executor.callbacks
    assert (order.task_id, order.details) == (None, {"context": ["dag", "run_id", "reason"]})


def test_the_next_try_comes_although_another_engine_ran_the_callbacks(bench: Bench) -> None:
    bench.add(chain(n=1, retries=1, retry_delay=0.0, callbacks=("retry",)))
    bench.trigger("d")
    bench.executor.die("t0")
    bench.turn()
    assert not bench.executor.running()

    (order,) = bench.executor.callbacks
    with bench.store.begin() as tx:
        outbox.finish(tx, [order.callback_id], now=bench.clock.now())
    bench.clock.advance(61)
    bench.turn()
    bench.clock.advance(6)
    bench.turn()
    assert list(bench.executor.running()) == ["t0"]


def test_a_try_waits_for_the_last_of_several_processes_with_callbacks(bench: Bench) -> None:
    bench.add(chain(n=1, retries=1, retry_delay=0.0, callbacks=("retry",)))
    run = bench.trigger("d")
    attempt = bench.executor.running()["t0"]
    (ti,) = bench.engine.live.runs[run].board.instances
    bench.executor.fail("t0", text="no")
    bench.engine.live.callbacks_run("another", ti)
    bench.turn()
    _confirm(bench, 1, attempt)
    assert not bench.executor.running()

    bench.engine.live.callbacks_ran("another")
    bench.clock.advance(6)
    bench.turn()
    assert list(bench.executor.running()) == ["t0"]
    assert bench.engine.live.calling == set()


def test_a_try_waits_as_long_as_its_callbacks_run(bench: Bench) -> None:
    bench.add(chain(n=1, retries=1, retry_delay=0.0, callbacks=("retry",)))
    bench.trigger("d")
    attempt = bench.executor.running()["t0"]
    bench.executor.fail("t0", text="no")
    bench.turn()
    for _ in range(2):
        bench.clock.advance(61)
        bench.turn()
    assert not bench.executor.running()
    _confirm(bench, 1, attempt)
    assert list(bench.executor.running()) == ["t0"]
