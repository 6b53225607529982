"""The grid by its keys and filters: failures, runs, groups, streams; it holds only what is in sight."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from browser.conftest import Visitor
from support.axe import forbid_faults
from support.standalone import Standalone


@pytest.fixture(scope="module")
def runs(ostro: Standalone) -> list[str]:
    """Two runs of a DAG that fails, oldest first."""
    names = ["keys_one", "keys_two"]
    for day, name in enumerate(names, start=10):
        ostro.trigger("breaks", dag_run_id=name, logical_date=f"2026-01-{day}T00:00:00Z")
    for name in names:
        ostro.wait_run("breaks", name)
    return names


def test_n_and_p_go_from_failure_to_failure(visitor: Visitor, runs: list[str]) -> None:
    page = visitor.open("/dags/breaks")
    expect(page.locator(f"[data-run={runs[1]}]")).to_have_attribute("data-state", "failed")
    page.locator(f"[data-run={runs[1]}]").focus()
    focused = page.locator(":focus")
    page.keyboard.press("n")
    expect(focused).to_have_attribute("aria-label", "many_lines, Failed")
    first = focused.get_attribute("href")
    page.keyboard.press("n")
    expect(focused).to_have_attribute("aria-label", "never, Upstream failed")
    page.keyboard.press("n")
    expect(focused).to_have_attribute("aria-label", "many_lines, Failed")
    assert focused.get_attribute("href") != first
    page.keyboard.press("p")
    page.keyboard.press("p")
    expect(focused).to_have_attribute("href", first or "")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/runs/[^/]+/tasks/many_lines$"))


def test_brackets_go_to_older_and_newer_runs(visitor: Visitor, runs: list[str]) -> None:
    page = visitor.open(f"/dags/breaks/runs/{runs[1]}")
    expect(page.locator(f"[data-run={runs[1]}]")).to_have_attribute("aria-current", "true")
    page.keyboard.press("[")
    expect(page).to_have_url(re.compile(f"/runs/{runs[0]}$"))
    page.keyboard.press("]")
    expect(page).to_have_url(re.compile(f"/runs/{runs[1]}$"))


def test_e_folds_all_and_g_shows_the_graph(visitor: Visitor, ostro: Standalone) -> None:
    ostro.wait_run(
        "branches", ostro.trigger("branches", dag_run_id="keys", logical_date="2026-01-12T00:00:00Z")
    )
    page = visitor.open("/dags/branches")
    group = page.get_by_role("rowheader").get_by_role("button", name="old")
    expect(group).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("e")
    expect(group).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("e")
    expect(group).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("g")
    expect(page).to_have_url(re.compile("/dags/branches/graph$"))
    expect(page.locator(".graph__canvas[data-nodes]")).to_be_visible()
    page.keyboard.press("g")
    expect(page.locator("[data-run=keys]")).to_be_visible()


def test_a_stream_leaves_only_what_is_before_and_after(visitor: Visitor, ostro: Standalone) -> None:
    page = visitor.open("/dags/branches")
    rows = page.get_by_role("rowheader")
    expect(rows).to_have_count(8)
    label = re.compile("^old.clean")
    page.get_by_role("row").filter(has=page.get_by_role("link", name=label)).hover()
    page.get_by_role("button", name="Only what is before or after old.clean").click()
    expect(rows).to_have_text(
        [re.compile(name) for name in ("which_system", "old", "fetch", "clean", "join")]
    )
    page.get_by_role("button", name="Upstream").click()
    expect(rows).to_have_count(4)
    page.get_by_label("Steps").select_option("1")
    expect(rows).to_have_count(3)
    expect(page).to_have_url(re.compile("of=old.clean.*side=up.*depth=1"))
    page.reload()
    expect(rows).to_have_count(3)
    page.get_by_role("button", name="Show all tasks").click()
    expect(rows).to_have_count(8)


def test_runs_are_filtered_and_durations_hidden(visitor: Visitor, runs: list[str]) -> None:
    page = visitor.open("/dags/breaks")
    bars = page.locator("[data-run]")
    expect(page.locator(f"[data-run={runs[0]}]")).to_be_visible()
    tall = page.get_by_role("grid").get_by_role("row").first.evaluate("(row) => row.offsetHeight")
    page.get_by_role("button", name="Durations").click()
    assert page.get_by_role("grid").get_by_role("row").first.evaluate("(row) => row.offsetHeight") < tall
    page.get_by_role("button", name="More filters").click()
    page.get_by_label("Triggered by").fill("nobody")
    expect(page.get_by_role("heading", name="No run matches")).to_be_visible()
    page.get_by_label("Triggered by").fill("admin")
    expect(page.locator(f"[data-run={runs[0]}]")).to_be_visible()
    page.goto(f"{visitor.url}/dags/breaks?limit=1")
    expect(bars).to_have_count(1)
    page.get_by_role("button", name="Older runs").click()
    expect(bars).to_have_count(2)
    page.goto(f"{visitor.url}/dags/breaks?until={quote('2020-01-01T00:00:00.000Z')}")
    expect(page.get_by_role("heading", name="No run matches")).to_be_visible()
    page.goto(f"{visitor.url}/dags/breaks")
    expect(page.locator(f"[data-run={runs[0]}]")).to_be_visible()
    forbid_faults(page, ".runs")


def test_tab_reaches_the_grid_after_older_runs_came_in(visitor: Visitor, runs: list[str]) -> None:
    page = visitor.open("/dags/breaks?limit=1")
    bars = page.locator("[data-run]")
    expect(bars).to_have_count(1)
    newest = bars.first.get_attribute("data-run")
    page.get_by_role("button", name="Older runs").click()
    expect(bars).to_have_count(2)
    page.get_by_role("searchbox", name="Filter tasks").focus()
    stop = page.locator("[data-at][tabindex='0']")
    expect(stop).to_have_count(1)
    expect(stop).to_have_attribute("data-run", newest or "")
    stop.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(":focus")).not_to_have_attribute("data-run", newest or "")
    expect(stop).to_have_count(1)


def test_the_help_names_the_keys_of_every_view(visitor: Visitor) -> None:
    page = visitor.open("/dags")
    expect(page.locator("tr[data-dag]").first).to_be_visible()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    for title in ("Grid", "Graph", "Gantt"):
        expect(dialog.get_by_role("heading", name=title, exact=True)).to_be_visible()
    told = set(dialog.locator("kbd").all_text_contents())
    assert {"j", "k", "Enter", "/", "?", "Esc", "n", "p", "e", "g", "f", "[", "]", "+", "-", "0"} <= told
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator("tr[data-dag] [data-row]").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/dags/[^/]+$"))


def test_runs_show_what_they_came_from(visitor: Visitor, runs: list[str]) -> None:
    page = visitor.open("/dags/breaks")
    expect(page.locator(f"[data-run={runs[0]}] .bar__type")).to_have_attribute("data-type", "manual")


def test_only_tasks_that_failed(visitor: Visitor, ostro: Standalone, runs: list[str]) -> None:
    # No test marks tasks of this one, so none of its runs has failed, whoever else ran it.
    ostro.wait_run("has_deadlines", ostro.trigger("has_deadlines", dag_run_id="keys_fine"))
    page = visitor.open("/dags/has_deadlines?failing=true")
    expect(page.get_by_text("No task matches", exact=False).first).to_be_visible()
    page = visitor.open("/dags/breaks")
    rows = page.get_by_role("rowheader")
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="Only tasks that failed in these runs").click()
    expect(page).to_have_url(re.compile("failing=true"))
    expect(rows).to_have_count(2)
    page.get_by_role("searchbox", name="Filter tasks").fill("many")
    expect(rows).to_have_count(1)
