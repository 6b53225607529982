"""Child processes that are started again when they die: a summary of their lives, nothing more."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

#: Seconds before a child that died is started again; doubled, up to the longest, while it does not even get to work.
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0


class Child:
    """One child process: its command, and when it may be started again."""

    def __init__(
        self, name: str, spawn: Callable[[], subprocess.Popen[bytes]], is_up: Callable[[], bool]
    ) -> None:
        """`is_up`: whether the process got as far as doing its work; one that did is started again at once."""
        self.name = name
        self._spawn = spawn
        self._is_up = is_up
        self._pause = 0.0
        self._again_at = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process."""
        self.process = self._spawn()

    def look(self) -> str | None:
        """Start again what died and has waited; returns a sentence when it was just found dead."""
        now = time.monotonic()
        if self.process is None:
            if now >= self._again_at:
                self.start()
            return None
        status = self.process.poll()
        if status is None:
            return None
        self.process = None
        self._pause = FIRST_PAUSE if self._is_up() else min(max(self._pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
        self._again_at = now + self._pause
        return f"the {self.name} ended ({fate(status)}) and is started again"

    def due(self) -> float | None:
        """Seconds until `look` starts it again, not below 0; None while there is nothing to start."""
        return max(0.0, self._again_at - time.monotonic()) if self.process is None else None

    def end(self, seconds: float) -> None:
        """SIGTERM, and SIGKILL when it has not ended in time."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def fate(status: int) -> str:
    """An exit status as words."""
    return f"signal {-status}" if status < 0 else f"exit status {status}"
