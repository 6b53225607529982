"""Signals of a task process: which error they raise in user code, and when.

SIGTERM (somebody ends the attempt) and SIGALRM (execution_timeout) raise in the main thread. An error in the middle of
an exchange with the engine would tear the connection, so a section that must not be torn is held: a signal that comes
meanwhile is remembered and raised when the section is left.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from importlib import import_module
from types import FrameType
from typing import Any

# `signal.signal` turns numbers into enum members and back, which costs a forked process more than the call itself.
_set_handler: Callable[[int, Any], Any] = import_module("_signal").signal


class Interrupts:
    """The signal handlers of one process; one instance, `interrupts`, because signals belong to the process."""

    def __init__(self) -> None:
        self._held = 0
        self._pending: list[Callable[[], None]] = []
        self._actions: dict[int, Callable[[], None]] = {}

    def on(self, signum: int, action: Callable[[], None]) -> None:
        """Call `action` (which may raise) in the main thread when the signal arrives."""
        if signum not in self._actions:
            _set_handler(signum, self._handle)
        self._actions[signum] = action

    def off(self, signum: int, disposition: signal.Handlers = signal.SIG_DFL) -> None:
        """Take the handler away."""
        self._actions.pop(signum, None)
        _set_handler(signum, int(disposition))

    def forget(self) -> None:
        """Know no actions any more; the handlers stay until somebody sets others."""
        self._actions.clear()
        self._pending.clear()

    def _handle(self, signum: int, frame: FrameType | None) -> None:
        action = self._actions.get(signum)
        if action is None:
            return
        if self._held:
            self._pending.append(action)
        else:
            action()

    def hold(self) -> bool:
        """Hold signals back until `release`. False in other threads than the main one: they get no signals."""
        if threading.current_thread() is not threading.main_thread():
            return False
        self._held += 1
        return True

    def release(self) -> None:
        """End a `hold` that gave True; what came meanwhile is acted on."""
        self._held -= 1
        self.check()

    def check(self) -> None:
        """Act on a remembered signal, unless an outer section holds. Waits inside a held section call `breathe`."""
        if not self._held:
            self.breathe()

    def breathe(self) -> None:
        """Act on a remembered signal now, although a section holds: for a long wait at a point that is safe."""
        while self._pending and threading.current_thread() is threading.main_thread():
            self._pending.pop(0)()


interrupts = Interrupts()
