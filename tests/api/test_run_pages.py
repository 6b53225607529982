"""One run on its page: its head, its tasks a page at a time, its relatives, and what the page asks before it acts."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from ostro.rules.params import run_params
from ostro.spec import Expansion, Literal, ParamSpec
from ostro.states import RunState
from ostro.store import run_triggers, specs
from ostro.store import tables as t
from ostro.store.views import ui_grid
from store import made

from .conftest import World, task

RUN = "/ui/dags/d/runs/r"


@pytest.fixture
def failed(world: World) -> World:
    world.dag(task("a"), task("b", "a"), task("c", "b"))
    run = world.run()
    world.states(run, a="success", b="failed")
    return world


def touched(world: World, act: str) -> dict[str, str]:
    found = world.get(f"{RUN}/touched", act=act)
    assert found["total_entries"] == len(found["task_instances"])
    return {one["task_id"]: one["state"] for one in found["task_instances"]}


@pytest.mark.parametrize("act", ["success", "failed", "queued"])
def test_a_mark_changes_what_was_listed_and_nothing_else(failed: World, act: str) -> None:
    def states() -> dict[str, str | None]:
        rows = failed.api("/dags/d/dagRuns/r/taskInstances")["task_instances"]
        return {row["task_id"]: row["state"] for row in rows}

    before = states()
    listed = set(touched(failed, act))
    assert states() == before
    failed.send("PATCH", "/dags/d/dagRuns/r", {"state": act})
    after = states()
    assert {name for name in before if before[name] != after[name]} == listed


def test_deleting_lists_all_instances(failed: World) -> None:
    assert touched(failed, "delete") == {"a": "success", "b": "failed", "c": "none"}


def test_an_act_that_there_is_not_is_refused(failed: World) -> None:
    failed.get(f"{RUN}/touched", 422, act="explode")
    failed.get("/ui/dags/d/runs/other/touched", 404, act="delete")


def test_a_run_is_its_head_and_its_counts(world: World) -> None:
    world.dag(task("a"), task("b", "a"), task("m", "b", expansion=Expansion("expand", {"x": Literal(3)})))
    world.states(world.run(conf={"x": 1}, partition_key="2026-01"), a="success")
    found = world.get(RUN)
    assert found["counts"] == {"success": 1, "none": 4}
    assert (found["run"]["conf"], found["run"]["partition_key"]) == ({"x": 1}, "2026-01")
    world.get("/ui/dags/d/runs/none", 404)


def test_a_task_that_is_mapped_while_one_looks(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.dag(task("a"), task("m", "a"))
    world.run()
    real = ui_grid.packed

    def packed(tx: sa.Connection, run: int) -> ui_grid.Packed:
        found = real(tx, run)
        with world.store.begin() as engine:
            i = t.task_instance
            engine.execute(sa.update(i).where(i.c.task_id == "m").values(map_index=0))
        return found

    monkeypatch.setattr(ui_grid, "packed", packed)
    assert world.get(f"{RUN}/tasks")["tasks"][0]["task_id"] == "a"


def test_params_are_those_that_the_tasks_see(world: World) -> None:
    params = (
        ParamSpec(name="day", value="monday"),
        ParamSpec(name="rows", value=10),
        ParamSpec(name="shop"),
    )
    world.dag(task("a"), params=params)
    world.run(conf={"rows": None, "other": 1})
    assert world.get(f"{RUN}/params")["params"] == [
        {"name": "day", "value": "monday", "is_given": False},
        {"name": "rows", "value": None, "is_given": True},
    ]
    # The run stays with its version, whatever its DAG says now.
    world.dag(task("a"), params=(ParamSpec(name="day", value="friday"),))
    assert world.get(f"{RUN}/params")["params"][0]["value"] == "monday"
    (shown,) = run_params(params[1:2], {"rows": None}, overrides=False)
    assert (shown.value, shown.is_given) == (10, False)


class TestTasks:
    """The tasks of a run, a page at a time."""

    @pytest.fixture
    def many(self, world: World) -> World:
        names = [f"t{n:02}" for n in range(20)]
        tasks = [task(name, *names[max(0, n - 1) : n]) for n, name in enumerate(names)]
        world.dag(*tasks, task("m", "t19", expansion=Expansion("expand", {"x": Literal(3)})))
        world.states(world.run(), t00="success", t17="failed")
        return world

    def test_pages_in_the_order_of_the_graph(self, many: World) -> None:
        found = many.get(f"{RUN}/tasks", limit=3, offset=18)
        assert [one["task_id"] for one in found["tasks"]] == ["t18", "t19", "m"]
        assert (found["total_entries"], found["offset"]) == (21, 18)
        assert found["tasks"][2]["mapped"] == {"none": 3}
        assert many.get(f"{RUN}/tasks", limit=1)["tasks"][0]["duration"] == 2.0
        assert many.get(f"{RUN}/tasks", offset=21)["tasks"] == []

    def test_what_failed_comes_first_when_asked_so(self, many: World) -> None:
        found = many.get(f"{RUN}/tasks", limit=2, urgent=True)
        assert [one["task_id"] for one in found["tasks"]] == ["t17", "t00"]

    @pytest.mark.parametrize(("around", "offset"), [("t00", 0), ("t10", 8), ("m", 16), ("nobody", 0)])
    def test_a_page_around_a_task(self, many: World, around: str, offset: int) -> None:
        found = many.get(f"{RUN}/tasks", limit=5, around=around)
        assert (found["offset"], len(found["tasks"])) == (offset, 5)


class TestRelatives:
    """Which runs this one came from, and which came of it."""

    def test_both_ways_and_only_what_may_be_read(self, world: World) -> None:
        for dag_id in ("d", "other", "secret"):
            world.dag(task("a"), dag_id=dag_id)
        here, child, hidden = world.run(), world.run("other", "c"), world.run("secret", "s")
        with world.store.begin() as tx:
            run_triggers.put(tx, child.id, here.id, "a", 2, made.NOW)
            run_triggers.put(tx, hidden.id, here.id, "a", -1, made.NOW)
        found = world.get(f"{RUN}/links")
        assert {(one["dag_id"], one["run_id"], one["map_index"]) for one in found["children"]} == {
            ("other", "c", 2),
            ("secret", "s", -1),
        }
        (parent,) = world.get("/ui/dags/other/runs/c/links")["parents"]
        assert (parent["dag_id"], parent["run_id"], parent["task_id"]) == ("d", "r", "a")
        world.ends(child, RunState.SUCCESS)
        world.send("DELETE", "/dags/other/dagRuns/c", status=204)
        assert [one["dag_id"] for one in world.get(f"{RUN}/links")["children"]] == ["secret"]


def test_two_runs_compared(world: World) -> None:
    world.dag(task("a"), task("b", "a"), task("m", "b", expansion=Expansion("expand", {"x": Literal(3)})))
    world.states(world.run(run_id="one"), a="success", b="success")
    world.states(world.run(run_id="two"), a="success", b="failed")
    found = world.get("/ui/dags/d/compare", a="one", b="two")
    assert (found["a"]["run_id"], found["b"]["run_id"]) == ("one", "two")
    assert (found["changed"], found["total_entries"]) == (1, 1)
    task_id, a, b, change = found["rows"][0]
    assert (task_id, a[0], b[0], change) == ("b", "success", "failed", "state")
    assert world.get("/ui/dags/d/compare", a="one", b="two", all=True)["total_entries"] == 3
    world.get("/ui/dags/d/compare", 404, a="one", b="none")


@pytest.mark.parametrize("expansion", [None, Expansion("expand", {"x": Literal(2)})])
def test_a_run_tells_which_versions_its_tasks_had(world: World, expansion: Expansion | None) -> None:
    """The run went on with another version of the DAG: a ran with the first one, what came after it with the second."""
    world.dag(task("a", expansion=expansion), task("gone", "a"))
    run = world.run()
    alone = (world.get(RUN)["versions"], world.get(f"{RUN}/states")["versions"])
    (column,) = world.get("/ui/dags/d/grid")["runs"]
    assert (*alone, column["versions"]) == ([], [], [])
    world.dag(task("a", expansion=expansion), task("b", "a"), task("c", "a"))
    with world.store.begin() as tx:
        newest = specs.current_version(tx, "d")
        assert newest != run.version_id
        tx.execute(sa.update(t.dag_run).values(version_id=newest))
        tx.execute(sa.delete(t.task_instance).where(t.task_instance.c.task_id == "gone"))
        made.instances(tx, run, "b", "c", version_id=newest)
    count = 1 if expansion is None else 2
    assert world.get(RUN)["versions"] == [
        {"version_number": 2, "instances": 2},
        {"version_number": 1, "instances": count},
    ]
    (column,) = world.get("/ui/dags/d/grid")["runs"]
    assert (column["version_number"], column["versions"]) == (2, [2, 1])
    states = world.get(f"{RUN}/states")
    assert (states["version_number"], states["versions"], len(states["states"])) == (2, [2, 1], 3)
    # The same states on the graph of the first version, which had another task and not these.
    first = world.get(f"{RUN}/states", version_number=1)
    assert (first["version_number"], first["states"][0], len(first["states"])) == (1, states["states"][0], 2)
    world.get(f"{RUN}/states", 404, version_number=9)
