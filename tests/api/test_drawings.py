"""What the page draws: the graph of a version, states of a run on it, its critical path, the run in time; the packed grid."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from ostro.api.ui import graph_routes
from ostro.api.ui.graph_routes import LEARN_FROM_FEW
from ostro.records import NewInstance
from ostro.rules.layout import ROOT
from ostro.spec import GroupSpec
from ostro.spec.dag import EdgeLabel
from ostro.spec.mapping import Expansion, Literal
from ostro.states import RunState, TaskState
from ostro.store import instances, transitions
from store import made

from .conftest import World, task


def graph_of(world: World, dag_id: str = "d", **params: Any) -> Any:
    return world.get(f"/ui/dags/{dag_id}/graph", **params)


def test_graph_names_tasks_groups_and_edges_by_number(lite: World) -> None:
    lite.dag(
        task("a"),
        task("g.b", "a", group_id="g", is_setup=True),
        task("g.c", "g.b", group_id="g", expansion=Expansion("expand", {"x": Literal(3)})),
        task("z", "g.c"),
        groups=(GroupSpec(group_id="g", tooltip="in the middle"),),
        edge_labels=(EdgeLabel("a", "g.b", "first"),),
    )
    graph = graph_of(lite)
    assert graph["tasks"] == ["a", "g.b", "g.c", "z"]
    assert graph["labels"] == ["a", "b", "c", "z"]
    assert graph["flags"] == [0, 2, 1, 0]
    assert graph["parents"] == [ROOT, 4, 4, ROOT, ROOT]
    assert graph["groups"] == [
        {"group_id": "g", "label": "g", "tooltip": "in the middle", "is_mapped": False}
    ]
    assert graph["edges"] == [0, 1, 1, 2, 2, 3]
    assert graph["edge_labels"] == {"0": "first"}
    found = {level["group"]: level for level in graph["levels"]}
    assert found[ROOT]["layers"] == [[0], [4], [3]]
    assert found[4]["layers"] == [[1], [2]]


def test_graph_shows_assets_and_other_dags(lite: World) -> None:
    wanted = {"all": [{"asset": {"name": "in", "uri": "s3://in"}}, {"alias": {"name": "some"}}]}
    lite.dag(
        task("wait", links={"external_dag_id": "other"}),
        task("make", "wait", outlets=({"type": "asset", "name": "out", "uri": "s3://out"},)),
        task("start", "make", links={"trigger_dag_id": "third"}),
        asset_condition=wanted,
    )
    graph = graph_of(lite)
    extras = {(e["kind"], e["label"], e["role"]): 3 + n for n, e in enumerate(graph["extras"])}
    edges = set(zip(graph["edges"][::2], graph["edges"][1::2], strict=True))
    assert edges == {
        (0, 1),
        (1, 2),
        (extras["asset", "in", "schedule"], 0),
        (extras["alias", "some", "schedule"], 0),
        (extras["dag", "other", "sensor"], 0),
        (1, extras["asset", "out", "outlet"]),
        (2, extras["dag", "third", "trigger"]),
    }


def test_graph_of_a_version_of_a_run_and_of_the_latest(lite: World) -> None:
    lite.dag(task("a"))
    lite.run(run_id="old")
    lite.dag(task("a"), task("b", "a"))
    lite.run(run_id="new")
    assert graph_of(lite)["tasks"] == ["a", "b"]
    assert graph_of(lite, run_id="old")["tasks"] == ["a"]
    assert graph_of(lite, run_id="new")["version_number"] == 2
    assert graph_of(lite, version_number=1)["tasks"] == ["a"]
    # Kept drawings are those of their version.
    assert graph_of(lite)["tasks"] == ["a", "b"]
    lite.get("/ui/dags/d/graph", 404, version_number=9)
    lite.get("/ui/dags/d/graph", 404, run_id="none")
    lite.get("/ui/dags/nothing/graph", 404)


def test_states_are_a_letter_per_task_of_the_version(world: World) -> None:
    world.dag(task("a"), task("m", "a", expansion=Expansion("expand", {"x": Literal(3)})), task("z", "m"))
    run = world.run()
    world.states(run, a="success", z="upstream_failed")
    with world.store.begin() as tx:
        rows = instances.insert_instances(
            tx, [NewInstance(run=run.id, task_id="m", map_index=n) for n in range(3)]
        )
        moves = [
            made.move(row.id, TaskState.NONE, state)
            for row, state in zip(rows, (TaskState.FAILED, TaskState.SUCCESS, TaskState.SUCCESS), strict=True)
        ]
        assert all(transitions.apply_moves(tx, moves, made.NOW))
    found = world.get("/ui/dags/d/runs/r/states")
    assert [found["codes"].get(letter) for letter in found["states"]] == [
        "success",
        "failed",
        "upstream_failed",
    ]
    assert found["mapped"] == {"1": {"failed": 1, "success": 2}}
    assert found["version_number"] == 1
    grid = world.get("/ui/dags/d/grid")
    assert grid["runs"][0]["states"] == found["states"]
    assert grid["runs"][0]["mapped"] == found["mapped"]


def test_tasks_that_left_the_dag_stay_in_the_grid_and_not_in_the_graph(world: World) -> None:
    world.dag(task("a"), task("gone", "a"))
    old = world.run(run_id="old")
    world.states(old, a="success", gone="failed")
    world.dag(task("a"), task("b", "a"))
    new = world.run(run_id="new", run_after=made.NOW + timedelta(hours=1))
    world.states(new, a="running")
    grid = world.get("/ui/dags/d/grid")
    assert grid["rows"] == [
        {"task_id": "a", "gone": False},
        {"task_id": "b", "gone": False},
        {"task_id": "gone", "gone": True},
    ]
    assert [run["states"] for run in grid["runs"]] == ["rn-", "s-f"]
    assert world.get("/ui/dags/d/runs/old/states")["states"] == "sf"


def test_tries_come_with_the_states(world: World) -> None:
    world.dag(task("a"), task("b"))
    run = world.run()
    world.states(run, a="failed", b="success")
    with world.store.begin() as tx:
        (row,) = [r for r in instances.load_instances(tx, [run.id]) if r.task_id == "a"]
        again = made.move(row.id, TaskState.FAILED, TaskState.NONE)
        assert all(transitions.apply_moves(tx, [again], made.NOW))
    world.states(run, a="success")
    assert world.get("/ui/dags/d/runs/r/states")["tries"] == {"0": 2}


def test_critical_path_and_gantt(world: World) -> None:
    world.dag(task("a"), task("b", "a"), task("c"))
    run = world.run()
    world.states(run, a="success", b="running")
    world.clock.advance(10)
    steps = world.get("/ui/dags/d/runs/r/critical")["steps"]
    assert [(s["task_id"], s["after"]) for s in steps] == [("a", None), ("b", "a")]
    gantt = world.get("/ui/dags/d/runs/r/gantt")
    assert [(row["task_id"], row["state"]) for row in gantt["rows"]] == [
        ("a", "success"),
        ("b", "running"),
        ("c", "none"),
    ]
    by_task = {row["task_id"]: row["bars"] for row in gantt["rows"]}
    kind, number, start, end, state = by_task["a"][-1]
    assert (kind, number, end is not None, state) == ("running", 1, True, "success")
    assert start <= end
    assert by_task["b"][-1][3:] == [None, "running"]
    assert by_task["c"] == []


def test_a_run_that_goes_on_has_a_forecast_from_the_medians_of_earlier_runs(world: World) -> None:
    world.dag(task("a"), task("b", "a"), task("c", "b"), task("d"))
    for number in range(3):
        past = world.run(run_id=f"past{number}", run_after=made.NOW - timedelta(days=9 - number))
        world.states(past, a="success", b="success", c="skipped", d="success")
        world.ends(past, RunState.SUCCESS)
    assert world.get("/ui/dags/d/runs/past0/critical")["expected"] is None
    run = world.run()
    world.states(run, a="success", b="running", d="success")
    told = world.get("/ui/dags/d/runs/r/critical")
    assert [step["task_id"] for step in told["steps"]] == ["a", "b"]
    forecast = told["expected"]
    assert (forecast["runs"], [one["task_id"] for one in forecast["tasks"]]) == (3, ["b", "c"])
    # b takes 2 s, as `states` makes it; c is always skipped.
    end = datetime.fromisoformat(forecast["end"])
    assert end == max(made.NOW + timedelta(seconds=2), datetime.fromisoformat(told["server_time"]))
    assert all(one["is_known"] for one in forecast["tasks"])
    world.clock.advance(100)
    late = world.get("/ui/dags/d/runs/r/critical")
    assert late["expected"]["end"] == late["server_time"]


def test_the_forecast_of_a_large_run_is_learnt_from_fewer(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lite.dag(task("a"), task("b", "a"))
    for number in range(LEARN_FROM_FEW + 1):
        past = lite.run(run_id=f"past{number}", run_after=made.NOW - timedelta(days=9 - number))
        lite.states(past, a="success", b="success")
        lite.ends(past, RunState.SUCCESS)
    lite.run()
    assert lite.get("/ui/dags/d/runs/r/critical")["expected"]["runs"] == LEARN_FROM_FEW + 1
    monkeypatch.setattr(graph_routes, "MANY_LEFT", 1)
    assert lite.get("/ui/dags/d/runs/r/critical")["expected"]["runs"] == LEARN_FROM_FEW


def test_without_an_earlier_success_there_is_no_forecast(lite: World) -> None:
    lite.dag(task("a"), task("b", "a"))
    run = lite.run()
    lite.states(run, a="running")
    forecast = lite.get("/ui/dags/d/runs/r/critical")["expected"]
    assert (forecast["end"], forecast["runs"]) == (None, 0)
    assert [one["is_known"] for one in forecast["tasks"]] == [False, False]


def test_gantt_of_mapped_tasks(world: World) -> None:
    world.dag(task("m", expansion=Expansion("expand", {"x": Literal(2)})))
    run = world.run()
    with world.store.begin() as tx:
        rows = instances.load_instances(tx, [run.id])
        assert all(transitions.apply_moves(tx, [made.start(r.id, f"attempt-{r.id}") for r in rows], made.NOW))
    whole = world.get("/ui/dags/d/runs/r/gantt")["rows"]
    mapped = [row for row in whole if row["instances"] > 1]
    assert [(row["map_index"], row["instances"], row["state"]) for row in mapped] == [(-1, 2, "running")]
    single = world.get("/ui/dags/d/runs/r/gantt", task_id="m")["rows"]
    assert [(row["map_index"], row["state"], len(row["bars"])) for row in single] == [
        (0, "running", 1),
        (1, "running", 1),
    ]


def test_grid_filters_as_airflow_does(world: World) -> None:
    world.dag(task("a"))
    for hour, (name, user) in enumerate((("one", "ann"), ("two", "bob"), ("three", "ann"))):
        world.run(run_id=name, run_after=made.NOW + timedelta(hours=hour), triggering_user=user)

    def ids(**params: Any) -> list[str]:
        return [run["run_id"] for run in world.get("/ui/dags/d/grid", **params)["runs"]]

    assert ids() == ["three", "two", "one"]
    assert ids(triggering_user_pattern="ann") == ["three", "one"]
    assert ids(run_after_gte=(made.NOW + timedelta(hours=1)).isoformat()) == ["three", "two"]
    assert ids(run_after_lt=(made.NOW + timedelta(hours=1)).isoformat(), state="running") == ["one"]
    assert ids(limit=1) == ["three"]
    world.get("/ui/dags/d/grid", 422, run_after_gte="yesterday")


def test_large_answers_are_compressed_for_who_can_read_that(lite: World) -> None:
    lite.dag(task("a"))
    for path in ("/ui/dags/d/graph", "/ui/dags/d/grid"):
        packed = lite.client.get(path, headers={"Accept-Encoding": "gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        plain = lite.client.get(path, headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert packed.json() == plain.json() == json.loads(gzip.decompress(gzip.compress(plain.content)))
