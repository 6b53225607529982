"""Instances that a policy sends elsewhere than their task says; on both databases."""

from __future__ import annotations

from typing import Any

from ostro import store
from ostro.spec import Placing
from ostro.store import instances
from scheduler.conftest import Bench
from scheduler.test_engine import chain, wide

RETRIES_ELSEWHERE: dict[str, Any] = {
    "placings": {"": (Placing(retries=1), Placing(pool="few", queue="far", priority_weight=7, retries=1))},
    "retries": 1,
    "retry_delay": 0.0,
}


def row(bench: Bench, run: int, task_id: str) -> dict[str, Any]:
    with bench.store.read() as tx:
        return next(r for r in instances.search(tx, "d") if r["task_id"] == task_id)


def make_pool(bench: Bench, name: str, slots: int) -> None:
    with bench.store.begin() as tx:
        store.pools.create(tx, store.Pool(name=name, slots=slots))
    bench.turn()


def used(bench: Bench) -> dict[str, int]:
    with bench.store.read() as tx:
        return {u.pool.name: u.running + u.queued for u in store.pools.list_used(tx)}


def test_the_kind_of_run_decides(bench: Bench) -> None:
    placings = {
        "manual": (Placing(queue="people", priority_weight=50, retries=4),),
        "scheduled": (Placing(),),
    }
    bench.add(chain("d", n=1, placings=placings))
    run = bench.trigger("d")

    found = row(bench, run, "t0")
    ((_, order),) = bench.executor.orders.values()

    assert (found["queue"], found["priority_weight"], found["max_tries"]) == ("people", 50, 4)
    assert (order.queue, order.priority_weight, order.max_tries, order.pool) == (
        "people",
        50,
        4,
        "default_pool",
    )


def test_a_retry_goes_to_another_pool(bench: Bench) -> None:
    bench.add(wide(2, task=RETRIES_ELSEWHERE))
    run = bench.trigger("d")
    assert row(bench, run, "t0")["pool"] == "default_pool"

    for task_id in ("t0", "t1"):
        bench.executor.fail(task_id)
    bench.turn()
    bench.clock.advance(1)
    bench.turn(2)
    assert bench.executor.running() == {}  # there is no such pool yet

    make_pool(bench, "few", 1)
    bench.clock.advance(60)
    bench.turn(2)

    (task_id,) = bench.executor.running()
    found = row(bench, run, task_id)
    assert (found["pool"], found["queue"], found["priority_weight"], found["try_number"]) == (
        "few",
        "far",
        7,
        2,
    )
    assert used(bench) == {"default_pool": 0, "few": 1}


def test_the_next_engine_keeps_the_pool(bench: Bench) -> None:
    make_pool(bench, "few", 1)
    bench.add(wide(2, task=RETRIES_ELSEWHERE))
    bench.trigger("d")
    for task_id in ("t0", "t1"):
        bench.executor.fail(task_id)
    bench.turn()
    bench.clock.advance(1)
    bench.turn(2)
    assert len(bench.executor.running()) == 1

    bench.engine = bench.new_engine()
    bench.turn(2)

    assert used(bench) == {"default_pool": 0, "few": 1}
