"""Many runs and many task instances in one request; the deletion of an instance; task groups as a whole."""

from __future__ import annotations

from typing import Any

import pytest

from ostro import commands
from ostro.spec import GroupSpec
from ostro.states import RunState
from ostro.store import Pool

from .conftest import World, task

RUNS = "/dags/d/dagRuns"


def bulk(action: str, *entities: Any, **more: Any) -> dict[str, Any]:
    return {"actions": [{"action": action, "entities": list(entities), **more}]}


class TestRuns:
    def test_mark_note_and_delete(self, world: World) -> None:
        world.dag(task("a"))
        one = world.run(run_id="r1")
        world.run(run_id="r2")
        world.states(one, a="success")
        found = world.send(
            "PATCH",
            RUNS,
            bulk("update", {"dag_run_id": "r1", "state": "failed", "note": "so"}, {"dag_run_id": "x"}),
        )
        assert found["update"]["success"] == ["d.r1"]
        assert [e["status_code"] for e in found["update"]["errors"]] == [404]
        changed = world.api(f"{RUNS}/r1")
        assert (changed["state"], changed["note"]) == ("failed", "so")
        found = world.send("PATCH", RUNS, bulk("delete", "r1", {"dag_run_id": "r2"}))
        assert found["delete"]["success"] == ["d.r1"]
        assert [e["status_code"] for e in found["delete"]["errors"]] == [409]
        world.api(f"{RUNS}/r1", 404)

    def test_over_several_dags(self, world: World) -> None:
        world.dag(task("a"))
        world.run(state=RunState.RUNNING)
        body = bulk(
            "update", {"dag_run_id": "r", "dag_id": "d", "note": "n"}, {"dag_run_id": "r", "note": "n"}
        )
        found = world.send("PATCH", "/dags/~/dagRuns", body)
        assert found["update"]["success"] == ["d.r"]
        assert [e["status_code"] for e in found["update"]["errors"]] == [400]

    def test_what_is_missing_may_be_left_out_and_nothing_is_made(self, world: World) -> None:
        world.dag(task("a"))
        found = world.send("PATCH", RUNS, bulk("delete", "x", action_on_non_existence="skip"))
        assert found["delete"] == {"success": [], "errors": []}
        found = world.send("PATCH", RUNS, bulk("create", {"dag_run_id": "x"}))
        assert [e["status_code"] for e in found["create"]["errors"]] == [405]

    def test_mask(self, world: World) -> None:
        world.dag(task("a"))
        world.run()
        entity = {"dag_run_id": "r", "state": "failed", "note": "n"}
        world.send("PATCH", RUNS, bulk("update", entity, update_mask=["note"]))
        found = world.api(f"{RUNS}/r")
        assert (found["state"], found["note"]) == ("running", "n")


class TestClearRuns:
    def test_named_runs(self, world: World) -> None:
        world.dag(task("a"))
        for run_id in ("r1", "r2"):
            run = world.run(run_id=run_id)
            world.states(run, a="success")
            world.ends(run, RunState.SUCCESS)
        body: dict[str, Any] = {"dag_runs": [{"dag_run_id": "r1"}, {"dag_run_id": "r2"}]}
        found = world.send("POST", "/dags/d/clearDagRuns", body)
        assert [(i["dag_run_id"], i["task_id"]) for i in found["task_instances"]] == [
            ("r1", "a"),
            ("r2", "a"),
        ]
        assert world.api(f"{RUNS}/r1")["state"] == "success"
        found = world.send("POST", "/dags/d/clearDagRuns", body | {"dry_run": False, "note": "again"})
        assert [(r["dag_run_id"], r["state"], r["note"]) for r in found["dag_runs"]] == [
            ("r1", "queued", "again"),
            ("r2", "queued", "again"),
        ]

    def test_runs_of_a_partition(self, world: World) -> None:
        world.dag(task("a"))
        run = world.run(run_id="r1", partition_key="p")
        world.run(run_id="r2", partition_key="q")
        world.states(run, a="failed")
        found = world.send("POST", "/dags/d/clearDagRuns", {"partition_key": "p"})
        assert [i["dag_run_id"] for i in found["task_instances"]] == ["r1"]
        world.send("POST", "/dags/~/clearDagRuns", {"partition_key": "p"}, 400)

    def test_runs_are_said_in_one_way(self, world: World) -> None:
        world.dag(task("a"))
        world.send("POST", "/dags/d/clearDagRuns", {}, 400)
        world.send(
            "POST", "/dags/d/clearDagRuns", {"partition_key": "p", "dag_runs": [{"dag_run_id": "r"}]}, 400
        )
        world.send("POST", "/dags/d/clearDagRuns", {"dag_runs": [{"dag_run_id": "r"}]}, 404)


class TestInstances:
    PATH = "/dags/d/dagRuns/r/taskInstances"

    def test_mark_and_note(self, world: World) -> None:
        world.dag(task("a"), task("b", "a"))
        world.run()
        body = bulk(
            "update",
            {"task_id": "a", "new_state": "success"},
            {"task_id": "b", "note": "n"},
            {"task_id": "x"},
        )
        found = world.send("PATCH", self.PATH, body)
        assert found["update"]["success"] == ["d.r.a[-1]", "d.r.b[-1]"]
        assert [e["status_code"] for e in found["update"]["errors"]] == [404]
        assert world.api(f"{self.PATH}/a")["state"] == "success"
        assert world.api(f"{self.PATH}/b")["note"] == "n"

    def test_delete_and_create(self, world: World) -> None:
        world.dag(task("a"), task("b"))
        run = world.run()
        world.states(run, a="success", b="running")
        world.xcom(run, "a", "k", b"1")
        found = world.send("PATCH", self.PATH, bulk("delete", "a", {"task_id": "b", "map_index": -1}))
        assert found["delete"]["success"] == ["d.r.a[-1]"]
        assert [e["status_code"] for e in found["delete"]["errors"]] == [409]
        world.api(f"{self.PATH}/a", 404)
        assert world.api(f"{self.PATH}/a/xcomEntries")["total_entries"] == 0
        found = world.send("PATCH", self.PATH, bulk("create", {"task_id": "z"}))
        assert [e["status_code"] for e in found["create"]["errors"]] == [405]

    def test_over_several_runs(self, world: World) -> None:
        world.dag(task("a"))
        world.run()
        entity = {"task_id": "a", "dag_id": "d", "dag_run_id": "r", "new_state": "skipped"}
        found = world.send(
            "PATCH", "/dags/~/dagRuns/~/taskInstances", bulk("update", entity, {"task_id": "a"})
        )
        assert found["update"]["success"] == ["d.r.a[-1]"]
        assert [e["status_code"] for e in found["update"]["errors"]] == [400]

    def test_delete_one(self, world: World) -> None:
        world.dag(task("a"))
        run = world.run()
        assert world.send("DELETE", f"{self.PATH}/a") is None
        world.send("DELETE", f"{self.PATH}/a", status=404)
        world.send("DELETE", f"{self.PATH}/b", status=404, map_index=3)
        assert world.woken[-1] == ([run.id], ["d"])
        assert world.api("/eventLogs", order_by="-id")["event_logs"][0]["event"] == "delete_task_instance"


class TestGroups:
    PATH = "/dags/d/dagRuns/r/taskGroupInstances"

    def make(self, world: World) -> None:
        groups = (GroupSpec(group_id="g"), GroupSpec(group_id="inner", parent="g"))
        world.dag(
            task("g.a", group_id="g"), task("b", group_id="inner"), task("c"),
            groups=groups,
        )  # fmt: skip
        world.run()

    def test_all_of_a_group_is_marked(self, world: World) -> None:
        self.make(world)
        found = world.send("PATCH", f"{self.PATH}/g/dry_run", {"new_state": "success"})
        assert [i["task_id"] for i in found["task_instances"]] == ["b", "g.a"]
        found = world.send("PATCH", f"{self.PATH}/g", {"new_state": "success", "note": "n"})
        assert {(i["task_id"], i["state"], i["note"]) for i in found["task_instances"]} == {
            ("b", "success", "n"),
            ("g.a", "success", "n"),
        }
        world.send("PATCH", f"{self.PATH}/g", {"new_state": "success"}, 409)
        found = world.api("/dags/d/dagRuns/r/taskInstances", task_group_id="g")
        assert {i["task_id"] for i in found["task_instances"]} == {"b", "g.a"}

    def test_what_does_not_exist(self, world: World) -> None:
        self.make(world)
        world.send("PATCH", f"{self.PATH}/none", {"note": "n"}, 404)
        world.send("PATCH", "/dags/d/dagRuns/none/taskGroupInstances/g", {"note": "n"}, 404)
        world.send("PATCH", f"{self.PATH}/g", {"new_state": "running"}, 422)


class TestOneThatFails:
    """It changes nothing, not even a half, and the others are carried out."""

    def test_a_run(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        world.dag(task("a"))
        for run_id in ("r1", "r2", "r3"):
            world.run(run_id=run_id)
        refuse_notes(monkeypatch, "set_run_note_in")
        notes = [{"dag_run_id": f"r{n}", "state": "failed", "note": str(n)} for n in (1, 2, 3)]
        found = world.send("PATCH", RUNS, bulk("update", *notes))["update"]
        assert found["success"] == ["d.r1", "d.r3"]
        assert [e["status_code"] for e in found["errors"]] == [400]
        assert [world.api(f"{RUNS}/r{n}")["state"] for n in (1, 2, 3)] == ["failed", "running", "failed"]
        assert [world.api(f"{RUNS}/r{n}")["note"] for n in (1, 2, 3)] == ["1", None, "3"]

    def test_a_task_instance(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        world.dag(task("a"), task("b"), task("c"))
        world.run()
        refuse_notes(monkeypatch, "set_task_note_in")
        entities = [
            {"task_id": x, "new_state": "success", "note": n} for x, n in zip("abc", "123", strict=True)
        ]
        found = world.send("PATCH", TestInstances.PATH, bulk("update", *entities))["update"]
        assert found["success"] == ["d.r.a[-1]", "d.r.c[-1]"]
        assert [e["status_code"] for e in found["errors"]] == [400]
        rows = {x: world.api(f"{TestInstances.PATH}/{x}") for x in "abc"}
        assert {x: (row["state"], row["note"]) for x, row in rows.items()} == {
            "a": ("success", "1"),
            "b": (None, None),
            "c": ("success", "3"),
        }

    def test_what_the_database_refuses(self, world: World) -> None:
        pools = [{"name": name, "slots": slots} for name, slots in (("p", 1), ("q", 2**70), ("s", 3))]
        found = world.send("PATCH", "/pools", bulk("create", *pools))["create"]
        assert found["success"] == ["p", "s"]
        assert [e["status_code"] for e in found["errors"]] == [400]
        assert [p["name"] for p in world.api("/pools")["pools"]] == ["default_pool", "p", "s"]


def refuse_notes(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """The note "2" is refused: by a statement that the database refuses."""
    original = getattr(commands, command)

    def write(tx: Any, *given: Any, note: str | None, **more: Any) -> None:
        if note == "2":
            commands.set_pool_in(tx, pool=Pool(name="x", slots=2**70))
        original(tx, *given, note=note, **more)

    monkeypatch.setattr(commands, command, write)
