"""Numbers beside the lists of all runs and task instances."""

from __future__ import annotations

from ostro.states import RunState
from ostro.store.views import rest_runs, ui_explorer
from ostro.store.views.filters import Page
from store.made import DAY, NOW

from .conftest import World, task


def test_counts_follow_the_filters_of_the_lists(world: World) -> None:
    world.dag(task("a"), task("b", "a"), dag_id="one")
    world.dag(task("a"), dag_id="two")
    for n in range(3):
        run = world.run("one", f"r{n}", run_after=NOW + n * DAY)
        world.states(run, a="failed" if n == 2 else "success")
    world.ends(world.run("two", run_after=NOW), RunState.SUCCESS)

    def runs(**params: object) -> int:
        listed = world.api("/dags/~/dagRuns", **params)["total_entries"]
        found = world.get("/ui/runs/count", **params)
        assert found == {"count": listed, "more": False}
        return int(listed)

    assert runs() == 4
    assert runs(state="running") == 3
    assert runs(dag_id_pattern="tw") == 1
    assert runs(run_after_gte=(NOW + DAY).isoformat()) == 2
    assert runs(dag_version=1) == 4
    assert world.get("/ui/runs/count", dag_id="one")["count"] == 3
    world.get("/ui/runs/count", 422, state="odd")

    def tasks(**params: object) -> int:
        listed = world.api("/dags/~/dagRuns/~/taskInstances", **params)["total_entries"]
        found = world.get("/ui/tasks/count", **params)
        assert found == {"count": listed, "more": False}
        return int(listed)

    assert tasks() == 7
    assert tasks(state="failed") == 1
    assert tasks(task_id="b", dag_id_pattern="one") == 3
    assert tasks(version_number=1) == 7
    assert world.get("/ui/tasks/count", dag_id="two")["count"] == 1


def test_filters_that_airflow_does_not_have(world: World) -> None:
    """What the lists show can be searched for: notes, hosts, bundles."""
    world.dag(task("a"), dag_id="one")
    for n in range(3):
        world.states(world.run("one", f"r{n}"), a="failed")
    world.send("PATCH", "/dags/one/dagRuns/r1", {"note": "Looked at by Ann"})
    world.send("PATCH", "/dags/one/dagRuns/r2/taskInstances/a", {"note": "flaky disk"})
    with world.store.read() as tx:
        bundle = rest_runs.list_runs(tx, [], Page(limit=1))[0][0].version.bundle

    def found(of: str, path: str, **params: str) -> int:
        listed = int(world.api(path, **params)["total_entries"])
        assert world.get(f"/ui/{of}/count", **params)["count"] == listed
        return listed

    assert found("runs", "/dags/~/dagRuns", note_pattern="by ann") == 1
    assert found("runs", "/dags/~/dagRuns", bundle_name=bundle) == 3
    assert found("runs", "/dags/~/dagRuns", bundle_name="other") == 0
    tasks = "/dags/~/dagRuns/~/taskInstances"
    assert found("tasks", tasks, note_pattern="disk") == 1
    assert found("tasks", tasks, hostname_pattern="nowhere") == 0
    assert world.get("/ui/tasks/count", dag_id="one", run_id="r1")["count"] == 1


def test_counting_stops_where_it_costs(world: World) -> None:
    world.dag(task("a"))
    for n in range(4):
        world.run(run_id=f"r{n}")
    with world.store.read() as tx:
        assert ui_explorer.count_runs(tx, [], 10) == 4
        assert ui_explorer.count_runs(tx, [], 2) == 3
        assert ui_explorer.count_instances(tx, [], 2) == 3
