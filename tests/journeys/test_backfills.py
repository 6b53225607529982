"""Timetables of authors and backfills, through a whole installation that is killed meanwhile."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from support.deadline import wait_for
from support.standalone import Standalone

DAG = """
import os
from datetime import timedelta
from airflow import DAG
from airflow.operators.python import PythonOperator
from airflow.timetables.base import DagRunInfo, DataInterval, Timetable
from pendulum import datetime, now

class EverySixHours(Timetable):
    description = "every six hours"

    def infer_manual_data_interval(self, *, run_after):
        end = run_after.start_of("day")
        return DataInterval(start=end.subtract(days=1), end=end)

    def next_dagrun_info(self, *, last_automated_data_interval, restriction):
        if last_automated_data_interval is None:
            start = restriction.earliest
        else:
            start = last_automated_data_interval.end
        if restriction.latest is not None and start > restriction.latest:
            return None
        return DagRunInfo.interval(start=start, end=start.add(hours=6))

class Broken(EverySixHours):
    def next_dagrun_info(self, **more):
        os.kill(os.getpid(), 9)

with DAG("six", schedule=EverySixHours(), start_date=datetime(2024, 1, 1), end_date=datetime(2024, 1, 2), catchup=True):
    PythonOperator(task_id="t", python_callable=lambda data_interval_start: data_interval_start.isoformat())

with DAG("broken", schedule=Broken(), start_date=datetime(2024, 1, 1), catchup=True):
    PythonOperator(task_id="t", python_callable=print)
"""


def test_a_timetable_of_the_author_and_a_backfill_by_it(tmp_path: Path) -> None:
    dags = tmp_path / "dags"
    dags.mkdir()
    (dags / "six.py").write_text(DAG)
    with Standalone(tmp_path / "home", dags) as ostro:
        ostro.wait_dag("six")

        def runs() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = ostro.get("/dags/six/dagRuns", order_by="logical_date")["dag_runs"]
            return found

        # Catching up: every six hours from the first to the second of January.
        scheduled = wait_for(
            lambda: len(runs()) == 5 and all(r["state"] == "success" for r in runs()) and runs(),
            seconds=40,
            what=lambda: str([(r["dag_run_id"], r["state"]) for r in runs()]),
        )
        assert [r["logical_date"][:13] for r in scheduled] == [
            "2024-01-01T00", "2024-01-01T06", "2024-01-01T12", "2024-01-01T18", "2024-01-02T00",
        ]  # fmt: skip
        # The broken one harms itself only, and says so.
        errors = wait_for(lambda: ostro.get("/importErrors")["import_errors"], seconds=20, what="the error")
        assert "timetable of DAG 'broken' failed" in errors[0]["stack_trace"]
        # By hand: its data interval is what the author says.
        by_hand = ostro.post("/dags/six/dagRuns", {"logical_date": "2024-03-05T10:00:00Z"})
        assert (by_hand["data_interval_start"], by_hand["data_interval_end"]) == (
            "2024-03-04T00:00:00Z",
            "2024-03-05T00:00:00Z",
        )
        # A backfill by it, over a kill of the engine.
        body = {"dag_id": "six", "from_date": "2023-12-25T00:00:00Z", "to_date": "2023-12-31T18:00:00Z"}
        dates = ostro.post("/backfills/dry_run", body)["backfills"]
        assert len(dates) == 28
        made = ostro.post("/backfills", {**body, "max_active_runs": 2, "run_backwards": True})
        engine = ostro.engine_pid()
        assert engine is not None
        os.kill(engine, signal.SIGKILL)

        def over() -> Any:
            return ostro.get(f"/backfills/{made['id']}")["completed_at"]

        wait_for(over, seconds=60, what="the end of the backfill")
        filled = ostro.get("/dags/six/dagRuns", run_type="backfill", limit=100)["dag_runs"]
        assert len(filled) == 28
        assert {r["state"] for r in filled} == {"success"}
        starts = [r["logical_date"] for r in sorted(filled, key=lambda r: r["start_date"])]
        # The first two start together.
        assert set(starts[:2]) == {"2023-12-31T18:00:00Z", "2023-12-31T12:00:00Z"}
