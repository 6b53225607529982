"""Attempts in a process that goes on after them: what they change in it is put back."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from ostro.runtime.interrupts import interrupts

#: Signals that an attempt handles: somebody ends it, and `execution_timeout`.
_HANDLED = (signal.SIGTERM, signal.SIGALRM)


@contextmanager
def borrowed_process() -> Iterator[None]:
    """Put the environment and the handlers of signals back at the end; for the main thread.

    In its own process an attempt may leave them: SIGTERM ignored while it says its last words, the AIRFLOW_CTX_*
    variables, and what user code sets, which no other task sees.
    """
    environment = os.environ.copy()
    handlers = [(signum, signal.getsignal(signum)) for signum in _HANDLED]
    try:
        yield
    finally:
        interrupts.forget()
        for signum, handler in handlers:
            signal.signal(signum, handler)
        for name in os.environ.keys() - environment.keys():
            del os.environ[name]
        for name, value in environment.items():
            if os.environ.get(name) != value:
                os.environ[name] = value
