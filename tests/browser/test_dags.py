"""The list of DAGs: find, pause, trigger, broken files."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from browser.conftest import Visitor, forbid_complaints
from support.deadline import wait_for
from support.standalone import PASSWORD, Standalone


def test_list_shows_every_dag_and_filters_in_the_address(visitor: Visitor, ostro: Standalone) -> None:
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
    expect(rows).to_have_count(ostro.get("/dags", tags="browser")["total_entries"])
    page.go_back()
    expect(rows.filter(has_text="hello")).to_be_visible()


#: Types one letter more at the moment in which the address gets what was typed so far.
TYPES_ON = """
const replaced = history.replaceState;
history.replaceState = function (...given) {
  replaced.apply(this, given);
  const field = document.querySelector("input[data-search]");
  if (globalThis.hasTyped || !field?.value || !location.search.includes(field.value)) return;
  globalThis.hasTyped = true;
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, field.value + "o");
  field.dispatchEvent(new Event("input", { bubbles: true }));
};
"""


@pytest.mark.parametrize(
    "path", ["/dags", "/dags/hello", "/dags/hello/graph", "/runs"], ids=["dags", "grid", "graph", "runs"]
)
def test_what_is_typed_while_the_address_follows_stays(visitor: Visitor, path: str) -> None:
    visitor.page.add_init_script(TYPES_ON)
    page = visitor.open(path)
    # At once: letter by letter the address would follow at the first one on a slow machine.
    page.locator("input[data-search]").fill("hell")
    expect(page).to_have_url(re.compile(r"[?&]\w+=hello$"))
    expect(page.locator("input[data-search]")).to_have_value("hello")
    assert page.evaluate("globalThis.hasTyped")


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
    expect(panel).to_contain_text(re.compile(r"fail:?\s*true"))
    expect(panel.get_by_role("heading", level=2)).to_contain_text("Failed")
    expect(panel.get_by_role("region", name="Parameters")).to_contain_text(re.compile("fail *true *given"))
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


def test_a_viewer_sees_what_they_may_not_before_the_click(browser: Browser, ostro: Standalone) -> None:
    assert ostro.client is not None
    first, second = PASSWORD + " 1", PASSWORD + " 2"
    body = {"username": "vera", "roles": ["Viewer"], "password": first}
    assert ostro.client.post("/ui/admin/users", json=body).status_code in (201, 409)
    run_id = ostro.trigger("branches", dag_run_id="looked_at", logical_date="2026-01-09T00:00:00Z")
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    someone = Visitor(context, ostro.url)
    assert context.request.post(f"{ostro.url}/auth/login", data={"username": "vera", "password": first}).ok
    change = {"old_password": first, "new_password": second}
    head = {"X-Ostro-CSRF": "1", "Origin": ostro.url}
    assert context.request.post(f"{ostro.url}/ui/account/password", data=change, headers=head).ok

    page = someone.open("/dags")
    row = page.locator("tr[data-dag=branches]")
    for control in (row.get_by_role("switch"), row.get_by_role("button", name="Trigger branches")):
        expect(control).to_be_disabled()
        expect(control).to_have_attribute("title", re.compile("none of your roles has this permission"))
    # A favourite is one's own.
    star = row.get_by_role("button", name="Make branches a favourite")
    star.click()
    expect(row.locator(".star")).to_have_attribute("aria-pressed", "true")
    page = someone.open(f"/dags/branches/runs/{run_id}")
    header = page.locator(".dagheader")
    expect(header.get_by_role("switch")).to_be_disabled()
    expect(header.get_by_role("button", name="Trigger")).to_be_disabled()
    panel = page.get_by_role("complementary", name="Run details")
    for name in ("Clear", "Mark"):
        expect(panel.get_by_role("button", name=name)).to_be_disabled()
    expect(panel.get_by_role("button", name="Add a note")).to_be_disabled()
    context.close()
    assert ostro.client.delete("/ui/admin/users/vera").status_code == 204
    forbid_complaints(someone.complaints)


def test_nothing_stands_over_its_edge(
    visitor: Visitor, ostro: Standalone, say: Callable[[str], None]
) -> None:
    for name in ("edge_one", "edge_two"):
        ostro.trigger("steps", dag_run_id=name)
    page = visitor.open("/dags?search=steps")
    last = page.locator("tr[data-dag=steps] .dagtable__last")
    expect(last).to_contain_text("2 active runs")
    for width in (1440, 1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, width
        over = last.evaluate(
            "cell => Math.max(...[...cell.querySelectorAll('*')].map((one) => one.getBoundingClientRect().right))"
            " - cell.getBoundingClientRect().right"
        )
        assert over <= 0, width
        # The count of failures is one click away on a laptop.
        expect(page.locator("tr[data-dag=steps] .dagtable__counts")).to_be_visible(visible=width > 1200)
    say("end")
