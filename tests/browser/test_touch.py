"""Clear and mark from every place: grid cell, group, graph node, list of the run, one index of many; by pointer and keys."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Visitor
from support.axe import forbid_faults
from support.deadline import wait_for
from support.standalone import Standalone


@pytest.fixture(scope="module")
def grouped(ostro: Standalone) -> str:
    """A finished run of a DAG with a group, `old`, of two tasks."""
    run_id = ostro.trigger("branches", dag_run_id="touch", logical_date="2026-02-02T00:00:00Z")
    ostro.wait_run("branches", run_id)
    return run_id


@pytest.fixture(scope="module")
def failed(ostro: Standalone) -> str:
    return ostro.wait_run("breaks", ostro.trigger("breaks", dag_run_id="touch_failed")) and "touch_failed"


def tasks_of(dialog: Locator) -> set[str]:
    return {text.split()[0] for text in dialog.locator("tbody tr td:first-child").all_inner_texts()}


def dialog_of(page: Page, title: str) -> Locator:
    found = page.get_by_role("dialog", name=title, exact=True)
    expect(found.locator(".touch strong").first).to_be_visible()
    return found


def test_keys_ask_about_the_cell_that_is_chosen(visitor: Visitor, failed: str) -> None:
    page = visitor.open("/dags/breaks")
    cell = page.locator(f"a.cell[href*='/{failed}/tasks/many_lines']")
    for keys, title in [
        ("Shift+C", "Clear · many_lines"),
        ("Shift+S", "Mark as success · many_lines"),
        ("Shift+F", "Mark as failed · many_lines"),
    ]:
        cell.focus()
        page.keyboard.press(keys)
        dialog = page.get_by_role("dialog", name=title, exact=True)
        expect(dialog).to_be_visible()
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(cell).to_be_focused()


def test_a_group_is_cleared_from_its_cell(visitor: Visitor, ostro: Standalone, grouped: str) -> None:
    page = visitor.open(f"/dags/branches/runs/{grouped}")
    page.get_by_role("rowheader").get_by_role("button", name="old").click()
    row = page.get_by_role("row").filter(has=page.get_by_role("button", name="old", exact=False))
    row.locator(".grid__cell--selected [data-at]").click(button="right")
    menu = page.get_by_role("menu")
    expect(menu).to_contain_text("old")
    forbid_faults(page)
    menu.get_by_role("menuitem", name="Clear").click()
    dialog = dialog_of(page, "Clear · Group old")
    dialog.get_by_label("Downstream").uncheck()
    expect(dialog.get_by_role("status")).to_have_text("2 task instances will be touched")
    assert tasks_of(dialog) == {"old.fetch", "old.clean"}
    dialog.get_by_label("Note").fill("once more")
    dialog.get_by_role("button", name="Clear 2 task instances").click()
    expect(dialog).to_be_hidden()
    path = f"/dags/branches/dagRuns/{grouped}/taskInstances/old.fetch"
    wait_for(lambda: ostro.get(path)["note"] == "once more", seconds=15, what="the note on each task")
    ostro.wait_run("branches", grouped)


def test_a_group_is_marked_in_the_graph(visitor: Visitor, ostro: Standalone) -> None:
    run_id = ostro.trigger("branches", dag_run_id="touch_graph", logical_date="2026-02-03T00:00:00Z")
    ostro.wait_run("branches", run_id)
    page = visitor.open(f"/dags/branches/graph?run={run_id}&node=group:old")
    panel = page.get_by_role("complementary")
    panel.get_by_role("button", name="Mark as").click()
    page.get_by_role("menuitem", name="Failed").click()
    dialog = dialog_of(page, "Mark as failed · Group old")
    named = tasks_of(dialog)
    assert {"old.fetch", "old.clean"} <= named
    dialog.get_by_role("button", name="failed").click()
    expect(dialog).to_be_hidden()
    path = f"/dags/branches/dagRuns/{run_id}/taskInstances"
    states = {one["task_id"]: one["state"] for one in ostro.get(path)["task_instances"]}
    assert states["old.fetch"] == states["old.clean"] == "failed"


def test_keys_ask_about_the_node_that_is_chosen(visitor: Visitor, failed: str) -> None:
    page = visitor.open(f"/dags/breaks/graph?run={failed}&node=many_lines")
    expect(page.get_by_role("complementary").get_by_role("button", name="Clear")).to_be_enabled()
    page.keyboard.press("Shift+F")
    expect(page.get_by_role("dialog")).to_contain_text("Nothing will be touched")
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+S")
    dialog = dialog_of(page, "Mark as success · many_lines")
    assert tasks_of(dialog) == {"many_lines", "never"}


def test_a_task_is_cleared_from_the_list_of_the_run(visitor: Visitor, failed: str) -> None:
    page = visitor.open(f"/dags/breaks/runs/{failed}")
    panel = page.get_by_role("complementary", name="Run details")
    panel.get_by_role("button", name="Actions on never").click()
    page.get_by_role("menuitem", name="Success").click()
    assert tasks_of(dialog_of(page, "Mark as success · never")) == {"never"}


def test_one_index_or_all_of_them(visitor: Visitor, ostro: Standalone) -> None:
    run_id = ostro.trigger("one_task_per_row", dag_run_id="touch_mapped")
    ostro.wait_run("one_task_per_row", run_id)
    page = visitor.open(f"/dags/one_task_per_row/runs/{run_id}/tasks/in_fahrenheit?map_index=1")
    expect(page.locator(".taskheader")).to_contain_text("Success")
    page.keyboard.press("Shift+F")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("row", name="in_fahrenheit")).to_have_count(1)
    dialog.get_by_role("button", name="All instances of the task").click()
    expect(dialog.get_by_role("row", name="in_fahrenheit")).to_have_count(3)
    dialog.get_by_role("button", name="Only instance 1").click()
    expect(dialog.get_by_role("row", name="in_fahrenheit")).to_have_count(1)
    dialog.get_by_role("button", name="Mark 1 task instance failed").click()
    expect(dialog).to_be_hidden()
    path = f"/dags/one_task_per_row/dagRuns/{run_id}/taskInstances/in_fahrenheit"
    assert [ostro.get(f"{path}/{index}")["state"] for index in range(3)] == ["success", "failed", "success"]


def test_who_may_not_sees_why(viewer: Visitor, failed: str) -> None:
    page = viewer.open(f"/dags/breaks/runs/{failed}/tasks/many_lines")
    for name in ("Clear", "Mark as"):
        button = page.locator(".taskheader").get_by_role("button", name=name)
        expect(button).to_be_disabled()
        expect(button).to_have_attribute(
            "title", "You may not change Task Instances: none of your roles has this permission."
        )
    page.keyboard.press("Shift+C")
    expect(page.locator(".toasts")).to_contain_text("You may not change Task Instances")
    expect(page.get_by_role("dialog")).to_have_count(0)
