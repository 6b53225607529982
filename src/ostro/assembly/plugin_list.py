"""The plugins of the installation, listed by a child process: their code runs neither in the web server nor in commands."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import msgspec

from ostro.assembly import parts
from ostro.assembly.one_answer import ask
from ostro.errors import UserError
from ostro.settings import Settings
from ostro.worker.nursery import clean_environment

#: Seconds that the plugins may take to load.
LIMIT = 60
#: Seconds for which the web server keeps the list.
KEPT = 30.0


def list_plugins(settings: Settings) -> dict[str, Any]:
    """`plugins` and `errors`, as `ostro.runtime.plugin_list` says. Raises UserError when the child gave no list."""
    environment = clean_environment({**os.environ, **settings.for_children()})
    command = [sys.executable, "-P", "-m", "ostro.runtime.plugin_list", parts.plugins_folder(settings)]
    try:
        done = ask(command, environment, seconds=LIMIT)
        found: dict[str, Any] = msgspec.json.decode(done.stdout)
    except subprocess.TimeoutExpired:
        raise UserError(f"the plugins were not loaded within {LIMIT} s") from None
    except msgspec.DecodeError:
        words = done.stderr.decode(errors="replace").strip().splitlines()
        raise UserError(f"the plugins could not be loaded: {words[-1] if words else 'no word'}") from None
    return found


def kept_list(settings: Settings) -> Callable[[], dict[str, Any]]:
    """`list_plugins` that asks a child at most every `KEPT` seconds, and one at a time."""
    lock = threading.Lock()
    known: list[tuple[float, dict[str, Any]]] = []

    def get() -> dict[str, Any]:
        with lock:
            if not known or time.monotonic() - known[0][0] > KEPT:
                known[:] = [(time.monotonic(), list_plugins(settings))]
            return known[0][1]

    return get
