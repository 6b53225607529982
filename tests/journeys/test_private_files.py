"""What a quick start leaves in its home is for the owner alone, whatever the umask; what tasks write has the user's own."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from support.deadline import wait_for
from support.standalone import Standalone

DAG = """
from datetime import datetime, timedelta
from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.sdk import DAG, BaseOperator, task

def tell(context):
    print("told")

class Waits(BaseOperator):
    def execute(self, context):
        self.defer(trigger=TimeDeltaTrigger(timedelta(seconds=0.1)), method_name="go_on")

    def go_on(self, context, event=None):
        return 1

with DAG("writes", schedule=None, start_date=datetime(2024, 1, 1), on_success_callback=tell):
    @task(on_success_callback=tell)
    def write():
        open({file!r}, "w").close()

    write() >> Waits(task_id="waits")
"""


@pytest.fixture
def _usual_umask() -> object:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_usual_umask")
def test_nobody_else_reads_what_is_in_the_home(tmp_path: Path) -> None:
    """S25: everything in a home that was worked in."""
    dags, written = tmp_path / "dags", tmp_path / "written"
    dags.mkdir()
    (dags / "writes.py").write_text(DAG.replace("{file!r}", repr(str(written))))
    with Standalone(tmp_path / "home", dags) as server:
        client = server.client
        assert client is not None
        wait_for(lambda: client.get("/api/v2/dags/writes").status_code == 200, what="the DAG")
        body = {"dag_run_id": "r", "logical_date": None}
        client.post("/api/v2/dags/writes/dagRuns", json=body).raise_for_status()
        run = "/api/v2/dags/writes/dagRuns/r"
        wait_for(lambda: client.get(run).json()["state"] == "success", what=server.tail)
        logs = server.home / "logs"
        wait_for(
            lambda: sum("told" in p.read_text() for p in logs.rglob("*.log")) == 2, what="both callbacks"
        )
        server.output.chmod(0o600)  # the test's own
        found = {path: stat.S_IMODE(path.lstat().st_mode) for path in server.home.rglob("*")}
        assert {path.name for path in found} >= {"ostro.db", "ostro.db-wal", "engine.lock", "nursery.log"}
        assert {str(path): oct(mode) for path, mode in found.items() if mode & 0o077} == {}
    assert stat.S_IMODE(written.stat().st_mode) == 0o644
