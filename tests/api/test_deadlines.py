"""Deadlines and alerts as the page reads them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ostro.store import deadlines
from ostro.store.deadlines import NewDeadline
from store.made import NOW

from .conftest import World, task


def alert(name: str, interval: Any) -> dict[str, Any]:
    callback = {"kind": "sync", "path": "m.f", "kwargs": {}}
    return {
        "name": name,
        "reference": {"reference": "DagRunQueuedAtDeadline"},
        "interval": interval,
        "callback": callback,
    }


def test_deadlines_of_runs(world: World) -> None:
    world.dag(task("a"), deadline=[alert("first", 60.0), alert("second", {"variable": "v"})])
    run = world.run()
    with world.store.begin() as tx:
        rows = [
            NewDeadline(run=run.id, number=n, name=f"n{n}", base_at=NOW, due_at=NOW + timedelta(minutes=n))
            for n in range(2)
        ]
        rows.append(NewDeadline(run=run.id, kind="sla", task_id="a", base_at=NOW, due_at=NOW))
        deadlines.put(tx, rows, NOW)
        first = deadlines.due(tx, NOW)[0]
        deadlines.miss(tx, [first.id], NOW)
    where = "/ui/dags/d/dagRuns/r/deadlines"
    found = world.get(where)
    assert found["total_entries"] == 3
    assert [(d["alert_name"], d["missed"], d["kind"], d["task_id"]) for d in found["deadlines"]] == [
        ("n0", True, "deadline", None),
        (None, False, "sla", "a"),
        ("n1", False, "deadline", None),
    ]
    assert world.get(where, missed=True)["total_entries"] == 1
    later = (NOW + timedelta(seconds=1)).isoformat()
    assert world.get("/ui/dags/~/dagRuns/~/deadlines", deadline_time_gt=later)["total_entries"] == 1
    back = world.get(where, order_by="-deadline_time", limit=1)["deadlines"]
    assert [d["alert_name"] for d in back] == ["n1"]
    world.get("/ui/dags/d/dagRuns/none/deadlines", 404)
    alerts = world.get("/ui/dags/d/deadlineAlerts")
    assert [(a["name"], a["interval"], a["reference_type"]) for a in alerts["deadline_alerts"]] == [
        ("first", 60.0, "DagRunQueuedAtDeadline"),
        ("second", None, "DagRunQueuedAtDeadline"),
    ]
    assert found["deadlines"][0]["alert_id"] == alerts["deadline_alerts"][0]["id"]
    world.get("/ui/dags/d/deadlineAlerts", 404, version_number=9)
    world.get("/ui/dags/none/deadlineAlerts", 404)
