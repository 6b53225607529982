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

from browser.conftest import LOOKS, Visitor
from ostro.logfiles import log_path, run_log_path
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
            if number == 10:
                file.write(line("an early warning", "warning"))
            elif number == NEEDLE:
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
    # So far from the end that it is not on the first page that is looked through.
    page.get_by_label("Levels").select_option("warning")
    expect(log(page).locator(".logline")).to_have_text(
        [re.compile("an early warning"), re.compile("it broke")]
    )
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
    page.keyboard.press("Control+ArrowUp")
    expect(log(page)).to_contain_text("row 0 of")
    page.keyboard.press("Control+ArrowDown")
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


#: Counts the open streams of new lines.
TAILS = """
globalThis.tails = new Set();
const Plain = EventSource;
globalThis.EventSource = class extends Plain {
  constructor(url) { super(url); if (url.includes("/tail")) tails.add(this); }
  close() { super.close(); tails.delete(this); }
};
"""


def test_a_log_that_nobody_sees_holds_no_connection_and_loses_no_line(
    visitor: Visitor, ostro: Standalone, say: Say
) -> None:
    visitor.page.add_init_script(LOOKS + TAILS)
    run_id = ostro.trigger("steps", dag_run_id="unseen")
    page = visitor.open("/dags/steps/runs/unseen/tasks/read")
    say("first")
    expect(log(page).get_by_text("first", exact=True)).to_be_visible()
    path = _path(ostro, "steps", "unseen", "read", 1)
    for number, leave in enumerate(
        ("look(false)", "dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    ):
        assert page.evaluate("tails.size") == 1
        page.evaluate(leave)
        assert page.evaluate("tails.size") == 0
        said = f"unseen {number}"
        say(said)
        wait_for(lambda said=said: said in path.read_text(), seconds=20, what=said)  # type: ignore[misc]
        expect(log(page).get_by_text(said, exact=True)).to_have_count(0)
        page.evaluate("look(true); dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
        expect(log(page).get_by_text(said, exact=True)).to_have_count(1)
    say("end")
    ostro.wait_run("steps", run_id)
    expect(page.locator(".log__foot")).to_contain_text("End of the log")
    assert page.evaluate("tails.size") == 0


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


def _written(ostro: Standalone, run_id: str, *lines: str) -> str:
    """Address of a finished try whose log has these lines."""
    ostro.wait_run("hello", ostro.trigger("hello", dag_run_id=run_id))
    path = _path(ostro, "hello", run_id, "say", 1)
    # The run ends with the result of the task; its process says its last line afterwards.
    wait_for(lambda: "Attempt ended" in path.read_text(), what="the last line of the task")
    path.write_text("".join(lines))
    return f"/dags/hello/runs/{run_id}/tasks/say"


def test_lines_are_marked_copied_and_linked_to(visitor: Visitor, huge: str) -> None:
    page = visitor.open(huge + f"#L{NEEDLE + 1}")
    expect(log(page).locator(".logline--picked")).to_contain_text("the needle in the haystack")
    expect(log(page).locator(".logline--picked")).to_be_in_viewport()
    bar = page.get_by_role("group", name="1 line marked")
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    bar.get_by_role("button", name="Copy").first.click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "[2026-11-21T08:49:51.528+00:00] INFO the needle in the haystack"
    line_below = log(page).locator(".logline", has_text=f"row {NEEDLE + 2} of")
    line_below.locator(".logline__time").click(modifiers=["Shift"])
    expect(page).to_have_url(re.compile(rf"#L{NEEDLE + 1}-L{NEEDLE + 3}$"))
    expect(log(page).locator(".logline--picked")).to_have_count(3)
    page.reload()
    expect(log(page).locator(".logline--picked")).to_have_count(3)
    page.get_by_role("group", name="3 lines marked").get_by_role("button", name="Close").click()
    expect(log(page).locator(".logline--picked")).to_have_count(0)


def test_marked_lines_are_copied_also_those_that_are_not_on_the_page(visitor: Visitor, huge: str) -> None:
    page = visitor.open(huge + f"#L{NEEDLE + 1}-L{NEEDLE + 7_000}")
    bar = page.get_by_role("group", name="7,000 lines marked")
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    bar.get_by_role("button", name="Copy").first.click()
    # The button says it for a moment only: what counts is what was copied.
    copied: list[str] = []

    def is_copied() -> bool:
        copied[:] = page.evaluate("navigator.clipboard.readText()").splitlines()
        return len(copied) == 7_000

    wait_for(is_copied, seconds=15, what="7,000 lines in the clipboard")
    assert copied[0].endswith("the needle in the haystack")
    assert f"row {NEEDLE + 6_999} of" in copied[-1]


def test_keys_of_the_log(visitor: Visitor, ostro: Standalone) -> None:
    page = visitor.open(
        _written(
            ostro,
            "logkeys",
            line("begin", source="shop.rates", filename="rates.py"),
            line("::group::Details"),
            line("inside"),
            line("::endgroup::"),
        )
    )
    expect(log(page)).to_contain_text("begin")
    expect(log(page)).not_to_contain_text("inside")
    page.keyboard.press("e")
    expect(log(page)).to_contain_text("inside")
    page.keyboard.press("e")
    expect(log(page)).not_to_contain_text("inside")
    page.keyboard.press("s")
    expect(log(page)).to_contain_text("shop.rates rates.py")
    page.keyboard.press("s")
    expect(log(page)).not_to_contain_text("shop.rates")
    clock = log(page).locator(".logline__time").first
    expect(clock).to_have_text(re.compile(r"\d\d:\d\d:\d\d"))
    page.keyboard.press("t")
    expect(clock).to_have_text("")
    page.keyboard.press("t")
    page.keyboard.press("w")
    expect(page.get_by_role("button", name="Wrap lines")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("w")
    page.keyboard.press("f")
    box = page.get_by_role("region", name="Log").bounding_box()
    assert box is not None and (box["x"], box["y"]) == (0, 0)
    forbid_faults(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="say")).to_be_in_viewport()
    expect(page).to_have_url(re.compile("/tasks/say"))
    with page.expect_download() as download:
        page.keyboard.press("d")
    assert "begin" in Path(download.value.path()).read_text()


def test_a_failed_try_opens_at_its_error_however_far_up(visitor: Visitor, ostro: Standalone) -> None:
    ostro.wait_run("retries", ostro.trigger("retries", dag_run_id="far"))
    path = _path(ostro, "retries", "far", "flaky", 1)
    rest = "".join(line(f"cleaning up {number}") for number in range(5_000))
    path.write_text(
        line("it begins") + line("the planted error", "error", exception="Traceback\nE: x") + rest
    )
    page = visitor.open("/dags/retries/runs/far/tasks/flaky?try=1")
    expect(log(page).get_by_text("the planted error")).to_be_in_viewport()


def test_hostile_lines_stay_lines(visitor: Visitor, ostro: Standalone) -> None:
    """What a task prints forges no lines, takes no style and does not hang the page."""
    forged = 'x\r\n{"timestamp":"2026","level":"error","event":"forged"}\x1b[2K\x1b[1A\x1b]8;;javascript:alert(1)\x07'
    long = "y" * 500_000 + "needle" + "y" * 500_000
    path = _written(ostro, "hostile", line(forged), line("<img src=x onerror=alert(1)>"))
    file = _path(ostro, "hello", "hostile", "say", 1)
    with file.open("ab") as out:
        out.write(b"\xff\xfe\x00binary\x00\n" + b'{"event":null,"level":{"a":1},"logger":[]}\n')
        out.write(line(long).encode() + line("after all").encode())
    page = visitor.open(path)
    expect(log(page).get_by_text("after all")).to_be_in_viewport()
    expect(log(page).locator("img")).to_have_count(0)
    expect(log(page).locator(".logline--error")).to_have_count(0)
    search(page).fill("needle")
    expect(log(page).locator("mark.hit--now")).to_be_in_viewport()
    assert len(log(page).inner_text()) < 100_000
    long_line = log(page).locator(".logline", has_text="needle")
    long_line.get_by_role("button", name="After").click()
    expect(long_line).to_have_count(0)
    expect(log(page)).to_contain_text("510,001 to 520,000 of 1,000,006")


def test_what_trigger_and_callbacks_said_can_be_read_alone(visitor: Visitor, ostro: Standalone) -> None:
    own, fired, told = (
        line("own words"),
        line("it fired", said_by="trigger"),
        line("it told", said_by="callback"),
    )
    page = visitor.open(_written(ostro, "parts", own, fired, told))
    page.get_by_label("Said by").select_option("trigger")
    expect(log(page).locator(".logline")).to_have_count(1)
    expect(log(page)).to_contain_text("it fired")
    expect(page).to_have_url(re.compile("part=trigger"))
    page.get_by_label("Said by").select_option("task")
    expect(log(page)).to_contain_text("own words")
    expect(log(page).locator(".logline")).to_have_count(1)
    page.get_by_label("Said by").select_option("")
    expect(log(page).locator(".logline")).to_have_count(3)


def test_a_log_that_was_deleted_is_not_waited_for(visitor: Visitor, ostro: Standalone) -> None:
    address = _written(ostro, "deleted")
    _path(ostro, "hello", "deleted", "say", 1).unlink()
    page = visitor.open(address)
    expect(page.get_by_role("heading", name="No log", exact=True)).to_be_visible()
    expect(page.get_by_role("tabpanel")).to_contain_text("its file was deleted")


def test_callbacks_of_a_run_have_their_page(visitor: Visitor, ostro: Standalone) -> None:
    ostro.wait_run("hello", ostro.trigger("hello", dag_run_id="told"))
    page = visitor.open("/dags/hello/runs/told")
    expect(page.get_by_role("complementary")).to_contain_text("told")
    expect(page.get_by_role("link", name="Callback log")).to_have_count(0)
    path = run_log_path(ostro.home / "logs", "hello", "told")
    path.write_text(line("the deadline was missed", "warning"))
    page.reload()
    page.get_by_role("link", name="Callback log").click()
    expect(log(page)).to_contain_text("the deadline was missed")
    with path.open("a") as file:
        file.write(line("and mails were sent"))
    expect(log(page)).to_contain_text("and mails were sent")
    search(page).fill("MAILS")
    expect(page.get_by_role("toolbar")).to_contain_text("1 of 1")
    forbid_faults(page)
    page.go_back()
