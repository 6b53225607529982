"""kill -9 of the engine at random moments under load: nothing lost, nothing twice at once, running tasks go on."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

from support import ledger
from support.deadline import wait_for
from support.invariants import violations
from support.standalone import Standalone

DAG = (
    ledger.SOURCE
    + """
from datetime import datetime
from airflow.sdk import DAG, task

with DAG("load", schedule=None, start_date=datetime(2024, 1, 1), max_active_tasks=8):
    @task
    def step(n):
        note("start")
        time.sleep(0.02 * (n % 5))
        note("end")

    for line in range(4):
        before = None
        for n in range(5):
            one = step.override(task_id=f"t{line}_{n}")(n)
            if before is not None:
                before >> one
            before = one
"""
)

RUNS = 12
KILLS = 20


def test_engine_is_killed_twenty_times_under_load(database_url: str, tmp_path: Path) -> None:
    dags = tmp_path / "dags"
    dags.mkdir()
    (dags / "load.py").write_text(DAG)
    book = tmp_path / "ledger"
    chance = random.Random(7)
    with Standalone(tmp_path / "home", dags, database_url=database_url, env={"LEDGER": str(book)}) as ostro:
        ostro.wait_dag("load")
        runs = []
        killed = 0
        while killed < KILLS:
            if len(runs) < RUNS and killed % 2 == 0:
                runs.append(ostro.trigger("load"))
            wait_for(lambda: ostro.engine_pid(), seconds=30, what="an engine")
            moment = len(ledger.read(book)) + chance.randint(1, 6)
            wait_for(
                lambda: len(ledger.read(book)) >= moment or not _unfinished(ostro, runs),  # noqa: B023 - called at once
                seconds=60,
                what="progress between two kills",
            )
            pid = ostro.engine_pid()
            if pid:
                os.kill(pid, signal.SIGKILL)
                killed += 1
        while len(runs) < RUNS:
            runs.append(ostro.trigger("load"))
        for run_id in runs:
            run = ostro.wait_run("load", run_id, seconds=120)
            assert run["state"] == "success", _why(ostro, run_id)
    spans = ledger.read(book)
    assert len(spans) == RUNS * 20
    assert ledger.overlaps(spans) == []
    assert ledger.twice(spans) == []
    assert all(len(bodies) == 1 for bodies in spans.values()), "a task that was running was not adopted"
    assert violations(database_url) == []


def _unfinished(ostro: Standalone, runs: list[str]) -> bool:
    states = {r["state"] for r in ostro.get("/dags/load/dagRuns", limit=100)["dag_runs"]} if runs else set()
    return bool(states & {"queued", "running"})


def _why(ostro: Standalone, run_id: str) -> list[object]:
    rows = ostro.get(f"/dags/load/dagRuns/{run_id}/taskInstances", limit=100)["task_instances"]
    bad = [r for r in rows if r["state"] != "success"]
    return [
        (
            r["task_id"],
            r["state"],
            r["try_number"],
            ostro.get(f"/dags/load/dagRuns/{run_id}/taskInstances/{r['task_id']}/logs/1"),
        )
        for r in bad
    ]
