"""An engine is drained at the terminal: what runs ends, nothing starts, not after kill -9 either; then it works again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from support import faults
from support.deadline import wait_for
from support.faults import Faulty
from support.standalone import Standalone

DAGS = faults.SOURCE + 'one("gated", gated)\n'


def jobs(ostro: Standalone, *words: str) -> subprocess.Popen[str]:
    """`ostro jobs …` at the terminal of this home."""
    command = [sys.executable, "-m", "ostro.cli.main", "jobs", *words]
    env = {**os.environ, "OSTRO_HOME": str(ostro.home)}
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def held(ostro: Standalone, run_id: str) -> bool:
    """Whether the engine has come to the task of the run, and the page says that no engine starts it."""
    assert ostro.client is not None
    answer = ostro.client.get(f"/ui/dags/gated/runs/{run_id}/tasks/one")
    if answer.status_code == 404:
        # The engine has not started the run.
        return False
    found = answer.json()
    why = [one["name"] for one in found["waiting"]]
    return bool(found["instance"]["state"] == "scheduled" and why[0] == "engines_drain")


def test_what_runs_ends_and_nothing_starts_until_it_is_ended(tmp_path: Path) -> None:
    dags = tmp_path / "dags"
    dags.mkdir()
    (dags / "gated.py").write_text(DAGS)
    with Standalone(tmp_path / "home", dags, env={"LEDGER": str(tmp_path / "ledger")}) as ostro:
        faulty = Faulty(ostro, tmp_path, f"sqlite:///{ostro.home / 'ostro.db'}")
        first, _ = faulty.start("gated")
        drain = jobs(ostro, "drain", "--wait", "--timeout", "120")
        try:
            assert drain.stdout is not None
            while "drains: 1 task still runs" not in (line := drain.stdout.readline()):
                assert "is told to drain" in line, drain.communicate()
            second = ostro.trigger("gated")
            wait_for(lambda: held(ostro, second), what="the second run to be held")
            assert drain.poll() is None
            faulty.open_gate("gated")
            faulty.succeeds("gated", first)
            said, complaints = drain.communicate(timeout=60)
            assert (drain.returncode, complaints) == (0, "")
            assert said.splitlines()[-1].endswith(": it may be stopped")
        finally:
            drain.kill()
            drain.communicate()
        # Started again after its death, it goes on as it was.
        engine = ostro.engine_pid()
        assert engine is not None
        os.kill(engine, signal.SIGKILL)
        wait_for(lambda: ostro.engine_pid() not in (None, engine), what="another engine")
        third = ostro.trigger("gated")
        wait_for(lambda: held(ostro, third), what="the third run to be held")
        assert faulty.bodies("gated", second) == faulty.bodies("gated", third) == []
        resume = jobs(ostro, "resume")
        assert resume.communicate(timeout=60)[0].endswith(" starts tasks\n")
        assert resume.returncode == 0
        for run_id in (second, third):
            faulty.succeeds("gated", run_id)
            assert len(faulty.tries("gated", run_id)) == 1
        assert ostro.stop() == 0
