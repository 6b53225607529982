"""`DagBag`: the DAGs of a folder, imported here and now; what tests of DAG files use."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import traceback
from typing import Any

from ostro.sdk import parsing
from ostro.sdk.collecting import collect
from ostro.sdk.dag import DAG
from ostro.sdk.dialect import decide
from ostro.sdk.freeze import freeze


class DagBag:
    """`DagBag(folder)`: `dags` by id, `import_errors` by file. Every file is imported in this process."""

    def __init__(
        self,
        dag_folder: str | os.PathLike[str] | None = None,
        include_examples: Any = None,
        safe_mode: Any = None,
        read_dags_from_db: bool = False,
        collect_dags: bool = True,
        **kwargs: Any,
    ) -> None:
        from ostro.sdk.conf import conf

        self.dag_folder = os.fspath(dag_folder) if dag_folder else conf.get("core", "dags_folder")
        self.dags: dict[str, DAG] = {}
        self.import_errors: dict[str, str] = {}
        self.file_last_changed: dict[str, float] = {}
        if collect_dags:
            self.collect_dags()

    @property
    def dag_ids(self) -> list[str]:
        """Ids of all DAGs."""
        return list(self.dags)

    def size(self) -> int:
        """Number of DAGs."""
        return len(self.dags)

    def get_dag(self, dag_id: str, session: Any = None) -> DAG | None:
        """The DAG, None when there is none."""
        return self.dags.get(dag_id)

    def collect_dags(self, dag_folder: str | None = None, **kwargs: Any) -> None:
        """Import every Python file of the folder that mentions Airflow and a DAG."""
        folder = dag_folder or self.dag_folder
        if os.path.isfile(folder):
            self.process_file(folder)
            return
        for place, inner, files in os.walk(folder):
            inner[:] = sorted(d for d in inner if not d.startswith((".", "__")))
            for name in sorted(files):
                path = os.path.join(place, name)
                if name.endswith(".py") and _mentions_dags(path):
                    self.process_file(path)

    def process_file(self, filepath: str, only_if_updated: bool = True, safe_mode: bool = True) -> list[DAG]:
        """Import one file; its DAGs, or its error in `import_errors`."""
        folder = os.path.dirname(os.path.abspath(filepath))
        for place in (folder, os.path.abspath(self.dag_folder)):
            if os.path.isdir(place) and place not in sys.path:
                sys.path.append(place)
        digest = hashlib.sha256(filepath.encode()).hexdigest()[:16]
        name = f"dagfile_{digest}_{os.path.splitext(os.path.basename(filepath))[0]}"
        found: list[DAG] = []
        try:
            with parsing.parsing(parsing.ParseContext(fileloc=os.path.abspath(filepath))) as context:
                spec = importlib.util.spec_from_file_location(name, filepath)
                if spec is None or spec.loader is None:
                    raise ImportError(f"{filepath} cannot be imported")
                module = importlib.util.module_from_spec(spec)
                sys.modules[name] = module
                spec.loader.exec_module(module)
                for dag in collect(module):
                    freeze(dag, os.path.relpath(filepath, self.dag_folder), decide(context.notes))
                    found.append(dag)
        except Exception:
            # The boundary to user code: whatever a file raises is its entry in import_errors.
            sys.modules.pop(name, None)
            self.import_errors[filepath] = traceback.format_exc()
        self.file_last_changed[filepath] = os.path.getmtime(filepath)
        for dag in found:
            self.dags[dag.dag_id] = dag
        return found


def _mentions_dags(path: str) -> bool:
    with open(path, "rb") as opened:
        text = opened.read().lower()
    return b"airflow" in text and (b"dag" in text or b"asset" in text)
