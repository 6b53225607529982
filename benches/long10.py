"""A chain of 10 tasks, fib(33): nothing may slow down work that is itself long."""

from __future__ import annotations

import time

from benches.harness import arguments, medians, report, standalone, timed_run

DAG = """
from datetime import datetime
from airflow.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator

def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

with DAG("long10", schedule=None, start_date=datetime(2024, 1, 1)):
    before = None
    for i in range(10):
        task = PythonOperator(task_id=f"t{i}", python_callable=fib, op_args=[33])
        if before is not None:
            before >> task
        before = task
"""


def fib(n: int) -> int:
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def bare_loop() -> float:
    begin = time.perf_counter()
    for _ in range(10):
        fib(33)
    return time.perf_counter() - begin


def main() -> None:
    args = arguments(__doc__)
    with standalone(args.database, {"long10.py": DAG}) as ostro:
        ostro.wait_dag("long10")
        pairs = [(timed_run(ostro, "long10"), bare_loop()) for _ in range(args.runs)]
    ratios = iter([took / bare for took, bare in pairs])
    result = medians(lambda: next(ratios), args.runs)
    report("long10", 1.05, result, unit="ratio to the bare loop", database=args.database, seconds=pairs)


if __name__ == "__main__":
    main()
