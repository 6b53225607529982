"""A line of a log names the class as its author imports it, not where it lies in Ostro."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import pytest

import ostro.sdk
from airflow.providers.standard.hooks.filesystem import FSHook
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.sdk import DAG, BaseOperator, task
from ostro.sdk.public_names import public_name

#: Never the class of a task that an author writes, or one that says nothing.
NOT_IMPORTED = {"AssetTask", "DecoratedOperator", "OfFunction", "StubDecoratedOperator"}
STANDARD = "airflow.providers.standard"


def own_operators() -> list[type]:
    for folder in ("operators", "sensors", "decorators"):
        for one in pkgutil.iter_modules([f"{ostro.sdk.__path__[0]}/{folder}"]):
            import_module(f"ostro.sdk.{folder}.{one.name}")
    found: list[type] = []
    waiting: list[type] = [BaseOperator]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        is_own = kind.__module__.startswith("ostro.sdk.") and not kind.__name__.startswith("_")
        if is_own and kind.__name__ not in NOT_IMPORTED:
            found.append(kind)
    return sorted(set(found), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", own_operators(), ids=lambda kind: kind.__name__)
def test_an_operator_is_named_as_it_is_imported(kind: type) -> None:
    module, _, name = public_name(kind).rpartition(".")
    assert module.startswith("airflow.")
    found = import_module(module)
    if not name.startswith("_"):  # classes of decorators are not imported by authors
        assert getattr(found, name) is kind


def test_loggers_have_the_names_of_airflow() -> None:
    class Mine(BashOperator):
        pass

    with DAG("d"):
        bash = BashOperator(task_id="a", bash_command="true")
        own = Mine(task_id="b", bash_command="true")
        named = BashOperator(task_id="c", bash_command="true", logger_name="mine")

        @task
        def e() -> None: ...

        decorated = e().operator
    assert bash.log.name == f"airflow.task.operators.{STANDARD}.operators.bash.BashOperator"
    assert (
        decorated.log.name == f"airflow.task.operators.{STANDARD}.decorators.python._PythonDecoratedOperator"
    )
    assert own.log.name == f"airflow.task.operators.{Mine.__module__}.{Mine.__qualname__}"
    assert named.log.name == "airflow.task.operators.mine"
    assert FSHook.logger().name == f"{STANDARD}.hooks.filesystem.FSHook"
    assert TimeDeltaTrigger.logger().name == f"{STANDARD}.triggers.temporal.TimeDeltaTrigger"
