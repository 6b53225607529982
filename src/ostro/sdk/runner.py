"""How `dag.test()` and `dag.cli()` reach what runs DAGs, which lies above the SDK.

The program that started the process installs its runner; a DAG file that is run by hand (`python my_dag.py`) finds
the one that the package names as entry point `ostro.dag_runner`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ostro.errors import UserError

if TYPE_CHECKING:
    from ostro.sdk.dag import DAG

GROUP = "ostro.dag_runner"


class Runner(Protocol):
    """Runs one DAG in the foreground."""

    def test(self, dag: DAG, **options: Any) -> Any:
        """One run of the DAG, here and now; gives the finished run."""
        ...

    def cli(self, dag: DAG, arguments: Sequence[str]) -> None:
        """The command line of the DAG."""
        ...


_runner: Runner | None = None


def install(runner: Runner | None) -> None:
    """Set what `dag.test()` and `dag.cli()` use in this process."""
    global _runner
    _runner = runner


def run_dag(dag: DAG, **options: Any) -> Any:
    """`dag.test(...)`."""
    return _find().test(dag, **options)


def command_line(dag: DAG, arguments: Sequence[str]) -> None:
    """`dag.cli()`."""
    _find().cli(dag, arguments)


def _find() -> Runner:
    if _runner is not None:
        return _runner
    from importlib.metadata import entry_points

    for entry in entry_points(group=GROUP):
        found: Runner = entry.load()
        return found
    raise UserError(
        "this installation of Ostro has nothing to run a DAG with; install it again with `pip install ostro`"
    )
