"""`airflow.stats.Stats`: metrics that task code sends go nowhere; the engine measures by itself."""

from __future__ import annotations

import time
from typing import Any


class Timer:
    """Measures a block: `with Stats.timer("name") as timer: …; timer.duration` in milliseconds."""

    duration: float | None = None

    def __enter__(self) -> Timer:
        self._begun = time.perf_counter()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def start(self) -> Timer:
        """Begin to measure."""
        return self.__enter__()

    def stop(self, send: bool = True) -> None:
        """End."""
        self.duration = 1000.0 * (time.perf_counter() - self._begun)


class Stats:
    """Takes metrics and drops them."""

    @classmethod
    def incr(cls, stat: str, count: int = 1, rate: int | float = 1, *, tags: Any = None) -> None:
        """Count up."""

    @classmethod
    def decr(cls, stat: str, count: int = 1, rate: int | float = 1, *, tags: Any = None) -> None:
        """Count down."""

    @classmethod
    def gauge(
        cls, stat: str, value: float, rate: int | float = 1, delta: bool = False, *, tags: Any = None
    ) -> None:
        """Tell a value."""

    @classmethod
    def timing(cls, stat: str, dt: Any, *, tags: Any = None) -> None:
        """Tell a duration."""

    @classmethod
    def timer(cls, *args: Any, **kwargs: Any) -> Timer:
        """Measure a block."""
        return Timer()
