"""One run: its panel, its note, what an act on it will change, and two runs against each other."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Visitor
from browser.walk import tab_to
from support.axe import forbid_faults
from support.deadline import wait_for
from support.standalone import Standalone

RUN = "/dags/breaks/dagRuns"


@pytest.fixture(scope="module")
def pair(ostro: Standalone) -> tuple[str, str]:
    """Two runs of `retries`, of which one was marked failed and has another configuration."""
    ostro.wait_run("retries", ostro.trigger("retries", dag_run_id="pair_a"))
    ostro.wait_run("retries", ostro.trigger("retries", dag_run_id="pair_b", conf={"shop": "Jeju"}))
    ostro.patch("/dags/retries/dagRuns/pair_b/taskInstances/flaky", {"new_state": "failed"})
    path = "/dags/retries/dagRuns/pair_b/taskInstances/flaky/xcomEntries"
    ostro.patch(f"{path}/return_value", {"value": {"rows": 7}, "map_index": -1})
    return "pair_a", "pair_b"


def states(ostro: Standalone, run_id: str) -> dict[str, str | None]:
    rows = ostro.get(f"{RUN}/{run_id}/taskInstances")["task_instances"]
    return {row["task_id"]: row["state"] for row in rows}


def test_two_runs_beside_each_other(visitor: Visitor, pair: tuple[str, str]) -> None:
    a, b = pair
    page = visitor.open(f"/dags/retries/compare?a={a}&b={b}")
    tasks = page.get_by_role("region", name="Tasks")
    expect(tasks.get_by_role("row").nth(1)).to_contain_text("flaky")
    expect(tasks.get_by_role("row").nth(1)).to_contain_text("other state")
    expect(page.locator(".compare__facts")).to_contain_text("Jeju")
    expect(page.get_by_role("region", name="XCom values that differ")).to_contain_text('{"rows":7}')
    forbid_faults(page)
    page.get_by_role("button", name="Swap").click()
    expect(page).to_have_url(re.compile(rf"a={b}&b={a}"))
    page.get_by_label("Only what differs").uncheck()
    expect(page).to_have_url(re.compile("all=true"))
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_compare_without_runs_and_with_one_that_is_gone(visitor: Visitor) -> None:
    page = visitor.open("/dags/retries/compare")
    expect(page.get_by_text("Choose two runs above")).to_be_visible()
    page.goto(visitor.url + "/dags/retries/compare?a=nothing&b=nobody")
    expect(page.get_by_text("nothing").first).to_be_attached()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    visitor.complaints = [one for one in visitor.complaints if not one.startswith("answer 404")]


@pytest.mark.parametrize(("act", "button"), [("Success", "Mark the run"), ("Failed", "Mark the run")])
def test_marking_a_run_changes_what_was_listed(
    visitor: Visitor, ostro: Standalone, act: str, button: str
) -> None:
    run_id = f"mark_run_{act}"
    ostro.wait_run("breaks", ostro.trigger("breaks", dag_run_id=run_id))
    before = states(ostro, run_id)
    page = visitor.open(f"/dags/breaks/runs/{run_id}")
    panel = page.get_by_role("complementary", name="Run details")
    panel.get_by_role("button", name="Mark as").click()
    page.get_by_role("menuitem", name=act).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".touch strong")).to_be_visible()
    listed = {text.split()[0] for text in dialog.locator("tbody tr td:first-child").all_inner_texts()}
    dialog.get_by_label("Note").fill("tried by hand")
    dialog.get_by_role("button", name=button).click()
    expect(dialog).to_be_hidden()
    after = states(ostro, run_id)
    assert {name for name in after if before[name] != after[name]} == listed
    expect(panel).to_contain_text("tried by hand")


def test_keys_alone_clear_what_failed(visitor: Visitor, ostro: Standalone) -> None:
    ostro.wait_run("breaks", ostro.trigger("breaks", dag_run_id="by_keys"))
    page = visitor.open("/dags/breaks/runs/by_keys")
    panel = page.get_by_role("complementary", name="Run details")
    page.locator("main").focus()
    tab_to(page, panel.get_by_role("button", name="Clear"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    tab_to(page, dialog.get_by_role("button", name="Only failed tasks"))
    page.keyboard.press("Space")
    tab_to(page, dialog.get_by_role("button", name="Clear 2 task instances"))
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    path = f"{RUN}/by_keys/taskInstances/many_lines"
    wait_for(lambda: ostro.get(path)["try_number"] == 2, seconds=15, what="the second try")


def test_deleting_says_how_much_goes(visitor: Visitor, ostro: Standalone) -> None:
    ostro.wait_run("breaks", ostro.trigger("breaks", dag_run_id="to_delete"))
    page = visitor.open("/dags/breaks/runs/to_delete")
    page.get_by_role("complementary", name="Run details").get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("This cannot be undone.")
    dialog.get_by_role("button", name="Delete the run and 2 task instances").click()
    expect(dialog).to_be_hidden()
    assert all(run["dag_run_id"] != "to_delete" for run in ostro.get(RUN, limit=100)["dag_runs"])


def test_a_run_deleted_at_its_bar_takes_its_panel_with_it_and_no_other(
    visitor: Visitor, ostro: Standalone
) -> None:
    for run_id in ("bar_stays", "bar_goes"):
        ostro.wait_run("breaks", ostro.trigger("breaks", dag_run_id=run_id))
    page = visitor.open("/dags/breaks/runs/bar_stays")
    panel = page.get_by_role("complementary", name="Run details")
    expect(panel.get_by_role("button", name="More")).to_be_visible()
    for run_id, shown in (("bar_goes", True), ("bar_stays", False)):
        bar = page.locator(f"[data-at^='-1:'][href$='/runs/{run_id}']")
        bar.click(button="right")
        page.get_by_role("menuitem", name="Delete").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete the run").click()
        expect(bar).to_have_count(0)
        expect(panel).to_be_visible(visible=shown)
    assert page.url.endswith("/dags/breaks")


def test_a_note_is_markdown_and_can_be_changed(visitor: Visitor, ostro: Standalone) -> None:
    ostro.wait_run("hello", ostro.trigger("hello", dag_run_id="noted"))
    page = visitor.open("/dags/hello/runs/noted")
    page.get_by_role("button", name="Add a note").click()
    page.get_by_role("textbox", name="Note").fill("looked at by **Ann**")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".panel strong", has_text="Ann")).to_be_visible()
    assert ostro.get("/dags/hello/dagRuns/noted")["note"] == "looked at by **Ann**"


def test_xcom_is_added_changed_and_deleted_and_stands_in_the_history(
    visitor: Visitor, ostro: Standalone
) -> None:
    ostro.wait_run("hello", ostro.trigger("hello", dag_run_id="xcom"))
    page: Page = visitor.open("/dags/hello/runs/xcom/tasks/say?tab=xcom")
    page.get_by_role("button", name="Add an XCom").click()
    page.get_by_label("Key").fill("rate")
    page.get_by_label("Value (JSON)").fill("{not json")
    expect(page.get_by_role("dialog")).to_contain_text("no valid JSON")
    page.get_by_label("Value (JSON)").fill('{"eur": 1.5}')
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("eur 1.5")
    page.get_by_role("button", name="Edit rate").click()
    page.get_by_label("Value (JSON)").fill("2")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert ostro.xcom("hello", "xcom", "say", "rate") == 2
    page.get_by_role("button", name="Delete rate").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("button", name="Delete rate")).to_have_count(0)
    page.get_by_role("tab", name="History").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("create_xcom_entry")
    expect(page.get_by_role("tabpanel")).to_contain_text("admin")
    forbid_faults(page)


@pytest.fixture(scope="module")
def family(ostro: Standalone) -> str:
    """A run whose task started another one, with a nested configuration."""
    conf = {"shop": {"city": "Jeju", "rooms": [1, 2]}, "<b>": "=1+1", "empty": {}}
    ostro.wait_run("starts_another", ostro.trigger("starts_another", dag_run_id="parent_1", conf=conf))
    ostro.wait_run("started", "child_1")
    ostro.patch("/dags/starts_another/dagRuns/parent_1", {"note": "looked at"})
    return "/dags/starts_another/runs/parent_1"


def test_a_run_leads_to_the_run_that_it_started_and_back(visitor: Visitor, family: str) -> None:
    page = visitor.open(family)
    panel = page.get_by_role("complementary", name="Run details")
    children = panel.get_by_role("region", name="Runs that its tasks started")
    children.get_by_role("link", name="started child_1").click()
    expect(page).to_have_url(re.compile("/dags/started/runs/child_1"))
    expect(panel).to_contain_text("a task")
    parents = panel.get_by_role("region", name="Runs that started it")
    expect(parents.get_by_role("link", name="begin")).to_have_attribute("href", f"{family}/tasks/begin")
    forbid_faults(page)
    parents.get_by_role("link", name="starts_another parent_1").click()
    expect(page).to_have_url(re.compile("/dags/starts_another/runs/parent_1"))


def test_what_a_run_says_of_itself(visitor: Visitor, family: str) -> None:
    page = visitor.open(family)
    panel = page.get_by_role("complementary", name="Run details")
    for fact in ("Started by", "the REST API · admin", "Waited in the queue", "Ran", "DAG version"):
        expect(panel.locator(".facts")).to_contain_text(fact)
    conf = panel.get_by_role("group", name="Configuration")
    expect(conf).to_contain_text("Jeju")
    expect(conf.get_by_text("2", exact=True)).to_have_count(0)
    conf.get_by_text("rooms").click()
    expect(conf.get_by_text("2", exact=True)).to_be_visible()
    expect(conf).to_contain_text("<b>")
    panel.get_by_text("Who did what").click()
    expect(panel.locator(".runhistory")).to_contain_text("trigger_dag_run")
    expect(panel.locator(".runhistory")).to_contain_text("patch_dag_run")
    forbid_faults(page)
    panel.get_by_role("link", name=re.compile("1 Success")).click()
    expect(page).to_have_url(re.compile("/tasks.*dag_run=parent_1"))
    expect(page.get_by_text("1 task instance", exact=True)).to_be_visible()
    page.get_by_role("button", name="Remove the filter Run").click()
    expect(page).not_to_have_url(re.compile("dag_run="))


def test_deadlines_of_a_run(visitor: Visitor, ostro: Standalone) -> None:
    ostro.wait_run("has_deadlines", ostro.trigger("has_deadlines", dag_run_id="late"))
    page = visitor.open("/dags/has_deadlines/runs/late")
    deadlines = page.get_by_role("complementary", name="Run details").get_by_role("region", name="Deadlines")
    expect(deadlines).to_contain_text("missed")
    expect(deadlines).to_contain_text("too late already")
    forbid_faults(page)


def test_the_panel_on_a_small_screen(visitor: Visitor, family: str) -> None:
    page = visitor.open(family)
    expect(page.get_by_role("group", name="Configuration")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_schedule_is_told_in_the_language_and_names_its_zone(visitor: Visitor) -> None:
    """`hello` runs at midnight of UTC: on a page that shows another clock that must be said."""
    cell = visitor.open("/dags?search=hello").locator("tr[data-dag=hello] .dagtable__schedule")
    zone = "localStorage.setItem('ostro.settings', JSON.stringify({ zone: '%s' }))"
    for name, told in (("UTC", "At 00:00"), ("Asia/Seoul", "At 00:00 (UTC)")):
        visitor.page.evaluate(zone % name)
        visitor.page.reload()
        expect(cell).to_have_text(f"{told}0 0 * * *")
    visitor.page.evaluate("localStorage.setItem('ostro.language', 'ko')")
    visitor.page.reload()
    expect(cell).to_have_text("매일 00:00 (UTC)0 0 * * *")
    # Starting a run and the list of runs have names of their own.
    page = visitor.open("/dags/hello")
    expect(page.get_by_role("button", name="실행 시작", exact=True)).to_be_visible()
    expect(page.get_by_role("navigation").get_by_role("link", name="실행", exact=True).first).to_be_visible()
