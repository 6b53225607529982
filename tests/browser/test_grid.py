"""One DAG: its grid fills while it runs, is walked by keyboard, and leads to run and task."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from browser.conftest import Visitor
from support.deadline import wait_for
from support.standalone import Standalone

Say = Callable[[str], None]


def test_grid_fills_live(visitor: Visitor, ostro: Standalone, say: Say) -> None:
    page = visitor.open("/dags/steps")
    expect(page.get_by_role("heading", name="steps")).to_be_visible()
    expect(page.get_by_role("button", name="Live")).to_be_visible()
    ostro.trigger("steps", dag_run_id="grid_live")
    run = page.locator("[data-run=grid_live]")
    expect(run).to_have_attribute("data-state", "running")
    cells = page.locator("a.cell[href*=grid_live]")
    expect(cells.nth(0)).to_have_attribute("data-cell-state", "running")
    expect(cells.nth(1)).to_have_attribute("data-cell-state", "none")
    say("end")
    expect(cells.nth(1)).to_have_attribute("data-cell-state", "success")
    expect(run).to_have_attribute("data-state", "success")


def test_paused_page_holds_changes_back_until_it_goes_on(
    visitor: Visitor, ostro: Standalone, say: Say
) -> None:
    page = visitor.open("/dags/steps")
    page.get_by_role("button", name="Live").click()
    badge = page.get_by_role("button", name="Paused")
    expect(badge).to_be_visible()
    say("end")
    ostro.wait_run("steps", ostro.trigger("steps", dag_run_id="while_paused"))
    expect(page.locator("[data-run=while_paused]")).to_have_count(0)
    badge.click()
    expect(page.locator("[data-run=while_paused]")).to_have_attribute("data-state", "success")


def test_arrows_walk_and_enter_opens(visitor: Visitor, ostro: Standalone) -> None:
    run_id = ostro.trigger("branches", dag_run_id="walk", logical_date="2026-01-02T00:00:00Z")
    ostro.wait_run("branches", run_id)
    page = visitor.open("/dags/branches")
    run = page.locator("[data-run=walk]")
    run.focus()
    page.keyboard.press("ArrowDown")
    focused = page.locator(":focus")
    expect(focused).to_have_attribute("aria-label", re.compile("^which_system, Success"))
    expect(page.get_by_role("tooltip")).to_contain_text("which_system")
    page.keyboard.press("End")
    last = focused.get_attribute("data-at")
    page.keyboard.press("ArrowDown")
    assert focused.get_attribute("data-at") == last
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/runs/walk/tasks/which_system$"))
    page.go_back()
    expect(page.locator("[data-run=walk]")).to_be_visible()


def test_groups_fold(visitor: Visitor, ostro: Standalone) -> None:
    ostro.wait_run("branches", ostro.trigger("branches", logical_date="2026-01-03T00:00:00Z"))
    page = visitor.open("/dags/branches")
    rows = page.get_by_role("rowheader")
    group = rows.get_by_role("button", name="old")
    expect(group).to_have_attribute("aria-expanded", "true")
    before = rows.count()
    group.click()
    expect(rows).to_have_count(before - 2)
    page.get_by_role("searchbox", name="Filter tasks").fill("old.f")
    expect(rows).to_have_count(2)
    expect(page).to_have_url(re.compile("tasks=old.f"))


def test_mapped_cells_show_how_many(visitor: Visitor, ostro: Standalone) -> None:
    run_id = ostro.trigger("one_task_per_row", dag_run_id="mapped")
    ostro.wait_run("one_task_per_row", run_id)
    page = visitor.open("/dags/one_task_per_row")
    cell = page.locator("a.cell[href*='/mapped/tasks/in_fahrenheit']")
    expect(cell).to_have_text("×3")
    expect(cell).to_have_attribute("aria-label", "in_fahrenheit, 3 instances, 3 Success")
    expect(page.locator(".legend")).to_contain_text("instances of a mapped task")
    # The number hides nothing of the state.
    mark, count = (cell.locator(one).bounding_box() for one in (".mark", ".cell__count"))
    assert mark is not None
    assert count is not None
    assert mark["y"] + mark["height"] <= count["y"]
    cell.click()
    table = page.get_by_role("table")
    expect(table).to_contain_text("Busan")
    table.get_by_role("link", name="1 · Busan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("in_fahrenheit [Busan]")


def test_a_note_is_seen_on_its_cell_at_once(visitor: Visitor, ostro: Standalone) -> None:
    run_id = ostro.trigger("breaks", dag_run_id="noted")
    ostro.wait_run("breaks", run_id)
    page = visitor.open("/dags/breaks")
    cell = page.locator("a.cell[href*='/noted/tasks/many_lines']")
    expect(cell).to_have_attribute("aria-label", "many_lines, Failed")
    expect(page.get_by_role("button", name="Live")).to_be_visible()
    ostro.patch("/dags/breaks/dagRuns/noted/taskInstances/many_lines", {"note": "the shop was closed"})
    expect(cell).to_have_attribute("aria-label", "many_lines, Failed, has a note")
    expect(cell.locator(".cell__note")).to_be_visible()
    expect(page.locator(".legend")).to_contain_text("Note")
    cell.hover()
    expect(page.get_by_role("tooltip")).to_contain_text("the shop was closed")


def test_run_panel_clears_and_marks(visitor: Visitor, ostro: Standalone) -> None:
    run_id = ostro.trigger("breaks", dag_run_id="panel")
    ostro.wait_run("breaks", run_id)
    page = visitor.open("/dags/breaks/runs/panel")
    panel = page.get_by_role("complementary", name="Run details")
    expect(panel).to_contain_text("1 Upstream failed")
    expect(panel).to_contain_text("A task that decides the run did not succeed")

    panel.get_by_role("button", name="Clear").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Only failed tasks").click()
    expect(dialog.get_by_role("row")).to_have_count(3)
    dialog.get_by_role("button", name="Clear 2 task instances").click()
    expect(dialog).to_be_hidden()
    tries = "/dags/breaks/dagRuns/panel/taskInstances/many_lines"
    wait_for(lambda: ostro.get(tries)["try_number"] == 2, seconds=15, what="the second try")
    ostro.wait_run("breaks", run_id)

    panel.get_by_role("button", name="Mark as").click()
    page.get_by_role("menuitem", name="Success").click()
    dialog.get_by_role("button", name="Mark the run").click()
    expect(dialog).to_be_hidden()
    expect(panel.locator(".panel__head")).to_contain_text("Success")
    assert ostro.get("/dags/breaks/dagRuns/panel")["state"] == "success"


def test_unknown_dag_and_run_are_told(stranger: Visitor) -> None:
    stranger.sign_in()
    page = stranger.open("/dags/steps/runs/no-such-run")
    expect(page.get_by_role("heading", name="There is no such run")).to_be_visible()
    page.goto(stranger.url + "/dags/no-such-dag")
    expect(page.get_by_role("heading", name="There is no such DAG")).to_be_visible()
    stranger.complaints = [c for c in stranger.complaints if not c.startswith("answer 404")]


def test_times_of_the_filter_are_those_of_the_zone_of_the_page(visitor: Visitor) -> None:
    visitor.page.add_init_script(
        "localStorage.setItem('ostro.settings', JSON.stringify({ zone: 'Asia/Seoul' }))"
    )
    page = visitor.open("/dags/hello")
    page.get_by_role("button", name="More filters").click()
    page.get_by_label("From", exact=True).fill("2026-01-01T09:00")
    expect(page).to_have_url(re.compile("since=.?2026-01-01T00%3A00%3A00.000Z"))
    expect(page.get_by_label("From", exact=True)).to_have_value("2026-01-01T09:00")
