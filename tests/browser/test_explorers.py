"""Lists with thousands of DAGs and runs: how fast they are there, how they are filtered, and what is done to many of them."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from browser.asked import Asked
from browser.conftest import PATIENCE, Gate, Visitor, forbid_complaints
from ostro.store import Store
from support import axe, crowd
from support.webonly import WebOnly

#: Kilobytes that a page may fetch for what it shows at first, beside its own code: seconds are measured by `benches.lists`.
LIST_KB, TIMELINE_KB = 60, 1_500


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebOnly]:
    folder = tmp_path_factory.mktemp("crowd")
    url = f"sqlite:///{folder / 'crowd.db'}"
    db = Store.open(url)
    db.migrate()
    crowd.fill(db)
    db.dispose()
    with WebOnly(folder / "home", url) as started:
        yield started


@pytest.fixture
def crowded(browser: Browser, web: WebOnly) -> Iterator[Visitor]:
    expect.set_options(timeout=PATIENCE)
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, reduced_motion="reduce", locale="en-GB", timezone_id="UTC",
        accept_downloads=True,
    )  # fmt: skip
    someone = Visitor(context, web.url)
    someone.sign_in()
    yield someone
    context.close()
    forbid_complaints(someone.complaints)


class TestDagList:
    def test_five_thousand_dags_are_one_small_answer(self, crowded: Visitor) -> None:
        asked = Asked(crowded.page)
        page = crowded.open("/dags")
        expect(page.get_by_text("5,000 DAGs")).to_be_visible()
        expect(page.locator("tr[data-dag]")).to_have_count(50)
        assert len(asked.to("/ui/dags")) == 1
        assert asked.kilobytes() <= LIST_KB

    def test_a_letter_asks_once_for_one_page(self, crowded: Visitor) -> None:
        page = crowded.open("/dags")
        expect(page.locator("tr[data-dag]")).to_have_count(50)
        asked = Asked(page)
        page.locator("input[data-search]").fill("crowd_44")
        expect(page.locator("tr[data-dag]").first).to_have_attribute("data-dag", "crowd_4400")
        expect(page).to_have_url(re.compile(r"\?search=crowd_44$"))
        addresses = asked.to("/ui/dags")
        assert [parse_qs(urlsplit(one).query)["search"] for one in addresses] == [["crowd_44"]]
        assert asked.kilobytes() <= LIST_KB

    def test_filters_stand_in_the_address(self, crowded: Visitor) -> None:
        page = crowded.open("/dags")
        page.get_by_role("button", name=re.compile("^Tags")).click()
        page.get_by_role("menuitemcheckbox", name="team_3").click()
        page.get_by_role("menuitemcheckbox", name="team_4").click()
        page.keyboard.press("Escape")
        expect(page.get_by_role("heading", name="No DAG matches")).to_be_visible()
        page.get_by_role("button", name=re.compile("^Tags")).click()
        page.get_by_role("menuitemcheckbox", name="With all chosen tags").click()
        page.keyboard.press("Escape")
        expect(page.get_by_text("1,112 of 5,000 DAGs")).to_be_visible()
        page.reload()
        expect(page.get_by_text("1,112 of 5,000 DAGs")).to_be_visible()
        page.get_by_role("button", name="Remove the filter Tags team_3").click()
        page.get_by_role("button", name="Paused").click()
        expect(page.get_by_text("28 of 5,000 DAGs")).to_be_visible()
        page.go_back()
        expect(page.get_by_text("556 of 5,000 DAGs")).to_be_visible()

    def test_a_view_is_saved_and_opened(self, crowded: Visitor) -> None:
        page = crowded.open("/dags?show=failed")
        page.get_by_role("button", name="Views").click()
        page.get_by_role("menuitem", name="Save these filters").click()
        page.get_by_role("textbox", name="Name", exact=True).fill("Red ones")
        page.keyboard.press("Enter")
        page.goto(crowded.url + "/dags")
        page.get_by_role("button", name="Views").click()
        page.get_by_role("menuitem", name="Red ones", exact=True).click()
        expect(page.locator("tr[data-dag]")).to_have_count(1)
        expect(page).to_have_url(re.compile("show=failed"))

    def test_keys_go_through_the_rows(self, crowded: Visitor) -> None:
        page = crowded.open("/dags")
        expect(page.locator("tr[data-dag]")).to_have_count(50)
        for key in "jjjk":
            page.keyboard.press(key)
        expect(page.get_by_role("link", name="crowd_0001")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("/dags/crowd_0001$"))

    def test_the_palette_finds_one_of_five_thousand(self, crowded: Visitor) -> None:
        page = crowded.open("/runs")
        expect(page.locator(".explorer__table [data-row]").first).to_be_visible()
        page.keyboard.press("Control+k")
        page.keyboard.type("4321")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("/dags/crowd_4321$"))

    def test_a_favourite_is_kept(self, crowded: Visitor) -> None:
        page = crowded.open("/dags?search=crowd_0007")
        page.get_by_role("button", name="Make crowd_0007 a favourite").click()
        expect(page.get_by_role("button", name="crowd_0007 is a favourite")).to_be_visible()
        page.goto(crowded.url + "/dags?favorite=true")
        expect(page.locator("tr[data-dag]")).to_have_count(1)

    def test_the_red_number_leads_to_the_failed_runs(self, crowded: Visitor) -> None:
        page = crowded.open("/dags")
        page.get_by_role("link", name="1,000 runs: failed").click()
        expect(page.get_by_text("1,000 runs", exact=True)).to_be_visible()
        expect(page.locator(".explorer__table [data-state=failed]").first).to_be_visible()
        expect(page.get_by_role("button", name="Remove the filter DAG")).to_contain_text("crowd_0000")


class TestOfOneDag:
    """5,001 runs of one DAG on its pages, and 5,000 DAGs at home: numbers are those of the database."""

    def test_home(self, crowded: Visitor, web: WebOnly) -> None:
        def of_a_day() -> int:
            """Runs of the hour that it is, and of the 23 before it."""
            hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
            since = (hour - timedelta(hours=23)).isoformat()
            return int(web.get("/dags/~/dagRuns", limit=1, run_after_gte=since)["total_entries"])

        before = of_a_day()
        asked = Asked(crowded.page)
        page = crowded.open("/")
        expect(page.get_by_role("link", name="4,750 DAGs switched on")).to_be_visible()
        failing = page.locator("[data-trouble=failing]")
        expect(failing.get_by_role("heading")).to_have_text("1 DAG whose last run failed")
        expect(failing).to_contain_text(crowd.CAUSE)
        figure = page.get_by_role("figure", name="Runs by state, last 24 hours")
        figure.get_by_text("As a table").click()
        cells = figure.locator("tbody td:last-child").all_inner_texts()
        # A new hour may begin meanwhile.
        assert sum(int(text.replace(",", "")) for text in cells) in {before, of_a_day()}
        assert asked.kilobytes() <= LIST_KB

    def test_overview_durations_and_calendar(self, crowded: Visitor, web: WebOnly) -> None:
        total = web.get("/dags/crowd_0000/dagRuns", limit=1)["total_entries"]
        page = crowded.open("/dags/crowd_0000/overview")
        expect(page.locator(".trouble li").first).to_be_visible()
        counts = page.get_by_role("link", name=re.compile(r"^[\d,]+ runs: ")).evaluate_all(
            "all => all.map((one) => one.ariaLabel)"
        )
        assert sum(int(re.sub(r"\D", "", label)) for label in counts) == total
        page = crowded.open("/dags/crowd_0000/durations?last=500")
        expect(page.locator(".durations__took")).to_have_count(500)
        asked = Asked(page)
        newest = web.get("/dags/crowd_0000/dagRuns", limit=1, order_by="-run_after")["dag_runs"][0]
        page = crowded.open(f"/dags/crowd_0000/calendar?year={newest['run_after'][:4]}&count=runs")
        expect(page.locator("[data-shade='4']").first).to_be_visible()
        labels = page.locator(".calendar [data-look=count]").evaluate_all(
            "all => all.map((one) => one.ariaLabel)"
        )
        told = [int(n) for label in labels for n in re.findall(r"(\d+) (?:success|failed)", label)]
        # Those of the last days of a year are in the calendar of another.
        assert sum(told) == total or newest["run_after"][5:7] == "01"
        assert asked.kilobytes() <= LIST_KB


class TestExplorers:
    def test_pages_and_order(self, crowded: Visitor) -> None:
        page = crowded.open("/runs?dag=crowd_0000")
        rows = page.locator(".explorer__table tbody tr")
        expect(rows.first).to_contain_text("run_9999")
        page.get_by_role("button", name="Next page").click()
        expect(rows.first).to_contain_text("run_9899")
        page.get_by_role("button", name="Previous page").click()
        expect(rows.first).to_contain_text("run_9999")
        page.get_by_role("button", name="Due", exact=True).click()
        expect(rows.first).to_contain_text("run_0")
        expect(page).to_have_url(re.compile("sort=run_after"))

    def test_every_filter_has_a_field(self, crowded: Visitor) -> None:
        page = crowded.open("/tasks")
        expect(page.get_by_text("10,000 task instances")).to_be_visible()
        page.get_by_role("button", name="Filters").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Took at least (s)").fill("230")
        dialog.get_by_label("Operator contains").fill("Python")
        dialog.get_by_role("button", name="Apply").click()
        expect(page.get_by_text("435 task instances")).to_be_visible()
        page.reload()
        expect(page.get_by_text("435 task instances")).to_be_visible()
        page.get_by_role("button", name="Remove the filter Took at least (s)").click()
        expect(page.get_by_text("10,000 task instances")).to_be_visible()

    def test_columns_are_chosen_and_kept(self, crowded: Visitor) -> None:
        page = crowded.open("/tasks?dag=crowd_0002")
        head = page.locator(".explorer__table thead")
        expect(head).not_to_contain_text("Queue time")
        page.get_by_role("button", name="Columns").click()
        page.get_by_role("menuitemcheckbox", name="Queue time").click()
        page.keyboard.press("Escape")
        expect(head).to_contain_text("Queue time")
        page.reload()
        expect(head).to_contain_text("Queue time")

    def test_csv_holds_no_formula(self, crowded: Visitor) -> None:
        page = crowded.open("/runs?dag=crowd_0000&run=run_99")
        expect(page.locator(".explorer__table tbody tr").first).to_contain_text(crowd.NOTE)
        with page.expect_download() as waiting:
            page.get_by_role("button", name="CSV").click()
        text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        newest = next(row for row in rows if row["Run"] == "run_9999")
        assert newest["Note"] == "'" + crowd.NOTE
        assert newest["Duration"] == "50"
        assert not [v for row in rows for v in row.values() if v[:1] in "=+-@" and v]

    def test_a_selection_outlives_its_page_and_not_its_filter(self, crowded: Visitor) -> None:
        page = crowded.open('/runs?dag=crowd_0000&states=%5B"failed"%5D')
        page.get_by_role("checkbox", name="Select crowd_0000").first.check()
        expect(page.get_by_text("1 selected", exact=True)).to_be_visible()
        page.get_by_role("button", name="Next page").click()
        expect(page.get_by_text("1 selected, 1 not on this page")).to_be_visible()
        page.get_by_role("button", name="First page").click()
        expect(page.get_by_text("1 selected", exact=True)).to_be_visible()
        page.get_by_role("button", name="Clear filters").click()
        expect(page.locator("tbody tr").first).to_be_visible()
        bulk = page.get_by_role("group", name="What to do with the selection")
        expect(bulk).to_have_count(0)
        # Nor does that of all rows which are still being read.
        page.go_back()
        page.get_by_role("checkbox", name="Select crowd_0000").first.check()
        Gate(page, re.compile(r"/dagRuns\?.*limit=100&"))
        page.get_by_role("button", name=re.compile("^Select all ")).click()
        expect(bulk.get_by_role("button", name="Reading")).to_be_disabled()
        with page.expect_event("requestfailed", lambda request: "limit=100&" in request.url):
            page.get_by_role("button", name="Clear filters").click()
        expect(bulk).to_have_count(0)

    def test_a_thousand_runs_are_marked_with_progress_and_what_is_refused(
        self, crowded: Visitor, web: WebOnly
    ) -> None:
        """Two of the runs are deleted by somebody else while the dialog is open: these are reported, the others are done."""
        page = crowded.open('/runs?dag=crowd_0000&states=%5B"failed"%5D')
        page.get_by_label("Select all on this page").check()
        expect(page.get_by_text("50 selected")).to_be_visible()
        page.get_by_role("button", name="Select all 1,000").click()
        expect(page.get_by_text("1,000 selected, 950 not on this page")).to_be_visible()
        page.get_by_role("button", name="Mark success").click()
        dialog = page.get_by_role("dialog", name="Mark success")
        expect(dialog).to_contain_text("Affects 1,000 runs")
        assert web.client is not None
        for run in ("run_9", "run_19"):
            web.client.delete(f"/api/v2/dags/crowd_0000/dagRuns/{run}").raise_for_status()
        dialog.get_by_role("button", name="Mark success").click()
        expect(dialog.get_by_role("alert")).to_contain_text("2 could not be done", timeout=60_000)
        expect(dialog).to_contain_text("998 are done.", timeout=60_000)
        expect(dialog.get_by_role("alert")).to_contain_text("run_19")
        dialog.get_by_role("button", name="Close").last.click()
        expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
        assert web.get("/dags/crowd_0000/dagRuns", state="failed", limit=1)["total_entries"] == 0

    def test_two_chosen_runs_are_compared(self, crowded: Visitor) -> None:
        page = crowded.open("/runs?dag=crowd_0000")
        boxes = page.locator(".explorer__table tbody input")
        boxes.nth(0).check()
        compare = page.get_by_role("button", name="Compare")
        expect(compare).to_be_disabled()
        expect(compare).to_have_attribute("title", "Choose two runs of one DAG to compare them.")
        boxes.nth(2).check()
        page.get_by_role("link", name="Compare").click()
        expect(page).to_have_url(re.compile(r"/dags/crowd_0000/compare\?a=run_9995&b=run_9999"))
        expect(page.get_by_role("heading", name=re.compile("tasks? differs?"))).to_be_visible()

    def test_runs_are_found_by_their_note_and_bundle(self, crowded: Visitor) -> None:
        page = crowded.open("/runs?note=HYPERLINK")
        expect(page.get_by_text("1 run", exact=True)).to_be_visible()
        page.get_by_role("button", name="Columns").click()
        page.get_by_role("menuitemcheckbox", name="Bundle").click()
        page.keyboard.press("Escape")
        expect(page.locator(".explorer__table thead")).to_contain_text("Bundle")
        page.get_by_role("button", name="Filters", exact=True).click()
        page.get_by_role("dialog").get_by_label("Bundle", exact=True).fill("nobody's")
        page.get_by_role("dialog").get_by_role("button", name="Apply").click()
        expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()

    def test_what_is_still_active_is_refused_and_told(self, crowded: Visitor, web: WebOnly) -> None:
        """Deleting and cancelling a selection of which only a part can be done."""
        assert web.client is not None
        for number in range(3):
            body = {"dag_run_id": f"alive_{number}", "logical_date": None}
            web.client.post("/api/v2/dags/crowd_0005/dagRuns", json=body).raise_for_status()
        page = crowded.open("/runs?dag=crowd_0005")
        page.get_by_label("Select all on this page").check()
        total = web.get("/dags/crowd_0005/dagRuns", limit=1)["total_entries"]
        page.get_by_role("button", name="Delete", exact=True).click()
        dialog = page.get_by_role("dialog", name="Delete")
        expect(dialog).to_contain_text("3 of them are still active: they will be refused.")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Cancel", exact=True).click()
        dialog = page.get_by_role("dialog", name="Cancel")
        expect(dialog).to_contain_text("Affects 3 runs")
        web.client.patch(
            "/api/v2/dags/crowd_0005/dagRuns/alive_0", json={"state": "failed"}
        ).raise_for_status()
        web.client.delete("/api/v2/dags/crowd_0005/dagRuns/alive_0").raise_for_status()
        dialog.get_by_role("button", name="Cancel 3 runs").click()
        expect(dialog.get_by_role("alert")).to_contain_text("1 could not be done")
        expect(dialog.get_by_role("alert")).to_contain_text("alive_0")
        expect(dialog).to_contain_text("2 are done.")
        axe.forbid_faults(page, "dialog")
        dialog.get_by_role("button", name="Close").last.click()
        left = web.get("/dags/crowd_0005/dagRuns", limit=1)["total_entries"]
        assert left == total - 1

    @pytest.mark.parametrize(("kind", "column"), [("runs", "Run"), ("tasks", "Task")])
    def test_a_view_of_runs_and_tasks_is_saved_opened_and_deleted(
        self, crowded: Visitor, kind: str, column: str
    ) -> None:
        page = crowded.open(f"/{kind}?dag=crowd_0000&sort=run_after")
        expect(page.locator(".explorer__table thead")).to_contain_text(column)
        page.get_by_role("button", name="Views").click()
        page.get_by_role("menuitem", name="Save these filters").click()
        page.keyboard.type("Oldest of the first")
        page.keyboard.press("Enter")
        page.goto(f"{crowded.url}/{kind}")
        page.get_by_role("button", name="Views").click()
        page.get_by_role("menuitem", name="Oldest of the first", exact=True).click()
        expect(page).to_have_url(re.compile(rf"/{kind}\?(?=.*dag=crowd_0000)(?=.*sort=run_after)"))
        expect(page.locator(".explorer__table tbody tr").first).to_contain_text("crowd_0000")
        page.get_by_role("button", name="Views").click()
        page.get_by_role("menuitem", name=re.compile("^Delete.*Oldest of the first")).click()
        page.reload()
        page.get_by_role("button", name="Views").click()
        expect(page.get_by_role("menuitem", name="Oldest of the first", exact=True)).to_have_count(0)

    @pytest.mark.parametrize("kind", ["runs", "tasks"])
    def test_rows_are_walked_chosen_and_opened_by_keys(self, crowded: Visitor, kind: str) -> None:
        page = crowded.open(f"/{kind}?dag=crowd_0000")
        names = page.locator(".explorer__table [data-row]")
        expect(names).to_have_count(50)
        for key in "jjj":
            page.keyboard.press(key)
        expect(names.nth(2)).to_be_focused()
        page.keyboard.press("k")
        expect(names.nth(1)).to_be_focused()
        page.keyboard.press("Shift+Tab")
        while not page.evaluate("document.activeElement.matches('tbody [type=checkbox]')"):
            page.keyboard.press("Shift+Tab")
        page.keyboard.press("Space")
        expect(page.get_by_text("1 selected")).to_be_visible()
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("/dags/crowd_0000/runs/run_"))

    def test_many_runs_are_cleared_after_one_look_and_deleted_after_one(
        self, crowded: Visitor, web: WebOnly
    ) -> None:
        page = crowded.open("/runs?dag=crowd_0000&sort=run_after")
        rows = page.locator(".explorer__table tbody tr")
        expect(rows).to_have_count(50)
        names = rows.locator("[data-row]").all_inner_texts()
        page.get_by_label("Select all on this page").check()
        page.get_by_role("button", name="Clear", exact=True).click()
        dialog = page.get_by_role("dialog", name="Clear")
        expect(dialog).to_contain_text("50 task instances will be touched")
        assert web.get("/dags/crowd_0000/dagRuns", state="queued", limit=1)["total_entries"] == 0
        dialog.get_by_role("button", name="Clear", exact=True).click()
        expect(dialog).to_contain_text("50 are done.")
        dialog.get_by_role("button", name="Close").last.click()
        queued = web.get("/dags/crowd_0000/dagRuns", state="queued", limit=100)["dag_runs"]
        assert sorted(run["dag_run_id"] for run in queued) == sorted(names)

        page.goto(crowded.url + "/runs?dag=crowd_0000&sort=run_after&cursor=")
        page.get_by_role("button", name="Next page").click()
        expect(rows.first).not_to_contain_text(names[0])
        gone = rows.locator("[data-row]").all_inner_texts()
        before = web.get("/dags/crowd_0000/dagRuns", limit=1)["total_entries"]
        page.get_by_label("Select all on this page").check()
        page.get_by_role("button", name="Delete", exact=True).click()
        dialog = page.get_by_role("dialog", name="Delete")
        expect(dialog).to_contain_text("Affects 50 runs")
        dialog.get_by_role("button", name="Delete", exact=True).click()
        expect(dialog).to_contain_text("50 are done.")
        dialog.get_by_role("button", name="Close").last.click()
        expect(page.get_by_role("link", name=gone[0], exact=True)).to_have_count(0)
        assert web.get("/dags/crowd_0000/dagRuns", limit=1)["total_entries"] == before - 50

    def test_clearing_shows_first_what_it_touches(self, crowded: Visitor, web: WebOnly) -> None:
        page = crowded.open("/tasks?dag=crowd_0004")
        page.locator(".explorer__table tbody input").first.check()
        page.get_by_role("button", name="Clear", exact=True).click()
        dialog = page.get_by_role("dialog", name="Clear")
        expect(dialog).to_contain_text("1 task instance will be touched")
        dialog.get_by_role("button", name="Clear", exact=True).click()
        expect(dialog).to_contain_text("1 is done.")
        (task,) = web.get("/dags/crowd_0004/dagRuns/~/taskInstances", limit=1)["task_instances"]
        assert task["state"] is None


class TestTimeline:
    def test_ten_thousand_runs_are_a_bounded_answer(self, crowded: Visitor) -> None:
        since = (crowd.NOW.timestamp() - 8 * 10_000 - 900) * 1000
        address = f"/timeline?since={_iso(since)}&until={_iso(since + 86_400_000)}"

        asked = Asked(crowded.page)
        page = crowded.open(address)
        expect(page.locator(".floor__canvas")).to_be_visible()
        expect(page.get_by_text("runs · ")).to_be_visible()
        assert asked.kilobytes() <= TIMELINE_KB

    def test_a_stretch_is_chosen_by_a_drag_and_rows_by_tag(self, crowded: Visitor) -> None:
        since = (crowd.NOW.timestamp() - 8 * 10_000 - 900) * 1000
        page = crowded.open(f"/timeline?since={_iso(since)}&until={_iso(since + 86_400_000)}")
        chart = page.locator(".brush")
        box = chart.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 400, box["y"] + 40)
        page.mouse.down()
        page.mouse.move(box["x"] + 600, box["y"] + 40)
        page.mouse.up()
        expect(page).not_to_have_url(re.compile(re.escape(_iso(since))))
        page.get_by_label("Rows").select_option("Tags")
        page.get_by_role("figure", name="Runs", exact=True).get_by_text("As a table").click()
        expect(page.get_by_role("cell", name="team_3")).to_be_visible()
        expect(page.get_by_role("link", name="Its tasks")).to_have_attribute(
            "href", re.compile("/tasks.after=")
        )
        page.go_back()
        page.go_back()
        expect(page).to_have_url(re.compile(re.escape(_iso(since))))

    def test_runs_to_come_are_planned(self, crowded: Visitor) -> None:
        now = crowd.NEXT.timestamp() * 1000
        page = crowded.open(f"/timeline?since={_iso(now - 3_600_000)}&until={_iso(now + 2.5 * 3_600_000)}")
        page.get_by_role("figure", name="Runs", exact=True).get_by_text("As a table").click()
        row = page.get_by_role("row", name=re.compile("^crowd_0000"))
        assert row.inner_text().split("\t")[1:4] == ["0", "0", "3"]
        # Who has no mouse goes from the table to the runs.
        row.get_by_role("link").focus()
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("/runs.*dag=crowd_0000"))

    def test_many_tries_are_strips_until_one_looks_closer(self, crowded: Visitor, web: WebOnly) -> None:
        """11,000 tries of a day: sums of all of them, none left out; those of some hours one by one."""
        with sqlite3.connect(web.home.parent / "crowd.db") as db:
            query = "SELECT count(*), sum(state IN ('failed', 'up_for_retry')) FROM attempt WHERE closed_at IS NOT NULL"
            total, failed = (f"{count:,}" for count in db.execute(query).fetchone())
        since = (crowd.NOW.timestamp() - 8 * 10_000 - 900) * 1000
        asked = Asked(crowded.page)
        page = crowded.open(f"/timeline?since={_iso(since)}&until={_iso(since + 86_400_000)}")
        page.get_by_role("group", name="Show").get_by_role("button", name="Tasks").press("Enter")
        expect(page.get_by_text(f"{total} tries · ")).to_be_visible()
        expect(page.get_by_text("too many tries to show one by one")).to_be_visible()
        page.get_by_label("Rows").select_option("Pools")
        floor = page.get_by_role("figure", name="Tries of tasks", exact=True)
        floor.get_by_text("As a table").click()
        expect(page.get_by_role("row", name=re.compile(f"^default_pool {total} {failed} "))).to_be_visible()
        assert asked.kilobytes() <= TIMELINE_KB
        page.reload()
        expect(page.get_by_text(f"{total} tries · ")).to_be_visible()
        strip = page.locator(".floor__canvas")
        strip.hover(position={"x": 600, "y": 30})
        expect(page.locator(".floor__tip")).to_have_text(
            re.compile(r"^default_pool · .+ · \d+ tries, \d+ failed$")
        )
        strip.click(position={"x": 600, "y": 30})
        # Three hours: what ran in them, one by one.
        expect(page.get_by_text(re.compile(r"^1,\d+ tries · "))).to_be_visible()
        expect(page.get_by_text("too many tries to show one by one")).to_have_count(0)
        strip.hover(position={"x": 600, "y": 26})
        expect(page.locator(".floor__tip")).to_have_text(
            re.compile(
                r"^crowd_\d+ · work · run_\d+ · try \d · .+ · PythonOperator · default_pool · host_\d$"
            )
        )
        floor.get_by_text("As a table").click()
        expect(floor.get_by_role("link", name="default_pool")).to_have_attribute(
            "href", re.compile("/tasks.pool=default_pool&started_after=.*started_before=")
        )
        strip.click(position={"x": 600, "y": 26})
        expect(page).to_have_url(re.compile(r"/dags/crowd_\d+/runs/run_\d+/tasks/work\?.*try=\d"))
        page.go_back()
        page.go_back()
        expect(page.get_by_text(f"{total} tries · ")).to_be_visible()
        # Who has no mouse looks closer at the middle.
        page.get_by_role("button", name="Zoom in").press("Enter")
        closer = (quote(_iso(since + hours * 3_600_000)) for hours in (6, 18))
        expect(page).to_have_url(re.compile("since={}&until={}".format(*map(re.escape, closer))))
        page = crowded.open(
            "/timeline?show=tasks&since=2020-01-01T00:00:00.000Z&until=2020-01-02T00:00:00.000Z"
        )
        expect(page.get_by_text("Nothing ran in this period.")).to_be_visible()

    def test_who_may_not_read_tasks_is_told_so(self, crowded: Visitor) -> None:
        def without_tasks(route: Route) -> None:
            session = route.fetch().json()
            del session["permissions"]["Task Instances"]
            route.fulfill(json=session)

        crowded.page.route("**/ui/session", without_tasks)
        page = crowded.open("/timeline?show=tasks")
        choice = page.get_by_role("group", name="Show")
        expect(choice.get_by_role("button", name="Tasks")).to_be_disabled()
        expect(choice.get_by_role("button", name="Tasks")).to_have_attribute(
            "title", re.compile("Task Instances")
        )
        expect(choice.get_by_role("button", name="Runs")).to_have_attribute("aria-pressed", "true")
        expect(page.get_by_role("figure", name="Runs", exact=True)).to_be_visible()


class TestPools:
    def test_slots_over_the_last_day_are_told_in_full(self, crowded: Visitor, web: WebOnly) -> None:
        """What the picture shows is what the attempts took: 11,000 of them, with a dozen lengths."""
        assert web.client is not None
        past = web.client.get("/ui/pools/past").json()["pools"]["default_pool"]["taken"]
        page = crowded.open("/admin/pools")
        page.get_by_role("button", name=re.compile("Slots of default_pool over the last 24 hours")).click()
        dialog = page.get_by_role("dialog", name="Slots of default_pool over the last 24 hours")
        expect(dialog.locator(".chartkey")).to_have_css("display", "flex")
        expect(dialog.locator(".poolpast__taken")).to_have_count(len([n for n in past if n > 0]))
        assert 10 < max(past) < 30
        expect(dialog.get_by_role("img")).to_have_attribute(
            "aria-label", re.compile(rf"^{max(past):g} slots")
        )
        dialog.get_by_text("As a table").click()
        rows = dialog.locator(".twin tbody tr")
        expect(rows).to_have_count(96)
        assert [float(row) for row in rows.locator("td:nth-child(2)").all_inner_texts()] == past
        axe.forbid_faults(page, "dialog")
        page.keyboard.press("Escape")
        expect(page).to_have_url(re.compile("/admin/pools$"))

    def test_hundreds_of_pools_are_pages_that_keys_walk(self, crowded: Visitor, web: WebOnly) -> None:
        pools = [{"name": f"pool_{number:03}", "slots": number} for number in range(1, 121)]
        web.patch("/pools", {"actions": [{"action": "create", "entities": pools}]})
        page = crowded.open("/admin/pools")
        expect(page.get_by_text("121 entries")).to_be_visible()
        rows = page.locator("tr[data-row]")
        expect(rows).to_have_count(50)
        for key in "jjj":
            page.keyboard.press(key)
        expect(rows.nth(2).get_by_role("link")).to_be_focused()
        page.get_by_role("button", name="Next").click()
        expect(rows.first).to_contain_text("pool_050")
        page.reload()
        expect(rows.first).to_contain_text("pool_050")
        names = [pool["name"] for pool in pools]
        web.patch("/pools", {"actions": [{"action": "delete", "entities": names}]})

    def test_queues_lead_to_what_waits_in_them(self, crowded: Visitor, web: WebOnly) -> None:
        page = crowded.open("/admin/pools")
        expect(page.get_by_role("region", name="Queues")).to_contain_text(
            "Nothing runs or waits in any queue."
        )
        change = "UPDATE task_instance SET state = ?, queue = ? WHERE id = 40"
        with sqlite3.connect(web.home.parent / "crowd.db") as db:
            db.execute(change, ("scheduled", "gpu"))
        page.reload()
        expect(page.locator("tr[data-queue=gpu] td")).to_have_text(["gpu", "0", "1", "0"])
        page.get_by_role("link", name="gpu").click()
        expect(page.get_by_text("1 task instance", exact=True)).to_be_visible()
        with sqlite3.connect(web.home.parent / "crowd.db") as db:
            db.execute(change, ("success", "default"))


def _iso(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(at / 1000))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/dags", "/runs", "/tasks", "/timeline", "/timeline?show=tasks", "/"])
def test_nothing_serious_bars_anybody(crowded: Visitor, path: str, theme: str) -> None:
    page = crowded.open(path)
    page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    _settled(page)
    axe.forbid_faults(page)


def _settled(page: Page) -> None:
    expect(page.locator(".skeletons")).to_have_count(0)
    expect(page.locator("h1")).to_be_visible()
