"""What a clear reaches in other DAGs: the tasks that cleared ExternalTaskMarkers point to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from ostro.commands.subject import Topologies
from ostro.records import RunRecord, TaskInstanceRecord
from ostro.store import rendered


class Dependent(msgspec.Struct, frozen=True):
    """A task of another DAG at a logical date."""

    dag_id: str
    task_id: str
    date: datetime
    #: How many markers may be followed from here on, this one included.
    depth: int
    #: The marker, as "dag.task".
    marker: str

    @property
    def reaches(self) -> tuple[str, str, datetime]:
        """Where it points."""
        return self.dag_id, self.task_id, self.date


def dependents(
    tx: Any, cleared: Iterable[TaskInstanceRecord], runs: Iterable[RunRecord], topologies: Topologies
) -> list[Dependent]:
    """What the markers among cleared instances point to. A marker whose date is not known points nowhere."""
    by_id = {run.id: run for run in runs}
    found = []
    for row in cleared:
        run = by_id.get(row.run)
        if run is None:
            continue
        topology = topologies.of(run.version_id)
        index = topology.index.get(row.task_id)
        marks = None if index is None else topology.tasks[index].links.get("cleared_with")
        if not marks:
            continue
        date = _date(tx, marks, row, run)
        if date is not None:
            marker = f"{run.dag_id}.{row.task_id}"
            found.append(Dependent(marks["dag_id"], marks["task_id"], date, int(marks["depth"]), marker))
    return found


def _date(tx: Any, marks: dict[str, Any], row: TaskInstanceRecord, run: RunRecord) -> datetime | None:
    text: Any = marks.get("date")
    if text is None:
        return run.logical_date
    if "{" in text:
        # The author's template: its task has rendered it, when it ran.
        fields = rendered.get(tx, row.id)
        text = None if fields is None else msgspec.json.decode(fields).get("logical_date")
    try:
        date = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)
