"""Runs over time: durations, statistics of tasks, the calendar, the overview, the timeline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from ostro.states import RunState
from ostro.store import tables as t
from ostro.timetable import CronTriggerTimetable, encode
from store.made import DAY, NOW

from .conftest import World, task

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DUE = datetime(2026, 3, 2, 3, tzinfo=UTC)
#: What the scheduler writes down of the run that it makes next.
NEXT = {"next_run_after": DUE, "next_logical_date": DUE, "next_interval_start": DUE, "next_interval_end": DUE}
DAILY = encode(CronTriggerTimetable("0 3 * * *", timezone="UTC"))


def finished(
    world: World, run_id: str, *, after: datetime, took: timedelta, queued: timedelta, bad: bool = False
) -> None:
    """A run of the DAG `d` that is over."""
    run = world.run(run_id=run_id, run_after=after, queued_at=after, start_date=after + queued)
    with world.store.begin() as tx:
        r = t.dag_run
        state = RunState.FAILED if bad else RunState.SUCCESS
        values = {"state": state.value, "end_date": after + queued + took}
        tx.execute(sa.update(r).where(r.c.id == run.id).values(**values))


class TestDurations:
    def test_numbers_are_those_of_sql(self, world: World) -> None:
        world.dag(task("a"))
        for n in range(23):
            finished(world, f"r{n}", after=NOW + n * DAY, took=(n * 7 % 11 + 1) * MINUTE, queued=n * SECOND)
        found = world.get("/ui/dags/d/durations")
        assert [bar["run_id"] for bar in found["bars"]] == [f"r{n}" for n in range(23)]
        first = found["bars"][1]
        assert (first["queued"], first["took"], first["landing"]) == (1.0, 480.0, 481.0)
        if world.store.dialect != "postgresql":
            return
        query = (
            "SELECT percentile_cont({0}) WITHIN GROUP (ORDER BY extract(epoch FROM end_date - start_date))::float,"
            " percentile_cont({0}) WITHIN GROUP (ORDER BY extract(epoch FROM start_date - queued_at))::float FROM dag_run"
        )
        with world.store.read() as tx:
            for share, name in ((0.5, "median"), (0.95, "p95")):
                took, queued = tx.exec_driver_sql(query.format(share)).one()
                assert found["took"][name] == pytest.approx(took)
                assert found["queued"][name] == pytest.approx(queued)

    def test_runs_that_are_not_over_count_for_nothing(self, world: World) -> None:
        world.dag(task("a"))
        finished(world, "one", after=NOW, took=MINUTE, queued=SECOND)
        world.run(run_id="two", run_after=NOW + DAY)
        found = world.get("/ui/dags/d/durations")
        assert (found["took"]["count"], found["took"]["median"]) == (1, 60.0)
        assert len(found["bars"]) == 2
        assert len(world.get("/ui/dags/d/durations", limit=1)["bars"]) == 1
        world.get("/ui/dags/none/durations", 404)

    def test_one_task(self, world: World) -> None:
        world.dag(task("a"), task("b", "a"))
        run = world.run()
        world.states(run, a="success")
        found = world.get("/ui/dags/d/durations", task_id="a")
        assert found["tasks"] == ["a", "b"]
        assert [(bar["state"], bar["took"]) for bar in found["bars"]] == [("success", 2.0)]


def test_statistics_of_tasks(world: World) -> None:
    world.dag(task("a"), task("b", "a"))
    for n in range(4):
        run = world.run(run_id=f"r{n}", run_after=NOW + n * DAY)
        world.states(run, a="failed" if n == 1 else "success")
    found = world.get("/ui/dags/d/tasks")
    assert found["runs"] == 4
    a, b = found["tasks"]
    assert (a["task_id"], a["last_state"], a["finished"], a["failed"]) == ("a", "success", 4, 1)
    assert (a["took"]["median"], a["tries"]) == (2.0, 1.0)
    assert (b["last_state"], b["finished"], b["took"]["median"]) == ("none", 0, None)


class TestCalendar:
    @pytest.mark.parametrize(
        ("zone", "day", "hours"),
        [
            ("Europe/Berlin", "2026-03-29", 23), ("Europe/Berlin", "2026-10-25", 25),
            ("America/New_York", "2026-03-08", 23), ("America/New_York", "2026-11-01", 25),
            ("Asia/Kathmandu", "2026-03-29", 24),
        ],
    )  # fmt: skip
    def test_days_have_the_hours_of_their_clock(self, lite: World, zone: str, day: str, hours: int) -> None:
        """A run each half hour from two days before to two days after."""
        lite.dag(task("a"))
        middle = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        since, until = middle - 2 * DAY, middle + 3 * DAY
        with lite.store.begin() as tx:
            version = tx.execute(sa.select(t.dag_version.c.id)).scalar_one()
            moments = [since + n * HOUR / 2 for n in range(5 * 48)]
            tx.execute(
                sa.insert(t.dag_run),
                [
                    {
                        "dag_id": "d", "run_id": str(n), "run_type": "manual", "state": "failed" if n % 2 else "success",
                        "run_after": at, "version_id": version, "updated_at": at,
                    }
                    for n, at in enumerate(moments)
                ],
            )  # fmt: skip
        span = {"since": since.isoformat(), "until": until.isoformat(), "zone": zone}
        cells = {c["key"]: c for c in lite.get("/ui/dags/d/calendar", **span)["cells"]}
        assert sum(cells[day]["counts"].values()) == 2 * hours
        assert (
            datetime.fromisoformat(cells[day]["until"]) - datetime.fromisoformat(cells[day]["at"])
            == hours * HOUR
        )
        by_hour = lite.get("/ui/dags/d/calendar", cells="hour", **span)["cells"]
        here = [c for c in by_hour if c["key"].startswith(day)]
        assert len(here) == hours
        assert all(c["counts"] == {"success": 1, "failed": 1} for c in here)

    def test_planned_runs_are_those_that_the_schedule_makes(self, world: World) -> None:
        world.dag(task("a"), timetable=DAILY, start_date="2026-01-01T00:00:00+00:00")
        with world.store.begin() as tx:
            tx.execute(sa.update(t.dag).values(**NEXT))
        span: dict[str, Any] = {"since": "2026-03-01T00:00:00Z", "until": "2026-03-08T00:00:00Z"}
        found = world.get("/ui/dags/d/calendar", **span)
        assert [(c["key"], c["planned"]) for c in found["cells"]] == [
            (f"2026-03-0{n}", 1) for n in range(2, 8)
        ]
        # In Seoul it is noon.
        found = world.get("/ui/dags/d/calendar", zone="Asia/Seoul", cells="hour", **span)
        assert [c["key"] for c in found["cells"]] == [f"2026-03-0{n}T12" for n in range(2, 8)]
        world.get("/ui/dags/d/calendar", 422, zone="Mars/Base", **span)
        world.get("/ui/dags/d/calendar", 422)
        past = world.get("/ui/dags/d/calendar", since="2026-01-01T00:00:00Z", until="2026-02-01T00:00:00Z")
        assert past["cells"] == []


def test_overview(world: World) -> None:
    world.dag(task("a"), timetable=DAILY, start_date="2026-01-01T00:00:00+00:00")
    with world.store.begin() as tx:
        tx.execute(sa.update(t.dag).values(**NEXT))
    run = world.run("d", "bad")
    world.states(run, a="failed")
    world.ends(run, RunState.FAILED)
    finished(world, "good", after=NOW + DAY, took=MINUTE, queued=SECOND)
    found = world.get("/ui/dags/d/overview")
    assert found["finished"] == {"failed": 1, "success": 1}
    assert [(f["run_id"], f["first"]["task_id"], f["first"]["error"]) for f in found["failures"]] == [
        ("bad", "a", "boom")
    ]
    assert [c["run_after"] for c in found["coming"]] == [f"2026-03-0{n}T03:00:00Z" for n in range(2, 7)]
    assert [v["number"] for v in found["versions"]] == [1]
    assert found["task_count"] == 1
    world.get("/ui/dags/none/overview", 404)


def test_timeline_has_every_run_that_lay_in_the_stretch(world: World) -> None:
    world.dag(
        task("a"),
        task("b", pool="narrow"),
        tags=("t",),
        timetable=DAILY,
        start_date="2026-01-01T00:00:00+00:00",
    )
    with world.store.begin() as tx:
        tx.execute(sa.update(t.dag).values(**NEXT))
    finished(world, "before", after=NOW - DAY, took=HOUR, queued=SECOND)
    finished(world, "over", after=NOW - 3 * HOUR, took=2 * HOUR, queued=SECOND)
    world.run(run_id="live", run_after=NOW - DAY, start_date=NOW - DAY)
    span = {"since": (NOW - 2 * HOUR).isoformat(), "until": (NOW + 2 * DAY).isoformat()}
    found = world.get("/ui/timeline", **span)
    assert sorted(line[1] for line in found["runs"]) == ["live", "over"]
    (over,) = [line for line in found["runs"] if line[1] == "over"]
    assert (over[4], over[6]) == (-3_600_000, 3_601_000)
    assert [(dag["tags"], dag["pools"]) for dag in found["dags"]] == [(["t"], ["default_pool", "narrow"])]
    assert len(found["planned"]) == 2
    # What is not over lasts until now: nothing but the planned runs lies after it.
    later = world.get("/ui/timeline", since=(NOW + SECOND).isoformat(), until=span["until"])
    assert (later["runs"], len(later["planned"])) == ([], 2)
    world.get("/ui/timeline", 422)
