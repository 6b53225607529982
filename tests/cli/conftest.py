"""The command line, called in this process, over a home of its own."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from ostro.cli.main import main
from ostro.records import RunRecord
from ostro.rules.runs import initial_instances
from ostro.spec import DagSpec, TaskSpec, Topology, decode
from ostro.states import RunState
from ostro.store import Cipher, Store, instances, sealed, specs
from store import made
from store.conftest import sqlite_template

__all__ = ["sqlite_template"]


class Shell:
    """Runs `ostro …` and reads what it printed."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self._capsys = capsys
        self.store = Store.open(f"sqlite:///{home}/ostro.db")
        sealed.use(self.store, lambda: Cipher([(home / "fernet.key").read_text().strip()]))

    def run(self, *args: str, status: int = 0) -> str:
        """Standard output of a command; its standard error is kept in `errors`."""
        self._capsys.readouterr()
        found = main(args)
        out, self.errors = self._capsys.readouterr()
        assert found == status, (out, self.errors)
        assert "Traceback" not in self.errors
        return out

    def json(self, *args: str, status: int = 0) -> Any:
        return json.loads(self.run(*args, "--output", "json", status=status))

    def fails(self, *args: str) -> str:
        """The one sentence with which a command refuses."""
        self.run(*args, status=1)
        assert self.errors.startswith("ostro: ")
        assert self.errors.count("\n") == 1
        return self.errors

    def dag(self, *tasks: TaskSpec, dag_id: str = "d", **more: Any) -> None:
        with self.store.begin() as tx:
            made.save(tx, DagSpec(dag_id=dag_id, tasks=tasks, **more), path=f"{dag_id}.py")

    def start(self, dag_id: str = "d", run_id: str = "r", **more: Any) -> RunRecord:
        more.setdefault("start_date", made.NOW)
        with self.store.begin() as tx:
            run = made.run(tx, run_id, dag_id, state=RunState.RUNNING, **more)
            topology = Topology(decode(specs.load_spec(tx, run.version_id)))
            instances.insert_instances(tx, initial_instances(topology, run, run.version_id))
        return run


def task(task_id: str, *upstream: str, **more: Any) -> TaskSpec:
    return TaskSpec(task_id=task_id, operator="PythonOperator", upstream=tuple(sorted(upstream)), **more)


@pytest.fixture
def shell(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    for name in list(__import__("os").environ):
        if name.startswith(("OSTRO_", "AIRFLOW_")):
            monkeypatch.delenv(name)
    # Commands that run tasks here put the user's folders on it.
    monkeypatch.setattr(sys, "path", list(sys.path))
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(sqlite_template, home / "ostro.db")
    monkeypatch.setenv("OSTRO_HOME", str(home))
    return Shell(home, capsys)
