"""`airflow.utils.deprecation_tools`."""

from __future__ import annotations

import sys
import types
import warnings
from collections.abc import Mapping
from importlib import import_module
from typing import Any


def add_deprecated_classes(
    module_imports: Mapping[str, Mapping[str, str]],
    package: str,
    override_deprecated_classes: Mapping[str, Mapping[str, str]] | None = None,
    extra_message: str | None = None,
) -> None:
    """Make old names of a package importable: module → name → dotted path of today."""
    for module, names in module_imports.items():
        target = package if module == "__init__" else f"{package}.{module}"
        get = _getter(target, names, extra_message)
        if module == "__init__":
            sys.modules[package].__getattr__ = get  # type: ignore[method-assign]
        else:
            made = types.ModuleType(target)
            made.__getattr__ = get  # type: ignore[method-assign]
            sys.modules.setdefault(target, made)


def _getter(module: str, names: Mapping[str, str], extra: str | None) -> Any:
    def get(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        home, _, attribute = names[name].rpartition(".")
        warnings.warn(
            f"{module}.{name} is today {names[name]}.{' ' + extra if extra else ''}",
            DeprecationWarning,
            stacklevel=2,
        )
        return getattr(import_module(home), attribute)

    return get
