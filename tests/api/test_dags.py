"""DAGs over the REST API: the shapes and words of Airflow."""

from __future__ import annotations

from ostro.protocol.parse import FileError
from ostro.spec import ParamSpec
from ostro.store import event_log, specs
from ostro.store.views.filters import Page
from ostro.timetable import CronTriggerTimetable, encode
from store import made

from .conftest import World, task


def test_a_dag_has_exactly_airflows_fields(world: World) -> None:
    world.dag(
        task("a"),
        timetable=encode(CronTriggerTimetable("0 3 * * *", timezone="UTC")),
        tags=("x",),
    )
    found = world.api("/dags/d")
    assert set(found) == {
        "dag_id",
        "dag_display_name",
        "is_paused",
        "is_stale",
        "last_parsed_time",
        "last_parse_duration",
        "last_expired",
        "bundle_name",
        "bundle_version",
        "relative_fileloc",
        "fileloc",
        "description",
        "timetable_summary",
        "timetable_description",
        "timetable_partitioned",
        "timetable_periodic",
        "tags",
        "max_active_tasks",
        "max_active_runs",
        "max_consecutive_failed_dag_runs",
        "has_task_concurrency_limits",
        "has_import_errors",
        "next_dagrun_logical_date",
        "next_dagrun_data_interval_start",
        "next_dagrun_data_interval_end",
        "next_dagrun_run_after",
        "allowed_run_types",
        "owners",
        "is_backfillable",
        "file_token",
    }
    assert found["timetable_summary"] == "0 3 * * *"
    assert found["timetable_periodic"] is True
    assert found["tags"] == [{"name": "x", "dag_id": "d", "dag_display_name": "d"}]
    assert found["fileloc"] == "/dags/d.py"
    assert found["owners"] == ["airflow"]


def test_details_tell_params_and_version(world: World) -> None:
    world.dag(
        task("a"), params=(ParamSpec(name="n", value=3, schema={"type": "integer"}),), dagrun_timeout=90.0
    )
    found = world.api("/dags/d/details")
    assert found["params"] == {
        "n": {"value": 3, "description": None, "schema": {"type": "integer"}, "source": None}
    }
    assert found["latest_dag_version"]["version_number"] == 1
    assert found["dag_run_timeout"] == "PT1M30S"
    assert found["concurrency"] == 16


def test_an_unknown_dag_is_404_with_a_sentence(world: World) -> None:
    assert world.api("/dags/none", 404) == {"detail": "The DAG with ID: `none` was not found"}


class TestList:
    def test_pages_and_orders(self, world: World) -> None:
        for name in ("a", "b", "c"):
            world.dag(task("t"), dag_id=name)
        found = world.api("/dags", limit=2, order_by="-dag_id")
        assert [d["dag_id"] for d in found["dags"]] == ["c", "b"]
        assert found["total_entries"] == 3
        assert [d["dag_id"] for d in world.api("/dags", limit=2, offset=2)["dags"]] == ["c"]

    def test_filters(self, world: World) -> None:
        world.dag(task("t"), dag_id="one", tags=("x", "y"))
        world.dag(task("t", owner="eve"), dag_id="two", tags=("x",))
        with world.store.begin() as tx:
            specs.set_paused(tx, ["two"], True)

        def ids(**params: object) -> list[str]:
            return [d["dag_id"] for d in world.api("/dags", **params)["dags"]]

        assert ids(tags="x") == ["one", "two"]
        assert ids(tags=["x", "y"], tags_match_mode="all") == ["one"]
        assert ids(owners="eve") == ["two"]
        assert ids(paused="true") == ["two"]
        assert ids(dag_id_pattern="%N%") == ["one"]
        assert ids(dag_id_pattern="zzz|tw") == ["two"]
        assert ids(dag_id_prefix_pattern="on") == ["one"]
        assert ids(dag_id_pattern="~") == ["one", "two"]

    def test_last_run_state(self, world: World) -> None:
        world.dag(task("t"), dag_id="one")
        world.dag(task("t"), dag_id="two")
        world.run("one")
        assert [d["dag_id"] for d in world.api("/dags", last_dag_run_state="running")["dags"]] == ["one"]
        assert world.api("/dags", last_dag_run_state="failed")["total_entries"] == 0

    def test_bad_parameters_are_422_with_their_place(self, world: World) -> None:
        found = world.api("/dags", 422, limit="many")
        assert found["detail"][0]["loc"] == ["query", "limit"]
        assert world.api("/dags", 422, limit=-1)
        assert world.api("/dags", 422, paused="perhaps")

    def test_an_order_that_does_not_exist_is_400(self, world: World) -> None:
        assert "disallowed" in world.api("/dags", 400, order_by="password")["detail"]

    def test_a_huge_limit_is_lowered(self, world: World) -> None:
        for n in range(3):
            world.dag(task("t"), dag_id=f"d{n}")
        assert len(world.api("/dags", limit=10**9)["dags"]) == 3


class TestPause:
    def test_one(self, world: World) -> None:
        world.dag(task("a"))
        found = world.send("PATCH", "/dags/d", {"is_paused": True})
        assert found["is_paused"] is True
        assert world.woken == [([], ["d"])]
        with world.store.read() as tx:
            entries, _ = event_log.list_entries(tx, [], Page(limit=9))
        assert [(e.event, e.owner, e.dag_id) for e in entries] == [("patch_dag", "admin", "d")]

    def test_with_a_mask_of_another_field(self, world: World) -> None:
        world.dag(task("a"))
        world.send("PATCH", "/dags/d", {"is_paused": True}, 400, update_mask="owners")

    def test_many_by_pattern(self, world: World) -> None:
        for name in ("x1", "x2", "y"):
            world.dag(task("t"), dag_id=name)
        found = world.send("PATCH", "/dags", {"is_paused": True}, dag_id_pattern="x")
        assert [(d["dag_id"], d["is_paused"]) for d in found["dags"]] == [("x1", True), ("x2", True)]
        assert world.api("/dags/y")["is_paused"] is False
        assert world.send("PATCH", "/dags", {"is_paused": True})["dags"] == []

    def test_a_field_that_is_not_known_is_422(self, world: World) -> None:
        world.dag(task("a"))
        world.send("PATCH", "/dags/d", {"is_paused": True, "owner": "me"}, 422)


def test_delete(world: World) -> None:
    world.dag(task("a"))
    run = world.run()
    world.states(run, a="running")
    assert "still running" in world.send("DELETE", "/dags/d", status=409)["detail"]
    world.states(run, a="success")
    world.send("DELETE", "/dags/d", status=204)
    world.api("/dags/d", 404)
    world.send("DELETE", "/dags/d", status=404)


def test_tasks(world: World) -> None:
    world.dag(task("a", retry_delay=90.5, retries=2), task("b", "a"))
    found = world.api("/dags/d/tasks")
    assert [t["task_id"] for t in found["tasks"]] == ["a", "b"]
    first = found["tasks"][0]
    assert first["downstream_task_ids"] == ["b"]
    assert first["retry_delay"] == {"__type": "TimeDelta", "days": 0, "seconds": 90, "microseconds": 500000}
    assert first["class_ref"] == {"module_path": None, "class_name": "PythonOperator"}
    assert world.api("/dags/d/tasks/b")["trigger_rule"] == "all_success"
    world.api("/dags/d/tasks/none", 404)
    assert [t["task_id"] for t in world.api("/dags/d/tasks", order_by="-task_id")["tasks"]] == ["b", "a"]


def test_versions_and_source(world: World) -> None:
    world.dag(task("a"))
    world.run()
    with world.store.begin() as tx:
        made.save(tx, made.dag("d", ("a", "c")), path="d.py", source="new text")
    found = world.api("/dags/d/dagVersions")
    assert [v["version_number"] for v in found["dag_versions"]] == [1, 2]
    assert world.api("/dags/~/dagVersions")["total_entries"] == 2
    assert world.api("/dags/d/dagVersions/2")["bundle_name"] == "dags-folder"
    world.api("/dags/d/dagVersions/9", 404)
    assert world.api("/dagSources/d") == {
        "content": "new text", "dag_id": "d", "version_number": 2, "dag_display_name": "d"
    }  # fmt: skip
    assert world.api("/dagSources/d", version_number=1)["content"] == "source"
    text = world.client.get("/api/v2/dagSources/d", headers={"Accept": "text/plain"})
    assert text.text == "new text"
    world.api("/dagSources/d", 404, version_number=7)


def test_import_errors_and_warnings(world: World) -> None:
    with world.store.begin() as tx:
        made.save(tx, made.dag("d"), path="d.py")
        made.save(
            tx,
            path="broken.py",
            errors=(FileError("SyntaxError: x", path="/dags/broken.py", line=3, traceback="Traceback\nx"),),
        )
    found = world.api("/importErrors")
    assert found["total_entries"] == 1
    (error,) = found["import_errors"]
    assert error["filename"] == "/dags/broken.py"
    assert error["stack_trace"] == "/dags/broken.py:3: SyntaxError: x\n\nTraceback\nx"
    assert error["bundle_name"] == "dags-folder"
    assert world.api(f"/importErrors/{error['import_error_id']}") == error
    world.api("/importErrors/99", 404)
    assert world.api("/dagWarnings") == {"dag_warnings": [], "total_entries": 0}


def test_tags_and_statistics(world: World) -> None:
    world.dag(task("a"), tags=("x", "y"))
    world.dag(task("a"), dag_id="e", tags=("x",))
    run = world.run()
    world.ends(run, run.state.__class__("success"))
    world.run(run_id="r2")
    assert world.api("/dagTags") == {"tags": ["x", "y"], "total_entries": 2}
    assert world.api("/dagTags", tag_name_pattern="y")["tags"] == ["y"]
    (stats,) = world.api("/dagStats", dag_ids="d")["dags"]
    assert {s["state"]: s["count"] for s in stats["stats"]} == {
        "queued": 0,
        "running": 1,
        "success": 1,
        "failed": 0,
    }


def test_favourites(world: World) -> None:
    world.dag(task("a"))
    world.dag(task("a"), dag_id="e")
    world.send("POST", "/dags/d/favorite", status=204)
    assert world.api("/dags/d/details")["is_favorite"] is True
    assert [d["dag_id"] for d in world.api("/dags", is_favorite="true")["dags"]] == ["d"]
    world.send("POST", "/dags/d/unfavorite", status=204)
    assert world.api("/dags", is_favorite="true")["dags"] == []


def test_filters_by_the_latest_run_and_by_timetable(world: World) -> None:
    world.dag(
        task("a"),
        dag_id="with_run",
        timetable=encode(CronTriggerTimetable("@daily", timezone="UTC")),
    )
    world.dag(task("a"), dag_id="without")
    world.run("with_run")

    def ids(**params: object) -> list[str]:
        return [d["dag_id"] for d in world.api("/dags", **params)["dags"]]

    assert ids(dag_run_start_date_gte="2020-01-01T00:00:00Z") == ["with_run"]
    assert ids(dag_run_start_date_lt="2020-01-01T00:00:00Z") == []
    assert ids(dag_run_end_date_gte="2020-01-01T00:00:00Z") == []
    assert ids(timetable_type="airflow.timetables.trigger.CronTriggerTimetable") == ["with_run"]
    assert ids(timetable_type="NullTimetable") == ["without"]
    assert ids(timetable_type="mine.Own") == []
