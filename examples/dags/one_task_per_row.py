"""Dynamic task mapping: one task instance for each row, named after it, and a summary."""

from datetime import datetime

from airflow.sdk import dag, get_current_context, task


@dag(schedule=None, start_date=datetime(2026, 1, 1), tags=["example"])
def one_task_per_row():
    @task
    def rows() -> list[dict]:
        return [{"city": "Seoul", "degrees": 7}, {"city": "Busan", "degrees": 11}, {"city": "Jeju", "degrees": 14}]

    @task(map_index_template="{{ city }}")
    def in_fahrenheit(row: dict) -> float:
        get_current_context()["city"] = row["city"]
        return row["degrees"] * 9 / 5 + 32

    @task
    def warmest(values: list[float]) -> float:
        return max(values)

    warmest(in_fahrenheit.expand(row=rows()))


one_task_per_row()
