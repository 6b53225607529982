"""One task instance: live log, search, reasons, tries, clear and mark with the list of what they touch."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from browser.conftest import Visitor
from browser.walk import tab_to
from support.axe import forbid_faults
from support.deadline import wait_for
from support.standalone import Standalone

Say = Callable[[str], None]


def log(page: Page) -> Locator:
    return page.get_by_role("log")


def test_log_is_live_and_why_the_next_task_waits(visitor: Visitor, ostro: Standalone, say: Say) -> None:
    run_id = ostro.trigger("steps", dag_run_id="log_live")
    page = visitor.open("/dags/steps/runs/log_live/tasks/read")
    expect(log(page)).to_contain_text("reading begins")
    say("first line of the test")
    expect(log(page)).to_contain_text("first line of the test")
    for number in range(300):
        say(f"many {number}")
    expect(log(page)).to_contain_text("many 299")  # followed to the end

    page.get_by_role("link", name="after").click()
    expect(page.get_by_role("tab", name="Why waiting")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tabpanel")).to_contain_text("read")
    say("end")
    heading = page.locator(".taskheader")
    expect(heading).to_contain_text("Success")
    ostro.wait_run("steps", run_id)


def test_failed_task_opens_at_its_error_and_is_searched(visitor: Visitor, ostro: Standalone) -> None:
    ostro.wait_run("breaks", ostro.trigger("breaks", dag_run_id="error"))
    page = visitor.open("/dags/breaks/runs/error/tasks/many_lines")
    expect(log(page).get_by_text("RuntimeError: the planted error", exact=True)).to_be_in_viewport()

    page.get_by_role("searchbox", name="Search the log").fill("LINE 39")
    expect(page.get_by_role("toolbar")).to_contain_text("1 of 11")
    expect(log(page).locator("mark.hit--now")).to_have_text("line 39")
    page.keyboard.press("Enter")
    expect(page.get_by_role("toolbar")).to_contain_text("2 of 11")
    expect(log(page)).to_contain_text("line 390")

    page.get_by_role("searchbox", name="Search the log").fill("")
    page.get_by_label("Levels").select_option("error")
    expect(log(page)).not_to_contain_text("line 399")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert "the planted error" in download.value.path().read_text()


def test_keys_wrap_and_times(visitor: Visitor, ostro: Standalone) -> None:
    ostro.wait_run("hello", ostro.trigger("hello", dag_run_id="keys"))
    page = visitor.open("/dags/hello/runs/keys/tasks/say")
    expect(log(page)).to_contain_text("hello Ostro")
    wrap = page.get_by_role("button", name="Wrap lines")
    times = page.get_by_role("button", name="Times")
    expect(wrap).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("w")
    expect(wrap).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("t")
    expect(times).to_have_attribute("aria-pressed", "false")
    page.get_by_role("searchbox").press("w")
    expect(wrap).to_have_attribute("aria-pressed", "false")  # typing is not a shortcut


def test_keys_alone_go_through_the_tabs(visitor: Visitor, ostro: Standalone) -> None:
    ostro.wait_run("retries", ostro.trigger("retries", dag_run_id="tab_keys"))
    page = visitor.open("/dags/retries/runs/tab_keys/tasks/flaky")
    tab = page.get_by_role("tab", name="Log", exact=True)
    page.locator("main").focus()
    tab_to(page, tab)
    for name in ("Why waiting", "Details", "Rendered", "XCom", "Tries"):
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", name=name)).to_be_focused()
    expect(page).to_have_url(re.compile("tab=tries"))
    tab_to(page, page.get_by_role("tabpanel").get_by_role("button", name="Log").last)
    page.keyboard.press("Enter")
    expect(log(page)).to_contain_text("the other side did not answer")


def test_a_log_that_is_empty_or_cannot_be_read_says_so(visitor: Visitor, ostro: Standalone) -> None:
    ostro.wait_run("breaks", ostro.trigger("breaks", dag_run_id="no_log"))
    # It was never tried: there is nothing to read, and why stands there.
    page = visitor.open("/dags/breaks/runs/no_log/tasks/never?tab=log")
    expect(page.get_by_role("tabpanel")).to_contain_text("No log yet")
    failing = '{"detail": "The disk does not answer"}'
    page.route(re.compile("/logs/"), lambda route: route.fulfill(status=500, body=failing))
    visitor.open("/dags/breaks/runs/no_log/tasks/many_lines")
    expect(page.get_by_role("tabpanel").get_by_role("alert")).to_contain_text("The disk does not answer")
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(log(page)).to_contain_text("the planted error")
    visitor.complaints[:] = [one for one in visitor.complaints if not one.startswith("answer 500")]


def test_tabs_show_xcom_rendered_fields_and_tries(visitor: Visitor, ostro: Standalone) -> None:
    ostro.wait_run("retries", ostro.trigger("retries", dag_run_id="tries"))
    page = visitor.open("/dags/retries/runs/tries/tasks/flaky")
    panel = page.get_by_role("tabpanel")
    page.get_by_role("tab", name="XCom").click()
    expect(panel).to_contain_text("return_value")
    expect(panel.locator("pre")).to_have_text("2")
    page.get_by_role("tab", name="Rendered").click()
    expect(panel).to_contain_text("op_kwargs")
    page.get_by_role("tab", name="Tries").click()
    expect(page).to_have_url(re.compile("tab=tries"))
    expect(panel.get_by_role("listitem")).to_have_count(2)
    expect(panel).to_contain_text("ConnectionError: the other side did not answer")
    panel.get_by_role("listitem").last.get_by_role("button", name="Log").click()
    expect(page.get_by_role("button", name="Try 1")).to_have_attribute("aria-pressed", "true")
    expect(log(page)).to_contain_text("the other side did not answer")


def test_clear_lists_what_it_touches_first(visitor: Visitor, ostro: Standalone) -> None:
    run_id = ostro.trigger("breaks", dag_run_id="clear")
    ostro.wait_run("breaks", run_id)
    page = visitor.open("/dags/breaks/runs/clear/tasks/many_lines")
    expect(log(page)).to_be_visible()
    page.keyboard.press("Shift+C")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("row")).to_have_count(3)
    dialog.get_by_label("Downstream").uncheck()
    expect(dialog.get_by_role("row")).to_have_count(2)
    path = "/dags/breaks/dagRuns/clear/taskInstances/many_lines"
    assert ostro.get(path)["try_number"] == 1  # looking does nothing
    dialog.get_by_label("Downstream").check()
    dialog.get_by_role("button", name="Clear 2 task instances").click()
    expect(dialog).to_be_hidden()
    wait_for(lambda: ostro.get(path)["try_number"] == 2, seconds=15, what="the second try")
    expect(page.get_by_role("button", name="Try 2")).to_be_visible()


def test_mark_lists_what_it_touches_first(visitor: Visitor, ostro: Standalone) -> None:
    ostro.wait_run("breaks", ostro.trigger("breaks", dag_run_id="mark"))
    page = visitor.open("/dags/breaks/runs/mark/tasks/many_lines")
    page.get_by_role("button", name="Mark as").click()
    page.get_by_role("menuitem", name="Success").click()
    dialog = page.get_by_role("dialog")
    # The task itself, and the one behind it that could not run and now starts over.
    expect(dialog.get_by_role("row")).to_have_count(3)
    expect(dialog.get_by_role("row", name="never")).to_contain_text("starts over")
    expect(dialog).to_contain_text("The run had ended; it is queued again.")
    path = "/dags/breaks/dagRuns/mark/taskInstances/many_lines"
    assert ostro.get(path)["state"] == "failed"
    forbid_faults(page)
    dialog.get_by_role("button", name="Mark 1 task instance success").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".taskheader")).to_contain_text("Success")
    assert ostro.get(path)["state"] == "success"
    never = "/dags/breaks/dagRuns/mark/taskInstances/never"
    wait_for(lambda: ostro.get(never)["state"] == "success", seconds=15, what="the task behind it")
