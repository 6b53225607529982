"""A clear that a marker leads into another DAG needs the permission there, on whatever way it is asked for."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ostro.states import RunState
from store.made import NOW

from . import matrix
from .conftest import World, task

RUNS = f"/api/v2/dags/{matrix.MINE}/dagRuns"
CLEAR = {"dry_run": False, "only_failed": False}
#: Method, path and body of all that clears whole runs.
WAYS: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", f"{RUNS}/r/clear", CLEAR),
    ("PATCH", f"{RUNS}/r", {"state": "queued"}),
    ("POST", f"/api/v2/dags/{matrix.MINE}/clearDagRuns", {**CLEAR, "dag_runs": [{"dag_run_id": "r"}]}),
    (
        "POST",
        f"/api/v2/dags/{matrix.MINE}/clearTaskInstances",
        {**CLEAR, "dag_run_id": "r", "task_ids": ["m"]},
    ),
    (
        "POST",
        f"/api/v2/dags/{matrix.MINE}/clearPartitions",
        {"run_id": "r", "clear_task_instances": True, "dry_run": False},
    ),
]
BULK = {"actions": [{"action": "update", "entities": [{"dag_run_id": "r", "state": "queued"}]}]}


@pytest.fixture
def marked(world: World) -> World:
    """A task of the first DAG points to one of the second; both have run."""
    points = {"cleared_with": {"dag_id": matrix.THEIRS, "task_id": "t", "date": None, "depth": 10}}
    world.dag(task("t"), dag_id=matrix.THEIRS)
    world.dag(msgspec.structs.replace(task("m"), links=points), dag_id=matrix.MINE)
    for dag_id, task_id, key in ((matrix.MINE, "m", "p"), (matrix.THEIRS, "t", None)):
        run = world.run(dag_id, "r", logical_date=NOW, partition_key=key)
        world.states(run, **{task_id: "success"})
        world.ends(run, RunState.SUCCESS)
    matrix.people(world)
    return world


def states(world: World) -> tuple[str, str]:
    """Of both runs."""
    world.sign_in("admin")
    return tuple(world.api(f"/dags/{d}/dagRuns/r")["state"] for d in (matrix.MINE, matrix.THEIRS))  # type: ignore[return-value]


@pytest.mark.parametrize(("method", "path", "body"), WAYS)
def test_no_clear_reaches_a_dag_that_one_may_not_change(
    marked: World, method: str, path: str, body: dict[str, Any]
) -> None:
    marked.sign_in(matrix.TEAM)
    for one in [body, *([{**body, "dry_run": True}] if "dry_run" in body else [])]:
        answer = marked.client.request(method, path, json=one)
        assert answer.status_code == 403
        assert matrix.THEIRS not in answer.text
    assert states(marked) == ("success", "success")
    assert marked.client.request(method, path, json=body).status_code == 200
    assert states(marked) == ("queued", "queued")
    told = marked.api("/eventLogs", dag_id=matrix.THEIRS)["event_logs"]
    assert [(one["event"], one["run_id"], one["owner"]) for one in told] == [
        ("clear_by_marker", "r", "admin")
    ]


def test_a_bulk_request_does_not_either(marked: World) -> None:
    marked.sign_in(matrix.TEAM)
    done = marked.send("PATCH", f"/dags/{matrix.MINE}/dagRuns", BULK)["update"]
    assert (done["success"], [e["status_code"] for e in done["errors"]]) == ([], [403])
    assert states(marked) == ("success", "success")


def test_what_will_be_touched_is_told_with_its_dag(marked: World) -> None:
    path = f"/ui/dags/{matrix.MINE}/runs/r/touched"
    found = marked.get(path, act="queued")["task_instances"]
    assert [(one["dag_id"], one["task_id"]) for one in found] == [(matrix.MINE, "m"), (matrix.THEIRS, "t")]
    marked.sign_in(matrix.TEAM)
    assert matrix.THEIRS not in str(marked.get(path, 403, act="queued"))
    assert len(marked.get(path, act="failed")["task_instances"]) == 0
