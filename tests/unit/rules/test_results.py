"""Results of attempts, deaths, and when the next try is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from ostro.protocol.task import AwaitsInput, Deferred, Failed, Rescheduled, Skipped, Succeeded
from ostro.records import TaskInstanceRecord
from ostro.rules.instance import Instance
from ostro.rules.results import on_death, on_result
from ostro.rules.retries import LONGEST, retry_delay
from ostro.states import TaskState, check_task_transition
from support.simulation import T0, a_run, task

LATER = T0 + timedelta(minutes=5)


def running(**kw: Any) -> Instance:
    kw = {"id": 3, "run": 1, "task_id": "a", "state": TaskState.RUNNING, "try_number": 1, "attempt_id": "A",
          "start_date": T0, **kw}  # fmt: skip
    return Instance(TaskInstanceRecord(**kw), 0, a_run())


def test_success_is_fenced_by_its_attempt() -> None:
    move = on_result(task("a"), running(), Succeeded(seq=1, attempt_id="A", end_date=LATER), LATER)

    assert (move.ti, move.before, move.after) == (3, TaskState.RUNNING, TaskState.SUCCESS)
    assert move.if_attempt == "A" and move.end_date == LATER and move.due_at is None


def test_skip() -> None:
    assert on_result(task("a"), running(), Skipped(seq=1, end_date=LATER), LATER).after is TaskState.SKIPPED


@pytest.mark.parametrize(
    ("retries", "try_number", "max_tries", "kw", "after"),
    [
        (0, 1, 0, {}, TaskState.FAILED),
        (1, 1, 1, {}, TaskState.UP_FOR_RETRY),
        (1, 2, 1, {}, TaskState.FAILED),
        (1, 2, 3, {}, TaskState.UP_FOR_RETRY),
        (3, 1, 3, {"retryable": False}, TaskState.FAILED),
        (3, 1, 3, {"fail_now": True}, TaskState.FAILED),
    ],
)
def test_failure(retries: int, try_number: int, max_tries: int, kw: dict[str, Any], after: TaskState) -> None:
    spec = task("a", retries=retries, retry_delay=60.0)
    instance = running(try_number=try_number, max_tries=max_tries)

    move = on_result(spec, instance, Failed(seq=1, end_date=LATER, text="ValueError: x", **kw), LATER)

    assert move.after is after
    assert move.due_at == (LATER + timedelta(minutes=1) if after is TaskState.UP_FOR_RETRY else None)
    assert move.cause == {"kind": "exception", "text": "ValueError: x"}


@pytest.mark.parametrize("retries", [0, 1])
def test_an_instance_keeps_its_name_when_it_fails(retries: int) -> None:
    result = Failed(seq=1, end_date=LATER, rendered_map_index="north")

    assert on_result(task("a", retries=retries), running(), result, LATER).rendered_map_index == "north"
    assert on_result(task("a"), running(), Failed(seq=1, end_date=LATER), LATER).rendered_map_index is UNSET


def test_a_retry_policy_sets_its_own_delay() -> None:
    result = Failed(seq=1, end_date=LATER, retry_delay=2.5)

    assert on_result(task("a", retries=1), running(max_tries=1), result, LATER).due_at == LATER + timedelta(
        seconds=2.5
    )


def test_reschedule_remembers_the_first_start() -> None:
    until = LATER + timedelta(minutes=1)
    result = Rescheduled(seq=1, end_date=LATER, until=until)

    first = on_result(task("a"), running(), result, LATER)
    again = on_result(task("a"), running(start_date=LATER, first_start_date=T0), result, LATER)

    assert first.after is TaskState.UP_FOR_RESCHEDULE and first.due_at == until
    assert first.first_start_date == again.first_start_date == T0
    assert first.try_number is UNSET


@pytest.mark.parametrize("timeout", [None, 30.0])
def test_deferral_and_question(timeout: float | None) -> None:
    due = None if timeout is None else LATER + timedelta(seconds=timeout)
    deferred = Deferred(
        seq=1, end_date=LATER, classpath="t", trigger_kwargs={}, next_method="go_on", next_kwargs={"a": 1}, timeout=timeout
    )  # fmt: skip
    asks = AwaitsInput(seq=1, end_date=LATER, detail={}, next_method="go_on", timeout=timeout)

    first, second = (on_result(task("a"), running(), r, LATER) for r in (deferred, asks))

    assert (first.after, first.due_at, first.next_method, first.next_kwargs) == (
        TaskState.DEFERRED,
        due,
        "go_on",
        {"a": 1},
    )
    assert (second.after, second.due_at) == (TaskState.AWAITING_INPUT, due)


def test_what_was_cleared_while_it_ran_runs_again_whatever_it_says() -> None:
    instance = running(state=TaskState.RESTARTING)

    for move in (
        on_result(task("a"), instance, Succeeded(seq=1, end_date=LATER), LATER),
        on_result(task("a"), instance, Failed(seq=1, end_date=LATER), LATER),
        on_death(task("a"), instance, {"kind": "signal"}, LATER),
    ):
        assert move.after is TaskState.NONE


@pytest.mark.parametrize("state", [TaskState.RUNNING, TaskState.QUEUED])
def test_death_is_a_failure_that_may_be_tried_again(state: TaskState) -> None:
    cause = {"kind": "oom", "text": "killed, out of memory"}

    move = on_death(task("a", retries=1, retry_delay=0.0), running(state=state, max_tries=1), cause, LATER)

    assert (move.after, move.due_at, move.cause, move.if_attempt) == (
        TaskState.UP_FOR_RETRY,
        LATER,
        cause,
        "A",
    )
    check_task_transition(move.before, move.after)


_SECONDS = st.floats(0, 1e6)


@given(_SECONDS, st.floats(1, 10), st.integers(1, 2000), st.one_of(st.none(), _SECONDS))
def test_back_off_stays_within_its_bounds(
    delay: float, multiplier: float, n: int, longest: float | None
) -> None:
    spec = task("a", retry_delay=delay, retry_exponential_backoff=multiplier, max_retry_delay=longest)

    first = retry_delay(spec, dag_id="d", logical_date=T0, try_number=n).total_seconds()
    again = retry_delay(spec, dag_id="d", logical_date=T0, try_number=n).total_seconds()

    assert first == again
    assert first <= LONGEST and (longest is None or first <= longest + 1e-6)
    base = delay * multiplier ** min(n - 1, 300)
    assert first >= min(base, LONGEST, LONGEST if longest is None else longest) - 1e-6


@pytest.mark.parametrize(("n", "base"), [(1, 10), (2, 20), (3, 40)])
def test_back_off_doubles(n: int, base: int) -> None:
    delay = retry_delay(
        task("a", retry_delay=10.0, retry_exponential_backoff=2.0), dag_id="d", logical_date=T0, try_number=n
    ).total_seconds()

    assert base <= delay < 2 * base


def test_without_back_off_the_delay_is_constant() -> None:
    assert retry_delay(task("a"), dag_id="d", logical_date=None, try_number=9) == timedelta(minutes=5)
