"""Importing one DAG file: import path, names, zip files, bytecode."""

from __future__ import annotations

import importlib
import os
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ostro.protocol.task import FileRef
from ostro.runtime import dagfile

from .child import in_child

DAG = """
from airflow import DAG
from airflow.operators.empty import EmptyOperator
{before}
with DAG({dag_id!r}, schedule=None) as dag:
    EmptyOperator(task_id="one")
{after}
"""


def write(path: Path, dag_id: str = "a", before: str = "", after: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(DAG.format(dag_id=dag_id, before=before, after=after))


def load(folder: Path, path: str, plugins: Path | None = None, **more: Any) -> dict[str, Any]:
    """What is known of a file after loading it, in a process of its own."""

    def loaded() -> dict[str, Any]:
        made = dagfile.load(FileRef(folder=str(folder), path=path, **more), str(plugins) if plugins else None)
        return {
            "dags": list(made.dags),
            "duplicates": made.duplicates,
            "dialect": made.dialect,
            "file": made.module.__file__,
            "name": made.module.__name__,
            "registered": sys.modules.get(made.module.__name__) is made.module,
            "path": sys.path,
            "seen": getattr(made.module, "SEEN", None),
        }

    return in_child(loaded)


def test_a_plain_file(tmp_path: Path) -> None:
    write(tmp_path / "a.py")
    found = load(tmp_path, "a.py")
    assert (found["dags"], found["duplicates"], found["dialect"]) == (["a"], [], 3)
    assert found["file"] == str(tmp_path / "a.py")
    assert found["registered"]


def test_folders_stand_at_the_end_of_the_import_path(tmp_path: Path) -> None:
    write(tmp_path / "dags/deep/a.py")
    (tmp_path / "plugins").mkdir()
    found = load(tmp_path / "dags", "deep/a.py", tmp_path / "plugins")
    expected = [str(tmp_path / "dags"), str(tmp_path / "plugins"), str(tmp_path / "dags/deep")]
    assert found["path"][-3:] == expected


def test_a_module_of_the_user_never_hides_one_of_python(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise AssertionError('the wrong json')")
    write(tmp_path / "a.py", before="import importlib, sys; sys.modules.pop('json', None); import json")
    assert load(tmp_path, "a.py")["dags"] == ["a"]


def test_a_module_beside_a_file_deep_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "team").mkdir()
    (tmp_path / "team/beside.py").write_text("x = 1")
    write(tmp_path / "team/a.py", before="import beside; from team import beside as same; SEEN = same.x")
    assert load(tmp_path, "team/a.py")["seen"] == 1


def test_two_files_of_one_name_are_two_modules(tmp_path: Path) -> None:
    write(tmp_path / "x/a.py")
    write(tmp_path / "y/a.py")
    names = {load(tmp_path, f"{d}/a.py")["name"] for d in "xy"}
    assert len(names) == 2
    assert all(n.endswith("_a") for n in names)


@pytest.mark.parametrize("name", ["with-dash.py", "with.dots.v2.py", "mit ümlaut.py", "1st.py"])
def test_odd_file_names(tmp_path: Path, name: str) -> None:
    write(tmp_path / name)
    assert load(tmp_path, name)["dags"] == ["a"]


def test_the_dialect_is_the_files_or_pinned(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("from airflow import DAG\nd = DAG('a', schedule_interval=None)\n")
    assert load(tmp_path, "a.py")["dialect"] == 2
    assert load(tmp_path, "a.py", dialect=3)["dialect"] == 3


def test_a_file_in_a_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        archive.writestr(
            "one.py", DAG.format(dag_id="zipped", before="import helper; SEEN = helper.x", after="")
        )
        archive.writestr("helper.py", "x = 'from the zip'")
    found = load(tmp_path, "p.zip/one.py")
    assert (found["dags"], found["seen"]) == (["zipped"], "from the zip")
    assert found["file"] == str(tmp_path / "p.zip/one.py")
    assert found["path"][0] == str(tmp_path / "p.zip")


def test_the_source_of_functions_in_a_zip_can_be_found(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        code = "def f():\n    return 1\nimport inspect\nSEEN = inspect.getsource(f)\n"
        archive.writestr("one.py", DAG.format(dag_id="zipped", before="", after=code))
    assert load(tmp_path, "p.zip/one.py")["seen"] == "def f():\n    return 1\n"


def test_a_folder_that_is_called_like_a_zip(tmp_path: Path) -> None:
    write(tmp_path / "odd.zip/a.py")
    assert load(tmp_path, "odd.zip/a.py")["dags"] == ["a"]


def test_what_a_file_raises_goes_through_and_leaves_no_module(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1 / 0")

    def attempt() -> tuple[str, bool]:
        file = FileRef(folder=str(tmp_path), path="a.py")
        try:
            dagfile.load(file)
        except ZeroDivisionError as e:
            return str(e), dagfile.module_name(file) in sys.modules
        return "", True

    assert in_child(attempt) == ("division by zero", False)


def test_a_coding_line_is_understood(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes("# -*- coding: latin-1 -*-\nSEEN = 'ü'\n".encode("latin-1"))
    assert load(tmp_path, "a.py")["seen"] == "ü"
    assert dagfile.source(FileRef(folder=str(tmp_path), path="a.py")).endswith("SEEN = 'ü'\n")


def test_stale_bytecode_of_a_module_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python knows bytecode by the second and size of its source only."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    module = tmp_path / "helper.py"
    write(tmp_path / "a.py", before="import helper; SEEN = helper.x")
    module.write_text("x = 'one'")
    second = int(module.stat().st_mtime)
    os.utime(module, (second - 100, second - 100))
    assert load(tmp_path, "a.py")["seen"] == "one"
    assert list((tmp_path / "__pycache__").glob("helper*.pyc"))
    module.write_text("x = 'two'")
    stat = module.stat()
    os.utime(module, ns=(stat.st_atime_ns, (second - 100) * 1_000_000_000 + 999_999_999))
    cached = next((tmp_path / "__pycache__").glob("helper*.pyc"))
    os.utime(cached, (second - 100, second - 100))
    assert load(tmp_path, "a.py")["seen"] == "two"


def test_the_file_itself_leaves_no_bytecode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    write(tmp_path / "a.py")
    os.utime(tmp_path / "a.py", (1, 1))
    load(tmp_path, "a.py")
    assert not (tmp_path / "__pycache__").exists()


def test_preparing_the_path_twice_changes_nothing(tmp_path: Path) -> None:
    def twice() -> bool:
        file = FileRef(folder=str(tmp_path), path="a.py")
        dagfile.prepare_path(file)
        before = (list(sys.path), list(sys.path_hooks))
        dagfile.prepare_path(file)
        importlib.invalidate_caches()
        return before == (sys.path, sys.path_hooks)

    assert in_child(twice)
