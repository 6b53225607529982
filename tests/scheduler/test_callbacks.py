"""Which callbacks the engine has delivered, with what, and what it does with those that never end."""

from __future__ import annotations

from ostro.executors.base import Asked
from ostro.logfiles import log_path
from ostro.protocol.task import CallbacksRan, Done, Skipped
from ostro.records import Move
from ostro.states import TaskState
from ostro.store import instances, outbox
from scheduler.conftest import Bench
from scheduler.test_engine import _by_user, chain, wide


def test_a_failed_run_shows_the_task_that_failed_last(bench: Bench) -> None:
    bench.add(wide(3, callbacks=("failure",)))
    bench.trigger("d")
    bench.executor.fail("t1", text="no")
    bench.turn()
    bench.clock.advance(5)
    bench.executor.fail("t0", text="no", end_date=bench.clock.now())
    bench.turn()
    bench.clock.advance(5)
    bench.executor.succeed("t2", end_date=bench.clock.now())
    bench.turn()
    (order,) = bench.executor.callbacks
    assert (order.kind, order.reason, order.task_id, order.try_number) == (
        "dag_failure",
        "task_failure",
        "t0",
        1,
    )
    assert order.state == "failed"
    assert order.log_path == str(log_path(bench.folder, "d", "r1", "t0", -1, 1))
    assert order.timeout == 300.0


def test_a_successful_run_shows_the_task_that_ended_last(bench: Bench) -> None:
    bench.add(chain(n=2, dag_more={"callbacks": ("success",)}))
    bench.trigger("d")
    for i in range(2):
        bench.clock.advance(1)
        bench.executor.succeed(f"t{i}", end_date=bench.clock.now())
        bench.turn()
    (order,) = bench.executor.callbacks
    assert (order.kind, order.task_id) == ("dag_success", "t1")


def test_a_run_without_a_try_has_a_log_of_its_own(bench: Bench) -> None:
    bench.add(wide(0, callbacks=("success",)))
    bench.trigger("d")
    (order,) = bench.executor.callbacks
    assert (order.task_id, order.log_path.rsplit("/", 1)[1]) == (None, "callbacks.log")


def test_a_run_that_timed_out_says_so(bench: Bench) -> None:
    bench.add(wide(1, callbacks=("failure",), dagrun_timeout=60.0))
    bench.trigger("d")
    bench.clock.advance(61)
    bench.turn()
    (order,) = bench.executor.callbacks
    assert (order.kind, order.reason, order.task_id) == ("dag_failure", "timed_out", "t0")


def test_a_skip_by_the_task_itself_is_told_and_one_by_a_branch_is_not(bench: Bench) -> None:
    bench.add(chain(n=2, callbacks=("skipped",)))
    run = bench.trigger("d")
    bench.executor._report("t0", Skipped, text="not today")
    bench.turn()
    (answer,) = bench.executor.answers[1]
    assert isinstance(answer, Done)
    assert len(answer.callback_ids) == 1
    assert answer.callback_timeout == 300.0
    assert bench.states(run) == {"t0": "skipped", "t1": "skipped"}
    assert bench.executor.callbacks == []


def test_mail_is_asked_for_as_a_callback(bench: Bench) -> None:
    bench.add(chain(n=1, retries=1, email=("a@example.com",), email_on_failure=False))
    bench.trigger("d")
    attempt = bench.executor.running()["t0"]
    bench.executor.fail("t0")
    bench.turn()
    (answer,) = bench.executor.answers[1]
    assert isinstance(answer, Done)
    assert len(answer.callback_ids) == 1
    ran = CallbacksRan(seq=2, attempt_id=attempt, callback_ids=answer.callback_ids)
    bench.executor.events.append(Asked(1, ran))
    bench.clock.advance(301)
    bench.turn()
    bench.executor.die("t0")
    bench.turn()
    assert bench.executor.callbacks == []


def test_a_callback_that_never_ends_is_given_up_and_its_process_ended(bench: Bench) -> None:
    bench.engine.close()
    bench.engine = bench.new_engine(callback_timeout=0.000001, timeout_grace=-60.0)
    bench.add(chain(n=1, dag_more={"callbacks": ("failure",)}))
    bench.trigger("d")
    bench.executor.fail("t0")
    bench.turn()
    (order,) = bench.executor.callbacks
    bench.clock.advance(61)
    bench.turn()
    assert [s for s in bench.executor.stopped if s[0] == f"callback-{order.callback_id}"]
    with bench.store.read() as tx:
        assert outbox.waiting(tx) == []
        assert outbox.claims(tx) == []


def test_marking_by_a_user_calls_nothing(bench: Bench) -> None:
    bench.add(chain(n=1, callbacks=("success", "failure")))
    run = bench.trigger("d")
    with bench.store.read() as tx:
        (record,) = instances.load_instances(tx, [run])
    _by_user(bench, run, Move(ti=record.id, before=TaskState.RUNNING, after=TaskState.FAILED))
    assert bench.run_state(run) == "failed"
    assert bench.executor.callbacks == []
