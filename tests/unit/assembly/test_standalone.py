"""The supervisor while its children are not ready yet."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ostro.assembly import tether
from ostro.assembly.children import FIRST_PAUSE, Child
from ostro.assembly.standalone import LOOK_EVERY, StartFailed, _greet, _pause, _Starting
from ostro.assembly.tether import Tether
from ostro.errors import NotAllowed
from ostro.home import Home
from ostro.settings import load_settings
from support.deadline import wait_for


@pytest.fixture
def wake() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    os.set_blocking(read, False)
    yield read, write
    os.close(read)
    os.close(write)


def starting(folder: Path, code: str) -> _Starting:
    settings: Any = SimpleNamespace(home=Home(folder))
    settings.home.ensure()
    one = _Starting("engine", "unused", settings, "{}", Tether(settings.home, print))
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


def test_a_child_that_died_is_started_again_after_its_own_pause() -> None:
    begun: list[subprocess.Popen[bytes]] = []

    def spawn() -> subprocess.Popen[bytes]:
        begun.append(subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE))
        return begun[-1]

    child = Child("engine", spawn, lambda: True)
    child.start()
    assert (child.look(), child.due(), _pause([child])) == (None, None, LOOK_EVERY)
    begun[0].kill()
    begun[0].wait()
    assert child.look() == "the engine ended (signal 9) and is started again"
    assert _pause([child]) <= FIRST_PAUSE < LOOK_EVERY
    wait_for(lambda: child.look() or len(begun) == 2, what="another process")
    child.end(0.0)
    for one in begun:
        one.communicate()


def test_one_supervisor_for_each_home(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.ensure()
    first = Tether(home, print)
    with pytest.raises(NotAllowed, match=rf"another ostro standalone \(process {os.getpid()}\)"):
        Tether(home, print)
    first.close()
    Tether(home, print).close()


def test_what_does_not_end_is_named_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tether, "LEFT_WITHIN", 0.0)
    monkeypatch.setattr(tether, "SAY_AFTER", 0.0)
    monkeypatch.setattr(tether, "LOOK_EVERY", 0.0)
    home = Home(tmp_path)
    home.ensure()
    killed = Tether(home, print)
    # A child of it has the mark; the supervisor itself is gone.
    kept = os.dup(killed.descriptors[1])
    killed.close()
    with pytest.raises(NotAllowed, match="still work on"):
        Tether(home, print)
    os.close(kept)
    Tether(home, print).close()


def test_the_greeting_names_every_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundles = "here = /srv/dags, team = git+https://git.example.org/team.git@main"
    settings = load_settings({"OSTRO__LOADER__BUNDLES": bundles}, tmp_path)
    _greet({"url": "http://there", "database": "postgresql://ada:***@db/ostro"}, settings)
    lines = capsys.readouterr().out.splitlines()
    assert "DAG files: /srv/dags, the git repository 'team'" in lines
    assert "database:  postgresql://ada:***@db/ostro" in lines
