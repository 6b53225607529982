"""Backfills: whether one may be made, what becomes of a date whose run exists, which runs may start.

Source: Airflow's documentation, "Core concepts / Backfill", and its REST API. A backfill has a limit of active runs of its
own; the runs of its DAG's schedule do not count for it, nor its runs for the schedule's limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from ostro.errors import NotAllowed
from ostro.records import RunRecord
from ostro.rules.past import needs_past
from ostro.spec import DagSpec
from ostro.states import RunState, RunType
from ostro.timetable import Facts


class Reprocess(StrEnum):
    """Which runs that exist already run again."""

    NONE = "none"
    FAILED = "failed"
    COMPLETED = "completed"


class Left(StrEnum):
    """Why a date of a backfill has no run of it."""

    ALREADY_EXISTS = "already exists"
    IN_FLIGHT = "in flight"
    UNKNOWN = "unknown"


def early(dag_id: str, begin: datetime | None, from_date: datetime) -> str | None:
    """What to tell who orders dates before the DAG's start_date, `begin`; None when there are none.

    Airflow makes runs for these dates and runs their tasks: `start_date` bounds the schedule, not a backfill.
    """
    if begin is None or from_date >= begin:
        return None
    return f"Dates before the start_date of {dag_id}, {begin.isoformat()}, are among these: they run like all others."


def check(
    spec: DagSpec,
    timetable: Facts,
    *,
    from_date: datetime,
    to_date: datetime,
    now: datetime,
    backwards: bool,
    reprocess: Reprocess,
) -> None:
    """Raise NotAllowed when the DAG cannot be backfilled like this."""
    dag_id = spec.dag_id
    if spec.allowed_run_types is not None and RunType.BACKFILL.value not in spec.allowed_run_types:
        raise NotAllowed(f"Dag with dag_id: '{dag_id}' does not allow backfill runs")
    if not timetable.can_be_scheduled:
        raise NotAllowed(f"{dag_id} has no schedule, so there is nothing to make up for; trigger it instead")
    if not timetable.periodic:
        raise NotAllowed(f"{dag_id} has a non-periodic schedule ({timetable.summary}); trigger it instead")
    if from_date > to_date:
        raise NotAllowed("from_date must not be after to_date")
    if from_date > now:
        raise NotAllowed("Backfill cannot be executed for future dates.")
    if not any(needs_past(task) for task in spec.tasks):
        return
    if backwards:
        raise NotAllowed(
            "Backfill cannot be run in reverse when the DAG has tasks where depends_on_past=True."
        )
    if reprocess is Reprocess.NONE:
        raise NotAllowed(
            "DAG has tasks for which depends_on_past=True. "
            "You must set reprocess behavior to reprocess completed or reprocess failed."
        )


def reason_to_leave(existing: RunRecord | None, reprocess: Reprocess) -> Left | None:
    """Why the run of a date stays as it is; None: it is made, or runs again."""
    if existing is None:
        return None
    if existing.state in (RunState.QUEUED, RunState.RUNNING):
        return Left.IN_FLIGHT
    again = {
        Reprocess.NONE: (),
        Reprocess.FAILED: (RunState.FAILED,),
        Reprocess.COMPLETED: (RunState.FAILED, RunState.SUCCESS),
    }
    return None if existing.state in again[reprocess] else Left.ALREADY_EXISTS


def startable(
    queued: Sequence[RunRecord], running: int, max_active_runs: int, *, backwards: bool
) -> list[RunRecord]:
    """Which queued runs of a backfill may start now, in the order of their dates."""
    ordered = sorted(queued, key=lambda r: (r.logical_date or r.run_after, r.id), reverse=backwards)
    return ordered[: max(0, max_active_runs - running)]
