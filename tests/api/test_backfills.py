"""Backfills over REST."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from api.conftest import World
from ostro.spec import TaskSpec
from ostro.states import RunState, RunType
from ostro.timetable import CronTriggerTimetable, encode
from store.made import NOW

DAILY = encode(CronTriggerTimetable("@daily", timezone="UTC"))
BODY = {"dag_id": "d", "from_date": "2026-02-01T00:00:00Z", "to_date": "2026-02-03T00:00:00Z"}


def a_dag(world: World, **more: Any) -> None:
    world.dag(TaskSpec(task_id="t", operator="X"), **{"timetable": DAILY, **more})


def test_ordered_listed_paused_cancelled(world: World) -> None:
    a_dag(world)
    made = world.send("POST", "/backfills", {**BODY, "max_active_runs": 2, "dag_run_conf": {"k": 1}})
    assert made == {
        "id": made["id"],
        "dag_id": "d",
        "dag_display_name": "d",
        "from_date": "2026-02-01T00:00:00Z",
        "to_date": "2026-02-03T00:00:00Z",
        "dag_run_conf": {"k": 1},
        "is_paused": False,
        "reprocess_behavior": "none",
        "max_active_runs": 2,
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
        "completed_at": None,
    }
    assert world.woken[-1] == ([], ["d"])
    path = f"/backfills/{made['id']}"
    assert world.api(path) == made
    assert world.api("/backfills", dag_id="d") == {"backfills": [made], "total_entries": 1}
    assert world.send("PUT", f"{path}/pause")["is_paused"] is True
    assert world.send("PUT", f"{path}/unpause")["is_paused"] is False
    assert world.send("PUT", f"{path}/cancel")["completed_at"] is not None
    for verb in ("pause", "unpause", "cancel"):
        assert world.send("PUT", f"{path}/{verb}", status=409)["detail"] == "Backfill is already completed."


def test_a_second_one_is_refused(world: World) -> None:
    a_dag(world)
    world.send("POST", "/backfills", BODY)
    assert world.send("POST", "/backfills", BODY, 409) == {
        "detail": "There is already a running backfill for dag d"
    }


def test_a_look_ahead_makes_nothing(world: World) -> None:
    a_dag(world)
    found = world.send("POST", "/backfills/dry_run", {**BODY, "run_backwards": True})
    assert [one["logical_date"] for one in found["backfills"]] == [
        "2026-02-03T00:00:00Z",
        "2026-02-02T00:00:00Z",
        "2026-02-01T00:00:00Z",
    ]
    assert found["total_entries"] == 3
    assert world.api("/backfills", dag_id="d")["total_entries"] == 0


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        ({"dag_id": "nix"}, 404, "Could not find dag nix"),
        ({"to_date": "2026-01-01T00:00:00Z"}, 422, "must not be after"),
        ({"from_date": f"{NOW + timedelta(days=2):%Y-%m-%d}", "to_date": "2027-01-01"}, 422, "future"),
        ({"reprocess_behavior": "all"}, 422, "none"),
        ({"max_active_runs": 0}, 422, "greater than or equal to 1"),
    ],
)
def test_refusals(world: World, change: dict[str, Any], status: int, text: str) -> None:
    a_dag(world)
    assert text in str(world.send("POST", "/backfills", {**BODY, **change}, status)["detail"])


def test_a_dag_without_a_schedule(world: World) -> None:
    a_dag(world, timetable={"type": "null"})
    assert "no schedule" in world.send("POST", "/backfills", BODY, 422)["detail"]


def test_an_unknown_backfill(world: World) -> None:
    assert world.api("/backfills/77", 404)["detail"]
    for verb in ("pause", "unpause", "cancel"):
        world.send("PUT", f"/backfills/77/{verb}", status=404)


def test_the_list_needs_a_dag(world: World) -> None:
    assert world.api("/backfills", 422)["detail"][0]["loc"] == ["query", "dag_id"]


@pytest.mark.parametrize(("paused", "name"), [(False, "backfill_limit"), (True, "backfill_paused")])
def test_why_a_run_of_it_waits(world: World, paused: bool, name: str) -> None:
    a_dag(world)
    made = world.send("POST", "/backfills", BODY)
    world.run(state=RunState.QUEUED, run_type=RunType.BACKFILL, backfill_id=made["id"])
    if paused:
        world.send("PUT", f"/backfills/{made['id']}/pause")
    found = world.api("/dags/d/dagRuns/r/taskInstances/t/dependencies")["dependencies"]
    assert name in [one["name"] for one in found]
