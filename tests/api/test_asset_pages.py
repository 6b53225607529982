"""What the web page reads of assets: list, lineage, the condition of the next run with ticks, partitions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ostro.rules.permissions import Grant, Resource
from ostro.store import accounts, assets, partitions, roles, specs
from ostro.timetable import encode
from ostro.timetable.assets import StoredCondition
from ostro.timetable.partitioned import PartitionedAssetTimetable
from store import made
from store.made import NOW

from .conftest import World, task
from .test_assets import A, B, event, ids, maker, outlet

ALIAS = {"alias": {"name": "x", "group": "asset"}}


@pytest.fixture
def full(world: World) -> World:
    """p makes a; c waits for a and (b or the alias x) and makes z; r reads a."""
    world.dag(maker("make", "a"), dag_id="p")
    world.dag(maker("use", "z"), dag_id="c", asset_condition={"all": [A, {"any": [B, ALIAS]}]})
    world.dag(task("read", inlets=(outlet("a"),)), dag_id="r")
    return world


def lines(world: World, **params: Any) -> list[str]:
    return [one["name"] for one in world.get("/ui/assets", **params)["assets"]]


def test_the_list_counts_who_has_to_do_with_an_asset(full: World) -> None:
    event(full)
    found = full.get("/ui/assets")
    assert (found["total_entries"], found["groups"]) == (3, {"asset": 3})
    first = found["assets"][0]
    assert (first["name"], first["producers"], first["consumers"], first["scheduled"]) == ("a", 1, 1, 1)
    assert first["last_event_at"] is not None
    assert lines(full, search="S3://B") == ["b"]
    assert lines(full, order_by="-last_event") == ["a", "b", "z"]
    assert lines(full, group="other") == []
    full.get("/ui/assets", 400, order_by="colour")


def test_lineage_is_a_drawing_and_two_lists(full: World) -> None:
    number = ids(full)
    drawn = full.get("/ui/lineage")
    names = [f"{one['kind']}:{one['label']}" for one in drawn["extras"]]
    edges = {(names[a], names[b]) for a, b in zip(drawn["edges"][::2], drawn["edges"][1::2], strict=True)}
    assert edges == {
        ("dag:p", "asset:a"), ("asset:a", "dag:c"), ("asset:a", "dag:r"), ("asset:b", "dag:c"), ("alias:x", "dag:c"),
        ("dag:c", "asset:z"),
    }  # fmt: skip
    assert sorted(node for layer in drawn["levels"][0]["layers"] for node in layer if node >= 0) == list(
        range(len(names))
    )
    near = full.get("/ui/lineage", node=f"asset:{number['a']}", depth=1)
    assert sorted(one["label"] for one in near["extras"]) == ["a", "c", "p", "r"]
    before = full.get("/ui/lineage", node=f"asset:{number['z']}")
    assert sorted(one["label"] for one in before["extras"]) == ["a", "b", "c", "p", "x", "z"]
    listed = full.get("/ui/dependencies", node_id="dag:r")
    assert listed["edges"] == [
        {"source_id": f"asset:{number['a']}", "target_id": "dag:r"},
        {"source_id": "dag:p", "target_id": f"asset:{number['a']}"},
    ]
    full.get("/ui/lineage", 422, node="task:1")
    full.get("/ui/lineage", 404, node="asset:999")


@pytest.fixture
def tied(world: World) -> World:
    """a starts b by two tasks and itself by one; c waits for a; d starts a DAG that does not exist, and one named at run time."""
    starts = [task(name, links={"trigger_dag_id": "b"}) for name in ("go", "go_on")]
    world.dag(*starts, task("again", links={"trigger_dag_id": "a"}), dag_id="a")
    world.dag(task("do"), dag_id="b", display_name="The second")
    world.dag(task("wait", links={"external_dag_id": "a", "external_task_id": "go"}), dag_id="c")
    world.dag(
        task("x", links={"trigger_dag_id": "nowhere"}),
        task("y", links={"trigger_dag_id": "{{ params.dag }}"}),
        dag_id="d",
    )
    return world


def test_dags_that_start_and_await_others_are_tied(tied: World) -> None:
    drawn = tied.get("/ui/lineage")
    names = [one["label"] for one in drawn["extras"]]
    ends = zip(drawn["edges"][::2], drawn["edges"][1::2], strict=True)
    texts = {(names[a], names[b]): drawn["edge_labels"][str(at)] for at, (a, b) in enumerate(ends)}
    assert texts == {("a", "The second"): "go, go_on", ("a", "c"): "wait"}
    assert sorted(drawn["roles"].values()) == [["sensor"], ["trigger"]]
    near = tied.get("/ui/lineage", node="dag:c")
    assert sorted(one["target"] for one in near["extras"]) == ["a", "c"]
    # Airflow has a node of its own for each task between two DAGs.
    listed = tied.get("/ui/dependencies", node_id="dag:c")
    assert [(node["type"], node["label"]) for node in listed["nodes"]] == [
        ("dag", "a"),
        ("dag", "c"),
        ("sensor", "wait"),
    ]
    assert listed["edges"] == [
        {"source_id": "dag:a", "target_id": "sensor:a:c:wait"},
        {"source_id": "sensor:a:c:wait", "target_id": "dag:c"},
    ]


def test_ties_follow_a_new_version_and_stop_with_the_file(tied: World) -> None:
    assert len(tied.get("/ui/lineage")["extras"]) == 3
    tied.dag(task("do", links={"trigger_dag_id": "d"}), dag_id="b")
    assert len(tied.get("/ui/lineage")["extras"]) == 4
    with tied.store.begin() as tx:
        specs.retire_files(tx, [made.file("b.py")], NOW)
    assert [one["target"] for one in tied.get("/ui/lineage")["extras"]] == ["a", "c"]


def test_ties_to_a_dag_that_may_not_be_read_are_not_told(tied: World) -> None:
    with tied.store.begin() as tx:
        roles.insert_role(tx, "half", NOW)
        grants = [Grant("read", Resource.DAGS, "a"), Grant("read", Resource.DAGS, "b")]
        roles.add_grants(tx, "half", [Grant("read", Resource.ASSETS), *grants])
        accounts.insert_user(tx, "hal", None, roles=["half"], now=NOW)
    tied.sign_in("hal")
    assert [one["target"] for one in tied.get("/ui/lineage")["extras"]] == ["a", "b"]


def test_a_step_of_the_condition_gets_its_tick(full: World) -> None:
    number = ids(full)
    before = full.get("/ui/next_run_assets/c")
    assert before["condition"]["is_met"] is False
    assert [e["lastUpdate"] for e in before["events"]] == [None, None]
    event(full)
    with full.store.begin() as tx:
        assets.record_event(tx, name="y", uri="s3://y", at=NOW + timedelta(hours=1), aliases=["x"])
    after = full.get("/ui/next_run_assets/c")
    first, second = after["condition"]["parts"]
    assert (first["kind"], first["asset_id"], first["is_met"]) == ("asset", number["a"], True)
    assert first["at"] is not None
    assert [(part["kind"], part["is_met"]) for part in second["parts"]] == [("asset", False), ("alias", True)]
    assert after["condition"]["is_met"] is True
    assert full.get("/ui/next_run_assets/r")["condition"] is None


def test_partitions_say_what_they_have_got(world: World) -> None:
    condition = {"all": [A, B]}
    world.dag(maker("make", "a", "b"), dag_id="p")
    timetable = encode(PartitionedAssetTimetable(StoredCondition(condition)))
    world.dag(task("use"), dag_id="c", asset_condition=condition, timetable=timetable)
    made = event(world, partition_key="kr")
    with world.store.begin() as tx:
        row = partitions.open_key(tx, "c", "kr", date=None, fingerprint="", now=NOW)
        partitions.collect(tx, row, event_id=made.id, asset_id=ids(world)["a"], source_key="kr")
    assert world.get("/ui/next_run_assets/c")["pending_partition_count"] == 1
    listed = world.get("/ui/partitioned_dag_runs", dag_id="c", has_created_dag_run_id=False)
    assert [(p["partition_key"], p["total_received"]) for p in listed["partitioned_dag_runs"]] == [("kr", 1)]
    found = world.get("/ui/pending_partitioned_dag_run/c", partition_key="kr")
    assert [(a["name"], a["received"], a["is_met"]) for a in found["assets"]] == [
        ("a", 1, True),
        ("b", 0, False),
    ]
    world.get("/ui/pending_partitioned_dag_run/c", 404, partition_key="us")
