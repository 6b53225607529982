"""Whole runs of the conformance suites: the rules decide, real task processes work, the values must be Airflow's.

Each DAG file runs in a process of its own, because a suite sets environment variables and allow lists.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

#: Where Ostro differs on purpose, and why.
DIFFERENT = {
    "xa_include_prior_dates": "the newest value is given, not a list of all earlier ones",
}
SUITES = ("templates", "taskflow_xcom", "mapping")


def groups(suite: Path) -> dict[tuple[str, str], list[str]]:
    """Cases by file and environment."""
    expected = json.loads((suite / "expected.json").read_text())
    found: dict[tuple[str, str], list[str]] = {}
    for case, data in expected["cases"].items():
        env = {**expected.get("env", {}), **data["input"].get("env", {})}
        if data["input"].get("requires") or case.startswith("xp_"):
            continue  # numpy and pandas are not installed for tests
        found.setdefault((data["file"], json.dumps(env)), []).append(case)
    return found


@pytest.mark.parametrize("name", SUITES)
def test_values_are_those_of_airflow(name: str, shared: Path, tmp_path: Path) -> None:
    suite = shared / "conformance" / name
    expected: dict[str, Any] = json.loads((suite / "expected.json").read_text())
    differ = {}
    for number, ((file, env), cases) in enumerate(groups(suite).items()):
        scratch = tmp_path / str(number)
        scratch.mkdir()
        command = [sys.executable, "-m", "process.run_suite", str(suite), file, str(scratch), *cases]
        environment = {
            **os.environ,
            **json.loads(env),
            "TZ": "UTC",
            "PYTHONPATH": str(Path(__file__).parents[1]),
        }
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=100)
        assert done.returncode == 0, done.stderr[-2000:]
        for case, actual in json.loads(done.stdout).items():
            wanted = expected["cases"][case]["expect"]["runs"]
            keys = expected["run_keys"]
            if [{k: r[k] for k in keys if k in r} for r in actual] != wanted and case not in DIFFERENT:
                differ[case] = {"wanted": wanted, "actual": actual}
    assert differ == {}
