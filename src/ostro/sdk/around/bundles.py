"""`airflow.dag_processing.bundles`: the classes that providers and people extend.

The engine has folders and git repositories built in; any other class is called by a process of its own
(`ostro.runtime.bundle`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ostro.sdk.conf import conf


class BaseDagBundle:
    """Where DAG files come from; a subclass says what its folder is and how it is brought up to date.

    Raises what it wants: the engine says so, and tries again later.
    """

    supports_versioning = False

    def __init__(
        self,
        *,
        name: str,
        refresh_interval: int | None = None,
        version: str | None = None,
        view_url_template: str | None = None,
    ) -> None:
        self.name = name
        self.version = version
        self.refresh_interval = 300 if refresh_interval is None else refresh_interval
        self.is_initialized = False
        self._view_url_template = view_url_template
        self._is_locked = False

    @property
    def base_dir(self) -> Path:
        """Folder for the files of this bundle."""
        root = conf.get("dag_processor", "dag_bundle_storage_path", fallback="")
        return Path(root or Path(tempfile.gettempdir(), "airflow", "dag_bundles")) / self.name

    @property
    def versions_dir(self) -> Path:
        """Folder for the files of versions."""
        return self.base_dir / "versions"

    @property
    def path(self) -> Path:
        """Folder with the DAG files. Raises NotImplementedError unless the subclass says."""
        raise NotImplementedError(f"{type(self).__name__} does not say where its files are")

    def initialize(self) -> None:
        """Prepare; called once before the folder is used."""
        self.is_initialized = True

    def get_current_version(self) -> str | None:
        """The version that the folder is at; None without versions."""
        return None

    def refresh(self) -> None:
        """Bring the folder up to date. Raises NotImplementedError unless the subclass does."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it is brought up to date")

    def view_url(self, version: str | None = None) -> str | None:
        """Where people see a version on the web (3.0)."""
        return None

    def view_url_template(self) -> str | None:
        """Template of that address."""
        return self._view_url_template

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other processes from preparing the same bundle meanwhile; within it, nothing more is waited for.

        The lock is beside the folder of the bundle: what does not belong in there a class may delete.
        """
        import fcntl

        if self._is_locked:
            yield
            return
        folder = self.base_dir.parent / "_locks"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{self.name}.lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            self._is_locked = True
            try:
                yield
            finally:
                self._is_locked = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"


class LocalDagBundle(BaseDagBundle):
    """A folder on this machine."""

    def __init__(self, *, path: str | None = None, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type]
        self._path = Path(path or conf.get("core", "dags_folder"))

    @property
    def path(self) -> Path:
        return self._path

    def refresh(self) -> None:
        """Nothing: the folder is what it is."""
