"""What the benches of the loader share: a thousand DAG files of ten tasks, and the CPU time of the product."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import benches.harness  # noqa: F401 - makes `support` importable
from support.deadline import wait_for
from support.services import database
from support.standalone import Standalone

DAG = """
from datetime import datetime
from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG("{name}", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, tags={tags}):
    before = None
    for n in range(10):
        task = BashOperator(task_id=f"t{{n}}", bash_command="true")
        if before is not None:
            before >> task
        before = task
"""


def source(name: str, tags: list[str] | None = None) -> str:
    """A DAG file with a line of ten tasks."""
    return DAG.format(name=name, tags=tags or ["bench"])


def prepare(folder: Path, count: int) -> Path:
    """A folder with so many DAG files."""
    folder.mkdir()
    for i in range(count):
        (folder / f"d{i:04}.py").write_text(source(f"d{i:04}"))
    return folder


def dag_count(ostro: Standalone) -> int:
    """DAGs that the API knows."""
    return int(ostro.get("/dags", limit=1)["total_entries"])


def move_in(ostro: Standalone, prepared: Path, count: int) -> float:
    """Seconds from the moment that the files stand in the DAG folder until the API knows all their DAGs."""
    begin = time.perf_counter()
    os.rename(prepared, ostro.dags / prepared.name)
    wait_for(lambda: dag_count(ostro) == count, seconds=300, what=f"{count} DAGs")
    return time.perf_counter() - begin


def cpu_seconds(pids: list[int]) -> dict[int, float]:
    """CPU time of processes and of their children that have ended, by pid."""
    ticks = os.sysconf("SC_CLK_TCK")
    found = {}
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found[pid] = sum(int(f) for f in fields[11:15]) / ticks
    return found


@contextmanager
def empty_standalone(kind: str) -> Iterator[Standalone]:
    """A standalone without DAG files, where new DAGs start paused, so that only loading is measured."""
    with tempfile.TemporaryDirectory(prefix="ostro-bench-") as name:
        folder = Path(name)
        (folder / "dags").mkdir()
        with (
            database(kind, folder) as url,
            Standalone(folder / "home", folder / "dags", database_url=url, unpause=False) as ostro,
        ):
            yield ostro
