"""The smallest useful DAG: two tasks, the second gets what the first returned."""

from datetime import datetime

from airflow.sdk import dag, task


@dag(schedule="@daily", start_date=datetime(2026, 1, 1), catchup=False, tags=["example"])
def hello():
    @task
    def name() -> str:
        return "Ostro"

    @task
    def say(who: str) -> str:
        print(f"hello {who}")
        return f"hello {who}"

    say(name())


hello()
