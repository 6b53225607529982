"""GenericTransfer by its old path: the operator of the provider common.sql, where it is installed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ostro.sdk.hints import install_provider


def __getattr__(name: str) -> Any:
    if name != "GenericTransfer":
        raise AttributeError(name)
    try:
        generic_transfer = import_module("airflow.providers.common.sql.operators.generic_transfer")
    except ModuleNotFoundError:
        from ostro.sdk.later import not_yet

        # The path is importable without the provider, as in Airflow; the operator is not usable.
        return not_yet(name, install_provider("common-sql"))
    return generic_transfer.GenericTransfer
