"""Types of the thin modules of `airflow`, for editors and type checkers: `python -m ostro.sdk.stubs FOLDER`.

At run time those modules look each name up when it is used, which no editor can follow. The stubs say the same as imports. They
are made when a wheel is built (hatch_build.py), which is why nothing but the standard library is imported here and
the tables are read as source.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

_SOURCES = Path(__file__).parents[2]
_AIRFLOW = _SOURCES / "airflow"
_SDK = _SOURCES / "ostro" / "sdk"
#: Targets that do not lie below `ostro.sdk`, as in `ostro.sdk.names`.
_ABSOLUTE = ("airflow.", "ostro.", "kubernetes.")
_HEAD = "# Made by ostro.sdk.stubs.\n"


def make() -> dict[str, str]:
    """Text of each stub by its path below the folder `airflow`."""
    found: dict[str, str] = {}
    extra = _rare()
    for path in sorted(_AIRFLOW.rglob("*.py")):
        module = _module_of(path)
        lines = list(_thin(path, module, extra.pop(module, {})))
        if lines:
            found[str(path.relative_to(_AIRFLOW).with_suffix(".pyi"))] = _HEAD + "\n".join(lines) + "\n"
    for module, names in sorted({**extra, **_old()}.items()):
        path = _AIRFLOW.joinpath(*module.split(".")[1:])
        # A folder without code would be taken for a package; only files beside modules of ours are safe.
        if (
            (path.parent / "__init__.py").is_file()
            and not path.with_suffix(".py").exists()
            and not path.is_dir()
        ):
            lines = [_import(name, target.lstrip("=")) for name, target in sorted(names.items())]
            found[str(path.relative_to(_AIRFLOW)) + ".pyi"] = _HEAD + "\n".join(lines) + "\n"
    return found


def write(folder: Path) -> int:
    """Write all stubs below a folder `airflow`; how many."""
    made = make()
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    return len(made)


def _module_of(path: Path) -> str:
    parts = path.relative_to(_SOURCES).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _thin(path: Path, module: str, extra: dict[str, str]) -> Iterator[str]:
    """The lines for a module that hands names on; none for one with code of its own."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "forward"
    ]
    if not calls:
        return
    (call,) = calls
    names: dict[str, str] = ast.literal_eval(call.args[1]) if len(call.args) > 1 else {}
    old: dict[str, str] = {}
    below: tuple[str, ...] = ()
    for keyword in call.keywords:
        if keyword.arg == "old":
            old = ast.literal_eval(keyword.value)
        elif keyword.arg == "submodules":
            below = tuple(ast.literal_eval(keyword.value))
    for name, target in sorted({**extra, **old, **names}.items()):
        yield _import(name, target.lstrip("="))
    for name in below:
        if name not in names and _is_module(module, name):
            yield f"from . import {name} as {name}"
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if isinstance(node.value, ast.Constant) and name != "__path__":
                yield f"{name}: {type(node.value.value).__name__}"


def _is_module(module: str, name: str) -> bool:
    path = _SOURCES.joinpath(*module.split("."), name)
    return path.with_suffix(".py").is_file() or path.is_dir()


def _import(name: str, target: str) -> str:
    module, colon, other = target.partition(":")
    if not module.startswith(_ABSOLUTE):
        module = f"ostro.sdk.{module}"
    if colon and not other:
        module, _, other = module.rpartition(".")
    if other in ("", name):
        return f"from {module} import {name} as {name}"
    # Only what is imported under its own name is handed on by a stub.
    return f"from {module} import {other} as _{name}\n{name} = _{name}"


def _old() -> dict[str, dict[str, str]]:
    tree = ast.parse((_SDK / "oldpaths_table.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            found: dict[str, dict[str, str]] = ast.literal_eval(node.value)
            return found
    return {}


def _rare() -> dict[str, dict[str, str]]:
    found = {}
    for line in (_SDK / "oldpaths_rare.txt").read_text(encoding="utf-8").splitlines():
        module, *names = line.split()
        if module != "#":
            found[module] = dict(entry.split("=", 1) for entry in names)
    return found


if __name__ == "__main__":
    print(f"{write(Path(sys.argv[1]) if len(sys.argv) > 1 else _AIRFLOW)} stubs")
