"""Import paths of 1.10 and 2.x that 3.x removed, made as modules when a file imports them.

Each name of such a module leaves a note for the dialect every time it is imported. A name whose home is a provider
package needs that package; without it the error says which.
"""

from __future__ import annotations

import functools
import importlib.machinery
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from ostro.sdk import dialect
from ostro.sdk.hints import NESTED, install_provider, provider_of
from ostro.sdk.names import resolve
from ostro.sdk.oldpaths_table import PATHS

#: Packages that hold nothing but paths of the table.
PACKAGES = frozenset(
    ".".join(path.split(".")[:depth]) for path in PATHS for depth in range(2, path.count(".") + 1)
) - frozenset(PATHS)


class OldPaths(MetaPathFinder, Loader):
    """Finds modules of the table; asked only when there is no file of that name."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The module, when it is in one of the tables."""
        if fullname in PATHS or fullname in PACKAGES:
            is_package = fullname in PACKAGES or any(p.startswith(fullname + ".") for p in PATHS)
        elif fullname.startswith("airflow.") and not _is_provider(fullname):
            below = any(p.startswith(fullname + ".") for p in rare_paths())
            if not below and fullname not in rare_paths():
                return None
            is_package = below
        else:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=is_package)

    def exec_module(self, module: ModuleType) -> None:
        """Give the module its names."""
        path = module.__name__
        module.__doc__ = f"`{path}` of Airflow 1.10 and 2.x."

        def get(name: str) -> Any:
            names = PATHS.get(path, {})
            if name not in names:
                names = rare_paths().get(path, {})
            if name not in names:
                raise AttributeError(f"module {path!r} has no attribute {name!r}")
            target = names[name]
            if target.startswith("="):
                return resolve(target[1:], name)
            dialect.note("path", f"{path}.{name}", _shown(target, name))
            return _load(path, target, name)

        module.__getattr__ = get  # type: ignore[method-assign]
        module.__dir__ = lambda: sorted({*PATHS.get(path, {}), *rare_paths().get(path, {})})  # type: ignore[method-assign]


def _is_provider(name: str) -> bool:
    """Whether this is a provider package itself, or what holds some: whether those are installed is told by files alone."""
    parts = name.split(".")
    return parts[1] == "providers" and len(parts) <= 3 + (len(parts) > 2 and parts[2] in NESTED)


@functools.cache
def rare_paths() -> dict[str, dict[str, str]]:
    """What the table leaves out; read at the first path that it does not have, so that few processes carry it."""
    found = {}
    for line in Path(__file__).with_name("oldpaths_rare.txt").read_text(encoding="utf-8").splitlines():
        module, *names = line.split()
        if module != "#":
            found[module] = dict(entry.split("=", 1) for entry in names)
    return found


def _load(path: str, target: str, name: str) -> Any:
    try:
        return resolve(target, name)
    except ModuleNotFoundError as error:
        if target == "around.sql_operators":
            target = "airflow.providers.common.sql.operators.sql:SQLExecuteQueryOperator"
        home, _, other = target.partition(":")
        if not home.startswith("airflow.providers.") or not f"{error.name}".startswith("airflow.providers"):
            raise
        raise ModuleNotFoundError(
            f"{path}.{name} is today {home}.{other or name}, which is not installed here; {install_provider(provider_of(home))}",
            name=error.name,
        ) from error
    except AttributeError as error:
        home, _, other = target.partition(":")
        raise ImportError(
            f"{path}.{name} was {home}.{other or name}, which the installed version of that package has no more; "
            "use what took its place"
        ) from error


def _shown(target: str, name: str) -> str:
    module, _, other = target.partition(":")
    return f"{module}.{other or name}" if module.startswith("airflow.") else ""


def install() -> None:
    """Make the paths importable in this process."""
    if not any(isinstance(finder, OldPaths) for finder in sys.meta_path):
        sys.meta_path.append(OldPaths())
