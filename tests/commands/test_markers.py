"""A clear goes on in other DAGs where ExternalTaskMarkers point to them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from commands.conftest import World, line
from ostro import commands
from ostro.errors import BadRequest
from ostro.spec import DagSpec
from ostro.store import instances, rendered

DONE = {"a": "success", "m": "success"}


def marking(
    world: World, dag_id: str, to: str, *, date: str | None = None, depth: int = 10, **more: Any
) -> DagSpec:
    """A DAG a >> m whose marker m points to task a of another one."""
    first, second = line("a", "m")
    points = {"cleared_with": {"dag_id": to, "task_id": "a", "date": date, "depth": depth}}
    return world.dag(first, msgspec.structs.replace(second, links=points), dag_id=dag_id, **more)


def clear(world: World, dag_id: str, **more: Any) -> commands.Cleared:
    return commands.clear_tasks(*world.here, dag_id=dag_id, run_id="r0", tasks=["a"], downstream=True, **more)


def test_the_task_that_a_cleared_marker_points_to_is_cleared_with_all_after_it(world: World) -> None:
    first = world.run(marking(world, "d1", "d2"), DONE)
    spec = marking(world, "d2", "d3")
    second, other_day = world.run(spec, DONE), world.run(spec, DONE, days=1)
    third = world.run(world.dag(*line("a", "b"), dag_id="d3"), {"a": "success", "b": "failed"})

    done = clear(world, "d1")

    assert [run.id for run in done.runs] == [first.id, second.id, third.id]
    assert world.states(second) == {"a": "none", "m": "none"}
    assert world.states(third) == {"a": "none", "b": "none"}
    assert world.states(other_day) == DONE
    assert world.wake.calls == [([first.id, second.id, third.id], ["d1", "d2", "d3"])]


def test_a_marker_that_is_not_cleared_reaches_nothing_and_a_dry_run_writes_nothing(world: World) -> None:
    world.run(marking(world, "d1", "d2"), DONE)
    second = world.run(world.dag(*line("a"), dag_id="d2"), {"a": "success"})

    commands.clear_tasks(*world.here, dag_id="d1", run_id="r0", tasks=["a"])
    assert world.states(second) == {"a": "success"}
    assert len(clear(world, "d1", dry_run=True).instances) >= 2
    assert world.states(second) == {"a": "success"}


@pytest.mark.parametrize("template", [False, True])
def test_a_marker_may_point_to_another_date(world: World, template: bool) -> None:
    day = world.run(world.dag(*line("a"), dag_id="d2"), {"a": "success"}, days=3).logical_date
    assert day is not None
    date = "{{ other }}" if template else day.isoformat()
    run = world.run(marking(world, "d1", "d2", date=date), DONE)
    if template:
        assert len(clear(world, "d1", dry_run=True).runs) == 1, "the marker has not told its date"
        with world.store.begin() as tx:
            marker = next(i for i in instances.load_instances(tx, [run.id]) if i.task_id == "m")
            rendered.put(tx, marker.id, msgspec.json.encode({"logical_date": day.isoformat()}))

    assert [r.dag_id for r in clear(world, "d1").runs] == ["d1", "d2"]


def test_a_ring_of_markers_ends_and_a_long_chain_is_refused(world: World) -> None:
    world.run(marking(world, "d1", "d2", depth=1), DONE)
    world.run(marking(world, "d2", "d1"), DONE)
    world.run(marking(world, "e1", "e2"), DONE)
    world.run(marking(world, "e2", "e1"), DONE)

    assert len(clear(world, "e1", dry_run=True).runs) == 2
    with pytest.raises(BadRequest, match=r"Maximum recursion depth 1 reached .* d2\.m: it leads to d1\.a"):
        clear(world, "d1")


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_task_that_is_new_is_told_once_when_a_marker_points_into_the_same_run(
    world: World, dry_run: bool
) -> None:
    spec = marking(world, "d1", "d1", rerun_with_latest_version=True)
    run = world.run(spec, DONE)
    world.dag(*spec.tasks, *line("fresh"), dag_id="d1", rerun_with_latest_version=True)

    done = clear(world, "d1", dry_run=dry_run)

    assert [row.task_id for row in done.new] == ["fresh"]
    assert ("fresh" in world.states(run)) is not dry_run
