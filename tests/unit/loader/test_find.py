"""Which files count as DAG files."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from ostro.loader.config import Bundle, LoaderConfig
from ostro.loader.find import Finder, Found, mentions_dag

DAG = "from airflow import DAG\n"


def find(folder: Path, **settings: object) -> Found:
    bundle = Bundle(folder=str(folder))
    found = Found()
    for _ in Finder(LoaderConfig(bundles=(bundle,), **settings)).walk(bundle, found):  # type: ignore[arg-type]
        pass
    return found


def write(path: Path, text: str = DAG) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("data", "holds"),
    [
        (b"from airflow import DAG", True),
        (b"FROM AIRFLOW IMPORT ASSET", True),
        (b"from ostro.sdk import dag", True),
        (b"import airflow", False),
        (b"dag = 1", False),
        (b"\xff\xfe airflow \x00 dag", True),
        (b"", False),
    ],
)
def test_safe_mode_words(data: bytes, holds: bool) -> None:
    assert mentions_dag(data) is holds


def test_finds_dag_files_and_leaves_the_rest(tmp_path: Path) -> None:
    write(tmp_path / "a.py")
    write(tmp_path / "deep/er/b.py")
    write(tmp_path / "helper.py", "x = 1")
    write(tmp_path / "notes.md")
    write(tmp_path / "__pycache__/c.py")
    write(tmp_path / ".hidden/d.py")
    found = find(tmp_path)
    assert set(found.files) == {"a.py", "deep/er/b.py"}
    assert found.candidates == {str(tmp_path / "helper.py")}
    assert found.folders == {str(tmp_path), str(tmp_path / "deep"), str(tmp_path / "deep/er")}


def test_without_safe_mode_every_python_file_counts(tmp_path: Path) -> None:
    write(tmp_path / "helper.py", "x = 1")
    assert set(find(tmp_path, safe_mode=False).files) == {"helper.py"}


def test_ignored_folders_are_not_walked(tmp_path: Path) -> None:
    write(tmp_path / ".airflowignore", "old/\n")
    write(tmp_path / "old/a.py")
    write(tmp_path / "new/.airflowignore", "x_*.py")
    write(tmp_path / "new/x_a.py")
    write(tmp_path / "new/y_a.py")
    found = find(tmp_path)
    assert set(found.files) == {"new/y_a.py"}
    assert str(tmp_path / "old") not in found.folders


def test_files_at_the_top_of_a_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
        archive.writestr("one.py", DAG)
        archive.writestr("helper.py", "x = 1")
        archive.writestr("deep/two.py", DAG)
    write(tmp_path / "broken.zip", "no zip")
    assert set(find(tmp_path).files) == {"pack.zip/one.py"}


def test_a_circle_of_links_ends(tmp_path: Path) -> None:
    write(tmp_path / "a/dag.py")
    os.symlink(tmp_path, tmp_path / "a/up")
    os.symlink(tmp_path / "self", tmp_path / "self")
    found = find(tmp_path)
    assert set(found.files) == {"a/dag.py"}
    assert any("leads back" in c for c in found.complaints)


def test_two_links_to_each_other_end(tmp_path: Path) -> None:
    write(tmp_path / "a/one.py")
    write(tmp_path / "b/two.py")
    os.symlink(tmp_path / "b", tmp_path / "a/b")
    os.symlink(tmp_path / "a", tmp_path / "b/a")
    assert set(find(tmp_path).files) == {"a/one.py", "a/b/two.py", "b/two.py", "b/a/one.py"}


def test_a_missing_folder_is_said_and_known_as_missing(tmp_path: Path) -> None:
    found = find(tmp_path / "gone")
    assert found.missing
    assert "cannot be read" in found.complaints[0]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_folder_does_not_hide_the_others(tmp_path: Path) -> None:
    write(tmp_path / "a.py")
    write(tmp_path / "closed/b.py")
    (tmp_path / "closed").chmod(0)
    try:
        found = find(tmp_path)
    finally:
        (tmp_path / "closed").chmod(0o755)
    assert set(found.files) == {"a.py"}
    assert found.complaints


def test_the_verdict_is_remembered_until_the_file_looks_different(tmp_path: Path) -> None:
    path = write(tmp_path / "a.py", "x = 1")
    bundle = Bundle(folder=str(tmp_path))
    finder = Finder(LoaderConfig(bundles=(bundle,)))
    first, second = Found(), Found()
    list(finder.walk(bundle, first))
    write(path)
    list(finder.walk(bundle, second))
    assert (set(first.files), set(second.files)) == (set(), {"a.py"})
