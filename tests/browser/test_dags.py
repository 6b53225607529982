"""The list of DAGs: find, pause, trigger, broken files."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from browser.conftest import Visitor
from support.deadline import wait_for
from support.standalone import Standalone


def test_list_shows_every_dag_and_filters_in_the_address(visitor: Visitor) -> None:
    page = visitor.open("/dags")
    rows = page.locator("tr[data-dag]")
    expect(rows.filter(has_text="hello")).to_be_visible()
    expect(page.locator("tr[data-dag=hello]")).to_contain_text("At 00:00")

    page.get_by_role("searchbox", name="Search by name").fill("step")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?search=step$"))
    page.reload()
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Clear filters").click()
    expect(rows.filter(has_text="hello")).to_be_visible()

    page.locator("tr[data-dag=breaks]").get_by_role("button", name="browser").click()
    expect(rows).to_have_count(2)
    page.go_back()
    expect(rows.filter(has_text="hello")).to_be_visible()


def test_nothing_found_is_said(visitor: Visitor) -> None:
    page = visitor.open("/dags?search=no-dag-has-this-name")
    expect(page.get_by_role("heading", name="No DAG matches")).to_be_visible()


def test_pause_and_unpause(visitor: Visitor, ostro: Standalone) -> None:
    page = visitor.open("/dags")
    row = page.locator("tr[data-dag=branches]")
    switch = row.get_by_role("switch")
    expect(switch).to_be_checked()
    switch.click()
    expect(switch).not_to_be_checked()
    wait_for(lambda: ostro.get("/dags/branches")["is_paused"] is True, seconds=10, what="branches paused")
    expect(row).to_contain_text("Paused")
    switch.click()
    wait_for(lambda: ostro.get("/dags/branches")["is_paused"] is False, seconds=10, what="branches active")


def test_trigger_with_a_configuration_from_the_form(visitor: Visitor, ostro: Standalone) -> None:
    page = visitor.open("/dags")
    page.get_by_role("button", name="Trigger always_stop_the_server").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("fail").check()
    dialog.get_by_role("button", name="Trigger").click()
    panel = page.get_by_role("complementary", name="Run details")
    expect(panel).to_contain_text('"fail": true')
    expect(panel.get_by_role("heading", level=2)).to_contain_text("Failed")
    (run,) = ostro.get("/dags/always_stop_the_server/dagRuns")["dag_runs"]
    assert run["conf"] == {"fail": True}
    assert run["dag_run_id"] in page.url.replace("%3A", ":").replace("%2B", "+")


def test_trigger_with_json_says_what_is_wrong_with_it(visitor: Visitor) -> None:
    page = visitor.open("/dags")
    page.get_by_role("button", name="Trigger breaks").click()
    dialog = page.get_by_role("dialog")
    text = dialog.get_by_label("Configuration (JSON object)")
    text.fill("{broken")
    expect(dialog).to_contain_text("This is no valid JSON.")
    expect(dialog.get_by_role("button", name="Trigger")).to_be_disabled()
    text.fill("[1]")
    expect(dialog).to_contain_text("must be a JSON object")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_import_errors_tell_file_line_and_sentence(visitor: Visitor) -> None:
    page = visitor.open("/dags")
    expect(page.get_by_text("1 DAG file cannot be read")).to_be_visible()
    page.get_by_role("button", name="Show").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("broken.py, line 3")
    expect(dialog).to_contain_text("NameError: name 'this_name_is_not_known' is not defined")
    dialog.get_by_text("Traceback", exact=True).click()
    expect(dialog.locator("pre")).to_contain_text("Traceback (most recent call last)")


def test_bars_of_a_new_run_appear_by_themselves(visitor: Visitor, ostro: Standalone) -> None:
    page = visitor.open("/dags?search=one_task_per_row")
    expect(page.locator("tr[data-dag=one_task_per_row]")).to_be_visible()
    expect(page.get_by_role("button", name="Live")).to_be_visible()
    ostro.trigger("one_task_per_row")
    expect(page.locator("tr[data-dag=one_task_per_row] .bar[data-state=success]").first).to_be_visible()
