"""Pages of runs and task instances by cursor."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from store.made import NOW

from .conftest import World, task

RUNS = "/dags/d/dagRuns"
INSTANCES = "/dags/~/dagRuns/~/taskInstances"


def walk(world: World, path: str, key: str, name: str, **params: Any) -> tuple[list[str], list[str]]:
    """All entries forward from the first page, then backward from the last to the first."""
    forward, cursor = [], ""
    while cursor is not None:
        page = world.api(path, cursor=cursor, limit=2, **params)
        assert page["total_entries_limit"] == 50_000
        forward += [entry[name] for entry in page[key]]
        cursor = page["next_cursor"]
    backward = [entry[name] for entry in page[key]][::-1]
    while page["previous_cursor"] is not None:
        page = world.api(path, cursor=page["previous_cursor"], limit=2, **params)
        assert page["next_cursor"] is not None
        backward += [entry[name] for entry in page[key]][::-1]
    return forward, backward[::-1]


@pytest.mark.parametrize(
    "order", ["id", "-run_after", "run_after", "-start_date", "start_date", "-duration", "state"]
)
def test_runs_in_any_order(world: World, order: str) -> None:
    world.dag(task("a"))
    for number in range(7):
        # Some without a start, some that started at the same moment.
        start = None if number % 3 == 0 else NOW + timedelta(hours=number // 2)
        world.run(run_id=f"r{number}", start_date=start, run_after=NOW + timedelta(days=number % 4))
    whole = [r["dag_run_id"] for r in world.api(RUNS, order_by=order, limit=100)["dag_runs"]]
    forward, backward = walk(world, RUNS, "dag_runs", "dag_run_id", order_by=order)
    assert forward == whole
    assert backward == whole
    assert world.api(RUNS, cursor="", limit=1)["total_entries"] == 7


def test_instances_with_a_filter(world: World) -> None:
    world.dag(*[task(f"t{n}") for n in range(5)])
    world.states(world.run(), t0="success", t1="success", t2="failed", t3="success")
    forward, backward = walk(
        world, INSTANCES, "task_instances", "task_id", state="success", order_by="-task_id"
    )
    assert forward == backward == ["t3", "t1", "t0"]


def test_the_first_page_has_none_before_and_an_empty_list_has_none_at_all(world: World) -> None:
    world.dag(task("a"))
    page = world.api(RUNS, cursor="")
    assert (page["dag_runs"], page["next_cursor"], page["previous_cursor"]) == ([], None, None)
    world.run()
    page = world.api(RUNS, cursor="")
    assert (len(page["dag_runs"]), page["next_cursor"], page["previous_cursor"]) == (1, None, None)


@pytest.mark.parametrize("cursor", ["x", "bm9uc2Vuc2U", "eyJ3YXkiOiJuZXh0IiwidmFsdWVzIjpbXX0", "é"])
def test_a_cursor_that_is_none(world: World, cursor: str) -> None:
    world.dag(task("a"))
    assert "cursor" in world.api(RUNS, 400, cursor=cursor)["detail"]


def test_a_cursor_of_another_order(world: World) -> None:
    world.dag(task("a"))
    for number in range(3):
        world.run(run_id=f"r{number}")
    cursor = world.api(RUNS, cursor="", limit=1, order_by="dag_run_id")["next_cursor"]
    world.api(RUNS, 400, cursor=cursor, order_by="-run_after")
    world.api(RUNS, 400, cursor=cursor)


def test_a_nul_in_a_filter_is_no_fault_of_the_server(world: World) -> None:
    for path in ("/eventLogs?event=a%00b", "/dags?bundle_name=a%00b"):
        answer = world.client.get("/api/v2" + path)
        assert answer.status_code == (400 if world.store.dialect == "postgresql" else 200), answer.text
