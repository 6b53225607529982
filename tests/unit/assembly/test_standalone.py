"""The supervisor while its children are not ready yet."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ostro.assembly.standalone import StartFailed, _greet, _Starting
from ostro.settings import load_settings


@pytest.fixture
def wake() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    os.set_blocking(read, False)
    yield read, write
    os.close(read)
    os.close(write)


def starting(folder: Path, code: str) -> _Starting:
    settings: Any = SimpleNamespace(home=SimpleNamespace(path=folder))
    one = _Starting("engine", "unused", settings, "{}")
    one._command = [sys.executable, "-c", code]
    return one


def test_a_signal_ends_the_wait_for_a_child_that_is_not_ready(tmp_path: Path, wake: tuple[int, int]) -> None:
    one = starting(tmp_path, "import time; time.sleep(60)")
    child = one.spawn()
    begun = time.monotonic()
    os.write(wake[1], b"\x0f")
    with pytest.raises(StartFailed, match="not ready yet"):
        one.ready([15], wake[0])
    assert time.monotonic() - begun < 30
    child.kill()
    child.wait()


def test_the_end_of_another_child_does_not(tmp_path: Path, wake: tuple[int, int]) -> None:
    one = starting(tmp_path, "import os, sys; os.write(int(sys.argv[-1]), b'{\"url\": 1}\\n')")
    child = one.spawn()
    os.write(wake[1], b"\x11")
    assert one.ready([], wake[0]) == {"url": 1}
    child.wait()


def test_a_child_that_ends_before_it_is_ready_could_not_start(tmp_path: Path, wake: tuple[int, int]) -> None:
    one = starting(tmp_path, "raise SystemExit(3)")
    child = one.spawn()
    with pytest.raises(StartFailed, match="could not start"):
        one.ready([], wake[0])
    child.wait()


def test_the_greeting_names_every_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundles = "here = /srv/dags, team = git+https://git.example.org/team.git@main"
    settings = load_settings({"OSTRO__LOADER__BUNDLES": bundles}, tmp_path)
    _greet({"url": "http://there", "database": "postgresql://ada:***@db/ostro"}, settings)
    lines = capsys.readouterr().out.splitlines()
    assert "DAG files: /srv/dags, the git repository 'team'" in lines
    assert "database:  postgresql://ada:***@db/ostro" in lines
