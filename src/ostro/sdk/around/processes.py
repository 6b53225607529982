"""`airflow.utils.process_utils`, `airflow.utils.platform`."""

from __future__ import annotations

import getpass
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from ostro.sdk.log import get_logger


@contextmanager
def patch_environ(new_env_variables: dict[str, str]) -> Iterator[None]:
    """Set environment variables for the length of a block."""
    before = {key: os.environ.get(key) for key in new_env_variables}
    os.environ.update(new_env_variables)
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value


def execute_in_subprocess(cmd: list[str], cwd: str | None = None, env: dict[str, str] | None = None) -> None:
    """Run a command and log what it says. Raises CalledProcessError."""
    log = get_logger("airflow.utils.process_utils")
    with subprocess.Popen(cmd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=cwd, env=env) as process:
        for line in process.stdout or ():
            log.info("%s", line.decode(errors="replace").rstrip())
        code = process.wait()
    if code != 0:
        raise subprocess.CalledProcessError(code, cmd)


def getuser() -> str:
    """Name of the user that this process runs as."""
    return getpass.getuser()
