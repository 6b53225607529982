"""A child that is asked once: its answer, and that nothing of it stays behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ostro.assembly.one_answer import ask
from support.deadline import wait_for

TUNNEL = """
import subprocess, sys
own = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
left = subprocess.Popen(["sleep", "300"], **own)
open(sys.argv[1], "w").write(str(left.pid))
print("said " + sys.stdin.read())
sys.stdout.flush()
if sys.argv[2] == "hangs":
    left.wait()
"""


def is_gone(pid: int) -> bool:
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("what", ["ends", "hangs"])
def test_what_the_child_started_ends_with_it(tmp_path: Path, what: str) -> None:
    written = tmp_path / "pid"
    command = [sys.executable, "-c", TUNNEL, str(written), what]
    if what == "ends":
        assert ask(command, os.environ, seconds=60, said=b"x").stdout == b"said x\n"
    else:
        with pytest.raises(subprocess.TimeoutExpired):
            ask(command, os.environ, seconds=3)
    assert wait_for(lambda: is_gone(int(written.read_text())), seconds=20, what="the end of the program")
