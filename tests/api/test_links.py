"""Links of operators, and the list of plugins."""

from __future__ import annotations

from .conftest import World, task

LINKS = "/dags/d/dagRuns/r/taskInstances/a/links"


def test_addresses_by_name(world: World) -> None:
    keys = {"Page": "_link_PageLink", "Other": "_link_Other", "Bad": "_link_Bad"}
    world.dag(task("a", extra_links=("Page", "Other", "Bad"), link_keys=keys))
    run = world.run()
    world.xcom(run, "a", "_link_PageLink", b'"https://x/1"')
    world.xcom(run, "a", "_link_Bad", b'"javascript:alert(1)"')

    assert world.api(LINKS) == {
        "extra_links": {"Page": "https://x/1", "Other": None, "Bad": None},
        "total_entries": 3,
    }


def test_a_task_without_links_and_none_at_all(world: World) -> None:
    world.dag(task("a"))
    world.run()

    assert world.api(LINKS) == {"extra_links": {}, "total_entries": 0}
    assert "not found" in str(world.api(LINKS.replace("/a/", "/none/"), status=404))
