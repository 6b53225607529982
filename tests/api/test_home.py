"""What the home page reads: what is wrong, whether the parts work, what ran lately."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from ostro.protocol.parse import FileError
from ostro.states import RunState
from ostro.store import engines, hitl, specs
from ostro.store import tables as t
from ostro.store.clock import db_now
from store import made
from store.made import DAY, NOW

from .conftest import World, task

HOUR = timedelta(hours=1)


def test_nothing_is_wrong_in_an_empty_installation(world: World) -> None:
    found = world.get("/ui/home")
    for kind in ("failing", "late", "stuck", "import_errors", "deadlines", "questions"):
        assert found[kind] == {"total": 0, "rows": []}
    assert found["history"]["seconds"] == 3_600
    assert found["history"]["bars"] == [{}] * 24
    assert [p["name"] for p in found["pools"]] == ["default_pool"]
    assert len(world.get("/ui/home", hours=168)["history"]["bars"]) == 28
    world.get("/ui/home", 422, hours=3)


def test_a_failing_dag_is_told_with_what_broke_first(world: World) -> None:
    world.dag(task("a"), task("b", "a"), dag_id="bad")
    world.dag(task("a"), dag_id="mended")
    run = world.run("bad", "r1")
    world.states(run, a="failed")
    world.ends(run, RunState.FAILED)
    world.ends(world.run("mended", "r1", run_after=NOW), RunState.FAILED)
    world.ends(world.run("mended", "r2", run_after=NOW + DAY), RunState.SUCCESS)
    failing = world.get("/ui/home")["failing"]
    assert failing["total"] == 1
    (row,) = failing["rows"]
    assert (row["dag_id"], row["run_id"]) == ("bad", "r1")
    assert (row["first"]["task_id"], row["first"]["error"]) == ("a", "boom")


def test_late_runs_and_stuck_tasks(world: World) -> None:
    world.dag(task("a"), dag_id="late")
    world.dag(task("a"), dag_id="asleep")
    run = world.run("late")
    with world.store.begin() as tx:
        tx.execute(sa.update(t.dag).values(next_run_after=NOW - HOUR))
        specs.set_paused(tx, ["asleep"], True)
        tx.execute(sa.update(t.task_instance).values(state="queued", queued_at=NOW - HOUR))
    found = world.get("/ui/home")
    assert [(r["dag_id"], r["is_full"]) for r in found["late"]["rows"]] == [("late", False)]
    (stuck,) = found["stuck"]["rows"]
    assert (stuck["dag_id"], stuck["run_id"], stuck["task_id"], stuck["state"]) == (
        "late", run.run_id, "a", "queued",
    )  # fmt: skip
    assert found["live_tasks"] == {"queued": 1}
    with world.store.begin() as tx:
        tx.execute(sa.update(t.task_instance).values(queued_at=NOW - timedelta(minutes=4)))
        tx.execute(sa.update(t.dag).values(next_run_after=NOW + HOUR))
    found = world.get("/ui/home")
    assert (found["late"]["total"], found["stuck"]["total"]) == (0, 0)


def test_import_errors_questions_and_history(world: World) -> None:
    world.dag(task("a"), dag_id="asks")
    run = world.run("asks", run_after=NOW - HOUR)
    world.states(run, a="running")
    with world.store.begin() as tx:
        made.save(tx, path="broken.py", errors=(FileError("boom", path="/dags/broken.py", line=3),))
        ti = tx.execute(sa.select(t.task_instance.c.id)).scalar_one()
        hitl.put(tx, hitl.NewQuestion(ti=ti, try_number=1, subject="Ship it?", options=["yes"]), NOW)
    found = world.get("/ui/home")
    assert [e["sentence"] for e in found["import_errors"]["rows"]] == ["/dags/broken.py:3: boom"]
    assert [(q["dag_id"], q["subject"]) for q in found["questions"]["rows"]] == [("asks", "Ship it?")]
    # 12:30 now: the last bar is from 12 to 13 o'clock, the run of 11:30 stands in the one before it.
    assert found["history"]["bars"][-2:] == [{"running": 1}, {}]
    assert sum(sum(bar.values()) for bar in found["history"]["bars"]) == 1


def test_the_parts_are_judged_by_what_they_got_done(world: World) -> None:
    def health() -> dict[str, str]:
        return {part["name"]: part["health"] for part in world.get("/ui/health")["parts"]}

    assert health() == {
        "scheduler": "absent", "triggerer": "absent", "dag_processor": "absent", "database": "healthy",
    }  # fmt: skip

    def engine(heartbeat: timedelta, progress: timedelta) -> None:
        with world.store.begin() as tx:
            at = db_now(tx)
            engines.register(
                tx,
                engines.EngineRecord(
                    id="one", kind="scheduler", hostname="h", pid=1, started_at=at - DAY,
                    heartbeat_at=at - heartbeat, progress_at=at - progress,
                ),
            )  # fmt: skip

    engine(timedelta(0), timedelta(0))
    assert set(health().values()) == {"healthy"}
    engine(timedelta(0), HOUR)
    assert health()["scheduler"] == "stalled"
    engine(HOUR, HOUR)
    assert (health()["scheduler"], health()["database"]) == ("dead", "healthy")
