"""SubprocessHook: runs a program in a process group of its own and logs its output line by line."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from typing import NamedTuple

from ostro.sdk.hook import BaseHook

#: Seconds that a program has after SIGTERM before SIGKILL.
GRACE = 5.0


class SubprocessResult(NamedTuple):
    """How a program ended, and its last line of output."""

    exit_code: int
    output: str


class SubprocessHook(BaseHook):
    """Runs programs."""

    def __init__(self, **kwargs: object) -> None:
        self.sub_process: subprocess.Popen[bytes] | None = None
        super().__init__()

    def run_command(
        self,
        command: list[str],
        env: dict[str, str] | None = None,
        output_encoding: str = "utf-8",
        cwd: str | None = None,
    ) -> SubprocessResult:
        """Run to the end. `env` None: that of this process. `cwd` None: a new empty folder, removed afterwards."""
        self.log.info("Running command: %s", command)
        with contextlib.ExitStack() as stack:
            if cwd is None:
                cwd = stack.enter_context(tempfile.TemporaryDirectory(prefix="ostro"))
            # Its own group, so that ending it ends what it started; start_new_session would hide it from the terminal.
            process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=env if env or env == {} else None,
                process_group=0,
            )
            self.sub_process = process
            assert process.stdout is not None
            line = ""
            with process.stdout:
                for raw in iter(process.stdout.readline, b""):
                    line = raw.decode(output_encoding, errors="backslashreplace").rstrip()
                    self.log.info("%s", line)
            code = process.wait()
        self.log.info("Command exited with return code %s", code)
        return SubprocessResult(exit_code=code, output=line)

    def send_sigterm(self) -> None:
        """SIGTERM to the group of the program, SIGKILL when it is still there after GRACE seconds."""
        process = self.sub_process
        if process is None:
            return
        self.log.info("Sending SIGTERM signal to process group")
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        # What ignored SIGTERM, the program itself or something it started.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
