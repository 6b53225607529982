"""Every public name can be imported, and takes what Airflow's takes."""

from __future__ import annotations

import importlib
import inspect
import warnings
from pathlib import Path

import pytest

import airflow
import ostro
from compat.adapted import ADAPTED
from compat.comparing import differences, find
from compat.signatures import OPERATOR, SDK, STANDARD
from ostro.sdk.oldpaths import rare_paths
from ostro.sdk.operatormeta import parameters_of

ALL = {**{f"airflow.sdk:{name}": signature for name, signature in SDK.items()}, **STANDARD}


@pytest.mark.parametrize("path", ALL)
def test_a_name_takes_what_airflows_takes(path: str) -> None:
    thing, signature = find(path), ALL[path]
    if signature.startswith("enum"):
        members = dict(m.split("=") for m in signature.removeprefix("enum: ").split(", "))
        assert {m.name: m.value for m in thing} == members
    elif signature:
        assert list(differences(signature, thing)) == []


def test_operators_take_every_argument_of_baseoperator() -> None:
    ours = parameters_of(importlib.import_module("airflow.sdk").BaseOperator)
    assert [name for name in OPERATOR if name not in ours] == []
    wrong = {
        name: ours[name].default
        for name, default in OPERATOR.items()
        if default is not ...
        and isinstance(ours[name].default, (bool, int, str))
        and ours[name].default != default
    }
    assert wrong == {}


@pytest.mark.parametrize("module", sorted(rare_paths()))
def test_a_rare_name_is_found_or_names_its_provider(module: str) -> None:
    for name, target in rare_paths()[module].items():
        home = target.lstrip("=").partition(":")[0]
        if home == "around.sql_operators" or module.startswith("airflow.providers."):
            home = "airflow.providers.common.sql"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found = getattr(importlib.import_module(module), name) is not None
            except ModuleNotFoundError:
                found = home.startswith(("airflow.providers.", "kubernetes."))
            assert found, f"{module}.{name}"


def test_what_is_adapted_is_a_name_of_the_tables() -> None:
    assert [path for path in ADAPTED if path not in ALL] == []


def test_editors_and_type_checkers_see_types() -> None:
    for package in (ostro, airflow):
        assert (Path(inspect.getfile(package)).parent / "py.typed").is_file()
