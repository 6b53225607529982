"""What timetables of DAG authors say of runs that people start: asked in a child process, before the transaction.

A transaction on SQLite keeps everybody else from writing; user code must not run in its middle.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from ostro.clock import Clock
from ostro.commands.subject import current_spec
from ostro.errors import UserError
from ostro.protocol.calendar import AnyAsking, AskBetween, AskManual, Moments
from ostro.protocol.task import FileRef
from ostro.spec import DagSpec
from ostro.states import RunType
from ostro.store import NewBackfill, Store, specs
from ostro.timetable import DagRunInfo, DataInterval, is_custom

#: Asks the process of a DAG file and waits. Raises UserError when the timetable fails.
Ask = Callable[[FileRef, AnyAsking], list[Moments]]

#: Dates asked for at once.
MOST_DATES = 10_000


class ByTimetable(NamedTuple):
    """What an author's timetable gives to a run by hand."""

    logical_date: datetime | None
    data_interval: tuple[datetime, datetime] | None
    #: None: by the engine's rule.
    run_id: str | None


def ask_manual(
    store: Store,
    clock: Clock,
    ask: Ask | None,
    *,
    dag_id: str,
    logical_date: datetime | None = None,
    run_after: datetime | None = None,
    run_type: RunType = RunType.MANUAL,
) -> ByTimetable | None:
    """Data interval and id of a run by hand; None for a DAG whose timetable the engine knows, or that is unknown.

    Raises UserError when the timetable fails.
    """
    asked = _file_and_spec(store, dag_id)
    if asked is None:
        return None
    file, spec = asked
    now = clock.now()
    if logical_date is None and spec.dialect == 2:
        logical_date = now
    question = AskManual(
        dag_id=dag_id,
        timetable=spec.timetable,
        dialect=spec.dialect,
        now=now,
        logical_date=logical_date,
        run_after=run_after or logical_date or now,
        run_type=run_type.value,
    )
    (found,) = _asked(ask, file, question)
    interval = None if found.start is None or found.end is None else (found.start, found.end)
    return ByTimetable(logical_date, interval, found.run_id or None)


def ask_between(store: Store, clock: Clock, ask: Ask | None, new: NewBackfill) -> list[DagRunInfo] | None:
    """The dates of a backfill by an author's timetable; None for a DAG whose timetable the engine knows.

    Raises UserError when the timetable fails.
    """
    asked = _file_and_spec(store, new.dag_id)
    if asked is None:
        return None
    file, spec = asked
    question = AskBetween(
        dag_id=new.dag_id,
        timetable=spec.timetable,
        dialect=spec.dialect,
        now=clock.now(),
        earliest=new.from_date,
        latest=new.to_date,
        limit=MOST_DATES,
    )
    return [_info(m) for m in _asked(ask, file, question)]


def ask_planned(
    store: Store, ask: Ask | None, dag_id: str, *, after: DagRunInfo, until: datetime, limit: int
) -> list[DagRunInfo]:
    """The runs that an author's timetable will give behind the run `after`, due before `until`.

    Nothing for a DAG whose timetable the engine knows. Raises UserError when the timetable fails.
    """
    asked = _file_and_spec(store, dag_id)
    if asked is None:
        return []
    file, spec = asked
    interval = after.data_interval
    question = AskBetween(
        dag_id=dag_id,
        timetable=spec.timetable,
        dialect=spec.dialect,
        # As it will be seen then: runs that are not due at this moment are left out.
        now=until,
        earliest=after.logical_date or after.run_after,
        latest=until,
        after=Moments(
            run_after=after.run_after,
            start=None if interval is None else interval.start,
            end=None if interval is None else interval.end,
            partition_date=after.partition_date,
            partition_key=after.partition_key,
        ),
        limit=limit,
    )
    found = [_info(m) for m in _asked(ask, file, question)]
    return [run for run in found if after.run_after < run.run_after < until]


def _file_and_spec(store: Store, dag_id: str) -> tuple[FileRef, DagSpec] | None:
    with store.read() as tx:
        timetable = specs.timetable_of(tx, dag_id)
        if timetable is None or not is_custom(timetable):
            # What is wrong with an unknown DAG says the command itself.
            return None
        _, spec = current_spec(tx, dag_id)
        file = specs.file_of(tx, dag_id)
    if file is None:
        raise UserError(f"the file of DAG {dag_id!r} is not known, so its timetable cannot be asked")
    return file, spec


def _asked(ask: Ask | None, file: FileRef, question: AnyAsking) -> list[Moments]:
    if ask is None:
        raise UserError(
            f"the timetable of DAG {question.dag_id!r} is a class of its author, which this process cannot ask"
        )
    try:
        return ask(file, question)
    except UserError as error:
        raise UserError(f"the timetable of DAG {question.dag_id!r} failed: {error}") from error


def _info(moments: Moments) -> DagRunInfo:
    interval = None
    if moments.start is not None and moments.end is not None:
        interval = DataInterval(moments.start, moments.end)
    return DagRunInfo(moments.run_after, interval, moments.partition_date, moments.partition_key)
