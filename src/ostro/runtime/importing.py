"""Importing a DAG file to execute its tasks: with an engine to ask, and with a judgement whether it can be forked after.

A fork copies one thread and all descriptors. Threads that the file starts would be missing in its attempts, locks that
they hold would be held for ever; a connection would be shared by all of them.
"""

from __future__ import annotations

import contextlib
import threading
from typing import Any

from ostro.errors import OstroError
from ostro.protocol.task import FileRef
from ostro.runtime import system


def import_file(file: FileRef, engine: str, plugins_folder: str | None, defaults: dict[str, Any]) -> Any:
    """Import the DAG file; what it asks meanwhile (Variables, Connections) the engine answers."""
    from ostro.runtime import dagfile
    from ostro.runtime.channel import Channel
    from ostro.sdk import asking, xcom

    channel = Channel(engine)
    before = asking.use(channel)
    try:
        loaded = dagfile.load(file, plugins_folder, defaults)
        # Loaded here and not in each attempt. One that is broken fails the tasks that need it, with its own words.
        with contextlib.suppress(Exception):
            xcom.backend()
        return loaded
    finally:
        asking.use(before)
        channel.close()


def sentence(error: BaseException) -> str:
    """What a failed import says to people."""
    if isinstance(error, OstroError):
        return str(error)
    if isinstance(error, SystemExit):
        return f"the file ends the program while it is imported (sys.exit({error.code!r}))"
    return f"{type(error).__name__}: {error}"


def unforkable(sockets_before: set[int]) -> str:
    """Why attempts may not be forked from this process; empty when they may."""
    python_threads = [t.name for t in threading.enumerate() if t is not threading.main_thread()]
    if python_threads:
        return f"starts threads while it is imported ({', '.join(python_threads)})"
    if system.threads() > 1 and not _only_blas_threads():
        return "starts threads of a C library while it is imported"
    if system.open_sockets() - sockets_before:
        return "keeps network connections open from its import"
    return ""


def _only_blas_threads() -> bool:
    """Whether a BLAS library is loaded: its threads handle forks themselves, and numpy starts them at import."""
    try:
        with open("/proc/self/maps") as maps:
            text = maps.read()
    except OSError:
        return False
    return any(name in text for name in ("openblas", "libmkl", "libblis"))
