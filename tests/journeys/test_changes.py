"""What a DAG file depends on changes; the DAG follows at once."""

from __future__ import annotations

from pathlib import Path

from support.deadline import wait_for
from support.standalone import Standalone

DAG = """
from datetime import datetime
from airflow.models import Variable
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator

with DAG("from_variable", schedule=None, start_date=datetime(2024, 1, 1)):
    for name in Variable.get("tables", default_var="one").split(","):
        EmptyOperator(task_id=name)
"""


def test_a_variable_that_a_file_read_is_changed_over_the_api(tmp_path: Path) -> None:
    dags = tmp_path / "dags"
    dags.mkdir()
    (dags / "v.py").write_text(DAG)
    with Standalone(tmp_path / "home", dags) as ostro:
        ostro.wait_dag("from_variable")

        def tasks() -> list[str]:
            return sorted(t["task_id"] for t in ostro.get("/dags/from_variable/tasks")["tasks"])

        assert tasks() == ["one"]
        ostro.post("/variables", {"key": "tables", "value": "ant,bee"})
        wait_for(lambda: tasks() == ["ant", "bee"], seconds=15, what="the tasks that the variable names")
