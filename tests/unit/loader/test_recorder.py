"""What counts as a dependency of a DAG file."""

from __future__ import annotations

import os
import socket
import sys
import textwrap
from pathlib import Path

import pytest

from ostro.protocol.task import FileRef
from ostro.runtime import dagfile
from ostro.runtime.recorder import Recorder

from .child import in_child


def reads(
    folder: Path, code: str, *, plugins: Path | None = None, path: str = "main.py"
) -> set[tuple[str, str]]:
    """The dependencies of a file with this code, paths in the folder shortened."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(textwrap.dedent(code))

    def record() -> set[tuple[str, str]]:
        os.chdir("/")
        file = FileRef(folder=str(folder), path=path)
        recorder = Recorder([str(folder), *([str(plugins)] if plugins else [])])
        recorder.start()
        try:
            dagfile.prepare_path(file, str(plugins) if plugins else None)
            dagfile.import_file(file)
        except ImportError:
            pass
        finally:
            recorder.stop()
        return {(d.kind, d.name.removeprefix(f"{folder}/")) for d in recorder.dependencies()}

    return in_child(record)


def test_a_file_that_reads_nothing_depends_on_itself(tmp_path: Path) -> None:
    assert reads(tmp_path, "import json, os, datetime") == {("module", "main.py")}


def test_modules_beside_it_with_all_they_import(tmp_path: Path) -> None:
    (tmp_path / "utils").mkdir()
    (tmp_path / "utils/__init__.py").write_text("")
    (tmp_path / "utils/x.py").write_text("from utils import z\ny = 1")
    (tmp_path / "utils/z.py").write_text("")
    expected = {"main.py", "utils/__init__.py", "utils/x.py", "utils/z.py"}
    assert reads(tmp_path, "from utils.x import y") == {("module", name) for name in expected}


def test_the_same_when_bytecode_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    module = tmp_path / "helper.py"
    module.write_text("x = 1")
    os.utime(module, (1, 1))
    first = reads(tmp_path, "import helper")
    assert (tmp_path / "__pycache__").is_dir()
    assert reads(tmp_path, "import helper") == first == {("module", "main.py"), ("module", "helper.py")}


def test_a_module_of_the_plugins_folder(tmp_path: Path) -> None:
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "mine.py").write_text("")
    dags = tmp_path / "dags"
    found = reads(dags, "import mine", plugins=plugins)
    assert found == {("module", "main.py"), ("module", str(plugins / "mine.py"))}


def test_files_and_directories(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1")
    (tmp_path / "sql").mkdir()
    outside = tmp_path.with_name(tmp_path.name + "_outside.yaml")
    outside.write_text("1")
    code = f"""
        import glob, os, pathlib
        here = os.path.dirname(__file__)
        open(os.path.join(here, "a.csv")).read()
        pathlib.Path({str(outside)!r}).read_text()
        glob.glob(here + "/sql/*.sql")
        try:
            open(here + "/missing.txt")
        except OSError:
            pass
    """
    assert reads(tmp_path, code) == {
        ("module", "main.py"),
        ("file", "a.csv"),
        ("file", str(outside)),
        ("directory", "sql"),
        ("file", "missing.txt"),
    }


@pytest.mark.parametrize("call", ["os.listdir({0})", "list(os.scandir({0}))", "list(os.walk({0}))", "list(pathlib.Path({0}).iterdir())", "list(pathlib.Path({0}).rglob('*.x'))"])  # fmt: skip
def test_every_way_to_list_a_directory(tmp_path: Path, call: str) -> None:
    (tmp_path / "sql").mkdir()
    code = "import os, pathlib\n" + call.format("os.path.join(os.path.dirname(__file__), 'sql')")
    assert ("directory", "sql") in reads(tmp_path, code)


def test_what_it_writes_itself_does_not_count(tmp_path: Path) -> None:
    code = """
        import os, tempfile
        path = os.path.join(os.path.dirname(__file__), "cache.txt")
        with open(path, "w") as f: f.write("1")
        open(path).read()
        with tempfile.NamedTemporaryFile() as t: open(t.name).read()
    """
    assert reads(tmp_path, code) == {("module", "main.py")}


def test_an_import_that_failed_depends_on_where_it_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "utils").mkdir()
    (tmp_path / "utils/__init__.py").write_text("")
    found = reads(tmp_path, "import utils.gone")
    assert ("file", "utils/gone.py") in found
    assert ("file", "utils/gone") in found
    found = reads(tmp_path, "try:\n    import wholly_gone\nexcept ImportError: pass")
    assert {("file", "wholly_gone.py"), ("file", "wholly_gone")} <= found
    assert any(kind == "directory" and name.endswith("-packages") for kind, name in found)


def test_optional_imports_of_libraries_do_not_count(tmp_path: Path) -> None:
    found = reads(tmp_path, "import xml.etree.ElementTree, pickle, decimal, mimetypes, ssl")
    assert found == {("module", "main.py")}


def test_the_search_for_installed_packages_does_not_count(tmp_path: Path) -> None:
    found = reads(tmp_path, "import importlib.metadata; list(importlib.metadata.entry_points())")
    assert found == {("module", "main.py")}


def test_an_installed_package_counts_as_its_folder(tmp_path: Path) -> None:
    if "pathspec" in sys.modules:
        for name in [m for m in sys.modules if m.startswith("pathspec")]:
            del sys.modules[name]
    found = reads(tmp_path, "import pathspec")
    assert {kind for kind, _ in found} == {"module", "directory"}
    assert len(found) == 2


def test_environment_read_by_the_users_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "test")
    code = "import os\nos.environ['STAGE']; os.getenv('NOT_THERE'); 'ASKED' in os.environ\nimport tempfile; tempfile.gettempdir()"
    found = reads(tmp_path, code)
    assert {name for kind, name in found if kind == "env"} == {"STAGE", "NOT_THERE", "ASKED"}


def test_the_environment_still_works_while_it_is_recorded(tmp_path: Path) -> None:
    code = """
        import os, subprocess, sys
        os.environ["SET_HERE"] = "1"
        assert os.environ.copy()["SET_HERE"] == "1"
        del os.environ["SET_HERE"]
        assert "SET_HERE" not in os.environ
    """
    reads(tmp_path, code)


def test_the_network(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = reads(tmp_path, f"import socket; socket.create_connection(('127.0.0.1', {port})).close()")
    assert ("network", f"127.0.0.1:{port}") in found


def test_programs_that_the_file_starts(tmp_path: Path) -> None:
    found = reads(tmp_path, "import subprocess; subprocess.run(['/bin/true'])")
    assert ("network", "program true") in found


def test_a_database_file(tmp_path: Path) -> None:
    found = reads(
        tmp_path, "import os, sqlite3; sqlite3.connect(os.path.dirname(__file__) + '/x.db').close()"
    )
    assert ("file", "x.db") in found


def test_odd_arguments_do_not_break_the_file(tmp_path: Path) -> None:
    code = """
        import os
        for bad in ("", "a\\0b", 10**6, -1, b"\\xff\\xfe", None, 3.5):
            try:
                open(bad)
            except (OSError, ValueError, TypeError):
                pass
        os.listdir(); os.scandir(os.open("/", os.O_RDONLY)).close()
    """
    reads(tmp_path, code)


def test_each_dependency_is_told_once_and_at_once(tmp_path: Path) -> None:
    def told() -> list[str]:
        seen: list[str] = []
        recorder = Recorder([str(tmp_path)], lambda d: seen.append(d.name))
        recorder.start()
        for _ in range(2):
            (tmp_path / "a.txt").read_text()
        count = len(seen)
        recorder.stop()
        return [*seen, str(count)]

    (tmp_path / "a.txt").write_text("")
    assert in_child(told) == [str(tmp_path / "a.txt"), "1"]
