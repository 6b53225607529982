"""What editors are told of the names of Airflow is what there is."""

from __future__ import annotations

import ast
import importlib
import warnings

import pytest

from ostro.sdk import stubs

MADE = stubs.make()


@pytest.mark.parametrize("path", MADE)
def test_each_import_of_a_stub_is_there(path: str) -> None:
    module = f"airflow/{path}".removesuffix(".pyi").removesuffix("/__init__").replace("/", ".")
    package = module if path.endswith("__init__.pyi") else module.rpartition(".")[0]
    for node in ast.parse(MADE[path]).body:
        if not isinstance(node, ast.ImportFrom):
            continue
        home = package if node.level else str(node.module)
        if home.startswith(("airflow.providers.", "kubernetes.")) and "providers.standard" not in home:
            continue  # of a package that need not be installed
        if home == "ostro.sdk.around.sql_operators":
            continue  # made from one
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = importlib.import_module(home)
            for name in node.names:
                if not hasattr(found, name.name):
                    importlib.import_module(f"{home}.{name.name}")


def test_the_names_of_the_sdk_are_typed() -> None:
    text = MADE["sdk/__init__.pyi"]
    assert "from ostro.sdk.dag import DAG as DAG" in text
    assert "from ostro.sdk.baseoperator import BaseOperator as BaseOperator" in MADE["models/__init__.pyi"]
    assert "operators/dummy_operator.pyi" in MADE
