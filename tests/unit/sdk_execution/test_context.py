"""The context: a dict whose values are made when they are asked for."""

from __future__ import annotations

import copy
import json
import pickle
import warnings
from typing import Any

import pytest

from ostro.sdk.callables import determine_kwargs
from ostro.sdk.context import Context, get_current_context, pop_context, push_context
from ostro.sdk.exceptions import RemovedInAirflow3Warning
from ostro.sdk.lazy_value import LazyValue, unwrap


def made(**kwargs: Any) -> tuple[Context, list[str]]:
    calls: list[str] = []

    def maker(name: str) -> Any:
        def make(source: Any) -> str:
            calls.append(name)
            return f"{source}-{name}"

        return make

    tables = {
        "lazy": [{"ds": maker("ds"), "dear": maker("dear")}],
        "old": [{"execution_date": maker("execution_date")}],
    }
    return Context({"a": 1}, source="s", costly=frozenset({"dear"}), **tables, **kwargs), calls


def test_values_are_made_once_and_when_asked_for() -> None:
    context, calls = made()

    assert "ds" in context and calls == []
    assert (context["ds"], context["ds"], context.get("ds")) == ("s-ds",) * 3
    assert calls == ["ds"]


def test_it_is_a_dict_for_code_that_iterates_it() -> None:
    context, _ = made()

    assert isinstance(context, dict)
    assert list(context) == ["a", "ds", "dear"] and len(context) == 3
    assert dict(**context) == {"a": 1, "ds": "s-ds", "dear": "s-dear"}
    assert dict(context.items()) == {"a": 1, "ds": "s-ds", "dear": "s-dear"}
    assert sorted(context.keys()) == ["a", "dear", "ds"]
    assert json.loads(json.dumps({**context}))["ds"] == "s-ds"
    assert pickle.loads(pickle.dumps(context)) == dict(context)


def test_old_names_warn_and_are_not_among_the_others() -> None:
    context, _ = made()

    assert "execution_date" in context and "execution_date" not in list(context)
    with pytest.warns(RemovedInAirflow3Warning, match="use logical_date"):
        assert context["execution_date"] == "s-execution_date"


def test_old_names_are_ordinary_in_2x() -> None:
    context, _ = made(old_visible=True)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert context["execution_date"] == "s-execution_date"
    assert "execution_date" in list(context)


def test_changes() -> None:
    context, _ = made()
    context.update({"ds": "mine"}, new=2)
    assert (context["ds"], context["new"]) == ("mine", 2)
    del context["dear"]
    assert "dear" not in context
    with pytest.raises(KeyError):
        context["dear"]
    assert context.pop("ds") == "mine"
    assert context.pop("ds", "gone") == "gone"
    assert context.setdefault("x", 5) == 5


def test_a_copy_is_its_own() -> None:
    context, _ = made()
    other = copy.copy(context)
    other["a"] = 2

    assert (context["a"], other["ds"]) == (1, "s-ds")


def test_unknown_names() -> None:
    context, _ = made()
    assert context.get("nope") is None
    with pytest.raises(KeyError):
        context["nope"]


def test_current_context() -> None:
    with pytest.raises(RuntimeError, match="no context was found"):
        get_current_context()
    context, _ = made()
    push_context(context)
    try:
        assert get_current_context() is context
    finally:
        pop_context()


# ---- handing it to functions -----------------------------------------------------------------------------------


def test_parameters_get_what_they_are_named_for() -> None:
    context, calls = made()

    assert determine_kwargs(lambda ds, other=1: None, [], context) == {"ds": "s-ds"}
    assert determine_kwargs(lambda x, ds: None, ["given"], context) == {"ds": "s-ds"}
    assert "dear" not in calls


def test_kwargs_get_everything_and_costly_values_later() -> None:
    context, calls = made()

    found = determine_kwargs(lambda a, **kwargs: None, [], context)

    assert set(found) == {"a", "ds", "dear", "execution_date"}
    assert not {"dear", "execution_date"} & set(calls)
    assert f"{found['dear']}!" == "s-dear!" and calls.count("dear") == 1


def test_a_positional_argument_on_a_context_name_is_an_error() -> None:
    context, _ = made()
    with pytest.raises(ValueError, match="'ds'"):
        determine_kwargs(lambda ds: None, ["x"], context)


def test_a_lazy_value_behaves_as_the_value() -> None:
    value = LazyValue(lambda: "abc")

    assert value == "abc" and str(value) == "abc" and len(value) == 3 and value[0] == "a" and "b" in value
    assert isinstance(value, str) and value.upper() == "ABC" and hash(value) == hash("abc")
    assert value + "d" == "abcd" and "x" + value == "xabc"
    assert not LazyValue(lambda: None)
    assert unwrap(value) == "abc"
    assert pickle.loads(pickle.dumps(value)) == "abc"
