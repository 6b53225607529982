"""Timetables and mappers that only a child process may evaluate: questions of the scheduler, answered later.

Nothing waits for an answer but the DAG that it is for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Protocol

import msgspec

from ostro.protocol.calendar import (
    AnyQuestion,
    AskBetween,
    AskKeys,
    AskManual,
    AskNext,
    AskRollups,
    Failed,
    Moments,
    Telling,
    Told,
    ToldKeys,
    ToldRollups,
)
from ostro.protocol.task import FileRef
from ostro.scheduler.files import Files
from ostro.store.schedules import ScheduleRow
from ostro.timetable import DagRunInfo, DataInterval
from ostro.timetable.due import Last


class Client(Protocol):
    """What asks the processes (`ostro.loader.calendar.Calendar`)."""

    def ask(self, file: FileRef, question: AnyQuestion, then: Callable[[Telling], None]) -> None: ...
    def pump(self) -> None: ...
    def filenos(self) -> Iterable[int]: ...
    def next_wakeup(self) -> float | None: ...
    def close(self) -> None: ...


class Run(msgspec.Struct, frozen=True):
    """A run by an author's timetable, with the id that it gave ("" = by the engine's rule)."""

    info: DagRunInfo
    run_id: str = ""


class Broken(msgspec.Struct, frozen=True):
    """The timetable did not answer: a sentence, and where it happened in the author's code."""

    text: str
    traceback: str = ""


Then = Callable[[list[Run] | Broken], None]
PartitionAnswer = ToldKeys | ToldRollups | Broken


class Calendars:
    """Asks for the scheduler. Without a client each question is answered with that."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.client: Client | None = None

    # -- the loop

    def pump(self) -> None:
        """Hand out and take answers."""
        if self.client is not None:
            self.client.pump()

    def filenos(self) -> Iterable[int]:
        return () if self.client is None else self.client.filenos()

    def next_wakeup(self) -> float | None:
        return None if self.client is None else self.client.next_wakeup()

    def close(self) -> None:
        if self.client is not None:
            self.client.close()

    # -- questions

    def next_run(self, row: ScheduleRow, last: Last, now: datetime, then: Then) -> None:
        """The run after the last one."""
        question = AskNext(
            dag_id=row.dag_id,
            timetable=row.timetable,
            dialect=row.dialect,
            now=now,
            last=_moments(last),
            earliest=row.start_date,
            latest=row.end_date,
            catchup=row.catchup,
        )
        self._ask(question, then)

    def runs_between(
        self,
        row: ScheduleRow,
        earliest: datetime,
        latest: datetime,
        *,
        now: datetime,
        after: DagRunInfo | None,
        limit: int,
        then: Then,
    ) -> None:
        """The next runs of a backfill."""
        question = AskBetween(
            dag_id=row.dag_id,
            timetable=row.timetable,
            dialect=row.dialect,
            now=now,
            earliest=earliest,
            latest=latest,
            after=_moments(after),
            limit=limit,
        )
        self._ask(question, then)

    def manual_run(
        self,
        dag_id: str,
        timetable: dict[str, Any],
        *,
        dialect: int,
        now: datetime,
        run_after: datetime,
        logical_date: datetime | None,
        run_type: str,
        then: Then,
    ) -> None:
        """The data interval and id of a run that a task starts."""
        question = AskManual(
            dag_id=dag_id,
            timetable=timetable,
            dialect=dialect,
            now=now,
            run_after=run_after,
            logical_date=logical_date,
            run_type=run_type,
        )
        self._ask(question, then)

    def partitions(self, question: AskKeys | AskRollups, then: Callable[[PartitionAnswer], None]) -> None:
        """What a mapper of the author makes of keys."""

        def told(answer: Telling) -> None:
            if isinstance(answer, ToldKeys | ToldRollups):
                then(answer)
            else:
                then(_broken(answer))

        self._send(question, told)

    def _ask(self, question: AnyQuestion, then: Then) -> None:
        def told(answer: Telling) -> None:
            if isinstance(answer, Told):
                then([Run(info_of(m), m.run_id) for m in answer.runs])
            else:
                then(_broken(answer))

        self._send(question, told)

    def _send(self, question: AnyQuestion, told: Callable[[Telling], None]) -> None:
        file = self.files.of_dag(question.dag_id)
        if self.client is None or file is None:
            told(Failed(seq=question.seq, text="its file is not there to be asked"))
            return
        self.client.ask(file, question, told)


def _broken(answer: Telling) -> Broken:
    if isinstance(answer, Failed):
        return Broken(answer.text, answer.traceback)
    return Broken("its process answered something else than what it was asked")


def info_of(moments: Moments) -> DagRunInfo:
    """The run as timetables speak of it."""
    interval = None
    if moments.start is not None and moments.end is not None:
        interval = DataInterval(moments.start, moments.end)
    return DagRunInfo(moments.run_after, interval, moments.partition_date, moments.partition_key)


def _moments(last: Last) -> Moments | None:
    if last is None:
        return None
    if isinstance(last, DataInterval):
        return Moments(run_after=last.end, start=last.start, end=last.end)
    interval = last.data_interval
    return Moments(
        run_after=last.run_after,
        start=None if interval is None else interval.start,
        end=None if interval is None else interval.end,
        partition_date=last.partition_date,
        partition_key=last.partition_key,
    )


__all__ = ["Broken", "Calendars", "Client", "PartitionAnswer", "Run", "info_of"]
