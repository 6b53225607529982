"""What the author of a bad DAG file is told: one sentence, with the place and what to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from compat.bad_files import BAD
from ostro.assembly.foreground import parse_folder
from ostro.protocol.parse import FileError, Parsed
from ostro.settings import load_settings


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every bad file, and a good one that must not suffer from them."""
    folder = tmp_path_factory.mktemp("bad")
    for name, bad in BAD.items():
        (folder / f"{name}.py").write_text(bad.source, encoding=bad.encoding)
        for path, text in bad.beside.items():
            (folder / path).write_text(text)
    (folder / "good.py").write_text("from airflow import DAG\nwith DAG('good'):\n    pass\n")
    return folder


@pytest.fixture(scope="module")
def parsed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Parsed]:
    """The folder as the loader reads it, each file in a process of its own."""
    environ = {"PATH": os.environ["PATH"], "OSTRO_HOME": str(tmp_path_factory.mktemp("home"))}
    settings = load_settings(environ, overrides={"core.dags_folder": str(folder)})
    return {file.path: found for file, found in parse_folder(settings)}


def only(parsed: dict[str, Parsed], name: str) -> FileError:
    """The one error of a file."""
    errors = parsed[f"{name}.py"].errors
    assert len(errors) == 1, errors
    return errors[0]


@pytest.mark.parametrize("name", BAD)
def test_one_sentence_with_place_and_remedy(parsed: dict[str, Parsed], name: str) -> None:
    bad, error = BAD[name], only(parsed, name)
    assert [w for w in bad.words if w not in error.text] == [], error.text
    assert "\n" not in error.text
    assert (error.path, error.line, error.dag_id) == (bad.path or f"{name}.py", bad.file_line, bad.dag), (
        error.text
    )


def test_other_files_do_not_suffer(parsed: dict[str, Parsed]) -> None:
    assert [d.dag_id for d in parsed["good.py"].dags] == ["good"]


def test_the_command_line_shows_the_same(folder: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "ostro.cli.main",
            "dags",
            "list-import-errors",
            "--local",
            "-o",
            "json",
        ],
        env={
            "PATH": os.environ["PATH"],
            "OSTRO_HOME": str(tmp_path),
            "OSTRO__CORE__DAGS_FOLDER": str(folder),
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    rows = json.loads(done.stdout)
    assert {Path(row["filepath"]).stem for row in rows} == set(BAD)
    (twice,) = [row for row in rows if "task_twice" in row["filepath"]]
    assert "DAG 'd' has a task 'a' already" in twice["error"]
    assert "task_twice.py:8" in twice["error"]
