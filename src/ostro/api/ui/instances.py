"""Rows of the store as the page shows task instances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ostro.api.public.present import seconds
from ostro.api.ui.grid import summary
from ostro.api.ui.models import Spread
from ostro.spec import Topology
from ostro.states import FINISHED
from ostro.store.views.rest_instances import InstanceRow as StoredRow
from ostro.store.views.ui_grid import Times


def fields(row: StoredRow) -> dict[str, Any]:
    """One instance."""
    return {
        "task_id": row.task_id,
        "map_index": row.map_index,
        "state": row.state,
        "try_number": row.try_number,
        "max_tries": row.max_tries,
        "queued_at": row.queued_at,
        "start_date": row.start_date,
        "end_date": row.end_date,
        "duration": row.duration,
        "operator": row.operator,
        "rendered_map_index": row.rendered_map_index,
        "mapped": None,
    }


def summary_fields(
    task_id: str, counts: Mapping[str, int], topology: Topology | None, times: Times | None
) -> dict[str, Any]:
    """All mapped instances of a task as the fields of one row."""
    known = topology is not None and task_id in topology.index
    operator = topology.tasks[topology.index[task_id]].operator if topology is not None and known else ""
    start = None if times is None else times.start
    end = times.end if times is not None and all(state in FINISHED for state in counts) else None
    return {
        "task_id": task_id,
        "map_index": -1,
        "state": summary(counts),
        "try_number": 0,
        "max_tries": 0,
        "queued_at": None,
        "start_date": start,
        "end_date": end,
        "duration": seconds(start, end),
        "operator": operator,
        "rendered_map_index": None,
        "mapped": counts,
        "spread": None if times is None else _spread(times),
    }


def _spread(times: Times) -> Spread | None:
    if times.shortest is None or times.longest is None or times.total is None:
        return None
    return Spread(shortest=times.shortest, longest=times.longest, total=times.total)
