"""How far a clear reaches: markers of external tasks lead from one DAG into others, and so must the permission."""

from __future__ import annotations

from collections.abc import Iterable

from ostro.api.acting import Act
from ostro.api.auth.guard import Person
from ostro.records import RunRecord
from ostro.rules.permissions import Resource


def must_reach(person: Person, runs: Iterable[RunRecord], *, but: str | None = None) -> None:
    """Raise NotAllowed when tasks of a DAG would be cleared that the person may not change.

    `but`: a DAG for which the route has asked already.
    """
    for dag_id in sorted({run.dag_id for run in runs} - {but}):
        person.must("edit", Resource.TASK_INSTANCES, dag_id)


def note_reach(act: Act, runs: Iterable[RunRecord], *, of: str) -> None:
    """Tell the engine of cleared runs, and the audit logs of the DAGs that a clear of another one (`of`) has reached."""
    for run in runs:
        act.runs.append(run.id)
        if run.dag_id != of:
            act.note("clear_by_marker", dag_id=run.dag_id, run_id=run.run_id, extra={"marker_of": of})
