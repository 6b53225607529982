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

from ostro.testing.result import RunResult, TaskResult
from ostro.testing.runner import DagRunner

__all__ = ["DagRunner", "RunResult", "TaskResult"]
