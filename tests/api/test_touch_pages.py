"""What the page asks before it clears or marks: what is listed is what happens."""

from __future__ import annotations

from typing import Any

import pytest

from ostro.spec import Expansion, GroupSpec, Literal
from ostro.states import RunState

from .conftest import World, task

RUN = "/ui/dags/d/runs/r"
INSTANCES = "/dags/d/dagRuns/r/taskInstances"


def states(world: World) -> dict[tuple[str, int], str]:
    rows = world.api(INSTANCES)["task_instances"]
    return {(row["task_id"], row["map_index"]): row["state"] or "none" for row in rows}


def told(preview: Any) -> dict[tuple[str, int], str]:
    assert preview["total_entries"] == len(preview["task_instances"])
    return {(one["task_id"], one["map_index"]): one["after"] for one in preview["task_instances"]}


def changed(
    before: dict[tuple[str, int], str], after: dict[tuple[str, int], str]
) -> dict[tuple[str, int], str]:
    return {key: state for key, state in after.items() if before.get(key) != state}


@pytest.fixture
def failed(world: World) -> World:
    """One after the other: a, the group g with g.b and a mapped g.m, then z; b failed, the run ended."""
    world.dag(
        task("a"),
        task("g.b", "a", group_id="g"),
        task("g.m", "a", group_id="g", expansion=Expansion("expand", {"x": Literal(3)})),
        task("z", "g.b", "g.m"),
        groups=(GroupSpec(group_id="g"),),
    )
    run = world.run()
    world.states(run, a="success", **{"g.b": "failed", "z": "upstream_failed"})
    world.ends(run, RunState.FAILED)
    return world


TARGETS: list[tuple[dict[str, Any], str]] = [
    ({"task_id": "g.b"}, f"{INSTANCES}/g.b"),
    ({"task_id": "g.m"}, f"{INSTANCES}/g.m"),
    ({"task_id": "g.m", "map_index": 1}, f"{INSTANCES}/g.m/1"),
    ({"group_id": "g"}, "/dags/d/dagRuns/r/taskGroupInstances/g"),
]


@pytest.mark.parametrize("state", ["success", "failed", "skipped"])
@pytest.mark.parametrize(("asked", "path"), TARGETS)
def test_a_mark_does_what_was_told(failed: World, asked: dict[str, Any], path: str, state: str) -> None:
    before = states(failed)
    preview = failed.get(f"{RUN}/preview", act=state, **asked)
    assert states(failed) == before
    if asked == {"task_id": "g.b"} and state == "failed":
        assert preview["total_entries"] == 0
        failed.send("PATCH", path, {"new_state": state}, status=409)
        return
    failed.send("PATCH", path, {"new_state": state})
    assert changed(before, states(failed)) == told(preview)
    assert told(preview)["z", -1] == "none"
    (again,) = preview["queued_runs"]
    assert again["state"] == "failed"
    assert failed.api("/dags/d/dagRuns/r")["state"] == "queued"


@pytest.mark.parametrize("which", ["every", "failed"])
@pytest.mark.parametrize("downstream", [True, False])
@pytest.mark.parametrize(("asked", "path"), TARGETS)
def test_a_clear_does_what_was_told(
    failed: World, asked: dict[str, Any], path: str, downstream: bool, which: str
) -> None:
    before = states(failed)
    preview = failed.get(f"{RUN}/preview", act="clear", downstream=downstream, which=which, **asked)
    assert states(failed) == before
    body = {
        "dry_run": False,
        "dag_run_id": "r",
        "task_ids": preview["tasks"],
        "include_downstream": downstream,
        "only_failed": which == "failed",
    }
    failed.send("POST", "/dags/d/clearTaskInstances", body)
    assert changed(before, states(failed)) == told(preview)
    assert preview["total_runs"] == (1 if preview["total_entries"] else 0)


def test_a_group_is_told_by_its_tasks(failed: World) -> None:
    preview = failed.get(f"{RUN}/preview", act="clear", group_id="g")
    assert preview["tasks"] == ["g.b", "g.m"]
    failed.get(f"{RUN}/preview", 404, act="clear", group_id="nothing")


def test_what_is_new_in_the_latest_version_is_told(failed: World) -> None:
    failed.dag(task("a"), task("y", "a"))
    preview = failed.get(f"{RUN}/preview", act="clear", task_id="a", latest=True)
    assert {"state": None, "after": "new", "count": 1} in preview["kinds"]
    body = {
        "dry_run": False,
        "dag_run_id": "r",
        "task_ids": ["a"],
        "run_on_latest_version": True,
        "only_failed": False,
    }
    failed.send("POST", "/dags/d/clearTaskInstances", body)
    assert states(failed)["y", -1] == "none"


def test_a_running_task_restarts(world: World) -> None:
    world.dag(task("a"))
    world.states(world.run(), a="running")
    preview = world.get(f"{RUN}/preview", act="clear", task_id="a")
    assert preview["kinds"] == [{"state": "running", "after": "restarting", "count": 1}]
    assert preview["queued_runs"] == []


def test_many_are_counted_and_the_first_are_named(lite: World) -> None:
    lite.dag(task("m", expansion=Expansion("expand", {"x": Literal(500)})))
    lite.run()
    preview = lite.get(f"{RUN}/preview", act="success", task_id="m")
    assert (preview["total_entries"], len(preview["task_instances"])) == (500, 200)
    assert preview["kinds"] == [{"state": "none", "after": "success", "count": 500}]


@pytest.mark.parametrize(
    "asked",
    [{"act": "explode", "task_id": "a"}, {"act": "clear"}, {"act": "clear", "task_id": "a", "which": "odd"}],
)
def test_questions_that_make_no_sense_are_refused(failed: World, asked: dict[str, str]) -> None:
    failed.get(f"{RUN}/preview", 422, **asked)
