"""Every reason that holds a task instance back: made, and told with what it is about."""

from __future__ import annotations

import json
from typing import get_args

import pytest
import sqlalchemy as sa

from ostro.rules.reason import WaitCode
from ostro.store import engines
from ostro.store import tables as t
from store import made

from .conftest import World, task
from .waits import CASES, TOLD, engines_drain, scheduled, told, why


@pytest.mark.parametrize("name", CASES)
def test_each_reason(world: World, name: str) -> None:
    found = told(world, CASES[name])
    assert CASES[name].said in found["reason"]
    # The page makes its own sentences from this.
    assert found == json.loads(TOLD.read_text())[name]


def test_every_code_is_made() -> None:
    """A code that no case makes would reach the page untried."""
    assert {case.code for case in CASES.values()} == set(get_args(WaitCode))
    assert set(json.loads(TOLD.read_text())) == set(CASES)


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


def test_a_slot_that_nobody_takes_is_not_waited_for(world: World) -> None:
    engines_drain(world)
    assert list(why(world)) == ["engines_drain"]


def test_nothing_holds_what_runs_or_is_over(world: World) -> None:
    world.dag(task("a"), task("b"))
    world.states(world.run(), a="running", b="success")
    assert why(world) == why(world, "a") == {}


def test_the_engine_of_the_run_is_the_one_that_is_full(world: World) -> None:
    """Each engine has its own parallelism; what another one advances counts for its own."""
    world.dag(task("a"), task("b"), dag_id="e")
    world.states(world.run("e", "there"), a="running")
    world.states(scheduled(world, task("a"), task("b")), a="running")
    with world.store.begin() as tx:
        engines.beat(tx, "one", made.NOW, parallelism=2)
        engines.beat(tx, "two", made.NOW, parallelism=1)
        tx.execute(sa.update(t.dag_run).values(owner="one"))
    assert "parallelism" in why(world)
    with world.store.begin() as tx:
        tx.execute(sa.update(t.dag_run).where(t.dag_run.c.dag_id == "e").values(owner="two"))
    assert "parallelism" not in why(world)


def test_a_full_engine_and_a_full_pool_are_told_together(world: World) -> None:
    world.send("PATCH", "/pools/default_pool", {"slots": 1})
    world.states(scheduled(world, task("a"), task("b"), max_active_tasks=1), a="running")
    with world.store.begin() as tx:
        engines.beat(tx, "one", made.NOW, parallelism=1)
    assert list(why(world)) == ["pool_full", "parallelism", "max_active_tasks"]
