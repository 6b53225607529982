"""A chain of 40 tasks, fib(10): hand-over from one task to the next."""

from __future__ import annotations

from benches.harness import arguments, floor, medians, report, standalone, timed_run

DAG = """
from datetime import datetime
from airflow.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator

def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

with DAG("chain40", schedule=None, start_date=datetime(2024, 1, 1)):
    before = None
    for i in range(40):
        task = PythonOperator(task_id=f"t{i}", python_callable=fib, op_args=[10])
        if before is not None:
            before >> task
        before = task
"""


def main() -> None:
    args = arguments(__doc__)
    with standalone(args.database, {"chain40.py": DAG}) as ostro:
        ostro.wait_dag("chain40")
        timed_run(ostro, "chain40")
        result = medians(lambda: timed_run(ostro, "chain40"), args.runs)
        lowest = medians(lambda: floor(40), 5)
    ratio = round(result["median"] / lowest["median"], 2)
    report(
        "chain40", 0.25, result, database=args.database, floor=lowest["median"], ratio=ratio, ratio_target=3
    )


if __name__ == "__main__":
    main()
