"""Processes of the installation, and the request to parse a file."""

from __future__ import annotations

from datetime import timedelta

from ostro.store import EngineRecord, engines, specs
from ostro.store.clock import db_now
from store.made import NOW

from .conftest import World, task


def processes(world: World) -> None:
    with world.store.begin() as tx:
        now = db_now(tx)
        for name, kind, late in (("e1", "scheduler", 0), ("t1", "triggerer", 500)):
            record = EngineRecord(
                id=name,
                kind=kind,
                hostname=f"host-{name}",
                pid=1,
                started_at=NOW,
                heartbeat_at=now - timedelta(seconds=late),
            )
            engines.register(tx, record)
        ended = EngineRecord(
            id="e0", kind="scheduler", hostname="host-e0", pid=1, started_at=NOW - timedelta(days=1),
            heartbeat_at=now, stopped_at=NOW,
        )  # fmt: skip
        engines.register(tx, ended)


class TestJobs:
    def test_all(self, world: World) -> None:
        processes(world)
        found = world.api("/jobs", order_by="hostname")
        assert found["total_entries"] == 3
        assert [(j["job_type"], j["state"], j["hostname"]) for j in found["jobs"]] == [
            ("SchedulerJob", "success", "host-e0"),
            ("SchedulerJob", "running", "host-e1"),
            ("TriggererJob", "running", "host-t1"),
        ]

    def test_filters(self, world: World) -> None:
        processes(world)

        def hosts(**params: object) -> list[str]:
            return [j["hostname"] for j in world.api("/jobs", order_by="-hostname", **params)["jobs"]]

        assert hosts(is_alive=True) == ["host-e1"]
        assert hosts(is_alive=False) == ["host-t1", "host-e0"]
        assert hosts(job_type="TriggererJob") == ["host-t1"]
        assert hosts(job_state="success") == ["host-e0"]
        assert hosts(hostname="host-e1") == ["host-e1"]
        assert hosts(end_date_lte=NOW.isoformat()) == ["host-e0"]
        assert hosts(start_date_gt=(NOW - timedelta(hours=1)).isoformat()) == ["host-t1", "host-e1"]
        assert hosts(limit=1, offset=1) == ["host-e1"]
        world.api("/jobs", 422, is_alive="perhaps")
        world.api("/jobs", 400, order_by="colour")


class TestParseFile:
    def test_the_engine_is_told(self, world: World) -> None:
        world.dag(task("a"))
        token = world.api("/dags/d")["file_token"]
        world.send("PUT", f"/parseDagFile/{token}", status=201)
        assert world.woken[-1][1] == ["", "d"]
        with world.store.read() as tx:
            assert [path for _, path in specs.files_to_parse(tx)] == ["d.py"]

    def test_what_is_no_file(self, world: World) -> None:
        for token in ("nonsense", "WyJub25lIiwgIngucHkiXQ==", "MQ=="):
            assert "not found" in world.send("PUT", f"/parseDagFile/{token}", status=404)["detail"]
