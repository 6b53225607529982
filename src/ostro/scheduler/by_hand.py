"""Runs that tasks start of DAGs whose timetable is a class of the author: the class says their data interval and id.

A child process is asked first; the question of the task is handled when it has answered. Nothing else waits.
"""

from __future__ import annotations

from datetime import datetime

from ostro.commands.ask_timetable import ByTimetable
from ostro.executors.base import Asked
from ostro.protocol.task import TriggerRun
from ostro.scheduler.answers import Answers
from ostro.scheduler.calendar import Broken, Calendars, Run
from ostro.scheduler.plan import Plan
from ostro.states import RunType

#: Answers that are kept: a round that could not be written handles its questions again.
MOST = 1000


class ByHand:
    """Puts such questions off until the timetable has answered."""

    def __init__(self, plan: Plan, calendars: Calendars, answers: Answers) -> None:
        answers.said = self.said
        self.plan = plan
        self.calendars = calendars
        self._said: dict[tuple[str, int], ByTimetable | Broken] = {}
        self._asked: set[tuple[str, int]] = set()
        self._ready: list[Asked] = []

    def ready(self) -> list[Asked]:
        """Questions whose timetable has answered, to be handled now."""
        found, self._ready = self._ready, []
        return found

    def said(self, question: TriggerRun) -> ByTimetable | Broken | None:
        """What the timetable said; None: the engine knows the DAG's timetable itself."""
        return self._said.get((question.attempt_id, question.seq))

    def puts_off(self, event: Asked, now: datetime) -> bool:
        """Whether the question must wait; `ready` gives it back."""
        question = event.question
        if not isinstance(question, TriggerRun):
            return False
        key = (question.attempt_id, question.seq)
        schedule = self.plan.schedules.get(question.dag_id)
        if schedule is None or schedule.row is None or key in self._said:
            return False
        if key not in self._asked:
            # Else it is asked again after a round that could not be written.
            self._ask(event, question, key, now)
        return True

    def _ask(self, event: Asked, question: TriggerRun, key: tuple[str, int], now: datetime) -> None:
        row = self.plan.schedules[question.dag_id].row
        assert row is not None
        date = question.logical_date
        if date is None and row.dialect == 2:
            date = now
        self._asked.add(key)

        def told(found: list[Run] | Broken) -> None:
            self._asked.discard(key)
            if len(self._said) >= MOST:
                self._said.clear()
            self._said[key] = found if isinstance(found, Broken) else _by_timetable(found[0], date)
            self._ready.append(event)

        self.calendars.manual_run(
            row.dag_id,
            row.timetable,
            dialect=row.dialect,
            now=now,
            run_after=question.run_after or date or now,
            logical_date=date,
            run_type=RunType.OPERATOR_TRIGGERED.value,
            then=told,
        )


def _by_timetable(run: Run, date: datetime | None) -> ByTimetable:
    interval = run.info.data_interval
    return ByTimetable(date, None if interval is None else (interval.start, interval.end), run.run_id or None)


__all__ = ["ByHand"]
