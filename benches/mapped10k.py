"""One task mapped over 10,000 values."""

from __future__ import annotations

from benches.harness import arguments, floor, medians, report, standalone, timed_run

DAG = """
from datetime import datetime
from airflow.sdk import DAG, task

with DAG("mapped10k", schedule=None, start_date=datetime(2024, 1, 1), max_active_tasks=64):
    @task
    def one(x):
        return None

    one.expand(x=list(range(10000)))
"""


def main() -> None:
    args = arguments(__doc__)
    env = {"AIRFLOW__CORE__MAX_MAP_LENGTH": "20000"}
    with standalone(args.database, {"mapped10k.py": DAG}, env) as ostro:
        ostro.wait_dag("mapped10k")
        result = medians(lambda: timed_run(ostro, "mapped10k"), args.runs)
        lowest = medians(lambda: floor(10000), 1)
    ratio = round(result["median"] / lowest["median"], 2)
    report("mapped10k", 25.0, result, database=args.database, floor=lowest["median"], ratio=ratio)


if __name__ == "__main__":
    main()
