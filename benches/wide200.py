"""200 tasks beside each other, fib(10): throughput of short tasks."""

from __future__ import annotations

from benches.harness import arguments, floor, medians, report, standalone, timed_run

DAG = """
from datetime import datetime
from airflow.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator

def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

with DAG("wide200", schedule=None, start_date=datetime(2024, 1, 1), max_active_tasks=200):
    for i in range(200):
        PythonOperator(task_id=f"t{i}", python_callable=fib, op_args=[10])
"""


def main() -> None:
    args = arguments(__doc__)
    with standalone(args.database, {"wide200.py": DAG}) as ostro:
        ostro.wait_dag("wide200")
        timed_run(ostro, "wide200")
        result = medians(lambda: timed_run(ostro, "wide200"), args.runs)
        lowest = medians(lambda: floor(200), 5)
    ratio = round(result["median"] / lowest["median"], 2)
    report(
        "wide200", 0.5, result, database=args.database, floor=lowest["median"], ratio=ratio, ratio_target=2
    )


if __name__ == "__main__":
    main()
