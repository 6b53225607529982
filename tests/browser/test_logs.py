"""The log of a try: a huge one, search through the whole, filters, groups, tries beside each other, what it died of."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Visitor
from ostro.logfiles import log_path
from support.axe import forbid_faults
from support.deadline import wait_for
from support.standalone import Standalone

Say = Callable[[str], None]
#: Lines of the huge log; `benches/logs.py` measures with 5 million.
LINES = 300_000
NEEDLE = 120_000


def log(page: Page) -> Locator:
    return page.get_by_role("log")


def search(page: Page) -> Locator:
    return page.get_by_role("searchbox", name="Search the log")


def line(text: str, level: str = "info", source: str = "task.stdout", **more: str) -> str:
    whole = {
        "timestamp": "2026-11-21T08:49:51.528+00:00",
        "level": level,
        "event": text,
        "logger": source,
        **more,
    }
    return json.dumps(whole, separators=(",", ":")) + "\n"


@pytest.fixture(scope="module")
def huge(ostro: Standalone) -> str:
    """Address of the log of a task that wrote very much."""
    ostro.wait_run("hello", ostro.trigger("hello", dag_run_id="huge"))
    path = _path(ostro, "hello", "huge", "say", 1)
    with path.open("w") as file:
        for number in range(LINES):
            if number == NEEDLE:
                file.write(line("the needle in the haystack"))
            elif number == NEEDLE + 7:
                file.write(line("it broke here", "error", "shop.rates"))
            else:
                file.write(line(f"row {number} of the table was copied to the other side"))
    return "/dags/hello/runs/huge/tasks/say"


def _path(ostro: Standalone, dag_id: str, run_id: str, task_id: str, try_number: int) -> Path:
    return log_path(ostro.home / "logs", dag_id, run_id, task_id, -1, try_number)


def test_a_word_is_found_anywhere_in_a_huge_log(visitor: Visitor, huge: str) -> None:
    page = visitor.open(huge)
    expect(log(page)).to_contain_text(f"row {LINES - 1} of the table")
    expect(page.locator(".log__foot")).to_contain_text("300,000 lines")
    page.keyboard.press("Control+f")
    page.keyboard.type("NEEDLE")
    expect(page.get_by_role("toolbar")).to_contain_text("1 of 1")
    expect(log(page).locator("mark.hit--now")).to_have_text("needle")
    expect(log(page).locator("mark.hit--now")).to_be_in_viewport()
    expect(log(page)).to_contain_text(f"row {NEEDLE + 2} of")  # what is around it
    expect(page).to_have_url(re.compile("q=NEEDLE"))

    page.get_by_role("button", name="Upper and lower case as written").click()
    expect(page.get_by_role("toolbar")).to_contain_text("No hits")
    page.get_by_role("button", name="Upper and lower case as written").click()
    page.get_by_role("button", name="Regular expression").click()
    search(page).fill(r"row 29999\d of")
    expect(page.get_by_role("toolbar")).to_contain_text("1 of 10")
    page.keyboard.press("Shift+Enter")
    expect(page.get_by_role("toolbar")).to_contain_text("10 of 10")
    expect(log(page)).to_contain_text("row 299999 of")
    search(page).fill("row")
    expect(page.get_by_role("toolbar")).to_contain_text("1 of 10,000+")
    expect(log(page)).to_contain_text("row 0 of")
    page.reload()
    expect(search(page)).to_have_value("row")


def test_first_error_levels_and_sources_of_the_whole_log(visitor: Visitor, huge: str) -> None:
    page = visitor.open(huge)
    page.get_by_role("button", name="First error").click()
    expect(log(page).get_by_text("it broke here")).to_be_in_viewport()
    page.get_by_label("Levels").select_option("error")
    expect(log(page).locator(".logline")).to_have_count(1)
    page.get_by_label("Levels").select_option("all")
    page.get_by_label("Sources").select_option("shop.rates")
    expect(log(page).locator(".logline")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"source=shop\.rates"))
    page.get_by_label("Sources").select_option("")
    page.get_by_role("button", name="To the start").click()
    expect(log(page).get_by_text("row 0 of")).to_be_in_viewport()


def test_scrolling_reads_on_at_both_ends(visitor: Visitor, huge: str) -> None:
    page = visitor.open(huge + "?q=needle")
    expect(log(page).locator("mark.hit--now")).to_be_in_viewport()
    log(page).hover()
    for _ in range(40):
        page.mouse.wheel(0, 2_000)
        if log(page).get_by_text(f"row {NEEDLE + 1_500} of").count():
            break
        page.wait_for_timeout(30)
    expect(log(page)).to_contain_text(re.compile(rf"row {(NEEDLE + 1_500) // 100}\d\d of"))
    page.get_by_role("button", name="To the end").click()
    expect(log(page)).to_contain_text(f"row {LINES - 1} of")


def test_following_stops_on_scroll_and_new_lines_come_within_a_second(
    visitor: Visitor, ostro: Standalone, say: Say
) -> None:
    run_id = ostro.trigger("steps", dag_run_id="follow")
    page = visitor.open("/dags/steps/runs/follow/tasks/read")
    for number in range(200):
        say(f"old {number}")
    expect(log(page).get_by_text("old 199", exact=True)).to_be_in_viewport()
    say("quick")
    expect(log(page).get_by_text("quick", exact=True)).to_be_in_viewport(timeout=2_000)
    log(page).hover()
    page.mouse.wheel(0, -1_500)
    expect(page.get_by_role("button", name="Follow")).to_have_attribute("aria-pressed", "false")
    top = log(page).evaluate("e => e.scrollTop")
    say("later")
    search(page).fill("later")  # what was written meanwhile is found too
    expect(page.get_by_role("toolbar")).to_contain_text("1 of 1")
    search(page).fill("")
    assert top > 0
    page.get_by_role("button", name="Follow").click()
    expect(log(page).get_by_text("later", exact=True)).to_be_in_viewport()
    say("end")
    ostro.wait_run("steps", run_id)
    expect(page.locator(".log__foot")).to_contain_text("End of the log")


def test_what_a_killed_process_died_of_is_the_last_line(
    visitor: Visitor, ostro: Standalone, say: Say
) -> None:
    run_id = ostro.trigger("steps", dag_run_id="killed")
    path = "/dags/steps/dagRuns/killed/taskInstances/read"
    page = visitor.open("/dags/steps/runs/killed/tasks/read")
    expect(log(page)).to_contain_text("reading begins")
    pid = wait_for(lambda: ostro.get(path)["pid"], seconds=10, what="the process")
    os.kill(pid, signal.SIGKILL)
    ostro.wait_run("steps", run_id)
    expect(page.locator(".log__foot")).to_contain_text("End of the log")
    expect(log(page).locator(".logline").last).to_contain_text("SIGKILL")


def test_groups_colours_and_tries_beside_each_other(visitor: Visitor, ostro: Standalone) -> None:
    ostro.wait_run("retries", ostro.trigger("retries", dag_run_id="beside"))
    first = _path(ostro, "retries", "beside", "flaky", 1)
    with first.open("a") as file:
        file.write(line("::group::Details of the first"))
        file.write(line("hidden inside"))
        file.write(line("::endgroup::"))
        file.write(line("\x1b[31mred\x1b[0m words"))
    page = visitor.open("/dags/retries/runs/beside/tasks/flaky?try=1")
    group = log(page).get_by_role("button", name="Details of the first")
    expect(group).to_have_attribute("aria-expanded", "false")
    expect(log(page)).not_to_contain_text("hidden inside")
    expect(log(page).locator(".ansi-1")).to_have_text("red")
    search(page).fill("hidden")
    expect(log(page).locator("mark.hit--now")).to_be_in_viewport()
    expect(group).to_have_attribute("aria-expanded", "true")
    search(page).fill("red words")  # colours do not cut words
    expect(page.get_by_role("toolbar")).to_contain_text("1 of 1")
    search(page).fill("")

    page.get_by_role("button", name="Side by side").click()
    expect(log(page)).to_have_count(2)
    expect(page).to_have_url(re.compile("beside=2"))
    forbid_faults(page)
    page.go_back()


def test_a_log_on_a_narrow_screen(visitor: Visitor, huge: str) -> None:
    page = visitor.page
    page.set_viewport_size({"width": 390, "height": 844})
    visitor.open(huge + "?q=needle")
    expect(log(page).locator("mark.hit--now")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
