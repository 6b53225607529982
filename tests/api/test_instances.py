"""Task instances over the REST API: lists, tries, reasons, clear, mark."""

from __future__ import annotations

import pytest

from ostro.spec import Expansion, Literal
from ostro.states import RunState
from ostro.store import Pool, instances, pools
from store import made

from .conftest import World, task

TIS = "/dags/d/dagRuns/r/taskInstances"
FIELDS = {
    "id", "task_id", "dag_id", "dag_run_id", "map_index", "logical_date", "run_after", "start_date", "end_date",
    "duration", "state", "try_number", "max_tries", "task_display_name", "dag_display_name", "hostname", "unixname",
    "pool", "pool_slots", "queue", "priority_weight", "operator", "operator_name", "queued_when", "scheduled_when",
    "pid", "executor", "executor_config", "note", "rendered_map_index", "rendered_fields", "trigger",
    "triggerer_job", "dag_version",
}  # fmt: skip


@pytest.fixture
def chain(world: World) -> World:
    """d: a → b → c, where a ended well, b failed, c waits."""
    world.dag(task("a"), task("b", "a"), task("c", "b", retries=2))
    run = world.run()
    world.states(run, a="success", b="failed", c="upstream_failed")
    world.ends(run, RunState.FAILED)
    return world


@pytest.fixture
def mapped(world: World) -> World:
    """d: m mapped over three things."""
    world.dag(task("m", expansion=Expansion("expand", {"x": Literal(3)})), task("after", "m"))
    world.run()
    return world


class TestRead:
    def test_one_has_exactly_airflows_fields(self, chain: World) -> None:
        found = chain.api(f"{TIS}/b")
        assert set(found) == FIELDS
        assert (found["state"], found["try_number"], found["duration"]) == ("failed", 1, 2.0)
        assert found["dag_version"]["version_number"] == 1
        assert found["executor_config"] == "{}"

    def test_rendered_fields(self, chain: World) -> None:
        with chain.store.read() as tx:
            record = instances.load_instances(tx, [1])[0]
        assert record.run == 1
        with chain.store.begin() as tx:
            from ostro.store import rendered

            rendered.put(tx, record.id, b'{"bash_command": "echo 1"}')
        assert chain.api(f"{TIS}/a")["rendered_fields"] == {"bash_command": "echo 1"}

    def test_no_status_is_null(self, world: World) -> None:
        world.dag(task("a"))
        world.run()
        assert world.api(f"{TIS}/a")["state"] is None
        assert world.api(TIS, state="none")["total_entries"] == 1
        assert world.api(TIS, state="null")["total_entries"] == 1
        assert world.api(TIS, state="success")["total_entries"] == 0
        world.api(TIS, 422, state="odd")

    def test_list_and_filters(self, chain: World) -> None:
        found = chain.api(TIS, order_by="-task_id")
        assert [t["task_id"] for t in found["task_instances"]] == ["c", "b", "a"]
        assert found["total_entries"] == 3

        def ids(path: str = TIS, **params: object) -> list[str]:
            return sorted(t["task_id"] for t in chain.api(path, **params)["task_instances"])

        assert ids(state=["failed", "upstream_failed"]) == ["b", "c"]
        assert ids(task_id=["a", "b"]) == ["a", "b"]
        assert ids(pool="default_pool", try_number=1) == ["a", "b"]
        assert ids(task_display_name_pattern="B") == ["b"]
        assert ids(duration_gte=1) == ["a", "b"]
        assert ids("/dags/~/dagRuns/~/taskInstances", state="failed") == ["b"]
        assert ids("/dags/d/dagRuns/~/taskInstances", state="success") == ["a"]
        chain.api("/dags/d/dagRuns/none/taskInstances", 404)
        chain.api("/dags/none/dagRuns/~/taskInstances", 404)

    def test_batch(self, chain: World) -> None:
        body = {"dag_ids": ["d"], "state": ["failed", None], "page_limit": 5}
        found = chain.send("POST", "/dags/~/dagRuns/~/taskInstances/list", body)
        assert [t["task_id"] for t in found["task_instances"]] == ["b"]
        chain.send("POST", f"{TIS}/list", body, 422)

    def test_unknown_ones_are_404(self, chain: World) -> None:
        chain.api(f"{TIS}/none", 404)
        chain.api(f"{TIS}/a/7", 404)


class TestMapped:
    def test_the_bare_path_says_that_it_is_mapped(self, mapped: World) -> None:
        assert "mapped" in mapped.api(f"{TIS}/m", 404)["detail"]

    def test_one_and_all(self, mapped: World) -> None:
        assert mapped.api(f"{TIS}/m/1")["map_index"] == 1
        found = mapped.api(f"{TIS}/m/listMapped", limit=2)
        assert [t["map_index"] for t in found["task_instances"]] == [0, 1]
        assert found["total_entries"] == 3
        assert mapped.api(f"{TIS}/m/listMapped", map_index=2)["total_entries"] == 1

    def test_a_task_that_is_not_mapped(self, mapped: World) -> None:
        assert "not mapped" in mapped.api(f"{TIS}/after/listMapped", 404)["detail"]
        assert "not found" in mapped.api(f"{TIS}/none/listMapped", 404)["detail"]

    def test_mark_one_and_all(self, mapped: World) -> None:
        found = mapped.send("PATCH", f"{TIS}/m/1", {"new_state": "success"})
        assert [(t["map_index"], t["state"]) for t in found["task_instances"]] == [(1, "success")]
        found = mapped.send("PATCH", f"{TIS}/m", {"new_state": "failed"}, map_index=0)
        assert [(t["map_index"], t["state"]) for t in found["task_instances"]] == [(0, "failed")]
        found = mapped.send("PATCH", f"{TIS}/m", {"new_state": "success"})
        assert {t["state"] for t in found["task_instances"]} == {"success"}


class TestTries:
    def test_each_try_with_its_end(self, chain: World) -> None:
        found = chain.api(f"{TIS}/b/tries")
        assert [(t["try_number"], t["state"]) for t in found["task_instances"]] == [(1, "failed")]
        assert chain.api(f"{TIS}/b/tries/1")["hostname"] == "here"
        chain.api(f"{TIS}/b/tries/2", 404)

    def test_an_instance_that_never_ran_has_none(self, chain: World) -> None:
        assert chain.api(f"{TIS}/c/tries") == {"task_instances": [], "total_entries": 0}


class TestWhy:
    def test_upstream(self, world: World) -> None:
        world.dag(task("a"), task("b", "a"))
        world.run()
        (reason,) = world.api(f"{TIS}/b/dependencies")["dependencies"]
        assert reason["name"] == "trigger_rule"
        assert "a" in reason["reason"]

    def test_nothing_holds_what_ended(self, chain: World) -> None:
        assert chain.api(f"{TIS}/a/dependencies") == {"dependencies": []}

    def test_a_paused_dag(self, world: World) -> None:
        world.dag(task("a"))
        world.run()
        world.send("PATCH", "/dags/d", {"is_paused": True})
        names = [d["name"] for d in world.api(f"{TIS}/a/dependencies")["dependencies"]]
        assert names[0] == "dag_paused"

    def test_a_full_pool(self, world: World) -> None:
        world.dag(task("a", pool="small"), task("b", pool="small"))
        run = world.run()
        with world.store.begin() as tx:
            pools.create(tx, Pool(name="small", slots=1))
            from ostro.store import tables as t

            tx.execute(t.task_instance.update().values(pool="small"))
        world.states(run, a="running", b="scheduled")
        (reason,) = world.api(f"{TIS}/b/dependencies")["dependencies"]
        assert reason == {"name": "pool_full", "reason": "1 of 1 slots of pool 'small' are taken"}


class TestClear:
    PATH = "/dags/d/clearTaskInstances"

    def states(self, world: World) -> dict[str, str | None]:
        return {t["task_id"]: t["state"] for t in world.api(TIS)["task_instances"]}

    def test_by_default_nothing_happens_but_a_list_of_the_failed(self, chain: World) -> None:
        found = chain.send("POST", self.PATH, {"dag_run_id": "r"})
        assert sorted(t["task_id"] for t in found["task_instances"]) == ["b", "c"]
        assert self.states(chain)["b"] == "failed"
        assert chain.woken == []

    def test_for_real(self, chain: World) -> None:
        body = {
            "dag_run_id": "r",
            "dry_run": False,
            "task_ids": ["b"],
            "include_downstream": True,
            "note": "again",
        }
        found = chain.send("POST", self.PATH, body)
        assert found["total_entries"] == 2
        assert self.states(chain) == {"a": "success", "b": None, "c": None}
        assert chain.api(f"{TIS}/b")["note"] == "again"
        assert chain.woken[-1][1] == ["d"]
        assert chain.api("/dags/d/dagRuns/r")["state"] == "queued"

    def test_without_touching_the_run(self, chain: World) -> None:
        body = {"dag_run_id": "r", "dry_run": False, "reset_dag_runs": False}
        chain.send("POST", self.PATH, body)
        assert chain.api("/dags/d/dagRuns/r")["state"] == "failed"

    def test_a_pair_of_task_and_map_index(self, mapped: World) -> None:
        mapped.send("PATCH", f"{TIS}/m", {"new_state": "failed"})
        body = {"dag_run_id": "r", "task_ids": [["m", 1]], "dry_run": True}
        found = mapped.send("POST", self.PATH, body)
        assert [(t["task_id"], t["map_index"]) for t in found["task_instances"]] == [("m", 1)]

    @pytest.mark.parametrize(
        "body",
        [
            {"only_failed": True, "only_running": True},
            {"start_date": "2026-01-02T00:00:00Z", "end_date": "2026-01-01T00:00:00Z"},
            {"dag_run_id": "r", "start_date": "2026-01-02T00:00:00Z"},
            {"include_past": True},
            {"task_ids": []},
            {"unknown": 1},
        ],
    )
    def test_what_makes_no_sense_is_422(self, chain: World, body: dict[str, object]) -> None:
        chain.send("POST", self.PATH, body, 422)

    def test_unknown_things_are_404(self, chain: World) -> None:
        chain.send("POST", self.PATH, {"dag_run_id": "none"}, 404)
        chain.send("POST", self.PATH, {"dag_run_id": "r", "task_ids": ["none"]}, 404)
        chain.send("POST", "/dags/none/clearTaskInstances", {}, 404)

    def test_a_running_task_can_be_protected(self, world: World) -> None:
        world.dag(task("a"))
        run = world.run()
        world.states(run, a="running")
        body = {"dag_run_id": "r", "only_failed": False, "dry_run": False, "prevent_running_task": True}
        world.send("POST", self.PATH, body, 409)


class TestMark:
    def test_success_lets_the_rest_go_on(self, chain: World) -> None:
        found = chain.send("PATCH", f"{TIS}/b", {"new_state": "success", "note": "fine"})
        assert [(t["task_id"], t["state"], t["note"]) for t in found["task_instances"]] == [
            ("b", "success", "fine")
        ]
        assert chain.api(f"{TIS}/c")["state"] is None

    def test_dry_run_changes_nothing(self, chain: World) -> None:
        found = chain.send("PATCH", f"{TIS}/b/dry_run", {"new_state": "success", "include_upstream": True})
        assert [t["task_id"] for t in found["task_instances"]] == ["b"]
        assert chain.api(f"{TIS}/b")["state"] == "failed"

    def test_only_the_note(self, chain: World) -> None:
        chain.send("PATCH", f"{TIS}/b", {"new_state": "success", "note": "n"}, update_mask="note")
        found = chain.api(f"{TIS}/b")
        assert (found["state"], found["note"]) == ("failed", "n")

    def test_states_that_cannot_be_given(self, chain: World) -> None:
        chain.send("PATCH", f"{TIS}/b", {"new_state": "running"}, 422)
        chain.send("PATCH", f"{TIS}/none", {"new_state": "success"}, 404)


def test_after_a_clear_the_earlier_try_is_still_there(chain: World) -> None:
    body = {"dag_run_id": "r", "dry_run": False, "task_ids": ["b"]}
    chain.send("POST", "/dags/d/clearTaskInstances", body)
    assert chain.api(f"{TIS}/b/tries/1")["state"] == "failed"
    assert chain.api("/dags/d/dagRuns/r")["state"] == RunState.QUEUED


def test_all_instances_come_by_map_index_whatever_the_page(world: World) -> None:
    """Those without one first, then the mapped ones; each page goes on where the one before ended."""
    world.dag(task("a"), task("b"))
    for run_id in ("r1", "r2"):
        run = world.run(run_id=run_id)
        with world.store.begin() as tx:
            for index in (1, 0):
                made.instances(tx, run, "m", map_index=index)
    everything = "/dags/~/dagRuns/~/taskInstances"
    whole = world.api(everything)["task_instances"]
    assert [(one["dag_run_id"], one["task_id"], one["map_index"]) for one in whole] == [
        ("r1", "a", -1), ("r1", "b", -1), ("r2", "a", -1), ("r2", "b", -1),
        ("r1", "m", 0), ("r2", "m", 0), ("r1", "m", 1), ("r2", "m", 1),
    ]  # fmt: skip
    for limit in (1, 3, 5):
        pages = [
            one
            for offset in range(0, 9, limit)
            for one in world.api(everything, limit=limit, offset=offset)["task_instances"]
        ]
        assert pages == whole
    assert world.api(everything, order_by="map_index")["task_instances"] == whole


def test_instances_in_pools_of_their_own_are_counted_and_listed(world: World) -> None:
    world.send("POST", "/pools", {"name": "own", "slots": 1}, 201)
    world.dag(task("a"), task("b", pool="own"))
    world.run()
    for asked, found in (
        (["own"], ["b"]),
        (["default_pool"], ["a"]),
        (["own", "default_pool"], ["a", "b"]),
        (["no"], []),
    ):
        listed = world.api("/dags/~/dagRuns/~/taskInstances", pool=asked)["task_instances"]
        assert [one["task_id"] for one in listed] == found
        assert world.get("/ui/tasks/count", pool=asked) == {"count": len(found), "more": False}


def test_a_dry_run_of_a_mark_tells_what_the_request_would_do(chain: World) -> None:
    """Of those that have the state already nothing is told; what the mask leaves out is not done."""

    def told(body: dict[str, object], **asked: object) -> list[tuple[str, str]]:
        found = chain.send("PATCH", f"{TIS}/b/dry_run", body, **asked)
        assert found["total_entries"] == len(found["task_instances"])
        return [(one["task_id"], one["state"]) for one in found["task_instances"]]

    mark = {"new_state": "success", "include_upstream": True, "note": "seen"}
    before = chain.api(TIS)
    assert told(mark) == [("b", "failed")]
    assert told(mark, update_mask=["new_state", "include_upstream"]) == [("b", "failed")]
    assert told({"new_state": "failed"}) == []
    # A note is written to what is named.
    assert told({"note": "seen"}) == [("b", "failed")]
    assert told({"new_state": "failed", "note": "seen"}, update_mask="note") == [("b", "failed")]
    assert chain.api(TIS) == before
    done = chain.send("PATCH", f"{TIS}/b", mark, update_mask="note")
    assert [(one["task_id"], one["state"], one["note"]) for one in done["task_instances"]] == [
        ("b", "failed", "seen")
    ]
