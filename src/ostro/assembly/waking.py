"""Tells the engine that a command changed something: on this machine over its socket, elsewhere by the database."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Sequence
from pathlib import Path

from ostro.protocol.frames import pack
from ostro.protocol.worker import Wake

#: Seconds after which an engine that does not take the message is left to find out by itself.
PATIENCE = 1.0


class Waker:
    """Sends `Wake` to the engine of this home. An engine that is not there reads everything when it starts."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, runs: Sequence[int] = (), dags: Sequence[str] = ()) -> None:
        with socket.socket(socket.AF_UNIX) as sock, contextlib.suppress(OSError):
            sock.settimeout(PATIENCE)
            sock.connect(str(self._path))
            sock.sendall(pack(Wake(runs=list(runs), dags=list(dags))))
