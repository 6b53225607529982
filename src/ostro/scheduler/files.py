"""Which DAG is in which file, as the loader knows it now."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from ostro.protocol.task import FileRef
from ostro.records import RunRecord

#: References of files in versions that are kept.
MOST_PINNED = 5000


class Files:
    """DAG id -> file with the fingerprint of its present content."""

    def __init__(self) -> None:
        self._of_dag: dict[str, FileRef] = {}
        self._dags: dict[tuple[str, str], set[str]] = {}
        self._parsed_at: dict[tuple[str, str], float] = {}
        #: Where the files of a version of a bundle are; None: not yet, or the bundle has no versions. Set by the loop.
        self.folder_of: Callable[[str, str], str | None] = lambda _bundle, _version: None
        #: Whether a bundle has versions.
        self.has_versions: Callable[[str], bool] = lambda _bundle: False
        self._pinned: dict[tuple[str, str, str], FileRef] = {}

    def put(self, file: FileRef, dag_ids: Iterable[str], at: datetime | None = None) -> FileRef | None:
        """The file now holds these DAGs. Returns the file's earlier reference when its content changed.

        `at`: when it was parsed.
        """
        key = (file.folder, file.path)
        if at is not None:
            self._parsed_at[key] = at.timestamp()
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

    def is_as_parsed(self, file: FileRef) -> bool:
        """Whether the file on disk is there and was not touched since it was parsed."""
        head, found, _ = file.path.partition(".zip/")
        path = os.path.join(file.folder, head + ".zip" if found else file.path)
        try:
            touched = os.stat(path).st_mtime
        except OSError:
            return False
        return touched <= self._parsed_at.get((file.folder, file.path), touched)

    def of_dag(self, dag_id: str) -> FileRef | None:
        """The file of a DAG, None when no file holds it."""
        return self._of_dag.get(dag_id)

    def of_run(self, run: RunRecord, path: str = "") -> FileRef | None:
        """The file that the tasks of a run execute: of a run that is pinned to a version of its bundle the one in there.

        `path`: of the file in that version; "" = as it is now. None when no file holds the DAG, or while the files of
        the version are being made.
        """
        file = self._of_dag.get(run.dag_id)
        if run.bundle_version is None or file is None or not self.has_versions(file.bundle):
            return file
        folder = self.folder_of(file.bundle, run.bundle_version)
        if folder is None:
            return None
        key = (folder, path or file.path, run.bundle_version)
        found = self._pinned.get(key)
        if found is None:
            if len(self._pinned) >= MOST_PINNED:
                self._pinned.clear()
            found = self._pinned[key] = msgspec.structs.replace(
                file, folder=folder, path=key[1], fingerprint=run.bundle_version
            )
        return found
