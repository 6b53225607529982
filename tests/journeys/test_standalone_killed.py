"""kill -9 of `ostro standalone`: engine and web server end with it, its tasks go on, and the next start works at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support import faults
from support.deadline import wait_for
from support.faults import Faulty, is_alive
from support.services import database
from support.standalone import Standalone

DAGS = faults.SOURCE + 'one("gated", gated)\n'


@pytest.fixture
def dags(tmp_path: Path) -> Path:
    folder = tmp_path / "dags"
    folder.mkdir()
    (folder / "waiting.py").write_text(DAGS)
    return folder


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_standalone_is_killed_and_started_again(kind: str, tmp_path: Path, dags: Path) -> None:
    env = {"LEDGER": str(tmp_path / "ledger")}
    with (
        database(kind, tmp_path) as url,
        Standalone(tmp_path / "home", dags, database_url=url, env=env) as ostro,
    ):
        faulty = Faulty(ostro, tmp_path, url)
        run_id, pid = faulty.start("gated")
        for _ in range(2):
            left = [*ostro.processes("ostro.assembly.engine"), *ostro.processes("ostro.assembly.web")]
            assert len(left) == 2
            assert ostro.process is not None
            ostro.process.kill()
            ostro.process.wait()
            # At once, on the same home and the same port: nobody has looked whether the old ones are gone.
            ostro.start()
            assert not [process for process in left if is_alive(process)]
            assert is_alive(pid)
        faulty.open_gate("gated")
        faulty.succeeds("gated", run_id)
        assert faulty.pid("gated", run_id) == pid
        assert len(faulty.tries("gated", run_id)) == 1
        assert len(faulty.bodies("gated", run_id)) == 1
        assert ostro.stop() == 0


def test_children_end_when_nobody_starts_it_again(tmp_path: Path, dags: Path) -> None:
    with Standalone(tmp_path / "home", dags, env={"LEDGER": str(tmp_path / "ledger")}) as ostro:
        assert ostro.process is not None
        ostro.process.kill()
        ostro.process.wait()
        wait_for(
            lambda: not ostro.processes("ostro.assembly"),
            what=lambda: f"an end: {ostro.processes('ostro.assembly')}",
        )


def test_a_child_that_does_not_end_is_waited_for(tmp_path: Path, dags: Path) -> None:
    with Standalone(tmp_path / "home", dags, env={"LEDGER": str(tmp_path / "ledger")}) as ostro:
        (engine,) = ostro.processes("ostro.assembly.engine")
        assert ostro.process is not None
        os.kill(engine, signal.SIGSTOP)
        ostro.process.kill()
        ostro.process.wait()
        again = subprocess.Popen(
            [sys.executable, "-m", "ostro.cli.main", "standalone", "--dags", str(dags), "--port", str(ostro.port)],
            env={**os.environ, "OSTRO_HOME": str(ostro.home)},
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        try:
            assert again.stderr is not None and again.stdout is not None
            assert "waiting for engine and web server" in again.stderr.readline()
            os.kill(engine, signal.SIGCONT)
            assert "Ostro is at" in again.stdout.readline()
            again.send_signal(signal.SIGINT)
            assert again.wait(60) == 0
        finally:
            again.kill()
            again.communicate()
