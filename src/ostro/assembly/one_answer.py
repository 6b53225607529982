"""One question to a child process that may load code of users: the answer is what it prints. Nothing that it started outlives it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence


def ask(
    command: Sequence[str], environment: Mapping[str, str], *, seconds: float, said: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run the command with `said` on its standard input; what it printed. Raises subprocess.TimeoutExpired."""
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate(said, timeout=seconds)
        finally:
            # Code of providers starts programs of its own, a tunnel for example.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    return subprocess.CompletedProcess(command, process.returncode, out, err)
