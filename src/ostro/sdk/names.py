"""How the thin modules of `airflow` hand names on: at the first use, and with a note when 3.x removed the name.

A target is "module" or "module:name" below `ostro.sdk` (the name is the same when it is left out, "module:" is the
module itself); one that begins with "airflow." or "ostro." is absolute.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any

from ostro.sdk import dialect

#: What targets begin with that do not lie below `ostro.sdk`.
ABSOLUTE = ("airflow.", "ostro.", "kubernetes.")

Hooks = tuple[Callable[[str], Any], Callable[[], list[str]]]


def resolve(target: str, name: str) -> Any:
    """What a target stands for. Raises ImportError when its module is not installed."""
    module, colon, attribute = target.partition(":")
    if not module.startswith(ABSOLUTE):
        module = f"ostro.sdk.{module}"
    loaded = import_module(module)
    if colon and not attribute:
        return loaded
    return getattr(loaded, attribute or name)


def forward(
    module: str,
    names: Mapping[str, str],
    old: Mapping[str, str] | None = None,
    submodules: Iterable[str] = (),
) -> Hooks:
    """`__getattr__` and `__dir__` of a thin module: `names` are of 3.x, `old` were removed by it."""
    removed = dict(old or {})
    below = frozenset(submodules)

    def get(name: str) -> Any:
        if name in names:
            value = resolve(names[name], name)
            setattr(sys.modules[module], name, value)
            return value
        if name in removed:
            # Not kept: each file that uses it must leave its note.
            dialect.note("name", f"{module}.{name}")
            return resolve(removed[name], name)
        if name == "__all__":
            # `from … import *` asks; it gets what is of 3.x.
            return sorted(names)
        if name in below:
            return import_module(f"{module}.{name}")
        if not name.startswith("__"):
            from ostro.sdk.oldpaths import rare_paths

            rare = rare_paths().get(module, {}).get(name)
            if rare is not None and rare.startswith("="):
                return resolve(rare[1:], name)
            if rare is not None:
                dialect.note("name", f"{module}.{name}")
                return resolve(rare, name)
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    def listed() -> list[str]:
        return sorted({*vars(sys.modules[module]), *names, *removed, *below})

    return get, listed
