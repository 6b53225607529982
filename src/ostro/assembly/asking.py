"""Asking the timetables of DAG authors from processes that may wait: the web server and the command line."""

from __future__ import annotations

import os
import select
import threading
import time

from ostro.assembly import parts
from ostro.clock import SystemClock
from ostro.errors import UserError
from ostro.loader import ForkSpawner
from ostro.loader.calendar import Calendar
from ostro.protocol.calendar import AnyAsking, Failed, Moments, Telling, Told
from ostro.protocol.task import FileRef
from ostro.settings import Settings
from ostro.worker.nursery import clean_environment

#: Seconds after the last question that the processes are kept.
KEEP = 20.0


class TimetableAsker:
    """Asks and waits. Safe to use from several threads, one at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._calendar: Calendar | None = None
        self._timer: threading.Timer | None = None

    def __call__(self, file: FileRef, question: AnyAsking) -> list[Moments]:
        """The answer. Raises UserError with what the timetable says, or why there is no answer."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            if self._calendar is None:
                self._calendar = self._make()
            try:
                answer = self._wait(self._calendar, file, question)
            finally:
                self._timer = threading.Timer(KEEP, self.close)
                self._timer.daemon = True
                self._timer.start()
        if isinstance(answer, Failed):
            raise UserError(answer.text)
        assert isinstance(answer, Told)  # what the questions that are asked here are answered with
        return answer.runs

    def close(self) -> None:
        """End the processes."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if self._calendar is not None:
                self._calendar.close()
                self._calendar = None

    def _make(self) -> Calendar:
        settings = self._settings
        environment = clean_environment({**os.environ, **settings.for_children()})
        return parts.calendar(settings, ForkSpawner(environment), SystemClock())

    @staticmethod
    def _wait(calendar: Calendar, file: FileRef, question: AnyAsking) -> Telling:
        found: list[Telling] = []
        calendar.ask(file, question, found.append)
        while True:
            calendar.pump()
            if found:
                return found[0]
            moment = calendar.next_wakeup()
            wait = 1.0 if moment is None else max(0.0, min(1.0, moment - time.monotonic()))
            select.select(list(calendar.filenos()), [], [], wait)
