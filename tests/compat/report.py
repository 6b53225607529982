"""Makes docs/reference/compatibility.md from the tables: `python tests/compat/report.py > docs/reference/compatibility.md`."""

from __future__ import annotations

import inspect
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from compat.adapted import ADAPTED
from compat.comparing import differences, find
from compat.semantics import RULES
from compat.signatures import OPERATOR, SDK, STANDARD
from ostro.sdk.oldpaths import rare_paths
from ostro.sdk.oldpaths_table import PATHS

HEAD = """\
# Compatibility with Airflow

Made from the tables of tests/compat by `python tests/compat/report.py`; a test keeps it fresh. Compared with Airflow 3.3.2 (task SDK
1.3.2), its standard provider 1.21.0, and the import names of 1.10 and 2.x.

* **same**: as in Airflow, shown by a test.
* **adapted**: there, and different in what the note says.
* **refused**: an error of one sentence, or no effect, as the note says.
"""


def verdict_of(path: str, signature: str) -> tuple[str, str]:
    """What becomes of a name, and what is to be said about it."""
    if path in ADAPTED:
        return ADAPTED[path]
    thing = find(path)
    if isinstance(thing, type) and thing.__module__ in ("ostro.sdk.later", "ostro.sdk.later_rows"):
        return "refused", inspect.getdoc(thing) or ""
    found = list(differences(signature, thing)) if signature.startswith("(") else []
    return ("adapted", "; ".join(found)) if found else ("same", "")


def _rows(names: dict[str, str], prefix: str) -> Iterator[tuple[str, str, str, str]]:
    for name, signature in names.items():
        path = f"{prefix}{name}"
        yield name, signature, *verdict_of(path, signature)


def _table(heads: tuple[str, ...], rows: Any) -> Iterator[str]:
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield "| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |"


def page() -> str:
    """The text of the page."""
    sdk, standard = list(_rows(SDK, "airflow.sdk:")), list(_rows(STANDARD, ""))
    rules = [rule for group in RULES.values() for rule in group]
    count = Counter([r[2] for r in sdk + standard] + [r.verdict for r in rules])
    lines = [HEAD, f"{count['same']} same, {count['adapted']} adapted, {count['refused']} refused.", ""]
    lines += ["## Names of airflow.sdk", ""]
    lines += _table(
        ("name", "parameters", "", "note"), ((f"`{n}`", f"`{s}`" if s else "", v, h) for n, s, v, h in sdk)
    )
    lines += [
        "",
        "## Arguments of BaseOperator",
        "",
        "All are taken: " + ", ".join(f"`{n}`" for n in OPERATOR) + ".",
    ]
    lines += ["", "## The standard provider", ""]
    lines += _table(
        ("name", "own parameters", "", "note"),
        (
            (f"`{n.removeprefix('airflow.providers.standard.').replace(':', '.')}`", f"`{s}`", v, h)
            for n, s, v, h in standard
        ),
    )
    lines += ["", "## Import paths of 1.10 and 2.x", ""]
    lines.append(
        "Each of these modules can be imported; names whose home is a provider package need that package, and say which."
    )
    lines += ["", *_table(("module", "names"), sorted(_old_paths().items())), ""]
    for area, group in RULES.items():
        lines += [f"## {area}", ""]
        lines += _table(
            ("rule", "", "note", "shown by"), ((r.rule, r.verdict, r.how, r.shown) for r in group)
        )
        lines.append("")
    return "\n".join(lines)


def _old_paths() -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for path, names in PATHS.items():
        found.setdefault(path, set()).update(names)
    for path, names in rare_paths().items():
        old = {n for n, target in names.items() if not target.startswith("=")}
        if old:
            found.setdefault(path, set()).update(old)
    return {f"`{path}`": ", ".join(sorted(names)) for path, names in found.items()}


if __name__ == "__main__":
    print(page(), end="")
