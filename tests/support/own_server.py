"""`python tests/support/own_server.py COMMAND…`: runs the command with a PostgreSQL server that is there for it alone.

A thousand tests take a database of their own each. On a disk that keeps what is written, making and dropping one takes
half a second, and most of that is waiting; this server keeps its files in memory where there is room for them. The
command finds it in OSTRO_TEST_POSTGRES; where that is set already, the server that it names is used and none is started.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])

from support.cluster import binaries, cluster  # noqa: E402 - the path above makes it importable

VARIABLE = "OSTRO_TEST_POSTGRES"
#: A folder in memory, and how many bytes must be free there: the largest tests hold a million runs.
MEMORY = Path("/dev/shm")
ROOM = 6 << 30
#: At once: some pools of connections for every process of the tests.
CONNECTIONS = 300


def place() -> Path | None:
    """Where the server's files go; None = where temporary files are."""
    has_room = (
        MEMORY.is_dir() and os.access(MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(MEMORY).free >= ROOM
    )
    return MEMORY if has_room else None


def main(command: list[str]) -> int:
    """The exit status of the command."""
    if os.environ.get(VARIABLE):
        return subprocess.call(command)
    if binaries() is None:
        sys.exit("PostgreSQL's initdb and pg_ctl are not in /usr/lib/postgresql or PATH: install postgresql")
    # The server is ended also when this process is asked to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with cluster(place(), connections=CONNECTIONS) as server:
        return subprocess.call(command, env={**os.environ, VARIABLE: server.url})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
