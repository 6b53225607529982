"""Rows of the store as the page shows task instances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ostro.api.ui.grid import summary
from ostro.api.ui.models import InstanceRow
from ostro.spec import Topology
from ostro.store.views.rest_instances import InstanceRow as StoredRow
from ostro.store.views.ui_grid import Cell


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


def summary_rows(
    plain: Sequence[StoredRow], cells: Sequence[Cell], order: dict[str, int], topology: Topology | None
) -> list[InstanceRow]:
    """One row per task: its instance, or the summary of its mapped instances."""
    mapped: dict[str, dict[str, int]] = {}
    for task_id, state, _, count, is_mapped in cells:
        if is_mapped:
            mapped.setdefault(task_id, {})[state] = count
    found = {row.task_id: InstanceRow(**fields(row)) for row in plain}
    for task_id, counts in mapped.items():
        found[task_id] = InstanceRow(**summary_fields(task_id, counts, topology))
    return sorted(found.values(), key=lambda row: order[row.task_id])


def summary_fields(task_id: str, counts: dict[str, int], topology: Topology | None) -> dict[str, Any]:
    """All mapped instances of a task as the fields of one row."""
    known = topology is not None and task_id in topology.index
    operator = topology.tasks[topology.index[task_id]].operator if topology is not None and known else ""
    return {
        "task_id": task_id,
        "map_index": -1,
        "state": summary(counts),
        "try_number": 0,
        "max_tries": 0,
        "queued_at": None,
        "start_date": None,
        "end_date": None,
        "duration": None,
        "operator": operator,
        "rendered_map_index": None,
        "mapped": counts,
    }
