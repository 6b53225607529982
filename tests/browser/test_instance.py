"""The page of one task instance: what it keeps, its events, values as trees, its note, what it waits for; many indexes."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Route, expect

from browser.conftest import Visitor
from support.axe import forbid_faults
from support.standalone import Standalone


def put(ostro: Standalone, path: str, body: Any) -> None:
    assert ostro.client is not None
    answer = ostro.client.put(f"/api/v2{path}", json=body)
    assert answer.status_code == 204, answer.text


def test_what_an_instance_keeps_is_seen_changed_and_deleted(visitor: Visitor, ostro: Standalone) -> None:
    ostro.wait_run("hello", ostro.trigger("hello", dag_run_id="keeps"))
    store = "/dags/hello/dagRuns/keeps/taskInstances/say/state-store"
    page = visitor.open("/dags/hello/runs/keeps/tasks/say?tab=state")
    panel = page.get_by_role("tabpanel")
    expect(panel).to_contain_text("keeps nothing")
    put(ostro, f"{store}/cursor/last", {"value": {"page": 7}, "expires_at": None})
    page.reload()
    expect(panel).to_contain_text("cursor/last")
    expect(panel).to_contain_text("stays as long as the run")
    page.get_by_role("button", name="Edit cursor/last").click()
    page.get_by_label("Value (JSON)").fill('{"page": 8}')
    page.get_by_role("button", name="Save").click()
    expect(panel).to_contain_text("page 8")
    page.get_by_role("button", name="Add a key").click()
    page.get_by_role("textbox", name="Key").fill("tries")
    page.get_by_label("Value (JSON)").fill("2")
    page.get_by_role("button", name="Save").click()
    expect(panel.locator(".xcom__key")).to_have_text(["cursor/last", "tries"])
    forbid_faults(page)
    page.get_by_role("button", name="Delete tries").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(panel.locator(".xcom__key")).to_have_text(["cursor/last"])
    page.get_by_role("button", name="Delete all keys").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(panel).to_contain_text("keeps nothing")
    assert ostro.get(store)["total_entries"] == 0


def test_values_are_trees_and_the_note_is_written(visitor: Visitor, ostro: Standalone) -> None:
    ostro.wait_run("hello", ostro.trigger("hello", dag_run_id="trees"))
    path = "/dags/hello/dagRuns/trees/taskInstances/say"
    rows = {"shops": [{"name": "Seoul", "deep": {"er": [1, None, True]}}], "many": list(range(250))}
    ostro.post(f"{path}/xcomEntries", {"key": "rows", "value": rows, "map_index": -1})
    page = visitor.open("/dags/hello/runs/trees/tasks/say?tab=xcom")
    panel = page.get_by_role("tabpanel")
    tree = panel.get_by_role("group", name="rows")
    expect(tree).to_contain_text("250 items")
    expect(tree).not_to_contain_text("Seoul")
    tree.locator("summary", has_text="0").first.click()
    expect(tree).to_contain_text("Seoul")
    tree.locator("summary", has_text="many").click()
    expect(tree).not_to_contain_text("249")
    tree.get_by_role("button", name="150").click()
    expect(tree.get_by_role("button", name="50")).to_be_visible()
    forbid_faults(page)

    page.get_by_role("tab", name="Details").click()
    for word in (
        "Operator",
        "Pool",
        "Queue",
        "Priority weight",
        "Host",
        "Id of the try",
        "Bundle",
    ):
        expect(panel.locator("dt", has_text=re.compile(f"^{word}$"))).to_have_count(1)
    panel.get_by_role("button", name="Add a note").click()
    panel.get_by_label("Note").fill("looked at by **Ann**")
    panel.get_by_role("button", name="Save").click()
    expect(panel.locator("strong", has_text="Ann")).to_be_visible()
    assert ostro.get(path)["note"] == "looked at by **Ann**"
    page.get_by_role("tab", name="History").click()
    expect(panel).to_contain_text("patch_task_instance")
    panel.get_by_role("link", name="The whole audit log").click()
    expect(page).to_have_url(re.compile("/audit"))
    expect(page.get_by_role("main")).to_contain_text("create_xcom_entry")


def test_what_waits_leads_to_what_it_waits_for(visitor: Visitor, ostro: Standalone, say: Any) -> None:
    run_id = ostro.trigger("steps", dag_run_id="leads")
    kept: list[Route] | None = []

    def keep(route: Route) -> None:
        route.continue_() if kept is None else kept.append(route)

    visitor.page.route("**/ui/dags/steps/runs/leads", keep)
    page = visitor.open("/dags/steps/runs/leads/tasks/after")
    # The link to the run has a name before anything is known of the run.
    rail = page.get_by_role("navigation", name="Tasks of this run")
    expect(rail.get_by_role("link", name="leads")).to_be_visible()
    first, kept = kept, None
    for route in first:
        route.continue_()
    panel = page.get_by_role("tabpanel")
    expect(panel).to_contain_text("Upstream tasks are not done")
    expect(panel).to_contain_text("trigger rule all_success")
    forbid_faults(page)
    panel.get_by_role("link", name="read").click()
    expect(page).to_have_url(re.compile("/tasks/read$"))
    say("end")
    ostro.wait_run("steps", run_id)


def test_the_instances_of_a_mapped_task_are_found(visitor: Visitor, ostro: Standalone) -> None:
    run_id = ostro.trigger("one_task_per_row", dag_run_id="found")
    ostro.wait_run("one_task_per_row", run_id)
    page = visitor.open(f"/dags/one_task_per_row/runs/{run_id}/tasks/in_fahrenheit")
    expect(page.locator(".taskheader")).to_contain_text("each")
    rows = page.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(3)
    find = page.get_by_role("searchbox", name="Find an index or name")
    find.fill("Bus")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Busan")
    find.fill("2")
    expect(rows).to_have_count(1)
    expect(rows.get_by_role("link")).to_contain_text("2 · ")
    find.fill("")
    expect(rows).to_have_count(3)
    page.get_by_label("Order").select_option("Longest first")
    expect(page).to_have_url(re.compile("mapped_order=-duration"))
    forbid_faults(page)
    rows.first.get_by_role("button", name="Actions on").click()
    page.get_by_role("menuitem", name="Clear").click()
    expect(page.get_by_role("dialog")).to_contain_text("in_fahrenheit [")
    page.keyboard.press("Escape")
    page.goto(visitor.url + f"/dags/one_task_per_row/runs/{run_id}")
    panel = page.get_by_role("complementary", name="Run details")
    expect(panel.get_by_role("link", name="in_fahrenheit")).to_contain_text("each")


def test_events_it_made_and_that_started_its_run(clerk: Visitor, desk: Standalone) -> None:
    desk.wait_run("makes_orders", desk.trigger("makes_orders", dag_run_id="made_by"))
    page = clerk.open("/dags/makes_orders/runs/made_by/tasks/make?tab=events")
    panel = page.get_by_role("tabpanel")
    expect(panel).to_contain_text("No asset event has started the run.")
    panel.get_by_role("link", name="orders").first.click()
    expect(page).to_have_url(re.compile("/assets/"))
