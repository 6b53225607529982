"""What forms of connections show, told by a child process: it may import hooks of providers, which are not ours."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import msgspec

from ostro.assembly.one_answer import ask
from ostro.errors import UserError
from ostro.settings import Settings
from ostro.worker.nursery import clean_environment

#: Folders with the moments of their last changes.
Installed = tuple[tuple[str, int], ...]

#: Seconds that the hooks of all providers may take to be imported.
LIMIT = 120


def connection_forms(settings: Settings) -> list[dict[str, Any]]:
    """As `ostro.runtime.connection_forms` says. Raises UserError when the child gave no list."""
    environment = clean_environment({**os.environ, **settings.for_children()})
    command = [sys.executable, "-P", "-m", "ostro.runtime.connection_forms"]
    try:
        done = ask(command, environment, seconds=LIMIT)
        found: list[dict[str, Any]] = msgspec.json.decode(done.stdout)
    except subprocess.TimeoutExpired:
        raise UserError(f"the providers did not tell their forms within {LIMIT} s") from None
    except msgspec.DecodeError:
        words = done.stderr.decode(errors="replace").strip().splitlines()
        raise UserError(f"the providers could not be asked: {words[-1] if words else 'no word'}") from None
    return found


def kept_forms(settings: Settings) -> Callable[[], list[dict[str, Any]]]:
    """`connection_forms` that asks a child anew when packages were installed, upgraded or taken away, and one at a time."""
    lock = threading.Lock()
    known: list[tuple[Installed, list[dict[str, Any]]]] = []

    def get() -> list[dict[str, Any]]:
        with lock:
            now = installed()
            if not known or known[0][0] != now:
                # What is installed while the child looks changes the folders again: the next request asks once more.
                known[:] = [(now, connection_forms(settings))]
            return known[0][1]

    return get


def installed() -> Installed:
    """Changes with every package that comes or goes: the folders of packages, and when an entry of each last changed."""
    try:
        here = os.getcwd()
    except FileNotFoundError:  # it was deleted since
        here = ""
    # The folder in which the server was started is no place for packages, and changes with every file in it.
    folders = [path for path in dict.fromkeys(sys.path) if path and path != here]
    return tuple((path, os.stat(path).st_mtime_ns) for path in folders if os.path.isdir(path))
