"""The order of the files among several processes names what is there, and is the order that they take."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from support import order

from .test_contracts import ROOT

TESTS = ROOT / "tests"


def test_every_folder_and_every_long_file_is_there() -> None:
    with_tests = {path.relative_to(TESTS).parts[0] for path in TESTS.rglob("test_*.py")}
    assert set(order.FOLDERS) == with_tests
    assert [file for file in order.LONG if not (TESTS / file).is_file()] == []


def test_processes_take_files_folder_by_folder_and_long_ones_first(tmp_path: Path) -> None:
    """pytest-xdist by itself begins with the files that have most tests, whatever these take."""
    for file, tests in (
        ("unit/test_many.py", 4),
        ("journeys/test_a.py", 3),
        ("api/test_one.py", 2),
        ("journeys/test_engine_killed.py", 1),
    ):
        path = tmp_path / "tests" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"def test_{n}(): ...\n" for n in range(tests)))
    (tmp_path / "tests" / "conftest.py").write_text((TESTS / "conftest.py").read_text())
    (tmp_path / "tests" / "support").symlink_to(TESTS / "support")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-v",
            "-n",
            "1",
            "--dist",
            "loadfile",
            "tests",
        ],
        env={key: text for key, text in os.environ.items() if not key.startswith("PYTEST_")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    ran = list(dict.fromkeys(re.findall(r"PASSED tests/(\S+)::", done.stdout)))
    wanted = ["journeys/test_engine_killed.py", "journeys/test_a.py", "api/test_one.py", "unit/test_many.py"]
    assert ran == wanted, done.stdout + done.stderr
