"""The state stores of tasks and assets over REST, in Airflow's shapes."""

from __future__ import annotations

from ostro.store import assets, event_log, state_stores
from ostro.store.views.filters import Page
from store.made import NOW

from .conftest import World, task

TASK = "/dags/d/dagRuns/r/taskInstances/a/state-store"


def test_the_state_of_a_task(world: World) -> None:
    world.dag(task("a"))
    world.run()
    world.send("PUT", TASK + "/some/key", {"value": {"x": 1}}, 204)
    world.send("PUT", TASK + "/kept", {"value": 2, "expires_at": None}, 204)
    world.send("PUT", TASK + "/once", {"value": 3, "expires_at": "2099-01-01T00:00:00Z"}, 204)
    found = world.api(TASK)
    assert found["total_entries"] == 3
    by_key = {entry["key"]: entry for entry in found["task_state_store"]}
    assert by_key["some/key"]["value"] == {"x": 1}
    assert by_key["some/key"]["expires_at"] is not None
    assert by_key["kept"]["expires_at"] is None
    assert by_key["once"]["expires_at"].startswith("2099-01-01")
    changed = world.send("PATCH", TASK + "/once", {"value": 4})
    assert (changed["value"], changed["expires_at"][:10]) == (4, "2099-01-01")
    assert world.api(TASK + "/once")["value"] == 4
    world.send("DELETE", TASK + "/once", status=204)
    world.api(TASK + "/once", 404)
    world.send("PATCH", TASK + "/once", {"value": 4}, 404)
    world.send("DELETE", TASK, status=204, all_map_indices=True)
    assert world.api(TASK)["total_entries"] == 0
    world.send("PUT", TASK + "/none", {"value": None}, 400)
    world.api("/dags/d/dagRuns/r/taskInstances/nobody/state-store", 404)
    with world.store.read() as tx:
        done = {entry.event for entry in event_log.list_entries(tx, (), Page(limit=99))[0]}
    assert {"set_task_state_store", "delete_task_state_store", "clear_task_state_store"} <= done


def test_the_state_of_an_asset(world: World) -> None:
    with world.store.begin() as tx:
        asset_id = assets.make(tx, name="n", uri="u", group="asset", at=NOW)
        kept = state_stores.AssetState(
            key="cursor",
            value=b'"abc"',
            updated_at=NOW,
            writer="task",
            dag_id="d",
            run_id="r",
            task_id="a",
            map_index=-1,
        )
        state_stores.asset_put(tx, "n", "u", kept)
    where = f"/assets/{asset_id}/state-store"
    (entry,) = world.api(where)["asset_state_store"]
    assert entry["value"] == "abc"
    assert entry["last_updated_by"] == {
        "kind": "task",
        "dag_id": "d",
        "run_id": "r",
        "task_id": "a",
        "map_index": -1,
    }
    world.send("PUT", where + "/cursor", {"value": [1]}, 204)
    assert world.api(where + "/cursor")["last_updated_by"]["kind"] == "api"
    world.send("DELETE", where + "/cursor", status=204)
    world.api(where + "/cursor", 404)
    world.send("DELETE", where, status=204)
    world.api("/assets/999/state-store", 404)
