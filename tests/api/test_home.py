"""What the home page reads: what is wrong, whether the parts work, what ran lately."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import sqlalchemy as sa

from ostro.protocol.parse import FileError
from ostro.states import RunState
from ostro.store import deadlines, engines, hitl, specs
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


def test_missed_deadlines_are_told_for_a_week(world: World) -> None:
    world.dag(task("a"), dag_id="slow")
    run = world.run("slow")
    with world.store.begin() as tx:
        for number, due in enumerate((NOW - HOUR, NOW - 8 * DAY, NOW + HOUR)):
            new = deadlines.NewDeadline(
                run=run.id, number=number, base_at=NOW, due_at=due, name=f"alert {number}"
            )
            deadlines.put(tx, [new], NOW)
        late = [one.id for one in deadlines.due(tx, NOW)]
        assert deadlines.miss(tx, late, NOW) and len(late) == 2
    found = world.get("/ui/home")["deadlines"]
    assert (found["total"], [row["name"] for row in found["rows"]]) == (1, ["alert 0"])
    assert (found["rows"][0]["dag_id"], found["rows"][0]["run_id"]) == ("slow", run.run_id)


def test_every_number_is_what_the_database_counts(world: World) -> None:
    """Counters, slots and bars against statements of their own, over DAGs and runs of all kinds."""
    states = [RunState.SUCCESS, RunState.FAILED, RunState.RUNNING, RunState.QUEUED]
    for n in range(12):
        world.dag(task("a", pool="default_pool"), task("b", "a"), dag_id=f"d{n}")
        for k in range(n % 4):
            run = world.run(f"d{n}", f"r{k}", state=states[(n + k) % 4], run_after=NOW - (n * 3 + k) * HOUR)
            world.states(run, a=("success", "failed", "running", "queued")[(n + k) % 4])
    with world.store.begin() as tx:
        specs.set_paused(tx, ["d3", "d7"], True)
    found = world.get("/ui/home")

    def ask(sql: str) -> dict[str, int]:
        with world.store.read() as tx:
            return {str(name): int(n) for name, n in tx.exec_driver_sql(sql).all()}

    live = "('running', 'queued', 'scheduled', 'deferred', 'up_for_retry', 'up_for_reschedule', 'restarting', 'awaiting_input')"
    of_tasks = f"SELECT state, count(*) FROM task_instance WHERE state IN {live} GROUP BY state"
    assert found["live_tasks"] == ask(of_tasks)
    (pool,) = found["pools"]
    assert (pool["running"], pool["queued"]) == (ask(of_tasks)["running"], ask(of_tasks)["queued"])
    told: Counter[str] = Counter()
    for bar in found["history"]["bars"]:
        told.update(bar)
    with world.store.read() as tx:
        since = datetime.fromisoformat(found["history"]["since"])
        query = sa.select(t.dag_run.c.state, sa.func.count()).where(t.dag_run.c.run_after >= since)
        counted = {str(state): int(n) for state, n in tx.execute(query.group_by(t.dag_run.c.state))}
        latest = sa.select(t.dag_run.c.dag_id, sa.func.max(t.dag_run.c.run_after).label("at"))
        last = latest.group_by(t.dag_run.c.dag_id).subquery()
        failed = sa.select(sa.func.count()).select_from(
            t.dag_run.join(last, (last.c.dag_id == t.dag_run.c.dag_id) & (last.c.at == t.dag_run.c.run_after))
        )
        failing = tx.execute(failed.where(t.dag_run.c.state == "failed")).scalar_one()
        switched_on = tx.execute(sa.select(sa.func.count()).where(~t.dag.c.is_paused)).scalar_one()
    assert dict(told) == counted
    assert found["totals"]["active"] == switched_on == 10
    assert found["failing"]["total"] == failing > 0


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
