"""Have a DAG file parsed though nothing is known to have changed."""

from __future__ import annotations

from typing import Any

from ostro.commands.waking import tell
from ostro.errors import NotFound
from ostro.store import specs


def parse_file_in(tx: Any, *, bundle: str, path: str) -> list[str]:
    """Ask the engine to parse a file; returns the DAGs that it holds now. Raises NotFound.

    The engine looks for such files when it is told that something outside of DAGs has changed, the DAG "".
    """
    if not specs.ask_to_parse(tx, bundle, path):
        raise NotFound(f"File not found: {path}")
    dags = specs.dags_of_file(tx, bundle, path)
    tell(tx, dags=["", *dags])
    return dags
