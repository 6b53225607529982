"""Runs over the REST API."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ostro.api.live import sse
from ostro.api.public.routes import dag_runs
from ostro.spec import ParamSpec
from ostro.states import RunState
from store.made import DAY, NOW

from .conftest import World, task

FIELDS = {
    "dag_run_id",
    "dag_id",
    "logical_date",
    "queued_at",
    "start_date",
    "end_date",
    "duration",
    "data_interval_start",
    "data_interval_end",
    "run_after",
    "last_scheduling_decision",
    "run_type",
    "state",
    "triggered_by",
    "triggering_user_name",
    "conf",
    "note",
    "dag_versions",
    "bundle_version",
    "dag_display_name",
    "partition_key",
    "partition_date",
}


class TestTrigger:
    def test_without_a_logical_date(self, world: World) -> None:
        world.dag(task("a"))
        found = world.send("POST", "/dags/d/dagRuns", {"logical_date": None, "conf": {"x": 1}, "note": "why"})
        assert set(found) == FIELDS
        assert found["logical_date"] is None
        assert found["state"] == "queued"
        assert found["run_type"] == "manual"
        assert found["conf"] == {"x": 1}
        assert found["note"] == "why"
        assert found["triggered_by"] == "rest_api"
        assert found["triggering_user_name"] == "admin"
        assert found["dag_run_id"].startswith("manual__2026-03-01T")
        assert found["dag_versions"][0]["version_number"] == 1
        assert world.woken[-1][1] == ["d"]
        assert world.api("/dags/d/dagRuns")["total_entries"] == 1

    def test_with_a_logical_date_that_is_absent_from_the_body(self, world: World) -> None:
        world.dag(task("a"))
        assert world.send("POST", "/dags/d/dagRuns", {})["logical_date"] is None

    def test_with_everything(self, world: World) -> None:
        world.dag(task("a"))
        body = {
            "dag_run_id": "mine",
            "logical_date": "2026-01-01T00:00:00Z",
            "data_interval_start": "2026-01-01T00:00:00Z",
            "data_interval_end": "2026-01-02T00:00:00+00:00",
            "run_after": "2026-01-03T00:00:00Z",
        }
        found = world.send("POST", "/dags/d/dagRuns", body)
        assert found["dag_run_id"] == "mine"
        assert found["logical_date"] == "2026-01-01T00:00:00Z"
        assert found["data_interval_end"] == "2026-01-02T00:00:00Z"
        assert found["run_after"] == "2026-01-03T00:00:00Z"

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ({"dag_run_id": "x"}, {"dag_run_id": "x"}),
            (
                {"logical_date": "2026-01-01T00:00:00Z"},
                {"logical_date": "2026-01-01T00:00:00Z", "dag_run_id": "y"},
            ),
        ],
    )
    def test_twice_is_409(self, world: World, first: dict[str, str], second: dict[str, str]) -> None:
        world.dag(task("a"))
        world.send("POST", "/dags/d/dagRuns", first)
        assert "already exists" in world.send("POST", "/dags/d/dagRuns", second, 409)["detail"]

    def test_params_are_checked(self, world: World) -> None:
        world.dag(task("a"), params=(ParamSpec(name="n", value=3, schema={"type": "integer"}),))
        assert "n" in world.send("POST", "/dags/d/dagRuns", {"conf": {"n": "x"}}, 400)["detail"]

    @pytest.mark.parametrize("run_id", ["../../etc", "a b", "scheduled__x", "a/b", "x\0y"])
    def test_run_ids_that_are_no_names_are_refused(self, world: World, run_id: str) -> None:
        world.dag(task("a"))
        world.send("POST", "/dags/d/dagRuns", {"dag_run_id": run_id}, 400)

    def test_a_naive_moment_is_422(self, world: World) -> None:
        world.dag(task("a"))
        found = world.send("POST", "/dags/d/dagRuns", {"logical_date": "2026-01-01T00:00:00"}, 422)
        assert found["detail"][0]["loc"] == ["body", "logical_date"]

    def test_half_an_interval_is_422(self, world: World) -> None:
        world.dag(task("a"))
        world.send("POST", "/dags/d/dagRuns", {"data_interval_start": "2026-01-01T00:00:00Z"}, 422)

    def test_unknown_dag_is_404(self, world: World) -> None:
        world.send("POST", "/dags/none/dagRuns", {}, 404)

    def test_garbage_is_422(self, world: World) -> None:
        world.dag(task("a"))
        answer = world.client.post(
            "/api/v2/dags/d/dagRuns", content="{", headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 422


class TestList:
    def runs(self, world: World) -> None:
        world.dag(task("a"))
        for n in range(4):
            world.run(run_id=f"r{n}", run_after=NOW + n * DAY, logical_date=NOW + n * DAY, conf={"n": n})

    def ids(self, world: World, **params: object) -> list[str]:
        return [r["dag_run_id"] for r in world.api("/dags/d/dagRuns", **params)["dag_runs"]]

    def test_order_page_and_total(self, world: World) -> None:
        self.runs(world)
        assert self.ids(world, order_by="-run_after", limit=2) == ["r3", "r2"]
        assert world.api("/dags/d/dagRuns", limit=1)["total_entries"] == 4
        assert self.ids(world, order_by="logical_date", offset=3) == ["r3"]

    def test_ranges(self, world: World) -> None:
        self.runs(world)
        second = (NOW + DAY).isoformat()
        assert self.ids(world, run_after_gte=second) == ["r1", "r2", "r3"]
        assert self.ids(world, logical_date_gt=second) == ["r2", "r3"]
        assert self.ids(world, run_after_lt=second) == ["r0"]
        assert self.ids(world, run_after_lte=second) == ["r0", "r1"]

    def test_states_types_patterns(self, world: World) -> None:
        self.runs(world)
        assert self.ids(world, state="success") == []
        assert self.ids(world, state=["success", "running"], run_type="manual") == ["r0", "r1", "r2", "r3"]
        assert self.ids(world, run_id_pattern="2|3") == ["r2", "r3"]
        assert self.ids(world, conf_contains='"n":2') == ["r2"]
        world.api("/dags/d/dagRuns", 422, state="odd")

    def test_all_dags(self, world: World) -> None:
        self.runs(world)
        world.dag(task("a"), dag_id="e")
        world.run("e", "x")
        assert world.api("/dags/~/dagRuns")["total_entries"] == 5
        found = world.send("POST", "/dags/~/dagRuns/list", {"dag_ids": ["e"], "page_limit": 10})
        assert [r["dag_run_id"] for r in found["dag_runs"]] == ["x"]
        assert (
            world.send("POST", "/dags/~/dagRuns/list", {"order_by": "-run_after", "page_limit": 1})[
                "total_entries"
            ]
            == 5
        )

    def test_duration(self, world: World) -> None:
        world.dag(task("a"))
        run = world.run()
        world.ends(run, RunState.SUCCESS)
        (found,) = world.api("/dags/d/dagRuns", duration_gte=8.5, duration_lt=9.5)["dag_runs"]
        assert found["duration"] == 9.0
        assert world.api("/dags/d/dagRuns", duration_gt=9)["total_entries"] == 0


class TestChange:
    def test_mark_and_note(self, world: World) -> None:
        world.dag(task("a"), task("b", "a"))
        run = world.run()
        found = world.send("PATCH", "/dags/d/dagRuns/r", {"state": "failed", "note": "stop"})
        assert (found["state"], found["note"]) == ("failed", "stop")
        assert world.woken[-1] == ([run.id], ["d"])
        states = {
            t["task_id"]: t["state"] for t in world.api("/dags/d/dagRuns/r/taskInstances")["task_instances"]
        }
        assert states == {"a": "skipped", "b": "skipped"}

    def test_mask(self, world: World) -> None:
        world.dag(task("a"))
        world.run()
        found = world.send("PATCH", "/dags/d/dagRuns/r", {"state": "failed", "note": "n"}, update_mask="note")
        assert (found["state"], found["note"]) == ("running", "n")

    def test_delete(self, world: World) -> None:
        world.dag(task("a"))
        run = world.run()
        world.send("DELETE", "/dags/d/dagRuns/r", status=409)
        world.ends(run, RunState.SUCCESS)
        world.send("DELETE", "/dags/d/dagRuns/r", status=204)
        world.api("/dags/d/dagRuns/r", 404)

    def test_clear(self, world: World) -> None:
        world.dag(task("a"), task("b", "a"))
        run = world.run()
        world.states(run, a="success", b="failed")
        world.ends(run, RunState.FAILED)
        found = world.send("POST", "/dags/d/dagRuns/r/clear", {})
        assert sorted(t["task_id"] for t in found["task_instances"]) == ["a", "b"]
        assert world.api("/dags/d/dagRuns/r")["state"] == "failed"
        found = world.send("POST", "/dags/d/dagRuns/r/clear", {"dry_run": False, "only_failed": True})
        assert found["state"] == "queued"
        states = {
            t["task_id"]: t["state"] for t in world.api("/dags/d/dagRuns/r/taskInstances")["task_instances"]
        }
        assert states == {"a": "success", "b": None}


def test_wait_tells_the_state_until_the_run_is_over(world: World) -> None:
    world.dag(task("a"))
    run = world.run()
    world.states(run, a="success")
    world.xcom(run, "a", "return_value", b'{"n": 1}')
    world.ends(run, RunState.SUCCESS)
    answer = world.client.get("/api/v2/dags/d/dagRuns/r/wait", params={"interval": 0.1, "result": "a"})
    assert "content-type" not in answer.headers
    (line,) = answer.text.splitlines()
    assert json.loads(line) == {"state": "success", "results": {"a": {"n": 1}}}
    world.api("/dags/d/dagRuns/r/wait", 422)
    world.api("/dags/d/dagRuns/none/wait", 404, interval=1)


@pytest.mark.parametrize("interval", ["nan", "0", "-1", "-inf", "soon"])
def test_no_time_between_two_looks_is_refused(lite: World, interval: str) -> None:
    lite.dag(task("a"))
    lite.run()
    lite.api("/dags/d/dagRuns/r/wait", 422, interval=interval)


def test_who_waits_without_a_pause_does_not_keep_the_database_busy(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lite.dag(task("a"))
    lite.ends(lite.run(), RunState.SUCCESS)
    pauses: list[float] = []
    real = dag_runs._states

    def states(deps: Any, row: Any, interval: float, result: Any) -> Any:
        pauses.append(interval)
        return real(deps, row, interval, result)

    monkeypatch.setattr(dag_runs, "_states", states)
    for asked in ("1e-9", "inf", "5"):
        lite.client.get("/api/v2/dags/d/dagRuns/r/wait", params={"interval": asked})
    assert pauses == [dag_runs.SHORTEST_INTERVAL, dag_runs.LONGEST_INTERVAL, 5]


def test_who_waits_for_a_run_has_a_live_view_and_they_have_an_end(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lite.dag(task("a"))
    lite.ends(lite.run(), RunState.SUCCESS)
    streams = lite.app.state.streams
    real, counts = dag_runs._states, []

    async def states(*args: Any) -> Any:
        counts.append(streams.open)
        async for line in real(*args):
            yield line

    monkeypatch.setattr(dag_runs, "_states", states)
    for _ in range(2):
        lite.client.get("/api/v2/dags/d/dagRuns/r/wait", params={"interval": 1})
    assert (counts, streams.open) == ([1, 1], 0)
    streams._of[-1] = sse.MAX_STREAMS
    answer = lite.client.get("/api/v2/dags/d/dagRuns/r/wait", params={"interval": 1})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "10")
    assert "waits for runs are open: at most 30 of one person, and 200 of all" in answer.json()["detail"]


def test_a_moment_of_a_query_without_a_zone_is_in_the_default_zone(lite: World) -> None:
    """As in Airflow: there [core] default_timezone decides."""
    lite.dag(task("a"))
    lite.run(run_after=datetime(2026, 1, 1, 3, tzinfo=UTC))

    def count(**bounds: str) -> int:
        return len(lite.api("/dags/d/dagRuns", **bounds)["dag_runs"])

    assert (count(run_after_gte="2026-01-01T03:00:00"), count(run_after_gte="2026-01-01T03:00:01")) == (1, 0)
    config = replace(lite.deps.config, default_timezone="Asia/Seoul")
    lite.app.state.deps = replace(lite.deps, config=config)
    assert (count(run_after_gte="2026-01-01T12:00:00"), count(run_after_gte="2026-01-01T12:00:01")) == (1, 0)
    assert (count(run_after_lte="2026-01-01"), count(run_after_lte="2026-01-02")) == (0, 1)
    assert count(run_after_gte="2026-01-01T03:00:00Z", run_after_lte="2026-01-01T03:00:00+00:00") == 1
    lite.api("/dags/d/dagRuns", 422, run_after_gte="0001-01-01")  # before all time, in UTC


def test_moments_are_utc_to_the_microsecond(world: World) -> None:
    world.dag(task("a"))
    world.run(run_after=NOW + timedelta(microseconds=7))
    assert world.api("/dags/d/dagRuns/r")["run_after"] == "2026-03-01T12:30:15.123463Z"
