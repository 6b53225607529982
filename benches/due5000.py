"""5,000 scheduled DAGs, a few due each second: how late user code begins after its moment."""

from __future__ import annotations

import statistics
import time
from datetime import UTC, datetime

from benches.harness import arguments, moment, report, standalone
from support.deadline import wait_for
from support.standalone import Standalone

#: Each DAG is due once in 30 minutes, at a second of its own: 2.8 runs a second.
DAG = """
import time
from datetime import datetime
from airflow.sdk import DAG
from airflow.providers.standard.operators.python import PythonOperator

for n in range({first}, {last}):
    minute, second = (n // 60) % 30, n % 60
    with DAG(f"due{{n:04}}", schedule=f"{{minute}},{{minute + 30}} * * * * {{second}}", start_date=datetime(2024, 1, 1)) as dag:
        PythonOperator(task_id="t", python_callable=time.time)
    globals()[dag.dag_id] = dag
"""
FILES = 50
#: Seconds of watching.
WATCH = 60


def lateness(ostro: Standalone, since: datetime) -> list[float]:
    """Seconds from run_after to user code of every run that ended since the moment."""
    late = []
    runs = ostro.get("/dags/~/dagRuns", run_after_gte=since.isoformat(), limit=100, order_by="run_after")
    for run in runs["dag_runs"]:
        if run["state"] == "success":
            began = float(ostro.xcom(run["dag_id"], run["dag_run_id"], "t"))
            late.append(began - moment(run["run_after"]).timestamp())
    return late


def at_rest(ostro: Standalone) -> bool:
    """Whether no run waits or works."""
    busy = ostro.get("/dags/~/dagRuns", state=["queued", "running"], limit=1)
    return int(busy["total_entries"]) <= 1


def main() -> None:
    args = arguments(__doc__, runs=1)
    step = 5000 // FILES
    dags = {f"due{i:02}.py": DAG.format(first=i * step, last=(i + 1) * step) for i in range(FILES)}
    with standalone(args.database, dags) as ostro:
        wait_for(
            lambda: ostro.get("/dags", limit=1)["total_entries"] == 5000,
            seconds=180,
            every=0.5,
            what="5,000 DAGs",
        )
        # Each DAG may owe its latest run: that burst at the first start is not what is measured here.
        wait_for(lambda: at_rest(ostro), seconds=300, every=1.0, what="the runs of the start")
        since = datetime.now(UTC)
        end = time.monotonic() + WATCH
        wait_for(lambda: time.monotonic() > end, seconds=WATCH + 5, every=1.0)
        late = sorted(lateness(ostro, since))
    p99 = late[min(len(late) - 1, int(len(late) * 0.99))]
    result = {"median": round(p99, 4), "min": round(late[0], 4), "values": [round(v, 4) for v in late]}
    report(
        "due5000",
        0.05,
        result,
        unit="s, p99",
        p50=round(statistics.median(late), 4),
        runs=len(late),
        database=args.database,
    )


if __name__ == "__main__":
    main()
