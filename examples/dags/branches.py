"""A branch, a join that runs whichever way was taken, and a task group."""

from datetime import datetime

from airflow.sdk import DAG, Label, TaskGroup, task
from airflow.providers.standard.operators.empty import EmptyOperator

with DAG("branches", schedule="0 6 * * 1-5", start_date=datetime(2026, 1, 1), catchup=False, tags=["example"]):

    @task.branch
    def which_system(dag_run=None) -> str:
        return "old.fetch" if dag_run.run_after.day % 2 else "new.fetch"

    choose = which_system()
    join = EmptyOperator(task_id="join", trigger_rule="none_failed_min_one_success")
    for name in ("old", "new"):
        with TaskGroup(name):
            fetch = EmptyOperator(task_id="fetch")
            clean = EmptyOperator(task_id="clean")
            fetch >> clean
        choose >> Label(f"{name} system") >> fetch
        clean >> join
