"""Setup and teardown: the server is stopped whatever becomes of the work on it.

Trigger it with {"fail": true} to see the teardown run after a failure.
"""

from datetime import datetime

from airflow.sdk import DAG, Param, task
from airflow.providers.standard.operators.bash import BashOperator

with DAG(
    "always_stop_the_server",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    params={"fail": Param(False, type="boolean", description="Let the work fail")},
    tags=["example"],
):
    start = BashOperator(task_id="start_server", bash_command="echo server started")
    stop = BashOperator(task_id="stop_server", bash_command="echo server stopped")

    @task
    def work(params: dict) -> str:
        if params["fail"]:
            raise RuntimeError("the work on the server failed")
        return "done"

    start >> work() >> stop.as_teardown(setups=start)
