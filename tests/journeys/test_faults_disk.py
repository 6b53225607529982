"""The disk is full: nothing crashes, the database stays whole, and work goes on when there is room again."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from support import faults
from support.deadline import wait_for, watch
from support.faults import Faulty, gone, is_alive, kill
from support.services import database
from support.standalone import Standalone

#: Seconds after which a new task must run once there is room.
BACK_WITHIN = 5.0

#: Tasks that write long logs, and wait for nobody.
TALKERS = (
    faults.SOURCE
    + """
with DAG("talkers", schedule=None, start_date=datetime(2024, 1, 1)):
    for n in range(4):
        @task(task_id=f"t{n}")
        def talk():
            note("start")
            for n in range(1000):
                print("x" * 100)
            note("end")
        talk()
one("gated", gated)
"""
)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of that size."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,nr_inodes=2000", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
    )
    if mounted.returncode:
        # A right that CI machines may withhold, and no service that one could start there.
        pytest.skip(f"a small file system (mount -t tmpfs) is not allowed here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        # Lazy: a process that is just ending may still hold a file.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Take all the room there is, for bytes and for files."""
    ballast = disk / "ballast"
    ballast.mkdir()
    with contextlib.suppress(OSError):
        for n in range(2000):
            (ballast / str(n)).touch()
    with (ballast / "0").open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    found = os.statvfs(disk)
    assert (found.f_bavail, found.f_ffree) == (0, 0)
    return ballast


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_disk_is_full_while_runs_are_active(kind: str, tmp_path: Path) -> None:
    """With SQLite the database is on the full disk, with PostgreSQL only logs, sockets and keys."""
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "load.py").write_text(faults.LOAD)
    (tmp_path / "dags" / "talkers.py").write_text(TALKERS)
    env = {"LEDGER": str(tmp_path / "ledger")}
    with small_disk(tmp_path / "disk", 64) as disk, database(kind, disk) as url:
        home = disk / "home"
        with Standalone(home, tmp_path / "dags", database_url=url, env=env) as ostro:
            faulty = Faulty(ostro, tmp_path, url)
            ostro.wait_dag("load")
            ostro.wait_dag("talkers")
            gated, pid = faulty.start("gated")
            before = faulty.lasting()
            runs = [("load", ostro.trigger("load")), ("talkers", ostro.trigger("talkers"))]
            ballast = fill(disk)
            if kind == "postgresql":
                # Logs are lost, even their files cannot be made; work is not lost.
                faulty.run("load")
                faulty.run("talkers")
            else:
                # The log of the database has some room in it; then it is full, and says so.
                wait_for(
                    lambda: _trigger(ostro, f"full_{len(runs)}", runs) in (503, 507), what="a full database"
                )
            assert is_alive(pid)
            shutil.rmtree(ballast)
            room = time.monotonic()
            wait_for(lambda: _trigger(ostro, "room", runs) == 200, seconds=BACK_WITHIN, what="a trigger")
            wait_for(lambda: faulty.bodies("load", "room", "t0"), seconds=BACK_WITHIN, what=ostro.tail)
            assert time.monotonic() - room < BACK_WITHIN
            faulty.open_gate("gated")
            faulty.succeeds("gated", gated)
            for dag_id, run_id in runs:
                run = ostro.wait_run(dag_id, run_id)
                assert run["state"] == "success", (run, ostro.task_states(dag_id, run_id), ostro.tail())
            assert before == faulty.lasting(), ostro.tail()
            assert all(len(bodies) == 1 for bodies in faulty.spans.values())
            faulty.check()
            check_integrity(url)


def test_everything_is_killed_while_the_disk_is_full(tmp_path: Path) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "load.py").write_text(faults.LOAD)
    (tmp_path / "dags" / "talkers.py").write_text(TALKERS)
    env = {"LEDGER": str(tmp_path / "ledger")}
    with (
        small_disk(tmp_path / "disk", 64) as disk,
        database("sqlite", disk) as url,
        Standalone(disk / "home", tmp_path / "dags", database_url=url, env=env) as ostro,
    ):
        faulty = Faulty(ostro, tmp_path, url)
        ostro.wait_dag("load")
        gated, pid = faulty.start("gated")
        runs = [ostro.trigger("load") for _ in range(3)]
        ballast = fill(disk)
        engine = ostro.engine_pid()
        assert engine is not None
        (web,) = ostro.processes("ostro.assembly.web")
        for process in (engine, web, faulty.nursery()):
            kill(process)
        gone(engine)
        gone(web)
        starts = watch(ostro.engine_pid, seconds=5)
        assert len(set(starts) - {None}) <= 5, "a crash loop"
        shutil.rmtree(ballast)
        wait_for(ostro.answers, what=ostro.tail)
        faulty.run("load")
        for run_id in runs:
            faulty.succeeds("load", run_id)
        faulty.open_gate("gated")
        faulty.succeeds("gated", gated)
        assert faulty.pid("gated", gated) == pid
        faulty.check()
        check_integrity(url)


def check_integrity(url: str) -> None:
    """The file of an SQLite database is whole."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def _trigger(ostro: Standalone, run_id: str, runs: list[tuple[str, str]]) -> int:
    """Trigger a run of the load, note it when it was accepted; the status."""
    assert ostro.client is not None
    try:
        answer = ostro.client.post(
            "/api/v2/dags/load/dagRuns", json={"dag_run_id": run_id, "logical_date": None}
        )
    except httpx.TransportError as error:
        raise AssertionError(f"the web server is gone: {ostro.tail()}") from error
    assert answer.status_code in (200, 503, 507), answer.text
    if answer.status_code == 200:
        runs.append(("load", run_id))
    return answer.status_code
