"""Rehearsals in the process that attempts are forked from: they succeed, and leave nothing behind."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import logging, os, signal, sys
from ostro.runtime import warm

taken = []
report = warm._NoEngine.report
warm._NoEngine.report = lambda self, result: taken.append(type(result).__name__) or report(self, result)
before = sys.stdout, sys.stderr, logging.getLogger().handlers, dict(os.environ), signal.getsignal(signal.SIGTERM)
warm.warm_up()
after = sys.stdout, sys.stderr, logging.getLogger().handlers, dict(os.environ), signal.getsignal(signal.SIGTERM)
assert after == before, (before, after)
assert set(taken) == {"Succeeded"}, taken
print(len(taken))
"""


def test_rehearsals_succeed_and_leave_the_process_as_it_was() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 8, "Python specialises bytecode that ran about eight times"
