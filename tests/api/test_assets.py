"""Assets, events and queues over REST, in Airflow's shapes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ostro.spec import TaskSpec
from ostro.spec.dag import WatcherSpec
from ostro.states import RunType
from ostro.store import asset_queue, assets
from ostro.store.assets import EventSource
from store.made import NOW

from .conftest import World, task

A = {"asset": {"name": "a", "uri": "s3://a", "group": "asset"}}
B = {"asset": {"name": "b", "uri": "s3://b", "group": "asset"}}


def outlet(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "asset", "name": name, "uri": f"s3://{name}", "group": "asset", **more}


def maker(task_id: str, *names: str, **more: Any) -> TaskSpec:
    return task(task_id, outlets=tuple(outlet(n) for n in names), **more)


@pytest.fixture
def full(world: World) -> World:
    """Two assets, a DAG that makes one, one that waits for both, one that reads."""
    world.dag(maker("make", "a"), dag_id="p")
    world.dag(task("use"), dag_id="c", asset_condition={"all": [A, B]})
    world.dag(task("read", inlets=(outlet("a", extra={"k": "v"}),)), dag_id="r")
    return world


def event(world: World, name: str = "a", **more: Any) -> assets.Recorded:
    with world.store.begin() as tx:
        values = {"name": name, "uri": f"s3://{name}", "at": NOW, **more}
        made = assets.record_event(tx, **values)
    assert made is not None
    return made


def ids(world: World) -> dict[str, int]:
    return {a["name"]: a["id"] for a in world.api("/assets")["assets"]}


def test_an_asset_says_who_has_to_do_with_it(full: World) -> None:
    made = event(full)
    found = full.api("/assets")
    assert (found["total_entries"], [a["name"] for a in found["assets"]]) == (2, ["a", "b"])
    asset = found["assets"][0]
    assert asset == full.api(f"/assets/{asset['id']}")
    assert (asset["uri"], asset["group"], asset["extra"]) == ("s3://a", "asset", {"k": "v"})
    assert [d["dag_id"] for d in asset["scheduled_dags"]] == ["c"]
    assert [(d["dag_id"], d["task_id"]) for d in asset["producing_tasks"]] == [("p", "make")]
    assert [(d["dag_id"], d["task_id"]) for d in asset["consuming_tasks"]] == [("r", "read")]
    assert (asset["aliases"], asset["watchers"]) == ([], [])
    assert asset["last_asset_event"]["id"] == made.id
    assert found["assets"][1]["last_asset_event"] is None


def test_lists_of_assets_are_filtered(full: World) -> None:
    assert [a["name"] for a in full.api("/assets", name_pattern="A")["assets"]] == ["a"]
    assert [a["name"] for a in full.api("/assets", uri_prefix_pattern="s3://b")["assets"]] == ["b"]
    assert [a["name"] for a in full.api("/assets", dag_ids="p")["assets"]] == ["a"]
    assert [a["name"] for a in full.api("/assets", order_by="-name", limit=1)["assets"]] == ["b"]
    full.send("DELETE", "/dags/c", status=204)
    assert [a["name"] for a in full.api("/assets")["assets"]] == ["a"]
    assert full.api("/assets", only_active=False)["total_entries"] == 2


def test_unknown_ones(full: World) -> None:
    assert full.api("/assets/99", 404)["detail"] == "The Asset with ID: `99` was not found"
    full.api("/assets/aliases/99", 404)
    full.send("POST", "/assets/99/materialize", {}, status=404)
    full.send("POST", "/assets/events", {"asset_id": 99}, status=404)
    full.send("POST", "/assets/events", {"asset_id": 1, "partition_key": " "}, status=422)
    full.send("POST", "/assets/events", {"asset_id": 1, "unknown": 1}, status=422)


def test_aliases(full: World) -> None:
    event(full, "a", aliases=["x"])
    (alias,) = full.api("/assets/aliases")["asset_aliases"]
    assert alias == {"id": alias["id"], "name": "x", "group": "asset"}
    assert full.api(f"/assets/aliases/{alias['id']}") == alias
    assert full.api(f"/assets/{ids(full)['a']}")["aliases"] == [alias]
    assert full.api("/assets/aliases", name_pattern="y")["total_entries"] == 0


def test_events_with_the_runs_that_they_made(full: World) -> None:
    by = EventSource(dag_id="p", task_id="make", run_id="r1", map_index=2)
    first = event(full, source=by, extra={"rows": 1})
    second = event(full, at=NOW + timedelta(seconds=1), partition_key="k")
    run = full.run("c", "asset_run", run_type=RunType.ASSET_TRIGGERED)
    with full.store.begin() as tx:
        asset_queue.consume(tx, "c", run.id, [first.id, second.id])
    found = full.api("/assets/events")
    assert found["total_entries"] == 2
    one, other = found["asset_events"]
    assert (one["asset_id"], one["uri"], one["name"], one["group"]) == (
        first.asset_id,
        "s3://a",
        "a",
        "asset",
    )
    assert (one["source_dag_id"], one["source_task_id"], one["source_run_id"]) == ("p", "make", "r1")
    assert (one["source_map_index"], one["extra"], one["partition_key"]) == (2, {"rows": 1}, None)
    assert [(r["dag_id"], r["run_id"], r["triggering"]) for r in one["created_dagruns"]] == [
        ("c", "asset_run", False)
    ]
    assert other["created_dagruns"][0]["triggering"] is True
    assert [e["id"] for e in full.api("/assets/events", source_dag_id="p")["asset_events"]] == [first.id]
    assert [e["id"] for e in full.api("/assets/events", order_by="-timestamp")["asset_events"]] == [
        second.id, first.id,
    ]  # fmt: skip
    later = (NOW + timedelta(milliseconds=500)).isoformat()
    assert full.api("/assets/events", timestamp_gte=later)["total_entries"] == 1
    upstream = full.api("/dags/c/dagRuns/asset_run/upstreamAssetEvents")
    assert [e["id"] for e in upstream["asset_events"]] == [first.id, second.id]


def test_dags_and_runs_by_asset(full: World) -> None:
    assert [d["dag_id"] for d in full.api("/dags", asset_dependency="S3://B")["dags"]] == ["c"]
    assert full.api("/dags", asset_dependency="%")["total_entries"] == 0
    run = full.run("c", "asset_run")
    full.run("c", "other")
    with full.store.begin() as tx:
        asset_queue.consume(tx, "c", run.id, [])
    made = event(full)
    with full.store.begin() as tx:
        asset_queue.consume(tx, "c", run.id, [made.id])
    for text, found in (("S3://A", ["asset_run"]), ("nobody", []), ("%", [])):
        listed = full.api("/dags/c/dagRuns", consuming_asset_pattern=text)["dag_runs"]
        assert [r["dag_run_id"] for r in listed] == found
        counted = full.get("/ui/runs/count", consuming_asset_pattern=text)
        assert counted["count"] == len(found)


def test_an_event_from_outside_wakes_the_engine(full: World) -> None:
    asset_id = ids(full)["a"]
    made = full.send("POST", "/assets/events", {"asset_id": asset_id, "extra": {"by": "me"}})
    assert made["extra"] == {"by": "me", "from_rest_api": True}
    assert (made["source_dag_id"], made["source_map_index"], made["created_dagruns"]) == (None, -1, [])
    assert full.woken[-1] == ([], ["c"])
    (entry,) = full.api("/eventLogs", event="create_asset_event")["event_logs"]
    assert entry["owner"] == "admin"


def test_queues(full: World) -> None:
    asset_id = ids(full)["a"]
    event(full)
    event(full, at=NOW + timedelta(seconds=5))
    queued = {
        "dag_id": "c",
        "asset_id": asset_id,
        "created_at": "2026-03-01T12:30:15.123456Z",
        "dag_display_name": "c",
    }
    listed = {"queued_events": [queued], "total_entries": 1}
    assert full.api("/dags/c/assets/queuedEvents") == listed
    assert full.api(f"/assets/{asset_id}/queuedEvents") == listed
    assert full.api(f"/dags/c/assets/{asset_id}/queuedEvents") == queued
    assert full.api("/dags/c/assets/queuedEvents", before=NOW.isoformat())["total_entries"] == 0
    full.api("/dags/p/assets/queuedEvents")
    full.api(f"/dags/p/assets/{asset_id}/queuedEvents", 404)
    full.send("DELETE", f"/dags/c/assets/{asset_id}/queuedEvents", status=204)
    full.send("DELETE", f"/dags/c/assets/{asset_id}/queuedEvents", status=404)
    assert full.api("/dags/c/assets/queuedEvents")["total_entries"] == 0
    event(full)
    full.send("DELETE", "/dags/c/assets/queuedEvents", status=204)
    event(full)
    full.send("DELETE", f"/assets/{asset_id}/queuedEvents", status=204)
    full.send("DELETE", f"/assets/{asset_id}/queuedEvents", status=404)


def test_materialize_runs_the_one_dag_that_makes_the_asset(full: World) -> None:
    asset_id = ids(full)["a"]
    run = full.send("POST", f"/assets/{asset_id}/materialize", {"conf": {"x": 1}, "partition_key": "k"})
    assert (run["dag_id"], run["run_type"], run["state"]) == ("p", "asset_materialization", "queued")
    assert run["dag_run_id"].startswith("asset_materialization__")
    assert (run["conf"], run["partition_key"], run["triggering_user_name"]) == ({"x": 1}, "k", "admin")
    full.client.post(f"/api/v2/assets/{asset_id}/materialize").raise_for_status()
    full.send("POST", f"/assets/{ids(full)['b']}/materialize", {}, status=404)
    full.dag(maker("make", "a"), dag_id="q")
    full.send("POST", f"/assets/{asset_id}/materialize", {}, status=409)


def test_the_details_of_a_dag_show_its_condition(full: World) -> None:
    assert full.api("/dags/c/details")["asset_expression"] == {"all": [A, B]}


def test_a_dag_that_names_an_asset_of_another_is_warned_of(full: World) -> None:
    assert full.api("/dagWarnings")["dag_warnings"] == []
    other = {**outlet("a"), "uri": "s3://elsewhere"}
    full.dag(task("make", outlets=(other,)), dag_id="z")
    (warning,) = full.api("/dagWarnings", warning_type="asset conflict")["dag_warnings"]
    assert (warning["dag_id"], warning["warning_type"]) == ("z", "asset conflict")
    assert "'s3://elsewhere'" in warning["message"] and "rename one" in warning["message"]
    assert full.api("/dagWarnings", warning_type="non-existent pool")["total_entries"] == 0


def test_partitions_are_taken_off_runs(full: World) -> None:
    for i, run_id in enumerate(("one", "two", "three")):
        full.run("c", run_id, partition_key=f"k{i}", partition_date=NOW + timedelta(days=i))
    found = full.send("POST", "/dags/c/clearPartitions", {"partition_key": "k0"})
    assert found == {"dag_runs_cleared": 1, "task_instances_cleared": 0, "dry_run": True}
    assert full.api("/dags/c/dagRuns/one")["partition_key"] == "k0"
    full.send("POST", "/dags/c/clearPartitions", {"partition_key": "k0", "dry_run": False})
    one = full.api("/dags/c/dagRuns/one")
    assert (one["partition_key"], one["partition_date"]) == (None, None)
    span = {
        "partition_date_start": NOW.isoformat(),
        "partition_date_end": (NOW + timedelta(days=1)).isoformat(),
    }
    body = {**span, "clear_task_instances": True, "dry_run": False}
    assert full.send("POST", "/dags/c/clearPartitions", body)["dag_runs_cleared"] == 1
    assert [r["partition_key"] for r in full.api("/dags/c/dagRuns")["dag_runs"]] == [None, None, "k2"]
    assert full.api("/dags/c/dagRuns", partition_date_gte=NOW.isoformat())["total_entries"] == 1
    full.send("POST", "/dags/c/clearPartitions", {"run_id": "three", "dry_run": False})
    full.send("POST", "/dags/c/clearPartitions", {"run_id": "nobody"}, status=404)
    full.send("POST", "/dags/unknown/clearPartitions", {"run_id": "one"}, status=404)
    for wrong in ({}, {"run_id": "one", "partition_key": "k"}):
        full.send("POST", "/dags/c/clearPartitions", wrong, status=400)


def test_the_watchers_of_an_asset(world: World) -> None:
    watcher = WatcherSpec(name="w", classpath="m.W", kwargs={"n": 1}, asset_name="a", asset_uri="s3://a")
    for dag_id in ("c", "d"):
        world.dag(task("use"), dag_id=dag_id, asset_condition={"all": [A, B]}, watchers=(watcher,))
    one, other = world.api("/assets")["assets"]
    assert [(w["name"], set(w)) for w in one["watchers"]] == [("w", {"name", "trigger_id", "created_date"})]
    assert other["watchers"] == []
    assert world.api(f"/assets/{one['id']}")["watchers"] == one["watchers"]
