"""Pages of the installation: forms of connections, waiting in pools, processes, triggers, deeds, where something is used."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from ostro.api.ui import installation
from ostro.states import RunState
from ostro.store import engines, event_log, outbox
from ostro.store import tables as t
from ostro.store.engines import EngineRecord
from store.made import NOW

from .conftest import World, task


def test_forms_of_connections_come_from_the_child(world: World) -> None:
    shown = {"connection_types": [], "can_test": False, "shows_test": True}
    assert world.get("/ui/connections/hook_meta") == shown
    hidden = replace(world.deps.config, hides_connection_tests=True)
    world.app.state.deps = replace(world.deps, config=hidden)
    assert world.get("/ui/connections/hook_meta") == {**shown, "shows_test": False}
    world.app.state.deps = replace(world.deps, list_connection_types=lambda: [{"connection_type": "x"}])
    assert world.get("/ui/connections/hook_meta")["connection_types"] == [{"connection_type": "x"}]


def test_why_tasks_wait_in_a_pool(world: World) -> None:
    world.send("PATCH", "/pools/default_pool", {"slots": 1})
    world.dag(task("a"), task("b"), task("c"))
    run = world.run()
    world.states(run, a="running", b="scheduled", c="scheduled")
    found = world.get("/ui/pools/waiting", pool="default_pool")
    assert (found["total_entries"], found["looked_at"]) == (2, 2)
    assert [r["count"] for r in found["reasons"]] == [2]
    assert "default_pool" in found["instances"][0]["reason"]
    world.get("/ui/pools/waiting", 404, pool="none")


def test_many_that_wait_cost_no_more_questions_than_few(world: World) -> None:
    """What they have in common is read once: the run, the engines, what is taken."""
    names = [f"t{number:02}" for number in range(20)]
    sent: list[str] = []

    def hear(conn: Any, cursor: Any, sql: str, *more: Any) -> None:
        sent.append(sql)

    def asked(pool: str, waiting: list[str]) -> int:
        """How many statements say what these wait for."""
        world.send("POST", "/pools", {"name": pool, "slots": 1}, 201)
        world.dag(*(task(name, pool=pool) for name in ("a", *names)), dag_id=pool)
        world.states(world.run(pool, pool), a="running", **dict.fromkeys(waiting, "scheduled"))
        sent.clear()
        sa.event.listen(sa.Engine, "before_cursor_execute", hear)
        try:
            found = world.get("/ui/pools/waiting", pool=pool)
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", hear)
        assert [one["task_id"] for one in found["instances"]] == waiting
        assert {one["reason"] for one in found["instances"]} == {f"1 of 1 slots of pool {pool!r} are taken"}
        return len(sent)

    assert asked("few", names[:2]) == asked("many", names)


def test_slots_of_a_pool_over_the_last_day(world: World) -> None:
    """A task that waited for a quarter of an hour and ran for two, and one that waits since; a day later nothing of it."""
    begun = world.clock.now().replace(minute=0, second=0, microsecond=0)
    world.dag(task("a", pool_slots=2), task("b"), task("c"))
    run = world.run(start_date=begun - timedelta(hours=2))
    world.states(run, a="running", b="scheduled")
    quarter = timedelta(minutes=15)
    with world.store.begin() as tx:
        started = begun - 4 * quarter
        times = {"scheduled_at": started - quarter, "queued_at": started, "start_date": started}
        tx.execute(sa.update(t.attempt).values(**times, closed_at=started + 2 * quarter))
        waits = t.task_instance.c.task_id == "b"
        tx.execute(sa.update(t.task_instance).where(waits).values(scheduled_at=begun - quarter))
    found = world.get("/ui/pools/past")
    at = int((begun - 5 * quarter - datetime.fromisoformat(found["since"])) / quarter)
    pool = found["pools"]["default_pool"]
    assert (pool["taken"][at : at + 5], sum(pool["taken"])) == ([0, 2, 2, 0, 0], 4)
    assert pool["waiting"][at : at + 5] == [2, 0, 0, 0, 1]
    assert found["more"] is False
    world.ends(run, RunState.FAILED)
    world.clock.advance(2 * 86_400)
    world.sign_in()
    assert sum(world.get("/ui/pools/past")["pools"]["default_pool"]["taken"]) == 0


def test_what_runs_and_waits_in_each_queue(world: World) -> None:
    world.dag(task("a", queue="gpu"), task("b", queue="gpu"), task("c"))
    run = world.run()
    world.states(run, a="running", b="scheduled", c="deferred")
    assert world.get("/ui/queues")["queues"] == [
        {"name": "default", "running": 0, "waiting": 0, "deferred": 1},
        {"name": "gpu", "running": 1, "waiting": 1, "deferred": 0},
    ]


def test_processes_with_their_load(world: World) -> None:
    world.dag(task("a"))
    run = world.run()
    world.states(run, a="running")
    with world.store.begin() as tx:
        made = {"kind": "scheduler", "hostname": "h", "pid": 7, "started_at": NOW}
        engines.register(tx, EngineRecord(id="one", heartbeat_at=NOW, progress_at=NOW, **made))
        engines.register(
            tx, EngineRecord(id="old", heartbeat_at=NOW, stopped_at=NOW - timedelta(days=30), **made)
        )
        tx.execute(sa.update(t.task_instance).values(engine="one"))
    found = world.get("/ui/processes")["processes"]
    assert [(p["id"], p["running"], p["queued"]) for p in found] == [("one", 1, 0)]
    assert found[0]["health"] == "dead"  # its last sign of life lies years back in the database's time
    assert (found[0]["drain"], found[0]["parallelism"]) == (None, 0)


def test_an_engine_is_drained_and_works_again(world: World) -> None:
    """Its name holds the path of its home."""
    name = "host:/srv/my home"
    url = f"/processes/{quote(name, safe='')}/drain"
    world.dag(task("a"))
    run = world.run()
    world.states(run, a="running")
    with world.store.begin() as tx:
        engines.beat(tx, name, NOW, parallelism=32)
        engines.beat(tx, "t", NOW, kind="triggerer")
        tx.execute(sa.update(t.task_instance).values(engine=name))

    def ask(drain: Any, status: int = 200, url: str = url) -> Any:
        answer = world.client.post("/ui" + url, json={"drain": drain})
        assert answer.status_code == status, answer.text
        return answer.json()

    def row() -> Any:
        (found,) = [one for one in world.get("/ui/processes")["processes"] if one["id"] == name]
        return found

    def parts() -> Any:
        return {one["name"]: (one["count"], one["draining"]) for one in world.get("/ui/health")["parts"]}

    def deeds() -> list[Any]:
        found = world.get("/ui/audit", search=name)["entries"]
        return [(one["event"], one["owner"], one["result"], one["extra"]) for one in found]

    assert parts()["scheduler"] == (1, 0)
    asked = ask(True)
    assert asked == row()
    assert (asked["drain"], asked["drains_since"]) == ("asked", None) and asked["drain_asked_at"]
    assert (asked["running"], asked["parallelism"]) == (1, 32)
    assert world.woken == [([], ["*"])]
    assert parts()["scheduler"] == (1, 1) and parts()["triggerer"] == (1, 0)
    with world.store.begin() as tx:
        assert engines.beat(tx, name, NOW, parallelism=32)
    assert row()["drain"] == "draining" and row()["drains_since"]
    with world.store.begin() as tx:
        tx.execute(sa.update(t.task_instance).values(engine=None))
        (calling,) = outbox.put(tx, [outbox.OutboxRow(dag_id="d", run=run.id, kind="deadline")])
        assert outbox.claim(tx, calling, outbox.Claim("callback", name))
    # The callbacks of its last task are not cut off.
    assert (row()["drain"], row()["running"]) == ("draining", 0)
    with world.store.begin() as tx:
        outbox.finish(tx, [calling], now=NOW)
    assert row()["drain"] == "drained"
    assert ask(False)["drain"] is None
    assert deeds() == [
        ("resume_engine", "admin", "done", {"engine": name}),
        ("drain_engine", "admin", "done", {"engine": name}),
    ]
    # What is refused is not done, and is said in one sentence.
    assert "`nobody`" in ask(True, 404, "/processes/nobody/drain")["detail"]
    assert ask(True, 400, "/processes/t/drain")["detail"].startswith("`t` is a triggerer")
    ask("perhaps", 422)
    with world.store.begin() as tx:
        engines.stop(tx, name, NOW)
    assert "has ended" in ask(True, 400)["detail"]
    assert row()["drain"] is None


def test_deeds_are_searched_and_the_chain_is_verified(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.send("POST", "/pools", {"name": "needle_pool", "slots": 1}, 201)
    world.send("POST", "/pools", {"name": "other", "slots": 1}, 201)
    found = world.get("/ui/audit", search="needle_pool")
    assert [(e["event"], e["owner"], e["result"]) for e in found["entries"]] == [
        ("post_pool", "admin", "done")
    ]
    assert "post_pool" in found["events"] and found["has_more"] is False
    assert world.get("/ui/audit", limit=1)["has_more"] is True
    assert world.get("/ui/audit", result="denied")["entries"] == []
    whole = world.get("/ui/audit/verify")
    assert whole["broken"] is None and not whole["more"]
    monkeypatch.setattr(installation, "VERIFIED_AT_ONCE", 1)
    pieces = [world.get("/ui/audit/verify")]
    while pieces[-1]["more"]:
        assert pieces[-1]["entries"] == 1 and pieces[-1]["last"] == whole["link"]
        last = pieces[-1]
        pieces.append(world.get("/ui/audit/verify", after=last["link"], digest=last["digest"]))
    assert sum(piece["entries"] for piece in pieces) == whole["entries"] >= 2
    assert (pieces[-1]["broken"], pieces[-1]["digest"]) == (None, whole["digest"])
    # Who goes on with another digest than the answer gave is told so.
    wrong = world.get("/ui/audit/verify", after=whole["link"] - 1, digest="x")
    assert wrong["broken"]["link"] == whole["link"]
    monkeypatch.undo()
    with world.store.begin() as tx:
        tx.execute(sa.update(t.event_log).where(event_log.COLUMNS["event"] == "post_pool").values(owner="x"))
    assert world.get("/ui/audit/verify")["broken"]["why"].startswith("the row was changed")


def test_triggers_without_arguments(world: World) -> None:
    assert world.get("/ui/triggers") == {"triggers": [], "total_entries": 0, "classes": {}}


def test_where_something_is_used(world: World) -> None:
    world.get("/ui/where_used", 400)
    assert world.get("/ui/where_used", name="my_conn") == {"dags": [], "total_entries": 0}
