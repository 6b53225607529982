"""Backfills: order one, look at what it would do, pause, go on, cancel. The engine makes and starts the runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from ostro.clock import Clock
from ostro.commands.conf import check_conf
from ostro.commands.subject import current_spec
from ostro.commands.waking import tell
from ostro.errors import AlreadyExists, NotFound
from ostro.records import RunRecord
from ostro.rules import backfill as rules
from ostro.rules.backfill import Reprocess
from ostro.spec import DagSpec
from ostro.states import RunState
from ostro.store import NewBackfill, RunMove, backfills, runs
from ostro.store.backfills import BackfillRecord
from ostro.timetable import DagRunInfo, decode, facts, runs_between

#: Dates that a look ahead lists at most.
MOST_DATES = 10_000


class AlreadyRunning(AlreadyExists):
    """The DAG has a backfill that is not complete."""


class AlreadyComplete(AlreadyExists):
    """The backfill is over, so nothing can be done with it."""


def create_backfill_in(tx: Any, clock: Clock, new: NewBackfill) -> BackfillRecord:
    """Order a backfill; the engine lists its dates, makes the runs and starts them.

    Raises NotFound, AlreadyRunning, NotAllowed when the DAG cannot be backfilled like this, BadRequest for a conf that
    its params refuse.
    """
    _, spec = _checked(tx, clock, new)
    check_conf(spec, new.conf)
    made = backfills.create(tx, new, clock.now())
    if made is None:
        raise AlreadyRunning(f"There is already a running backfill for dag {new.dag_id}")
    tell(tx, dags=[new.dag_id])
    return made


def preview_backfill_in(
    tx: Any, clock: Clock, new: NewBackfill, infos: Iterable[DagRunInfo] | None = None
) -> list[DagRunInfo]:
    """The runs that this backfill would make or run again, in the order in which they start. Writes nothing.

    `infos`: the runs of the DAG's timetable, when it is a class of its author that only a child process may ask.
    """
    _, spec = _checked(tx, clock, new)
    if infos is None:
        infos = runs_between(decode(spec.timetable), new.from_date, new.to_date, now=clock.now())
    found = list(_to_do(tx, new, infos))
    return found[::-1] if new.run_backwards else found


def pause_backfill_in(tx: Any, clock: Clock, backfill_id: int, *, paused: bool) -> BackfillRecord:
    """No further run of it starts, or they start again. Raises NotFound and AlreadyComplete."""
    found = _open(tx, backfill_id)
    backfills.set_paused(tx, backfill_id, paused, clock.now())
    tell(tx, dags=[found.dag_id])
    return _again(tx, backfill_id)


def cancel_backfill_in(tx: Any, clock: Clock, backfill_id: int) -> tuple[BackfillRecord, list[RunRecord]]:
    """Make no more runs of it; those that wait fail, those that run go on. Returns it and the runs that failed.

    Raises NotFound and AlreadyComplete.
    """
    found = _open(tx, backfill_id)
    now = clock.now()
    backfills.set_paused(tx, backfill_id, True, now)
    waiting = runs.load_runs(tx, backfills.live_run_ids(tx, backfill_id, RunState.QUEUED))
    moves = [
        RunMove(
            id=run.id,
            before=RunState.QUEUED,
            after=RunState.FAILED,
            end_date=now,
            reason="its backfill was cancelled",
        )
        for run in waiting
    ]
    # One that was started meanwhile goes on.
    done = runs.move_runs(tx, moves, now)
    failed = [run for run, was in zip(waiting, done, strict=True) if was]
    backfills.complete(tx, backfill_id, now)
    tell(tx, runs=[run.id for run in failed], dags=[found.dag_id])
    return _again(tx, backfill_id), failed


def _checked(tx: Any, clock: Clock, new: NewBackfill) -> tuple[int, DagSpec]:
    try:
        version, spec = current_spec(tx, new.dag_id)
    except NotFound:
        raise NotFound(f"Could not find dag {new.dag_id}") from None
    rules.check(
        spec,
        facts(spec.timetable),
        from_date=new.from_date,
        to_date=new.to_date,
        now=clock.now(),
        backwards=new.run_backwards,
        reprocess=Reprocess(new.reprocess_behavior),
    )
    return version, spec


def _to_do(tx: Any, new: NewBackfill, infos: Iterable[DagRunInfo]) -> Iterator[DagRunInfo]:
    reprocess = Reprocess(new.reprocess_behavior)
    for number, info in enumerate(infos):
        if number >= MOST_DATES:
            return
        if rules.reason_to_leave(existing_run(tx, new.dag_id, info), reprocess) is None:
            yield info


def existing_run(tx: Any, dag_id: str, info: DagRunInfo) -> RunRecord | None:
    """The run of a date; a partition gets a new run each time."""
    date: datetime | None = info.logical_date
    return None if date is None else runs.find_run_at(tx, dag_id, date)


def _open(tx: Any, backfill_id: int) -> BackfillRecord:
    found = backfills.get(tx, backfill_id, lock=True)
    if found is None:
        raise NotFound(f"Could not find backfill with id {backfill_id}")
    if found.completed_at is not None:
        raise AlreadyComplete("Backfill is already completed.")
    return found


def _again(tx: Any, backfill_id: int) -> BackfillRecord:
    found = backfills.get(tx, backfill_id)
    assert found is not None
    return found
