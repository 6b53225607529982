"""Names of runs."""

from __future__ import annotations

from datetime import datetime

from ostro.timetable.zones import utc


def run_id_for(run_type: str, run_after: datetime, logical_date: datetime | None, *, token: str = "") -> str:
    """Id of a run: its type and `run_after` in UTC, as Airflow names them.

    Many runs without a logical date may have the same `run_after`: then `token`, a short random text, ends the id,
    and ValueError is raised when it is missing.
    """
    run_id = f"{run_type}__{utc(run_after).isoformat()}"
    if logical_date is not None:
        return run_id
    if not token:
        raise ValueError("the id of a run without a logical date needs a token")
    return f"{run_id}_{token}"
