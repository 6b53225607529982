"""What a DAG did over time: overview, tasks, durations, calendar. Numbers on the page are those of plain SQL."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from browser.conftest import PATIENCE, Visitor, forbid_complaints
from browser.walk import tab_to
from ostro.store import Store
from support import axe, crowd
from support.standalone import Standalone
from support.webonly import WebOnly

DAG = f"/dags/{crowd.FIRST}"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("charts") / "crowd.db"
    db = Store.open(f"sqlite:///{path}")
    db.migrate()
    crowd.fill(db, dags=3, runs=400)
    crowd.change(db, last=10)
    db.dispose()
    return path


@pytest.fixture(scope="module")
def web(database: Path) -> Iterator[WebOnly]:
    with WebOnly(database.parent / "home", f"sqlite:///{database}") as started:
        yield started


@pytest.fixture
def looker(browser: Browser, web: WebOnly) -> Iterator[Visitor]:
    expect.set_options(timeout=PATIENCE)
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, reduced_motion="reduce", locale="en-GB", timezone_id="UTC"
    )
    someone = Visitor(context, web.url)
    someone.sign_in()
    yield someone
    context.close()
    forbid_complaints(someone.complaints)


def test_overview_tells_the_planted_cause_and_what_comes(looker: Visitor) -> None:
    page = looker.open(f"{DAG}/overview")
    expect(page.get_by_text("The last run failed.")).to_be_visible()
    expect(page.get_by_text("84 % of the last 50 finished runs succeeded")).to_be_visible()
    failure = page.locator(".trouble li").first
    expect(failure).to_contain_text("run_399")
    expect(failure).to_contain_text(crowd.CAUSE)
    coming = page.locator("section").filter(has=page.get_by_role("heading", name="Next runs")).locator("li")
    expect(coming).to_have_count(5)
    page.get_by_role("link", name="40 runs: failed").click()
    expect(page).to_have_url(re.compile("/runs.*failed"))


def test_overview_of_a_real_failure(visitor: Visitor, ostro: Standalone) -> None:
    run = ostro.trigger("breaks")
    ostro.wait_run("breaks", run)
    page = visitor.open("/dags/breaks/overview")
    expect(page.locator(".trouble li").first).to_contain_text("RuntimeError: the planted error")
    expect(page.get_by_text("Runs start by hand or from outside only.")).to_be_visible()


def test_durations_are_the_percentiles_of_the_rows(looker: Visitor, database: Path) -> None:
    with sqlite3.connect(database) as db:
        took = sorted(
            row[0] / 1e6
            for row in db.execute(
                "SELECT end_date - start_date FROM dag_run WHERE dag_id = ? ORDER BY run_after DESC LIMIT 100",
                (crowd.FIRST,),
            )
        )
    median, p95 = _at(took, 0.5), _at(took, 0.95)
    page = looker.open(f"{DAG}/durations")
    expect(page.locator("[data-number=median]")).to_have_text(_told(median))
    expect(page.locator("[data-number=p95]")).to_have_text(_told(p95))
    bars = page.locator(".durations__took")
    expect(bars).to_have_count(100)
    heights = [float(bar.get_attribute("height") or 0) for bar in bars.all()]
    assert max(heights) / sorted(heights)[50] == pytest.approx(max(took) / sorted(took)[50], rel=0.02)
    page.get_by_text("As a table").click()
    expect(page.locator(".twin tbody tr")).to_have_count(100)
    page.get_by_role("combobox", name=re.compile("^Of")).select_option("work")
    expect(page).to_have_url(re.compile("of_task=work"))
    expect(page.locator("[data-number=median]")).to_have_text(_told(median))
    page.get_by_role("button", name="Landing time").click()
    expect(page.locator("[data-number=median]")).to_have_text(_told(median + 1))
    axe.forbid_faults(page)


def _at(values: list[float], share: float) -> float:
    place = share * (len(values) - 1)
    low = int(place)
    return values[low] + (values[min(low + 1, len(values) - 1)] - values[low]) * (place - low)


def _told(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60}:{whole % 60:02} min"


def test_tasks_have_their_statistics(looker: Visitor) -> None:
    page = looker.open(f"{DAG}/tasks")
    row = page.locator("tr[data-task=work]")
    expect(row).to_contain_text("PythonOperator")
    expect(row).to_contain_text("16 %")
    row.get_by_role("link", name="8", exact=True).click()
    expect(page).to_have_url(re.compile("/tasks.*dag=crowd_0000"))
    expect(page.get_by_text("task instances", exact=False).first).to_be_visible()


def test_calendar_counts_and_leads_to_the_runs(looker: Visitor, database: Path) -> None:
    day = crowd.NOW.strftime("%Y-%m-%d")
    with sqlite3.connect(database) as db:
        query = "SELECT count(*) FROM dag_run WHERE dag_id = ? AND date(run_after / 1000000, 'unixepoch') = ?"
        (count,) = db.execute(query, (crowd.FIRST, day)).fetchone()
    page = looker.open(f"{DAG}/calendar")
    cell = page.locator(f"[data-cell='{day}']")
    if count:
        expect(cell).to_have_attribute("data-look", "mixed")
    cell.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    axe.forbid_faults(page)
    cell.click()
    expect(page).to_have_url(re.compile(f"/dags/{crowd.FIRST}/runs"))
    if count:
        expect(page.get_by_text(f"{count} runs", exact=True)).to_be_visible()


def test_days_of_another_zone_and_planned_runs(looker: Visitor) -> None:
    page = looker.open(f"{DAG}/calendar?month=2026-03")
    page.evaluate("localStorage.setItem('ostro.settings', JSON.stringify({ zone: 'Europe/Berlin' }))")
    page.reload()
    expect(page.get_by_text("Days of Europe/Berlin")).to_be_visible()
    rows = page.locator(".calendar tbody tr")
    # The clocks go forward on the 29th: 23 hours, and none at two o'clock.
    expect(rows.nth(28).locator("a")).to_have_count(23)
    expect(rows.nth(27).locator("a")).to_have_count(24)
    page.goto(looker.url + f"{DAG}/calendar?month=2026-10")
    expect(rows.nth(24).locator("a")).to_have_count(25)
    month = crowd.NOW.strftime("%Y-%m")
    page.goto(looker.url + f"{DAG}/calendar")
    expect(page.locator("[data-look=planned]").first).to_be_visible()
    page.get_by_role("button", name="Month by hours").click()
    expect(page).to_have_url(re.compile(f"month={month}"))
    page.go_back()
    expect(page.get_by_role("button", name="Year")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("view", ["overview", "tasks", "runs"])
def test_nothing_serious_bars_anybody_in_the_dark(looker: Visitor, view: str) -> None:
    page = looker.open(f"{DAG}/{view}")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    expect(page.locator(".skeletons")).to_have_count(0)
    expect(page.locator("h2").first).to_be_visible()
    axe.forbid_faults(page)


#: What the views of a DAG say before its first run.
WITHOUT_RUNS = {
    "overview": "No run has finished yet.",
    "": "No runs yet",
    "gantt": "No runs yet",
    "calendar": "No run in this time.",
    "durations": "No run has started yet.",
    "runs": "No runs yet",
}


def test_a_dag_without_runs_says_so(clerk: Visitor, desk: Standalone) -> None:
    assert desk.get("/dags/awaits_orders/dagRuns", limit=1)["total_entries"] == 0
    for view, text in WITHOUT_RUNS.items():
        page = clerk.open(f"/dags/awaits_orders/{view}")
        expect(page.locator("main"), view).to_contain_text(text)


def test_keys_alone_go_through_overview_and_durations(looker: Visitor) -> None:
    page = looker.open(f"{DAG}/overview")
    tab_to(page, page.get_by_role("link", name="All durations"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/durations$"))
    page = looker.open(f"{DAG}/durations?last=25")
    expect(page.locator(".durations__took")).to_have_count(25)
    page.locator("main").focus()
    tab_to(page, page.get_by_role("button", name="Landing time"))
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("measure=landing"))
    tab_to(page, page.locator("summary", has_text="As a table"))
    page.keyboard.press("Enter")
    newest = page.locator(".twin tbody tr").last.get_by_role("link")
    expect(newest).to_have_text("run_399")
    tab_to(page, newest)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"{DAG}/runs/run_399$"))


def test_a_new_version_is_marked_where_its_runs_begin(looker: Visitor) -> None:
    page = looker.open(f"{DAG}/durations")
    expect(page.locator(".durations__took")).to_have_count(100)
    mark = page.locator(".durations__version")
    expect(mark).to_have_text("v2")
    runs = page.locator(".durations__took")
    line = mark.locator("line").bounding_box()
    tenth, eleventh = runs.nth(90).bounding_box(), runs.nth(89).bounding_box()
    assert line is not None and tenth is not None and eleventh is not None
    assert eleventh["x"] + eleventh["width"] <= line["x"] + 1 <= tenth["x"] + 1
    page = looker.open(f"{DAG}?limit=25")
    begins = page.locator(".grid__run--version [data-run]")
    expect(begins).to_have_count(1)
    expect(begins).to_have_attribute("aria-label", re.compile("first run of version 2"))
    begins.hover()
    expect(page.get_by_role("tooltip")).to_contain_text("DAG version v2")


def test_work_stands_at_the_foot_of_the_bars(looker: Visitor) -> None:
    """The lines of the median and the percentile are those of the work, so that bars and lines can be compared."""
    page = looker.open(f"{DAG}/durations")
    expect(page.locator(".durations__took")).to_have_count(100)
    feet = page.locator(".durations__took").evaluate_all(
        "bars => bars.map((bar) => Number(bar.getAttribute('y')) + Number(bar.getAttribute('height')))"
    )
    assert max(feet) - min(feet) < 0.01


def test_calendar_counts_failures(looker: Visitor, database: Path) -> None:
    query = (
        "SELECT date(run_after / 1000000, 'unixepoch'), count(*) FROM dag_run"
        " WHERE dag_id = ? AND state = 'failed' GROUP BY 1"
    )
    with sqlite3.connect(database) as db:
        failed = dict(db.execute(query, (crowd.FIRST,)).fetchall())
    year = crowd.NOW.year
    page = looker.open(f"{DAG}/calendar?year={year}")
    page.get_by_label("Cells show").select_option("failed")
    expect(page).to_have_url(re.compile("count=failed"))
    for day, count in failed.items():
        if day.startswith(str(year)):
            cell = page.locator(f"[data-cell='{day}']")
            expect(cell).to_have_text(str(count))
    most = max(failed, key=lambda day: failed[day])
    expect(page.locator(f"[data-cell='{most}']")).to_have_attribute("data-shade", "4")
    expect(page.locator("[data-look=planned]").first).to_be_visible()
    axe.forbid_faults(page)


@pytest.mark.parametrize(
    ("zone", "short", "long"),
    [
        ("Europe/Berlin", "2026-03-29T02", "2026-10-25T02"),
        ("America/New_York", "2026-03-08T02", "2026-11-01T01"),
        ("Australia/Sydney", "2026-10-04T02", "2026-04-05T02"),
    ],
)
def test_hours_stand_under_the_clock_when_it_changes(
    looker: Visitor, zone: str, short: str, long: str
) -> None:
    page = looker.open(f"{DAG}/calendar?month={short[:7]}")
    page.evaluate("zone => localStorage.setItem('ostro.settings', JSON.stringify({ zone }))", zone)
    page.reload()
    expect(page.get_by_text(f"Days of {zone}")).to_be_visible()
    for moment, squares in ((short, 0), (long, 2)):
        page.goto(looker.url + f"{DAG}/calendar?month={moment[:7]}")
        expect(page.get_by_text(f"Days of {zone}")).to_be_visible()
        row = page.locator(".calendar tbody tr").nth(int(moment[8:10]) - 1)
        expect(row.locator("a")).to_have_count(23 + squares)
        expect(row.locator("td")).to_have_count(24)
        expect(row.locator("td").nth(int(moment[11:]))).to_have_attribute("data-squares", str(squares))
        expect(row.locator("a").last).to_have_attribute("aria-label", re.compile("23:00"))
