"""The imported DAG file as the code that runs its tasks and callbacks uses it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ostro.sdk import parsing, scope


class Imported:
    """A `dagfile.LoadedFile`, or a plain mapping of DAGs by id."""

    def __init__(self, loaded: Any, pinned: int | None = None) -> None:
        self._dags: Mapping[str, Any] = getattr(loaded, "dags", loaded)
        self._context: parsing.ParseContext | None = getattr(loaded, "context", None)
        #: Which Airflow the file speaks: 2 or 3.
        self.dialect: int = getattr(loaded, "dialect", None) or pinned or 3
        #: It imports what only 3.x has.
        self.strict: bool = getattr(loaded, "strict", False)

    def dag(self, dag_id: str) -> Any:
        """The DAG, its schedule settled by the dialect; None when the file does not make it."""
        dag = self._dags.get(dag_id)
        if dag is not None:
            dag.settle(self.dialect)
        return dag

    @contextmanager
    def active(self) -> Iterator[None]:
        """User code runs: operators that it makes join no DAG; defaults and dialect are those of the import."""
        with scope.detached():
            if self._context is None:
                yield
            else:
                with parsing.parsing(self._context):
                    yield
