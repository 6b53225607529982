"""Which DAG is in which file, as the loader knows it now."""

from __future__ import annotations

from collections.abc import Iterable

from ostro.protocol.task import FileRef


class Files:
    """DAG id -> file with the fingerprint of its present content."""

    def __init__(self) -> None:
        self._of_dag: dict[str, FileRef] = {}
        self._dags: dict[tuple[str, str], set[str]] = {}

    def put(self, file: FileRef, dag_ids: Iterable[str]) -> FileRef | None:
        """The file now holds these DAGs. Returns the file's earlier reference when its content changed."""
        key = (file.folder, file.path)
        before = None
        for dag_id in self._dags.get(key, ()):
            old = self._of_dag.get(dag_id)
            if old is not None and (old.folder, old.path) == key:
                before = old
                del self._of_dag[dag_id]
        self._dags[key] = set(dag_ids)
        for dag_id in self._dags[key]:
            self._of_dag[dag_id] = file
        return before if before is not None and before != file else None

    def of_dag(self, dag_id: str) -> FileRef | None:
        """The file of a DAG, None when no file holds it."""
        return self._of_dag.get(dag_id)
