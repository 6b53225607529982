"""What the web page reads."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

import pytest

from ostro.api import schedule
from ostro.api.ui.grid import CODES, LETTERS, WEIGHT
from ostro.protocol.parse import FileError
from ostro.records import Move
from ostro.spec import Expansion, GroupSpec, Literal, ParamSpec
from ostro.spec.dag import EdgeLabel
from ostro.states import RunState, TaskState
from ostro.store import instances, specs, transitions
from ostro.timetable import CronTriggerTimetable, NullTimetable, Timetable, encode
from store import made
from store.made import DAY, NOW

from .conftest import World, task

CRON = encode(CronTriggerTimetable("0 3 * * *", timezone="UTC"))


def test_session(world: World) -> None:
    found = world.get("/ui/session")
    assert (found["username"], found["airflow_version"]) == ("admin", "3.3.2")
    assert found["server_time"] == "2026-03-01T12:30:15.123456Z"


class TestDagList:
    def test_rows(self, world: World) -> None:
        world.dag(task("a"), timetable=CRON, tags=("x",), description="what")
        for n in range(4):
            world.run(run_id=f"r{n}", run_after=NOW + n * DAY)
        found = world.get("/ui/dags", runs=3)
        (row,) = found["dags"]
        assert row["schedule"] == "0 3 * * *"
        assert row["schedule_description"] == "At 03:00"
        assert [r["run_id"] for r in row["runs"]] == ["r1", "r2", "r3"]
        assert row["active_runs"] == 4
        assert found["totals"] == {"all": 1, "active": 1, "paused": 0, "running": 1, "failed": 0}
        assert found["tags"] == ["x"]
        assert found["import_errors"] == 0

    def test_search_filters_and_order(self, world: World) -> None:
        world.dag(task("a"), dag_id="alpha", display_name="First", tags=("t",))
        world.dag(task("a"), dag_id="beta")
        run = world.run("beta", run_after=NOW)
        world.ends(run, RunState.FAILED)

        def ids(**params: object) -> list[str]:
            return [d["dag_id"] for d in world.get("/ui/dags", **params)["dags"]]

        assert ids(search="FIRST") == ["alpha"]
        assert ids(search="et") == ["beta"]
        assert ids(search="%") == []
        assert ids(tags="t") == ["alpha"]
        assert ids(last_state="failed") == ["beta"]
        assert ids(order_by="-last_run") == ["beta", "alpha"]
        assert ids(order_by="last_run") == ["beta", "alpha"]
        with world.store.begin() as tx:
            specs.set_paused(tx, ["alpha"], True)
        assert ids(paused="true") == ["alpha"]
        assert world.get("/ui/dags")["totals"]["failed"] == 1
        world.get("/ui/dags", 422, order_by="odd")
        world.get("/ui/dags", 422, last_state="odd")

    def test_what_stands_beside_a_dag(self, world: World) -> None:
        world.dag(task("a"), dag_id="alpha", tags=("t", "u"))
        world.dag(task("a"), dag_id="beta", tags=("u",))
        for n, state in enumerate((RunState.FAILED, RunState.FAILED, RunState.SUCCESS)):
            world.ends(world.run("beta", f"r{n}", run_after=NOW + n * DAY), state)
        world.send("POST", "/dags/alpha/favorite", status=204)

        def ids(**params: object) -> list[str]:
            return [d["dag_id"] for d in world.get("/ui/dags", **params)["dags"]]

        found = world.get("/ui/dags")
        assert [d["counts"] for d in found["dags"]] == [{}, {"failed": 2, "success": 1}]
        assert [d["is_favorite"] for d in found["dags"]] == [True, False]
        # The latest run counts, not the two before it.
        assert found["totals"]["failed"] == 0
        assert found["owners"] == ["airflow"]
        assert ids(favorite="true") == ["alpha"]
        assert ids(favorite="false") == ["beta"]
        assert ids(tags=["t", "u"], tags_match_mode="all") == ["alpha"]
        assert ids(tags=["t", "u"], tags_match_mode="any") == ["alpha", "beta"]
        assert ids(any_state="failed") == ["beta"]
        assert ids(asset_scheduled="true") == []
        assert ids(pending_actions="true") == []
        assert ids(import_errors="false") == ["alpha", "beta"]
        assert ids(owners="nobody") == []
        assert ids(bundle="nowhere") == []


def test_head(world: World) -> None:
    world.dag(
        task("a"), doc_md="# Doc", timezone="Europe/Berlin",
        params=(ParamSpec(name="n", value=3), ParamSpec(name="must", schema={"type": "string"})),
    )  # fmt: skip
    with world.store.begin() as tx:
        made.save(tx, made.dag("d"), path="d.py", errors=(FileError("boom", path="/dags/d.py", line=3),))
    found = world.get("/ui/dags/d")
    assert found["version_number"] == 1
    assert [(e["filename"], e["stack_trace"]) for e in found["import_errors"]] == [
        ("/dags/d.py", "/dags/d.py:3: boom")
    ]
    assert found["has_import_errors"] is True
    world.get("/ui/dags/none", 404)


def test_params(world: World) -> None:
    world.dag(
        task("a"), params=(ParamSpec(name="n", value=None), ParamSpec(name="must", schema={"type": "string"}))
    )
    assert world.get("/ui/dags/d")["params"] == [
        {"name": "n", "required": False, "value": None, "description": None, "schema": {}},
        {"name": "must", "required": True, "value": None, "description": None, "schema": {"type": "string"}},
    ]


def test_structure(world: World) -> None:
    world.dag(
        task("first"), task("g.one", "first", group_id="g"), task("g.h.two", "g.one", group_id="g.h", is_teardown=True),
        task("last", "g.h.two", expansion=Expansion("expand", {"x": Literal(2)})),
        groups=(GroupSpec(group_id="g", label="G"), GroupSpec(group_id="g.h", parent="g")),
        edge_labels=(EdgeLabel("first", "g.one", "go"),),
    )  # fmt: skip
    found = world.get("/ui/dags/d/structure")
    assert found["version_number"] == 1
    assert [t["label"] for t in found["tasks"]] == ["first", "one", "two", "last"]
    assert [t["is_mapped"] for t in found["tasks"]] == [False, False, False, True]
    assert found["roots"] == ["first", "group:g", "last"]
    assert {g["group_id"]: g["children"] for g in found["groups"]} == {
        "g": ["g.one", "group:g.h"],
        "g.h": ["g.h.two"],
    }
    assert [g["label"] for g in found["groups"]] == ["G", "h"]
    assert found["edges"][0] == {"source": "first", "target": "g.one", "label": "go"}
    world.get("/ui/dags/d/structure", 404, version_number=5)


class TestGrid:
    def test_letters(self, world: World) -> None:
        world.dag(task("a"), task("b", "a"), task("m", "b", expansion=Expansion("expand", {"x": Literal(3)})))
        run = world.run()
        world.states(run, a="success", b="failed")
        world.send("PATCH", "/dags/d/dagRuns/r/taskInstances/m/1", {"new_state": "success"})
        found = world.get("/ui/dags/d/grid")
        assert found["rows"] == [{"task_id": t, "gone": False} for t in ("a", "b", "m")]
        (column,) = found["runs"]
        assert column["states"] == "sfn"
        assert column["mapped"] == {"2": {"none": 2, "success": 1}}
        assert column["tries"] == {}
        assert column["version_number"] == 1
        assert {CODES[letter] for letter in column["states"]} == {"success", "failed", "none"}

    def test_rows_with_notes(self, world: World) -> None:
        world.dag(task("a"), task("b"), task("m", expansion=Expansion("expand", {"x": Literal(3)})))
        world.run()
        for path in ("b", "m/2"):
            world.send("PATCH", f"/dags/d/dagRuns/r/taskInstances/{path}", {"note": "look here"})
        found = world.get("/ui/dags/d/grid")
        names = [row["task_id"] for row in found["rows"]]
        assert [names[row] for row in found["runs"][0]["noted"]] == ["b", "m"]
        world.send("PATCH", "/dags/d/dagRuns/r/taskInstances/b", {"note": ""})
        assert world.get("/ui/dags/d/grid")["runs"][0]["noted"] == [2]

    def test_tasks_of_older_versions_come_last(self, world: World) -> None:
        world.dag(task("a"), task("old"))
        world.run()
        with world.store.begin() as tx:
            made.save(tx, made.dag("d", ("new", "a")), path="d.py")
        world.run(run_id="r2", run_after=NOW + DAY)
        found = world.get("/ui/dags/d/grid")
        assert [(r["task_id"], r["gone"]) for r in found["rows"]] == [
            ("new", False),
            ("a", False),
            ("old", True),
        ]
        assert [(r["run_id"], r["states"]) for r in found["runs"]] == [("r2", "nn-"), ("r", "-nn")]

    def test_pages_go_back_in_time_without_gap_or_repeat(self, world: World) -> None:
        world.dag(task("a"))
        for n in range(7):
            # Two runs each share a moment.
            world.run(run_id=f"r{n}", run_after=NOW + (n // 2) * DAY)
        got, before = [], None
        while True:
            params = {"limit": 3} | ({"before": before} if before else {})
            page = world.get("/ui/dags/d/grid", **params)
            got += [r["run_id"] for r in page["runs"]]
            before = page["next"]
            if before is None:
                break
        assert sorted(got) == [f"r{n}" for n in range(7)]
        assert got[0] == "r6"
        world.get("/ui/dags/d/grid", 422, before="odd")
        world.get("/ui/dags/d/grid", 422, before="2026-01-01T00:00:00~1")

    def test_named_runs_only(self, world: World) -> None:
        world.dag(task("a"))
        for n in range(3):
            world.run(run_id=f"r{n}", run_after=NOW + n * DAY)
        assert [r["run_id"] for r in world.get("/ui/dags/d/grid", run_ids=["r0", "r2"])["runs"]] == [
            "r2",
            "r0",
        ]

    def test_every_state_has_its_letter_and_weight(self) -> None:
        assert set(LETTERS) == set(TaskState) == set(WEIGHT)
        assert len(set(LETTERS.values())) == len(LETTERS)


class TestInstance:
    def test_everything_about_one(self, world: World) -> None:
        world.dag(
            task("a", template_fields=("cmd",), template_fields_renderers={"cmd": "bash"}), task("b", "a")
        )
        run = world.run()
        world.states(run, a="failed")
        world.rendered(run, "a", b'{"cmd": "echo 1"}')
        world.xcom(run, "a", "k", b'"value"')
        found = world.get("/ui/dags/d/runs/r/tasks/a")
        assert found["instance"]["state"] == "failed"
        assert found["instance"]["version_number"] == 1
        assert found["run"]["run_id"] == "r"
        assert found["task"]["downstream"] == ["b"]
        (tried,) = found["tries"]
        assert (tried["try_number"], tried["duration"]) == (1, 2.0)
        assert tried["cause"] == {"kind": "exception", "text": "boom", "exit_code": None, "signal": None}
        assert found["rendered"] == [{"name": "cmd", "value": "echo 1", "renderer": "bash"}]
        assert [(x["key"], x["size"]) for x in found["xcoms"]] == [("k", 7)]
        assert found["waiting"] == []
        assert found["mapped"] is None

    def test_why_it_waits(self, world: World) -> None:
        world.dag(task("a"), task("b", "a"))
        world.run()
        (reason,) = world.get("/ui/dags/d/runs/r/tasks/b")["waiting"]
        assert reason["name"] == "trigger_rule"

    def test_a_mapped_task(self, world: World) -> None:
        world.dag(task("m", expansion=Expansion("expand", {"x": Literal(3)})))
        world.run()
        found = world.get("/ui/dags/d/runs/r/tasks/m")
        assert found["mapped"] == {"total": 3, "counts": {"none": 3}}
        assert found["instance"]["mapped"] == {"none": 3}
        assert world.get("/ui/dags/d/runs/r/tasks/m", map_index=2)["instance"]["map_index"] == 2
        page = world.get("/ui/dags/d/runs/r/tasks/m/mapped", limit=2, state="none")
        assert [i["map_index"] for i in page["instances"]] == [0, 1]
        assert page["total_entries"] == 3
        assert page["counts"] == {"none": 3}

    def test_mapped_instances_together_and_by_index_or_name(self, world: World) -> None:
        world.dag(task("m", expansion=Expansion("expand", {"x": Literal(12)})))
        run = world.run()
        with world.store.begin() as tx:
            rows = {row.map_index: row for row in instances.load_instances(tx, [run.id])}
            for index, lasts in ((0, 2), (11, 5)):
                ends = made.NOW + timedelta(seconds=lasts)
                started = made.start(rows[index].id, f"0193-{index}", rows[index].state)
                ended = Move(
                    ti=rows[index].id, before=TaskState.RUNNING, after=TaskState.SUCCESS, end_date=ends,
                    rendered_map_index=f"shop {index}",
                )  # fmt: skip
                for move in (started, ended):
                    assert all(transitions.apply_moves(tx, [move], made.NOW))
        head = world.get("/ui/dags/d/runs/r/tasks/m")["instance"]
        assert head["spread"] == {"shortest": 2.0, "longest": 5.0, "total": 7.0}
        assert head["start_date"] is not None and head["end_date"] is None  # ten have not run
        (row,) = world.get("/ui/dags/d/runs/r/tasks")["tasks"]
        assert row["spread"] == head["spread"]
        world.send("PATCH", "/dags/d/dagRuns/r/taskInstances/m", {"new_state": "success"})
        assert world.get("/ui/dags/d/runs/r/tasks/m")["instance"]["end_date"] is not None

        def found(**asked: Any) -> list[int]:
            page = world.get("/ui/dags/d/runs/r/tasks/m/mapped", **asked)
            return [one["map_index"] for one in page["instances"]]

        assert found(map_index=11) == [11]
        assert found(rendered_map_index_pattern="shop") == [0, 11]
        assert found(order_by="-duration", limit=2) == [11, 0]

    def test_unknown(self, world: World) -> None:
        world.dag(task("a"))
        world.run()
        world.get("/ui/dags/d/runs/r/tasks/none", 404)
        world.get("/ui/dags/d/runs/r/tasks/a", 404, map_index=4)
        world.get("/ui/dags/d/runs/none/tasks/a", 404)


def test_ten_thousand_tasks_fit_into_a_small_answer(lite: World) -> None:
    lite.dag(*(task(f"task_{n:05}") for n in range(10_000)))
    lite.run()
    answer = lite.client.get("/ui/dags/d/grid")
    assert len(answer.content) < 700_000
    assert len(answer.json()["runs"][0]["states"]) == 10_000
    assert timedelta(0) <= answer.elapsed < timedelta(seconds=10)


@pytest.mark.parametrize(
    ("timetable", "zone"),
    [
        (CronTriggerTimetable("0 6 * * *", timezone="Asia/Seoul"), "Asia/Seoul"),
        (CronTriggerTimetable("0 6 * * *", timezone=timezone(timedelta(hours=-3, minutes=-30))), "-03:30"),
        (NullTimetable(), None),
    ],
)
def test_a_schedule_names_the_zone_of_its_clock(timetable: Timetable, zone: str | None) -> None:
    assert schedule.words(encode(timetable)).timezone == zone
