"""100 DAGs of 10 bash tasks in a line, all triggered at once."""

from __future__ import annotations

from datetime import UTC, datetime

from benches.harness import arguments, medians, moment, report, standalone
from support.deadline import wait_for
from support.standalone import Standalone

DAG = """
from datetime import datetime
from airflow.sdk import DAG
from airflow.providers.standard.operators.bash import BashOperator

for n in range(100):
    with DAG(f"line{n:03}", schedule=None, start_date=datetime(2024, 1, 1)) as dag:
        before = None
        for i in range(10):
            task = BashOperator(task_id=f"t{i}", bash_command="true")
            if before is not None:
                before >> task
            before = task
    globals()[dag.dag_id] = dag
"""


def all_lines(ostro: Standalone) -> float:
    begin = datetime.now(UTC)
    runs = {f"line{n:03}": "" for n in range(100)}
    for dag_id in runs:
        runs[dag_id] = ostro.trigger(dag_id)

    def ended() -> list[str]:
        found = ostro.get("/dags/~/dagRuns", run_after_gte=begin.isoformat(), limit=200)["dag_runs"]
        ends = [r["end_date"] for r in found if r["state"] == "success"]
        return ends if len(ends) == 100 else []

    ends = wait_for(ended, seconds=300, every=0.2, what="100 ended runs")
    return (max(moment(e) for e in ends) - begin).total_seconds()


def main() -> None:
    args = arguments(__doc__)
    with standalone(args.database, {"lines.py": DAG}) as ostro:
        ostro.wait_dag("line099")
        result = medians(lambda: all_lines(ostro), args.runs)
    report("lines100x10", 4.0, result, database=args.database)


if __name__ == "__main__":
    main()
