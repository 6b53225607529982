"""The runs that a schedule will make: what the scheduler would answer, asked again and again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ostro.timetable import DagRunInfo, Schedule


def planned_runs(schedule: Schedule, first: DagRunInfo, until: datetime, limit: int) -> Iterator[DagRunInfo]:
    """`first`, the run that the scheduler makes next, and those after it that are due before `until`, `limit` at most.

    A timetable that does not move on, or that only knows the present (continuous), ends the list. Raises what
    `Schedule.next` raises.
    """
    run: DagRunInfo | None = first
    for _ in range(limit):
        if run is None or run.run_after >= until:
            return
        yield run
        # When the scheduler makes a run it is due: that is the moment at which it asks for the next one.
        following = schedule.next(run, run.run_after)
        run = following if following is not None and following.run_after > run.run_after else None
