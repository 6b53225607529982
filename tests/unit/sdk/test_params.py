"""Params: values, schemas, merging."""

from __future__ import annotations

from typing import Any

import pytest

from ostro.sdk import DAG, Param, ParamsDict
from ostro.sdk.exceptions import DagInvalid, ParamValidationError
from ostro.sdk.freeze import freeze


@pytest.mark.parametrize(
    ("param", "value"),
    [
        (Param(3, type="integer", minimum=1), 3),
        (Param(None, type=["null", "string"]), None),
        (Param("a", enum=["a", "b"]), "a"),
        (Param([1], type="array", items={"type": "integer"}), [1]),
        (Param("2024-01-01T00:00:00+00:00", type="string", format="date-time"), "2024-01-01T00:00:00+00:00"),
        (Param("2024-01-01", type="string", format="date"), "2024-01-01"),
        (Param({"a": 1}), {"a": 1}),
    ],
)
def test_values_that_fit(param: Param, value: Any) -> None:
    assert param.resolve() == value


@pytest.mark.parametrize(
    "param",
    [
        Param("x", type="integer"),
        Param(0, type="integer", minimum=1),
        Param("c", enum=["a", "b"]),
        Param("AB", type="string", pattern="^[a-z]+$"),
        Param("2024-01-01", type="string", format="date-time"),
        Param("soon", type="string", format="date"),
        Param(type="string"),
        Param(1, type="no such type"),
    ],
)
def test_values_that_do_not_fit(param: Param) -> None:
    with pytest.raises(ParamValidationError):
        param.resolve()
    assert param.resolve(suppress_exception=True) is None


def test_a_value_that_is_no_json_is_refused_at_once() -> None:
    with pytest.raises(ParamValidationError, match="cannot be written as JSON"):
        Param(object())


def test_a_dict_of_params_checks_what_is_set() -> None:
    params = ParamsDict({"n": Param(3, type="integer"), "plain": "x"})

    params["n"] = 4
    with pytest.raises(ParamValidationError, match="the param 'n' is invalid"):
        params["n"] = "four"
    params["new"] = {"a": 1}

    assert params.dump() == {"n": 4, "plain": "x", "new": {"a": 1}}
    assert params == {"n": 4, "plain": "x", "new": {"a": 1}}
    assert params.get_param("n").schema == {"type": "integer"}


def test_params_of_a_dag_are_frozen() -> None:
    dag = DAG(
        "d", params={"n": Param(3, type="integer", description="how many"), "needed": Param(type="string")}
    )

    n, needed = freeze(dag).params

    assert (n.name, n.value, n.schema, n.description) == ("n", 3, {"type": "integer"}, "how many")
    assert needed.name == "needed" and not needed.value


def test_a_scheduled_dag_needs_values_for_all_params() -> None:
    dag = DAG("d", schedule="@daily", params={"needed": Param(type="string")})

    with pytest.raises(
        DagInvalid, match="DAG 'd' has a schedule, so its param 'needed' needs a valid default"
    ):
        freeze(dag)


def test_params_of_tasks_are_frozen_where_they_differ() -> None:
    from ostro.sdk.operators.empty import EmptyOperator

    with DAG("d", params={"a": 1}) as dag:
        EmptyOperator(task_id="same")
        EmptyOperator(task_id="other", params={"a": 2, "b": 3})

    same, other = freeze(dag).tasks
    assert same.params == {}
    assert {k: v["value"] for k, v in other.params.items()} == {"a": 2, "b": 3}


def test_values_of_params_are_frozen_whole() -> None:
    long = {"text": "x" * 10_000, "list": list(range(1000)), "at": "2024-01-01 05:06:07.891234"}

    (param,) = freeze(DAG("d", params={"p": long})).params

    assert param.value == long
