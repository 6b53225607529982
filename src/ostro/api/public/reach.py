"""How far a clear reaches: markers of external tasks lead from one DAG into others, and so must the permission."""

from __future__ import annotations

from collections.abc import Iterable

from ostro.api.auth.guard import Person
from ostro.records import RunRecord
from ostro.rules.permissions import Resource


def must_reach(person: Person, runs: Iterable[RunRecord], *, but: str | None = None) -> None:
    """Raise NotAllowed when tasks of a DAG would be cleared that the person may not change.

    `but`: a DAG for which the route has asked already.
    """
    for dag_id in sorted({run.dag_id for run in runs} - {but}):
        person.must("edit", Resource.TASK_INSTANCES, dag_id)
