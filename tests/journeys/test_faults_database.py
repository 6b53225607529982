"""The database goes away, or does not let anybody write: everybody waits for it, and nothing is lost or doubled."""

from __future__ import annotations

import itertools
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from support import faults
from support.cluster import cluster
from support.deadline import wait_for
from support.faults import Faulty, kill
from support.services import database
from support.standalone import Standalone

#: Seconds after which a new task must run once the database is back.
BACK_WITHIN = 5.0
#: Longer than any patience with a lock: `busy_timeout` and `lock_timeout` are 10 s.
LOCKED = 13.0

CLOCKWORK = (
    faults.SOURCE
    + """
@task
def tick():
    note("start")
    note("end")

with DAG("clockwork", schedule=timedelta(seconds=1), start_date=datetime.now() - timedelta(seconds=1), catchup=True,
         max_active_runs=100):
    tick()
"""
)


@contextmanager
def running(folder: Path, url: str, **files: str) -> Iterator[Faulty]:
    """A standalone with these DAG files and the load."""
    dags = folder / "dags"
    dags.mkdir()
    for name, text in {"load": faults.LOAD, **files}.items():
        (dags / f"{name}.py").write_text(text)
    env = {"LEDGER": str(folder / "ledger")}
    with Standalone(folder / "home", dags, database_url=url, env=env) as ostro:
        yield Faulty(ostro, folder, url)


def trigger_when_possible(faulty: Faulty, run_id: str, seconds: float = 30) -> None:
    """Trigger a run of the load; asks again while the API says that the database is away."""
    client = faulty.ostro.client
    assert client is not None

    def asked() -> bool:
        try:
            answer = client.post(
                "/api/v2/dags/load/dagRuns", json={"dag_run_id": run_id, "logical_date": None}
            )
        except httpx.TimeoutException:
            return False
        # 409: an earlier question was carried out, and its answer was lost.
        assert answer.status_code in (200, 409, 503), answer.text
        return answer.status_code != 503

    wait_for(asked, seconds=seconds, what=f"trigger of {run_id}")


def begun(faulty: Faulty, run_id: str, seconds: float) -> None:
    """Wait until the first task of a run of the load has begun."""
    wait_for(
        lambda: faulty.bodies("load", run_id, "t0"),
        seconds=seconds,
        what=lambda: f"first task of {run_id}; standalone said: {faulty.ostro.tail()}",
    )


def ended_well(faulty: Faulty, runs: list[str]) -> None:
    """All runs of the load succeed, each of their tasks ran exactly once."""
    for run_id in runs:
        run = faulty.ostro.wait_run("load", run_id, seconds=60)
        assert run["state"] == "success", (run, faulty.ostro.task_states("load", run_id))
    spans = faulty.spans
    for run_id in runs:
        for n in range(5):
            bodies = spans.get(("load", run_id, f"t{n}", -1), [])
            assert len(bodies) == 1, (run_id, n, bodies)
    faulty.check()


def test_postgresql_is_killed_and_restarted_under_load(tmp_path: Path) -> None:
    with cluster() as server, running(tmp_path, server.url, clockwork=CLOCKWORK) as faulty:
        ostro = faulty.ostro
        ostro.wait_dag("load")
        before = faulty.lasting()
        runs = []
        for kills in range(4):
            for n in range(3):
                runs.append(f"before_{kills}_{n}")
                trigger_when_possible(faulty, runs[-1])
            begun(faulty, runs[-1], seconds=30)
            server.kill_and_restart()
            back = time.monotonic()
            runs.append(f"after_{kills}")
            trigger_when_possible(faulty, runs[-1])
            begun(faulty, runs[-1], seconds=BACK_WITHIN)
            assert time.monotonic() - back < BACK_WITHIN
        ended_well(faulty, runs)
        assert before == faulty.lasting()
        ostro.patch("/dags/clockwork", {"is_paused": True})
        dates = [
            row.logical_date
            for row in faults.rows(
                server.url,
                "SELECT logical_date FROM dag_run WHERE dag_id = 'clockwork' ORDER BY logical_date",
            )
        ]
        steps = {(later - earlier).total_seconds() for earlier, later in itertools.pairwise(dates)}
        assert steps == {1.0}, "runs of the timetable are missing or doubled"


def test_engine_dies_while_postgresql_is_away(tmp_path: Path) -> None:
    with cluster() as server, running(tmp_path, server.url) as faulty:
        faulty.ostro.wait_dag("load")
        runs = ["first"]
        trigger_when_possible(faulty, "first")
        begun(faulty, "first", seconds=30)
        server.kill()
        engine = faulty.ostro.engine_pid()
        (web,) = faulty.ostro.processes("ostro.assembly.web")
        assert engine is not None
        kill(engine)
        kill(web)
        # Both are started again, find no database, and are not given up.
        wait_for(
            lambda: faulty.ostro.output.read_text().count("cannot be reached") >= 2,
            what=lambda: f"two complaints; standalone said: {faulty.ostro.tail()}",
        )
        server.start()
        runs.append("second")
        wait_for(lambda: faulty.ostro.answers(), what="the API")
        trigger_when_possible(faulty, "second")
        ended_well(faulty, runs)


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Nobody but us writes (SQLite), nobody reads or writes task instances (PostgreSQL)."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=30) as lock:
            lock.execute("BEGIN EXCLUSIVE")
            yield
            lock.execute("ROLLBACK")
    else:
        with psycopg.connect(url) as lock:
            lock.execute("LOCK TABLE task_instance IN ACCESS EXCLUSIVE MODE")
            yield
            lock.rollback()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_database_is_locked_for_longer_than_anybody_waits(kind: str, tmp_path: Path) -> None:
    with database(kind, tmp_path) as url, running(tmp_path, url) as faulty:
        ostro = faulty.ostro
        ostro.wait_dag("load")
        before = faulty.lasting()
        runs = ["before"]
        trigger_when_possible(faulty, "before")
        begun(faulty, "before", seconds=30)
        with locked(url):
            end = time.monotonic() + LOCKED
            client = ostro.client
            assert client is not None
            answer = client.post(
                "/api/v2/dags/load/dagRuns", json={"dag_run_id": "while", "logical_date": None}
            )
            assert answer.status_code in (200, 503), answer.text
            if answer.status_code == 503:
                assert "cannot be used now" in answer.json()["detail"]
                assert "Retry-After" in answer.headers
            wait_for(lambda: time.monotonic() > end, seconds=LOCKED + 5, what="the lock's end")
        back = time.monotonic()
        runs += ["while", "after"]
        trigger_when_possible(faulty, "while")
        trigger_when_possible(faulty, "after")
        begun(faulty, "after", seconds=BACK_WITHIN)
        assert time.monotonic() - back < BACK_WITHIN
        ended_well(faulty, runs)
        assert before == faulty.lasting()
