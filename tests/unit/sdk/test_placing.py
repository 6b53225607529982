"""`task_instance_mutation_hook`: where it sends the instances of a task."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ostro.sdk import plugins
from ostro.sdk.dag import DAG
from ostro.sdk.exceptions import AirflowClusterPolicyError
from ostro.sdk.freeze import freeze
from ostro.sdk.operators.bash import BashOperator
from ostro.sdk.plugins.policies import Policies
from ostro.spec import Placing, TaskSpec


@pytest.fixture
def hook() -> Iterator[Callable[[Any], None]]:
    policies = plugins.cluster_policies = Policies()
    yield lambda function: policies.add("task_instance_mutation_hook", function)
    plugins.cluster_policies = None


def described(**arguments: Any) -> TaskSpec:
    with DAG("d", schedule=None) as dag:
        BashOperator(task_id="t", bash_command="true", **arguments)
    (task,) = freeze(dag).tasks
    return task


def test_without_a_hook_nothing_is_said() -> None:
    assert described(retries=3).placings == {}


def test_a_hook_that_changes_nothing(hook: Any) -> None:
    hook(lambda task_instance: None)

    assert described(retries=3).placings == {}


def test_each_try_is_asked_for(hook: Any) -> None:
    def mutate(ti: Any) -> None:
        if ti.try_number >= 1:
            ti.queue = "retry_queue"
            ti.pool_slots = 2

    hook(mutate)

    assert described(retries=3).placings == {"": (Placing(), Placing(queue="retry_queue", pool_slots=2))}


def test_each_kind_of_run_is_asked_for(hook: Any) -> None:
    def mutate(ti: Any, dag_run: Any) -> None:
        if dag_run.run_type == "backfill":
            ti.pool = "slow"
        if ti.run_id.startswith("manual__"):
            ti.priority_weight = 100

    hook(mutate)
    found = described().placings

    assert found["backfill"] == (Placing(pool="slow"),)
    assert found["manual"] == (Placing(priority_weight=100),)
    assert found["scheduled"] == (Placing(),)


def test_tries_that_the_hook_gives_are_asked_for_too(hook: Any) -> None:
    def mutate(ti: Any) -> None:
        ti.max_tries = 2
        ti.executor = "Other" if ti.try_number == 2 else None

    hook(mutate)

    assert described(retries=1).placings[""] == (
        Placing(retries=2),
        Placing(retries=2),
        Placing(retries=2, executor="Other"),
    )


def test_what_only_a_run_knows_is_warned_about(hook: Any) -> None:
    def mutate(ti: Any, dag_run: Any) -> None:
        if dag_run.conf.get("fast") or ti.logical_date.hour == 3:
            ti.pool = "fast"

    hook(mutate)

    with pytest.warns(UserWarning, match="reads conf, logical_date of the run for task 't'"):
        assert described().placings == {}


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("pool", 3, "a name"),
        ("pool_slots", 0, "a whole number from 1"),
        ("priority_weight", "x", "a whole number"),
    ],
)
def test_what_cannot_be_a_place(hook: Any, name: str, value: Any, wanted: str) -> None:
    hook(lambda ti: setattr(ti, name, value))

    with pytest.raises(ValueError, match=f"sets {name} of task 't' to {value!r}; it must be {wanted}"):
        described()


def test_an_error_of_the_hook_names_it(hook: Any) -> None:
    hook(lambda ti: 1 / 0)

    with pytest.raises(
        AirflowClusterPolicyError, match=r"task_instance_mutation_hook of .* ZeroDivisionError for task 't'"
    ):
        described()
