"""Every reason that holds a task instance back: made, and told with what it is about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from ostro.records import Move
from ostro.spec import Expansion
from ostro.spec.mapping import FromXCom
from ostro.states import RunState, RunType, TaskState
from ostro.store import EngineRecord, engines, instances, transitions, triggers
from ostro.store import tables as t
from store import made

from .conftest import World, task


def why(world: World, task_id: str = "b", run_id: str = "r", **asked: Any) -> dict[str, Any]:
    found = world.get(f"/ui/dags/d/runs/{run_id}/tasks/{task_id}", **asked)["waiting"]
    return {one["name"]: one for one in found}


def scheduled(world: World, *tasks: Any, **more: Any) -> Any:
    """A run whose task b is ready."""
    world.dag(*tasks, **more)
    run = world.run()
    world.states(run, b="scheduled")
    return run


def pause(world: World) -> None:
    scheduled(world, task("b"))
    world.send("PATCH", "/dags/d", {"is_paused": True})


def stale(world: World) -> None:
    scheduled(world, task("b"))
    with world.store.begin() as tx:
        tx.execute(sa.update(t.dag).values(is_stale=True))


def not_started(world: World) -> None:
    world.dag(task("b"), max_active_runs=1)
    world.run(run_id="first")
    world.run(state=RunState.QUEUED, start_date=None)


def later(world: World) -> None:
    world.dag(task("b"))
    world.run(state=RunState.QUEUED, start_date=None, run_after=made.NOW + timedelta(hours=1))


def about_to_start(world: World) -> None:
    world.dag(task("b"))
    world.run(state=RunState.QUEUED, start_date=None)


def over(world: World) -> None:
    world.dag(task("a"), task("b", "a"))
    world.ends(world.run(), RunState.FAILED)


def upstream(world: World) -> None:
    world.dag(task("a"), task("b", "a", trigger_rule="none_failed"))
    world.run()


def setup(world: World) -> None:
    world.dag(task("s", is_setup=True), task("a", "s"), task("b", "a"), task("t", "b", "s", is_teardown=True))
    world.states(world.run(), a="success")


def mapping(world: World) -> None:
    expansion = Expansion("expand", {"x": FromXCom("a")})
    world.dag(task("a"), task("b", "a", trigger_rule="always", expansion=expansion))
    world.run()


def past(world: World) -> None:
    world.dag(task("b", depends_on_past=True))
    before = world.run(run_id="before", run_type=RunType.SCHEDULED, logical_date=made.NOW - timedelta(days=1))
    world.states(before, b="failed")
    world.run(run_type=RunType.SCHEDULED, logical_date=made.NOW)


def pool_missing(world: World) -> None:
    scheduled(world, task("b", pool="nowhere"))


def pool_small(world: World) -> None:
    world.send("POST", "/pools", {"name": "tiny", "slots": 1}, 201)
    scheduled(world, task("b", pool="tiny", pool_slots=2))


def pool_full(world: World) -> None:
    world.send("PATCH", "/pools/default_pool", {"slots": 1})
    world.states(scheduled(world, task("a"), task("b")), a="running")


def active_tasks(world: World) -> None:
    world.states(scheduled(world, task("a"), task("b"), max_active_tasks=1), a="running")


def per_dag(world: World) -> None:
    scheduled(world, task("b", max_active_tis_per_dag=1))
    world.states(world.run(run_id="other"), b="running")


def waits_until(state: TaskState) -> Callable[[World], None]:
    def make(world: World) -> None:
        world.dag(task("b", retries=3))
        run = world.run()
        world.states(run, b="running")
        with world.store.begin() as tx:
            (row,) = instances.load_instances(tx, [run.id])
            until = made.NOW + timedelta(minutes=5)
            move = Move(ti=row.id, before=row.state, after=state, due_at=until)
            assert all(transitions.apply_moves(tx, [move], made.NOW))
            if state is TaskState.DEFERRED:
                new = triggers.NewTrigger(
                    ti=row.id,
                    attempt_id=row.attempt_id,
                    classpath="shop.TillTrigger",
                    kwargs={},
                    timeout_at=until,
                )
                triggers.put(tx, new, made.NOW)

    return make


def no_engine(world: World) -> None:
    scheduled(world, task("b"))
    with world.store.begin() as tx:
        gone = EngineRecord(
            id="one", kind="scheduler", hostname="h", pid=7, started_at=made.NOW, heartbeat_at=made.NOW
        )
        engines.register(tx, gone)


SOON = (made.NOW + timedelta(minutes=5)).isoformat(timespec="seconds")


@pytest.mark.parametrize(
    ("make", "name", "said"),
    [
        (pause, "dag_paused", "paused"),
        (stale, "dag_gone", "no file holds the DAG"),
        (not_started, "max_active_runs", "1 runs of the DAG are active"),
        (later, "run_after", "the run starts at"),
        (about_to_start, "run_queued", "has not started"),
        (over, "run_finished", "ended as failed"),
        (upstream, "trigger_rule", "trigger rule none_failed"),
        (setup, "setup", "waits for the setup 's'"),
        (mapping, "mapping", "the tasks it maps over: 'a'"),
        (past, "past", "in the previous run 'before'"),
        (pool_missing, "pool_missing", "no pool 'nowhere'"),
        (pool_small, "pool_too_small", "needs 2 slots"),
        (pool_full, "pool_full", "1 of 1 slots"),
        (active_tasks, "max_active_tasks", "1 tasks of the run"),
        (per_dag, "max_active_tis_per_dag", "the limit is 1"),
        (waits_until(TaskState.UP_FOR_RETRY), "retry", SOON),
        (waits_until(TaskState.UP_FOR_RESCHEDULE), "reschedule", SOON),
        (waits_until(TaskState.DEFERRED), "deferred", f"shop.TillTrigger has not fired yet; it fails when that takes longer than {SOON}"),
        (waits_until(TaskState.AWAITING_INPUT), "awaiting_input", "a person has not answered"),
        (no_engine, "no_engine", "no engine runs"),
    ],
)  # fmt: skip
def test_each_reason(world: World, make: Callable[[World], None], name: str, said: str) -> None:
    make(world)
    found = why(world)
    assert name in found
    assert said in found[name]["reason"]


def test_an_unmet_rule_names_what_is_not_finished(world: World) -> None:
    world.dag(task("a"), task("x"), task("b", "a", "x"))
    world.states(world.run(), a="success")
    assert why(world)["trigger_rule"]["about"] == [{"task_id": "x", "map_index": -1, "state": "none"}]


def test_several_reasons_are_told_together(world: World) -> None:
    world.send("PATCH", "/pools/default_pool", {"slots": 1})
    run = scheduled(world, task("a"), task("b", max_active_tis_per_dagrun=0), max_active_tasks=1)
    world.states(run, a="running")
    world.send("PATCH", "/dags/d", {"is_paused": True})
    assert list(why(world)) == ["dag_paused", "pool_full", "max_active_tasks", "max_active_tis_per_dagrun"]


def test_nothing_holds_what_runs_or_is_over(world: World) -> None:
    world.dag(task("a"), task("b"))
    world.states(world.run(), a="running", b="success")
    assert why(world) == why(world, "a") == {}
