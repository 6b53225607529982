"""Which runs a DAG will have: of its schedule, and of an author's timetable by asking its process."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ostro import commands
from ostro.api.deps import Deps
from ostro.errors import UserError
from ostro.rules.planned import planned_runs
from ostro.store.views.rest_dags import DagRow
from ostro.timetable import DagRunInfo, DataInterval, Schedule, is_custom


def next_of(row: DagRow) -> DagRunInfo | None:
    """The run that the scheduler makes next, as it has written down."""
    if row.next_run_after is None:
        return None
    start, end = row.next_interval_start, row.next_interval_end
    interval = None if start is None or end is None else DataInterval(start, end)
    return DagRunInfo(row.next_run_after, interval)


def known_runs(row: DagRow, until: datetime, limit: int) -> list[DagRunInfo]:
    """The planned runs of a DAG before `until`; of an author's timetable only the next one, the engine runs none."""
    first = next_of(row)
    if first is None or row.is_paused or row.is_stale or first.run_after >= until:
        return []
    if is_custom(row.timetable):
        return [first]
    schedule = Schedule.of(
        row.timetable,
        start_date=_text(row.start_date),
        end_date=_text(row.end_date),
        catchup=row.catchup,
    )
    return list(planned_runs(schedule, first, until, limit))


def runs_of(deps: Deps, row: DagRow, until: datetime, limit: int) -> tuple[list[DagRunInfo], str | None]:
    """The planned runs of a DAG before `until`, and why they may not be all. Opens its own transactions."""
    found = known_runs(row, until, limit)
    if not found or not is_custom(row.timetable):
        return found, None
    try:
        more = commands.ask_planned(
            deps.store, deps.ask_timetable, row.dag_id, after=found[0], until=until, limit=limit
        )
    except UserError as error:
        return found, str(error)
    return [*found, *more][:limit], None


def _text(at: datetime | None) -> Any:
    return None if at is None else at.isoformat()
