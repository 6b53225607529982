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
from ostro.scheduler.round import Round
from ostro.states import RunType
from ostro.store.schedules import ScheduleRow


class ByHand:
    """Puts such questions off until the timetable has answered."""

    def __init__(self, plan: Plan, calendars: Calendars, answers: Answers) -> None:
        answers.said = self.said
        self.plan = plan
        self.calendars = calendars
        #: What timetables said, by the question itself (numbers are those of one process), until it is handled.
        self._said: dict[int, tuple[TriggerRun, ByTimetable | Broken]] = {}
        self._asked: set[int] = set()
        #: Those that the loop has let go of; else its round was not written, and it still has them.
        self._put_off: dict[int, Asked] = {}
        self._ready: list[Asked] = []

    def ready(self) -> list[Asked]:
        """Questions whose timetable has answered, to be handled now."""
        found, self._ready = self._ready, []
        return found

    def said(self, question: TriggerRun) -> ByTimetable | Broken | None:
        """What the timetable said; None: the engine knows the DAG's timetable itself."""
        found = self._said.get(id(question))
        return None if found is None else found[1]

    def puts_off(self, round_: Round, event: Asked) -> bool:
        """Whether the question must wait; `ready` gives it back."""
        question = event.question
        if not isinstance(question, TriggerRun):
            return False
        key = id(question)
        schedule = self.plan.schedules.get(question.dag_id)
        if key not in self._said and key not in self._asked:
            if schedule is None or schedule.row is None:
                return False
            self._ask(question, schedule.row, round_.now)
        if key in self._said:
            round_.afterwards.append(lambda: self._forget(key))
            return False
        round_.afterwards.append(lambda: self._let_go(key, event))
        return True

    def _forget(self, key: int) -> None:
        self._said.pop(key, None)

    def _let_go(self, key: int, event: Asked) -> None:
        self._put_off[key] = event

    def _ask(self, question: TriggerRun, row: ScheduleRow, now: datetime) -> None:
        key = id(question)
        date = question.logical_date
        if date is None and row.dialect == 2:
            date = now
        self._asked.add(key)

        def told(found: list[Run] | Broken) -> None:
            self._asked.discard(key)
            answer = found if isinstance(found, Broken) else _by_timetable(found[0], date)
            self._said[key] = question, answer
            event = self._put_off.pop(key, None)
            if event is not None:
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
