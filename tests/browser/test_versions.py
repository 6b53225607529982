"""A run that went on with another version of its DAG: the run, the grid and the graph tell which versions its tasks had."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from browser.conftest import Visitor
from browser.desk import file_of
from support import axe
from support.deadline import wait_for
from support.standalone import Standalone

FILE = """
from datetime import datetime

from airflow.sdk import DAG, task

with DAG("grows", schedule=None, start_date=datetime(2026, 1, 1)):

    @task
    def first() -> None: ...

    @task
    def second() -> None: ...

    first() >> second()
"""
MORE = """
    @task
    def third() -> None: ...

    third()
"""


@pytest.fixture
def grown(desk: Standalone) -> Iterator[str]:
    """A run that went on with the next version of its DAG after its first task."""
    file = file_of(desk, "grows")
    file.write_text(FILE)
    desk.wait_dag("grows")
    run_id = desk.trigger("grows", dag_run_id="through_a_change")
    desk.wait_run("grows", run_id)
    file.write_text(FILE + MORE)
    wait_for(lambda: desk.get("/dags/grows/dagVersions")["total_entries"] == 2, what="the second version")
    again = {
        "dag_run_id": run_id,
        "task_ids": ["second"],
        "run_on_latest_version": True,
        "only_failed": False,
    }
    desk.post("/dags/grows/clearTaskInstances", {**again, "dry_run": False})
    wait_for(
        lambda: desk.task_states("grows", run_id).get("third") == ["success"],
        what=lambda: str(desk.task_states("grows", run_id)),
    )
    desk.wait_run("grows", run_id)
    yield run_id
    file.unlink()


def test_versions_of_one_run(clerk: Visitor, grown: str) -> None:
    page = clerk.open(f"/dags/grows/runs/{grown}")
    facts = page.locator("dl.facts").first
    expect(facts).to_contain_text("Versions of its tasks")
    expect(facts.get_by_role("listitem")).to_have_text(["v2 2 task instances", "v1 1 task instance"])
    axe.forbid_faults(page)

    # The grid says it of the run, the code what changed.
    bar = page.locator(f"a[data-run='{grown}']").first
    expect(bar).to_have_attribute("aria-label", re.compile("its tasks ran with versions 1, 2"))
    page.get_by_role("link", name="What changed").click()
    expect(page).to_have_url(re.compile(r"/code\?version=2&with=1"))
    expect(page.locator(".source__line--in code").first).to_be_visible()

    # The graph draws each of them, with the states of the run.
    clerk.open(f"/dags/grows/graph?run={grown}")
    tree = page.get_by_role("tree")
    expect(tree.get_by_role("treeitem")).to_have_count(3)
    chooser = page.get_by_label("Version", exact=True)
    expect(chooser.locator("option")).to_have_text(
        ["Of the run", "Version 2: tasks of the run", "Version 1: tasks of the run"]
    )
    chooser.select_option("1")
    expect(page).to_have_url(re.compile("version=1"))
    expect(tree.get_by_role("treeitem")).to_have_count(2)
    expect(tree.get_by_role("treeitem").first).to_contain_text(re.compile("Success|first"))
    axe.forbid_faults(page)
