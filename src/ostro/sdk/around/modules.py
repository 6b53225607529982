"""Finding modules and objects by name: `airflow.utils.module_loading`, `airflow.sdk.module_loading`."""

from __future__ import annotations

import importlib.util
import pkgutil
import shutil
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any


def import_string(dotted_path: str) -> Any:
    """The object of a dotted path. Raises ImportError with the path."""
    module, _, name = dotted_path.rpartition(".")
    if not module:
        raise ImportError(f"{dotted_path} doesn't look like a module path")
    loaded = import_module(module)
    try:
        return getattr(loaded, name)
    except AttributeError:
        raise ImportError(f'Module "{module}" does not define a "{name}" attribute/class') from None


def qualname(o: object | Callable[..., Any], use_qualname: bool = False, exclude_module: bool = False) -> str:
    """The dotted path of a class, function or the class of an object."""
    target = o if callable(o) and hasattr(o, "__name__") else type(o)
    name: str = getattr(target, "__qualname__", "") if use_qualname or exclude_module else target.__name__
    module = getattr(target, "__module__", None)
    return name if exclude_module or not module else f"{module}.{name}"


def iter_namespace(ns: ModuleType) -> Any:
    """The modules of a namespace package."""
    return pkgutil.iter_modules(ns.__path__, ns.__name__ + ".")


def is_valid_dotpath(path: str) -> bool:
    """Whether a text is a dotted name."""
    return isinstance(path, str) and all(part.isidentifier() for part in path.split("."))


def is_venv_installed() -> bool:
    """Whether virtual environments can be made: with the standard library always."""
    return importlib.util.find_spec("venv") is not None or shutil.which("virtualenv") is not None
