"""Tests of DAGs without a server or a database to set up: a plugin of pytest.

    def test_it(dag_runner):
        result = dag_runner.run("my_dag", conf={"day": "2026-01-31"}, variables={"limit": "10"})
        assert result.state == "success"
        assert result.xcom("extract") == 7

`workshop` keeps one engine of the whole test session as a child process, with a database that is thrown away: the real
scheduler, the real loader, one process for each task. `inline` runs a DAG in the process of the test instead, where
debuggers and patches reach it. Whichever ran, `result` reads what became of the run. Authoritative is that database;
when the engine dies the test that waits for it is told so, and the next gets a new engine.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ostro.testing.result import RunResult, TaskResult
    from ostro.testing.runner import DagRunner

__all__ = ["DagRunner", "RunResult", "TaskResult"]

#: Loaded when they are asked for: every run of pytest loads this package, few have tests of DAGs.
_HOMES = {"DagRunner": "runner", "RunResult": "result", "TaskResult": "result"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
