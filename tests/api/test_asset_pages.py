"""What the web page reads of assets: list, lineage, the condition of the next run with ticks, partitions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ostro.store import assets, partitions
from ostro.timetable import encode
from ostro.timetable.assets import StoredCondition
from ostro.timetable.partitioned import PartitionedAssetTimetable
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
