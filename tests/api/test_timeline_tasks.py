"""The timeline by tasks: every try of a stretch of time, or sums of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from ostro.api.ui import timeline_tasks
from ostro.ids import first_attempt_id
from ostro.store import instances
from ostro.store import tables as t
from store.made import DAY, NOW

from . import matrix
from .conftest import World, task

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
SPAN = {"since": (NOW - HOUR).isoformat(), "until": (NOW + HOUR).isoformat()}


def tried(world: World, dag_id: str, task_id: str, *tries: tuple[timedelta, timedelta | None, str]) -> None:
    """Tries of a task of a run of its own, each from when to when after NOW."""
    run = world.run(dag_id, f"r-{dag_id}-{task_id}", run_after=NOW - DAY)
    with world.store.begin() as tx:
        (one,) = [row for row in instances.load_instances(tx, [run.id]) if row.task_id == task_id]
        for number, (start, end, state) in enumerate(tries, 1):
            closed = None if end is None else NOW + end
            tx.execute(
                sa.insert(t.attempt).values(
                    attempt_id=f"{first_attempt_id(NOW + start)}-7000-8000-{one.id:06d}{number:06d}", ti=one.id,
                    try_number=number, state=state, scheduled_at=NOW + start - SECOND, queued_at=NOW + start,
                    start_date=NOW + start, end_date=closed, closed_at=closed, hostname="here",
                )
            )  # fmt: skip


def floor(world: World) -> None:
    world.dag(task("a"), task("b", pool="narrow"), tags=("x", "y"), display_name="The D")
    world.dag(task("c"), dag_id="e")
    tried(
        world, "d", "a", (-30 * MINUTE, -29 * MINUTE, "up_for_retry"), (-20 * MINUTE, -10 * MINUTE, "success")
    )
    tried(world, "d", "b", (-2 * HOUR, -90 * MINUTE, "failed"), (-80 * MINUTE, None, "running"))
    tried(world, "e", "c", (-15 * MINUTE, -5 * MINUTE, "failed"))


def test_every_try_is_told(world: World) -> None:
    floor(world)
    found = world.get("/ui/timeline/tasks", **SPAN)
    assert found["sums"] is None
    names = [(dag["dag_id"], dag["name"], dag["tags"]) for dag in found["dags"]]
    assert names == [("d", "The D", ["x", "y"]), ("e", "e", [])]
    lines = sorted(
        (found["dags"][found["tasks"][place][0]]["dag_id"], *found["tasks"][place][1:], found["runs"][run],
         number, state, found["pools"][pool], found["hosts"][host], waited, start, end)
        for place, run, _, number, state, pool, host, waited, start, end in found["tries"]
    )  # fmt: skip
    minute = 60_000
    assert lines == [
        ("d", "a", "PythonOperator", "r-d-a", 1, "up_for_retry", "default_pool", "here", 30 * minute - 1_000, 30 * minute, 31 * minute),
        ("d", "a", "PythonOperator", "r-d-a", 2, "success", "default_pool", "here", 40 * minute - 1_000, 40 * minute, 50 * minute),
        ("d", "b", "PythonOperator", "r-d-b", 2, "running", "narrow", "here", -20 * minute - 1_000, -20 * minute, None),
        ("e", "c", "PythonOperator", "r-e-c", 1, "failed", "default_pool", "here", 45 * minute - 1_000, 45 * minute, 55 * minute),
    ]  # fmt: skip
    world.get("/ui/timeline/tasks", 422)
    world.get("/ui/timeline/tasks", 422, rows="colour", **SPAN)


ROWS = {
    "dag": [("d", "The D", 3, 1), ("e", "e", 1, 1)],
    "tag": [("", "", 1, 1), ("x", "x", 3, 1), ("y", "y", 3, 1)],
    "owner": [("airflow", "airflow", 4, 2)],
    "pool": [("default_pool", "default_pool", 3, 2), ("narrow", "narrow", 1, 0)],
    "task": [("d/a", "The D.a", 2, 1), ("d/b", "The D.b", 1, 0), ("e/c", "e.c", 1, 1)],
    "operator": [("PythonOperator", "PythonOperator", 4, 2)],
    "host": [("here", "here", 4, 2)],
}


def test_sums_of_many(lite: World, monkeypatch: pytest.MonkeyPatch) -> None:
    floor(lite)
    monkeypatch.setattr(timeline_tasks, "MAX_TRIES", 2)
    for by, wanted in ROWS.items():
        found = lite.get("/ui/timeline/tasks", rows=by, **SPAN)
        assert found["tries"] == []
        sums = found["sums"]
        assert (sums["ran"], sums["failed"], sums["by"], sums["others"]) == (4, 2, by, 0)
        assert [(row[0], row[1], row[2], row[3]) for row in sums["rows"]] == wanted
    # A bin of 20 seconds; the one that runs ends now.
    assert (sums["bin"], sums["bins"], max(sums["most"])) == (20_000, 360, 3)
    assert [sums["most"][at] for at in (0, 91, 120, 140, 179, 180)] == [1, 2, 2, 3, 1, 0]
    assert sums["mean"][91] == 2.0
    (row,) = sums["rows"]
    assert row[4] == (1 + 10 + 60 + 10) * 60_000
    assert row[5] == 80 * 60_000
    assert row[6][:8] == [0, 90, 1, 0, 90, 2, 2, 0]
    assert sum(sums["took"][2::4]) == 3


def test_a_stretch_of_parts_of_milliseconds_and_at_the_ends_of_the_calendar(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lite.dag(task("a"))
    second = NOW.replace(microsecond=0)
    tried(lite, "d", "a", (second - NOW + timedelta(microseconds=100), MINUTE, "success"))
    monkeypatch.setattr(timeline_tasks, "MAX_TRIES", 0)
    until = second + timedelta(microseconds=900)
    assert (
        lite.get("/ui/timeline/tasks", since=(second - HOUR).isoformat(), until=until.isoformat())["tries"]
        == []
    )
    lite.get("/ui/timeline/tasks", 422, since=second.isoformat(), until=until.isoformat())
    for day in ("0001-01-01T{}:00:00Z", "9999-12-31T{}:59:59Z"):
        found = lite.get("/ui/timeline/tasks", since=day.format("00"), until=day.format("23"))
        assert (found["tries"], found["sums"]) == ([], None)


def test_groups_beyond_the_largest_are_summed_in_one(lite: World, monkeypatch: pytest.MonkeyPatch) -> None:
    floor(lite)
    monkeypatch.setattr(timeline_tasks, "MAX_TRIES", 2)
    monkeypatch.setattr(timeline_tasks, "MAX_ROWS", 1)
    sums = lite.get("/ui/timeline/tasks", rows="task", **SPAN)["sums"]
    assert ([row[0] for row in sums["rows"]], sums["others"], sums["rest"][2:4]) == (["d/a"], 2, [2, 1])
    monkeypatch.setattr(timeline_tasks, "MAX_COUNTED", 3)
    told = lite.get("/ui/timeline/tasks", 422, **SPAN)
    assert "shorter time" in str(told) and str(SPAN["until"]) in str(told)


def test_only_of_dags_that_one_may_read(lite: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for dag_id in (matrix.MINE, matrix.THEIRS):
        lite.dag(task("a"), dag_id=dag_id, tags=(f"{dag_id}-tag",))
        tried(lite, dag_id, "a", (-30 * MINUTE, -29 * MINUTE, "success"))
    matrix.people(lite)
    lite.sign_in(matrix.TEAM)
    for most in (9, 0):
        monkeypatch.setattr(timeline_tasks, "MAX_TRIES", most)
        found: Any = lite.get("/ui/timeline/tasks", rows="tag", **SPAN)
        assert matrix.THEIRS not in str(found)
        assert len(found["tries"]) == (1 if most else 0)
        assert (found["sums"] is None) == (most == 9)
    # What may be read is bounded, whoever asks: not only what is told.
    monkeypatch.setattr(timeline_tasks, "MAX_COUNTED", 1)
    lite.get("/ui/timeline/tasks", 422, **SPAN)


def test_runs_to_come_are_told_with_the_tasks(lite: World) -> None:
    from .test_history import DAILY, NEXT

    lite.dag(task("a"), timetable=DAILY, start_date="2026-01-01T00:00:00+00:00")
    with lite.store.begin() as tx:
        tx.execute(sa.update(t.dag).values(**NEXT))
    until: datetime = NOW + 2 * DAY
    found = lite.get("/ui/timeline/tasks", since=(NOW - HOUR).isoformat(), until=until.isoformat())
    assert (found["tries"], len(found["planned"]), found["dags"][0]["pools"]) == ([], 2, ["default_pool"])
