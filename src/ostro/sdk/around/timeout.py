"""`with timeout(seconds)`: `airflow.utils.timeout`."""

from __future__ import annotations

import os
import signal
from types import FrameType

from ostro.sdk.exceptions import AirflowTaskTimeout
from ostro.sdk.log import LoggingMixin


class timeout(LoggingMixin):
    """Raise AirflowTaskTimeout in the block when it takes longer than `seconds`; in the main thread only."""

    def __init__(self, seconds: float = 1, error_message: str = "Timeout") -> None:
        super().__init__()
        self.seconds = seconds
        self.error_message = f"{error_message}, PID: {os.getpid()}"
        self._before: tuple[float, float] = (0.0, 0.0)

    def handle_timeout(self, signum: int, frame: FrameType | None) -> None:
        """The time is over."""
        self.log.error("Process timed out, PID: %s", os.getpid())
        raise AirflowTaskTimeout(self.error_message)

    def __enter__(self) -> timeout:
        self._handler = signal.signal(signal.SIGALRM, self.handle_timeout)
        self._before = signal.setitimer(signal.ITIMER_REAL, self.seconds)
        return self

    def __exit__(self, *exc: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, *self._before)
        signal.signal(signal.SIGALRM, self._handler)
