"""What the page asks before it acts on a run."""

from __future__ import annotations

import pytest

from .conftest import World, task

RUN = "/ui/dags/d/runs/r"


@pytest.fixture
def failed(world: World) -> World:
    world.dag(task("a"), task("b", "a"), task("c", "b"))
    run = world.run()
    world.states(run, a="success", b="failed")
    return world


def touched(world: World, act: str) -> dict[str, str]:
    found = world.get(f"{RUN}/touched", act=act)
    assert found["total_entries"] == len(found["task_instances"])
    return {one["task_id"]: one["state"] for one in found["task_instances"]}


@pytest.mark.parametrize("act", ["success", "failed", "queued"])
def test_a_mark_changes_what_was_listed_and_nothing_else(failed: World, act: str) -> None:
    def states() -> dict[str, str | None]:
        rows = failed.api("/dags/d/dagRuns/r/taskInstances")["task_instances"]
        return {row["task_id"]: row["state"] for row in rows}

    before = states()
    listed = set(touched(failed, act))
    assert states() == before
    failed.send("PATCH", "/dags/d/dagRuns/r", {"state": act})
    after = states()
    assert {name for name in before if before[name] != after[name]} == listed


def test_deleting_lists_all_instances(failed: World) -> None:
    assert touched(failed, "delete") == {"a": "success", "b": "failed", "c": "none"}


def test_an_act_that_there_is_not_is_refused(failed: World) -> None:
    failed.get(f"{RUN}/touched", 422, act="explode")
    failed.get("/ui/dags/d/runs/other/touched", 404, act="delete")
