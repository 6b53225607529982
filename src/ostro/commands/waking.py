"""How the engine hears of a command."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ostro.store import notify

#: Stands in a list of DAGs for the engines themselves: people want something of one of them.
ENGINES = "*"
#: Called after the commit with the row ids of runs and the ids of DAGs that changed.
Wake = Callable[[list[int], list[str]], None]


def tell(tx: Any, *, runs: Iterable[int] = (), dags: Iterable[str] = ()) -> None:
    """Let other processes hear of the change when the transaction commits; says nothing when nothing changed."""
    changed_runs, changed_dags = list(runs), list(dags)
    if changed_runs or changed_dags:
        notify.send(tx, runs=changed_runs, dags=changed_dags)
