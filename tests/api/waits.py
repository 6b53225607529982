"""Every way in which a task instance may be held back, made one by one, and what the server tells of each.

    cd tests && python -W ignore -m api.waits > api/waits.json

writes anew what the server tells. The page makes its sentences from that file in its own tests.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from ostro.records import Move, RunRecord
from ostro.rules.reason import WaitCode
from ostro.spec import Expansion
from ostro.spec.mapping import FromXCom
from ostro.states import RunState, RunType, TaskState
from ostro.store import EngineRecord, Store, backfills, engines, instances, transitions, triggers
from ostro.store import tables as t
from store import made

from .conftest import World, task

TOLD = Path(__file__).with_name("waits.json")


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


def teardown(world: World) -> None:
    """b looks at c; what it waits for besides is a."""
    b = task("b", "s", "c", is_teardown=True, trigger_rule="all_done_setup_success")
    world.dag(task("s", is_setup=True), task("a", "s"), task("c", "a"), b)
    world.states(world.run(), s="success")


def past(world: World) -> None:
    world.dag(task("b", depends_on_past=True))
    world.states(_yesterday(world), b="failed")
    world.run(run_type=RunType.SCHEDULED, logical_date=made.NOW)


def past_without(world: World) -> None:
    world.dag(task("a"))
    _yesterday(world)
    world.dag(task("b", depends_on_past=True, ignore_first_depends_on_past=False))
    world.run(run_type=RunType.SCHEDULED, logical_date=made.NOW)


def past_downstream(world: World) -> None:
    world.dag(task("b", depends_on_past=True, wait_for_downstream=True), task("c", "b"))
    world.states(_yesterday(world), b="success", c="failed")
    world.run(run_type=RunType.SCHEDULED, logical_date=made.NOW)


def _yesterday(world: World) -> RunRecord:
    """The run before."""
    day = made.NOW - timedelta(days=1)
    return world.run(run_id="before", run_type=RunType.SCHEDULED, logical_date=day)


def pool_missing(world: World) -> None:
    scheduled(world, task("b", pool="nowhere"))


def pool_small(world: World) -> None:
    world.send("POST", "/pools", {"name": "tiny", "slots": 1}, 201)
    scheduled(world, task("b", pool="tiny", pool_slots=2))


def pool_full(world: World) -> None:
    world.send("PATCH", "/pools/default_pool", {"slots": 1})
    world.states(scheduled(world, task("a"), task("b")), a="running")


def pool_too_full(world: World) -> None:
    world.send("POST", "/pools", {"name": "tiny", "slots": 2}, 201)
    b = task("b", pool="tiny", pool_slots=2)
    world.states(scheduled(world, task("a", pool="tiny"), b), a="running")


def active_tasks(world: World) -> None:
    world.states(scheduled(world, task("a"), task("b"), max_active_tasks=1), a="running")


def per_dag(world: World) -> None:
    scheduled(world, task("b", max_active_tis_per_dag=1))
    world.states(world.run(run_id="other"), b="running")


def waits_until(state: TaskState, minutes: int = 5, **more: Any) -> Callable[[World], None]:
    """Paused until then; `more` is said of the trigger that it waits for."""

    def make(world: World) -> None:
        world.dag(task("b", retries=3))
        run = world.run()
        world.states(run, b="running")
        with world.store.begin() as tx:
            (row,) = instances.load_instances(tx, [run.id])
            until = made.NOW + timedelta(minutes=minutes)
            move = Move(ti=row.id, before=row.state, after=state, due_at=until)
            assert all(transitions.apply_moves(tx, [move], made.NOW))
            if more:
                new = triggers.NewTrigger(ti=row.id, attempt_id=row.attempt_id, kwargs={}, **more)
                triggers.put(tx, new, made.NOW)

    return make


def per_dagrun(world: World) -> None:
    run = scheduled(world, task("b", max_active_tis_per_dagrun=1))
    with world.store.begin() as tx:
        (other,) = made.instances(tx, run, "b", map_index=0)
        assert all(transitions.apply_moves(tx, [made.start(other.id)], made.NOW))


def parallelism(world: World) -> None:
    """The engine says how many it runs at once."""
    world.states(scheduled(world, task("a"), task("b")), a="running")
    with world.store.begin() as tx:
        engines.beat(tx, "one", made.NOW, parallelism=1)


def broken(world: World) -> None:
    scheduled(world, task("b"))
    with world.store.begin() as tx:
        tx.execute(sa.update(t.dag).values(has_import_errors=True, expired_at=made.NOW))


def backfill(world: World, *, is_paused: bool = False) -> None:
    world.dag(task("b"))
    with world.store.begin() as tx:
        new = backfills.NewBackfill(dag_id="d", from_date=made.NOW, to_date=made.NOW, max_active_runs=3)
        record = backfills.create(tx, new, made.NOW)
        assert record is not None
        tx.execute(sa.update(t.backfill).values(is_paused=is_paused))
    world.run(state=RunState.QUEUED, start_date=None, run_type=RunType.BACKFILL, backfill_id=record.id)


def handed_over(world: World) -> None:
    world.states(scheduled(world, task("b")), b="queued")


def ready(world: World) -> None:
    world.dag(task("b"))
    world.run()


def removed(world: World) -> None:
    world.dag(task("a"))
    run = world.run()
    with world.store.begin() as tx:
        made.instances(tx, run, "b")


def no_engine(world: World) -> None:
    scheduled(world, task("b"))
    with world.store.begin() as tx:
        gone = EngineRecord(
            id="one", kind="scheduler", hostname="h", pid=7, started_at=made.NOW, heartbeat_at=made.NOW
        )
        engines.register(tx, gone)


def engines_drain(world: World) -> None:
    scheduled(world, task("b"))
    with world.store.begin() as tx:
        engines.beat(tx, "one", made.NOW)
        engines.ask_drain(tx, "one", drain=True)


TILL = {"classpath": "shop.TillTrigger"}
LATER = made.NOW + timedelta(minutes=5)
SOON = LATER.isoformat(timespec="seconds")


class Case(NamedTuple):
    """A way to be held back: its code, and what the sentence says."""

    make: Callable[[World], None]
    code: WaitCode
    said: str


CASES: dict[str, Case] = {
    "the DAG is paused": Case(pause, "dag_paused", "paused"),
    "no file holds the DAG": Case(stale, "dag_gone", "no file holds the DAG"),
    "its file is broken": Case(broken, "import_errors", "cannot be imported"),
    "no engine lives": Case(no_engine, "no_engine", "no engine runs"),
    "all engines drain": Case(engines_drain, "engines_drain", "all engines drain, so no task starts"),
    "too many runs": Case(not_started, "max_active_runs", "1 runs of the DAG are active"),
    "the run is for later": Case(later, "run_after", "the run starts at"),
    "the run is about to start": Case(about_to_start, "run_queued", "has not started"),
    "the run is over": Case(over, "run_finished", "ended as failed"),
    "the backfill is paused": Case(partial(backfill, is_paused=True), "backfill_paused", "is paused"),
    "the backfill has its runs": Case(backfill, "backfill_limit", "3 runs of the backfill"),
    "upstream": Case(upstream, "trigger_rule", "trigger rule none_failed"),
    "a setup": Case(setup, "setup", "waits for the setup 's'"),
    "what it maps over": Case(mapping, "mapping", "the tasks it maps over: 'a'"),
    "work before the teardown": Case(teardown, "teardown", "waits for the work before it: 'a'"),
    "the past": Case(past, "past", "in the previous run 'before'"),
    "no past": Case(past_without, "past", "has no instance of this task"),
    "what came after it in the past": Case(past_downstream, "past", "a task after this one is failed"),
    "no pool": Case(pool_missing, "pool_missing", "no pool 'nowhere'"),
    "a small pool": Case(pool_small, "pool_too_small", "needs 2 slots"),
    "a full pool": Case(pool_full, "pool_full", "1 of 1 slots"),
    "a pool with too little left": Case(pool_too_full, "pool_full", "1 of 2 slots of pool 'tiny' are taken, and the task needs 2"),
    "a full engine": Case(parallelism, "parallelism", "1 tasks run, as many as parallelism allows"),
    "too many tasks": Case(active_tasks, "max_active_tasks", "1 tasks of the run"),
    "too many instances": Case(per_dag, "max_active_tis_per_dag", "the limit is 1"),
    "too many instances in the run": Case(per_dagrun, "max_active_tis_per_dagrun", "in this run, the limit is 1"),
    "the next try": Case(waits_until(TaskState.UP_FOR_RETRY), "retry", SOON),
    "the next try, due": Case(waits_until(TaskState.UP_FOR_RETRY, -5), "retry", "its time has come"),
    "the next look": Case(waits_until(TaskState.UP_FOR_RESCHEDULE), "reschedule", SOON),
    "the next look, due": Case(waits_until(TaskState.UP_FOR_RESCHEDULE, -5), "reschedule", "its time has come"),
    "a trigger": Case(waits_until(TaskState.DEFERRED, **TILL), "deferred", "shop.TillTrigger has not fired yet"),
    "a trigger with an end": Case(
        waits_until(TaskState.DEFERRED, **TILL, timeout_at=LATER), "deferred", f"when that takes longer than {SOON}"
    ),
    "a trigger that ended": Case(waits_until(TaskState.DEFERRED), "deferred", "its trigger has ended"),
    "a trigger elsewhere": Case(
        waits_until(TaskState.DEFERRED, **TILL, queue="far"), "trigger_queue", "the trigger queue 'far'"
    ),
    "a person": Case(waits_until(TaskState.AWAITING_INPUT), "awaiting_input", "a person has not answered"),
    "a slot": Case(lambda world: scheduled(world, task("b")), "scheduled", "waits for a free slot"),
    "the executor": Case(handed_over, "queued", "handed to the executor"),
    "nothing": Case(ready, "ready", "at the next step"),
    "no task any more": Case(removed, "removed", "not part of the DAG any more"),
}  # fmt: skip


def told(world: World, case: Case) -> dict[str, Any]:
    """What the server tells of a case, made in an empty world."""
    case.make(world)
    found = why(world)
    assert case.code in found, found
    return dict(found[case.code])


def main() -> None:
    every = {}
    for name, case in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            store = Store.open(f"sqlite:///{folder}/o.db")
            store.migrate()
            world = World(store, Path(folder))
            world.sign_in()
            every[name] = told(world, case)
            world.app.state.tail.close()
            store.dispose()
    print(json.dumps(every, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
