"""The home page: what needs somebody, and whether the installation works."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect

from browser.conftest import PATIENCE, Visitor, forbid_complaints
from browser.walk import tab_to
from ostro.store import Store, engines
from ostro.store.clock import db_now
from support import axe
from support.standalone import Standalone
from support.webonly import WebOnly


def test_home_tells_what_is_wrong_with_its_first_line(visitor: Visitor, ostro: Standalone) -> None:
    run = ostro.trigger("breaks")
    ostro.wait_run("breaks", run)
    page = visitor.open("/")
    failing = page.locator("[data-trouble=failing] li").filter(
        has=page.get_by_role("link", name="breaks", exact=True)
    )
    expect(failing).to_contain_text("many_lines")
    expect(failing).to_contain_text("RuntimeError: the planted error")
    broken = page.locator("[data-trouble=broken]")
    expect(broken).to_contain_text("1 DAG file cannot be read")
    expect(broken).to_contain_text("NameError: name 'this_name_is_not_known' is not defined")
    axe.forbid_faults(page)
    failing.get_by_role("link", name="many_lines").click()
    expect(page).to_have_url(re.compile("/dags/breaks/runs/.*/tasks/many_lines$"))


def test_keys_alone_lead_from_a_failure_to_its_log(visitor: Visitor, ostro: Standalone) -> None:
    ostro.wait_run("breaks", ostro.trigger("breaks"))
    page = visitor.open("/")
    failing = page.locator("[data-trouble=failing] li").filter(has_text="breaks")
    page.locator("main").focus()
    tab_to(page, failing.get_by_role("link", name="many_lines"))
    tab_to(page, page.get_by_role("button", name="7 days"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("hours=168"))
    page.locator("main").focus()
    tab_to(page, failing.get_by_role("link", name="many_lines"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("the planted error")


def test_the_parts_of_a_living_engine_work(visitor: Visitor) -> None:
    page = visitor.open("/")
    for part in ("scheduler", "triggerer", "dag_processor", "database"):
        expect(page.locator(f"[data-part={part}]")).to_have_attribute("data-health", "healthy")


def test_bars_and_numbers_are_those_of_the_lists(visitor: Visitor, ostro: Standalone) -> None:
    page = visitor.open("/?hours=168")
    figure = page.get_by_role("figure", name="Runs by state, last 7 days")
    figure.get_by_text("As a table").click()
    cells = figure.locator("tbody td:last-child").all_inner_texts()
    week = (datetime.now(UTC) - timedelta(days=7)).isoformat()
    listed = ostro.get("/dags/~/dagRuns", limit=1, run_after_gte=week)
    assert sum(int(text) for text in cells) == listed["total_entries"]
    page.get_by_role("button", name="24 hours").click()
    expect(page.get_by_role("figure", name="Runs by state, last 24 hours")).to_be_visible()
    expect(page).not_to_have_url(re.compile("hours"))


def test_times_are_told_in_the_zone_that_was_chosen(visitor: Visitor) -> None:
    page = visitor.open("/runs")
    first = page.locator(".explorer__table time").first
    expect(first).to_be_visible()
    at = first.get_attribute("datetime")
    page.get_by_role("button", name=re.compile("^Time zone")).click()
    page.get_by_role("menuitem", name="Another zone").click()
    page.get_by_label("Name of the zone").fill("Mars/Base")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("There is no zone of this name.")
    page.get_by_label("Name of the zone").fill("Asia/Kathmandu")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Time zone: Kathmandu")).to_be_visible()
    expect(first).to_have_attribute("title", re.compile(r"GMT\+5:45$"))
    page.reload()
    expect(page.locator(f'time[datetime="{at}"]').first).to_have_attribute("title", re.compile(r"GMT\+5:45$"))


#: Milliseconds after which the page looks again at the parts of the installation, of its own accord.
LOOKS_EVERY = 5_000


@pytest.fixture
def dying(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Visitor, Store]]:
    """The page of a web server whose engine gives signs of life when the test says so."""
    expect.set_options(timeout=PATIENCE)
    folder = tmp_path_factory.mktemp("dying")
    url = f"sqlite:///{folder / 'o.db'}"
    store = Store.open(url)
    store.migrate()
    with WebOnly(folder / "home", url) as web:
        context = browser.new_context(reduced_motion="reduce", locale="en-GB")
        someone = Visitor(context, web.url)
        someone.sign_in()
        yield someone, store
        context.close()
        forbid_complaints(someone.complaints)
    store.dispose()


def test_an_engine_that_died_turns_red_by_itself(dying: tuple[Visitor, Store]) -> None:
    visitor, store = dying

    def beat(ago: float, done: float = 0) -> None:
        with store.begin() as tx:
            at = db_now(tx)
            engines.register(
                tx,
                engines.EngineRecord(
                    id="one", kind="scheduler", hostname="h", pid=1, started_at=at, heartbeat_at=at - timedelta(seconds=ago),
                    progress_at=at - timedelta(seconds=done),
                ),
            )  # fmt: skip

    beat(0)
    visitor.page.clock.install()
    page = visitor.open("/")
    scheduler = page.locator("[data-part=scheduler]")
    expect(scheduler).to_have_attribute("data-health", "healthy")
    expect(page.get_by_role("heading", name="Nothing needs attention")).to_be_visible()
    beat(120)
    page.clock.fast_forward(LOOKS_EVERY)
    expect(scheduler).to_have_attribute("data-health", "dead")
    expect(scheduler).to_contain_text("Not responding")
    expect(page.get_by_role("heading", name="One thing needs attention")).to_be_visible()
    nothing_starts = page.get_by_role("link", name="No task starts", exact=True)
    expect(nothing_starts).to_have_attribute("title", re.compile("No engine gives a sign of life"))
    beat(0)
    page.clock.fast_forward(LOOKS_EVERY)
    expect(scheduler).to_have_attribute("data-health", "healthy")
    # It gives signs of life and gets nothing done: that is told apart from a dead one.
    beat(0, done=600)
    page.clock.fast_forward(LOOKS_EVERY)
    expect(scheduler).to_have_attribute("data-health", "stalled")
    expect(scheduler).to_contain_text("Making no progress")
    expect(scheduler).to_contain_text("last progress")
    # One of two engines drains: the other one starts tasks.
    beat(0)
    with store.begin() as tx:
        engines.beat(tx, "two", db_now(tx))
        engines.ask_drain(tx, "two", drain=True)
    page.clock.fast_forward(LOOKS_EVERY)
    expect(scheduler).to_contain_text("1 of 2 drains")
    expect(scheduler).not_to_have_attribute("data-held")
    with store.begin() as tx:
        engines.ask_drain(tx, "one", drain=True)
    page.clock.fast_forward(LOOKS_EVERY)
    expect(scheduler).to_contain_text("All drain: no task starts")
    expect(scheduler).to_have_attribute("data-held", "true")
    expect(nothing_starts).to_have_attribute("title", re.compile("All engines drain"))
    expect(page.get_by_role("heading", name="One thing needs attention")).to_be_visible()


def test_the_numbers_lead_to_what_they_count(visitor: Visitor, ostro: Standalone) -> None:
    ostro.wait_run("breaks", ostro.trigger("breaks"))
    page = visitor.open("/")
    numbers = page.get_by_role("link", name=re.compile(r"^\d+ DAGs? switched on|^\d+ failing"))
    expect(numbers).to_have_count(2)
    failing = page.get_by_role("link", name=re.compile(r"^\d+ failing"))
    count = int(failing.inner_text().split()[0])
    assert count >= 1
    failing.click()
    expect(page.locator("tr[data-dag]")).to_have_count(count)
    page.go_back()
    pool = page.get_by_role("link", name="default_pool")
    expect(pool).to_be_visible()
    slots = ostro.get("/pools/default_pool")["slots"]
    expect(page.locator("main")).to_contain_text(f"of {slots}")
    axe.forbid_faults(page)
