"""The trigger dialog and the backfills of a DAG."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from browser import corpus
from browser.conftest import Visitor
from support import axe
from support.deadline import wait_for
from support.standalone import Standalone


def test_a_form_of_all_types_makes_its_conf(clerk: Visitor, desk: Standalone) -> None:
    page = clerk.open("/dags/forms")
    page.get_by_role("button", name="Trigger", exact=True).click()
    dialog = page.get_by_role("dialog")
    # What has no value yet is told at its place, and nothing is sent.
    dialog.get_by_role("button", name="Trigger", exact=True).click()
    must = dialog.get_by_label("must")
    expect(must).to_have_attribute("aria-invalid", "true")
    must.fill("given")
    amount = dialog.get_by_label("amount")
    amount.fill("99")
    expect(dialog.get_by_text("At most 10.")).to_be_visible()
    amount.fill("7")
    dialog.get_by_label("Who").fill("Ann")
    dialog.get_by_label("colour").select_option("green")
    dialog.get_by_label("day").fill("2026-02-01")
    dialog.get_by_label("Busan").check()
    dialog.get_by_label("rows").fill('{"a": [2]}')
    dialog.get_by_label("dry").uncheck()
    expect(dialog.get_by_label("kind")).to_have_count(0)
    # Whose clock a moment is of stands below it.
    zone = page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    expect(dialog.get_by_label("moment")).to_have_accessible_description(f"Times are of {zone}.")
    expect(dialog.locator("strong", has_text="empty")).to_be_visible()
    axe.forbid_faults(page, "dialog")
    dialog.get_by_text("More options").click()
    dialog.get_by_label("Run id").fill("by_form")
    dialog.get_by_role("button", name="Trigger", exact=True).click()
    expect(page).to_have_url(re.compile("/runs/by_form$"))
    assert desk.get("/dags/forms/dagRuns/by_form")["conf"] == {
        "name": "Ann", "amount": 7, "text": "one\ntwo", "day": "2026-02-01", "moment": "2026-01-31T08:00:00+00:00",
        "colour": "green", "shops": ["Seoul", "Busan"], "rows": {"a": [2]}, "note": None, "dry": False,
        "kind": "orders", "must": "given",
    }  # fmt: skip
    desk.wait_run("forms", "by_form")

    # The next one begins with what the earlier one had; what the server refuses stands at its field.
    page.get_by_role("button", name="Trigger", exact=True).click()
    earlier = dialog.get_by_label("Configuration of an earlier run")
    earlier.select_option("by_form")
    expect(dialog.get_by_label("Who")).to_have_value("Ann")
    dialog.get_by_text("More options").click()
    dialog.get_by_label("Run id").fill("by_form")
    clerk.complaints.clear()
    dialog.get_by_role("button", name="Trigger", exact=True).click()
    expect(dialog.get_by_text("already exists")).to_be_visible()
    expect(dialog.get_by_label("Run id")).to_have_attribute("aria-invalid", "true")
    clerk.complaints[:] = [c for c in clerk.complaints if not c.startswith("answer 409")]


def test_a_hundred_parameters_come_out_as_they_were_put_in(clerk: Visitor, desk: Standalone) -> None:
    """All in one form: what nobody touches, what is put in, and what an earlier run had."""
    assert len(corpus.CASES) >= 95
    page = clerk.open("/dags/corpus")
    dialog = page.get_by_role("dialog")

    def trigger(run_id: str) -> dict[str, object]:
        dialog.get_by_text("More options").click()
        dialog.get_by_label("Run id").fill(run_id)
        dialog.get_by_role("button", name="Trigger", exact=True).click()
        expect(page).to_have_url(re.compile(f"/runs/{run_id}$"))
        desk.wait_run("corpus", run_id)
        conf: dict[str, object] = desk.get(f"/dags/corpus/dagRuns/{run_id}")["conf"]
        # What has its default need not be sent; the task gets all.
        return {case.name: case.default for case in corpus.CASES} | conf

    page.get_by_role("button", name="Trigger", exact=True).click()
    assert trigger("untouched") == {case.name: case.default for case in corpus.CASES}

    page.get_by_role("button", name="Trigger", exact=True).click()
    for case in corpus.CASES:
        corpus.put_in(dialog, case)
    expect(dialog.locator(".field__error")).to_have_count(0)
    wanted = {case.name: case.value for case in corpus.CASES}
    assert trigger("put_in") == wanted
    assert desk.xcom("corpus", "put_in", "show", "return_value") == wanted

    page.get_by_role("button", name="Trigger", exact=True).click()
    dialog.get_by_label("Configuration of an earlier run").select_option("put_in")
    assert trigger("again") == wanted


def test_a_backfill_makes_the_runs_that_it_told(clerk: Visitor, desk: Standalone) -> None:
    page = clerk.open("/dags/days/backfills")
    expect(page.get_by_role("heading", name="No backfill yet")).to_be_visible()
    page.get_by_role("button", name="New backfill").click()
    dialog = page.get_by_role("dialog")
    zone = page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    expect(dialog).to_contain_text(f"Times are of {zone}.")
    dialog.get_by_label("From").fill("2026-01-01T00:00")
    dialog.get_by_label("To", exact=True).fill("2026-01-05T00:00")
    ahead = dialog.get_by_role("region", name="What will happen")
    expect(ahead.get_by_role("listitem")).to_have_count(5)
    expect(ahead.get_by_role("note")).to_contain_text(
        "5 of these dates lie before the DAG's start date, 01 Jan 2030"
    )
    told = ahead.get_by_role("listitem").all_inner_texts()
    dialog.get_by_label("Latest date first").check()
    expect(ahead.get_by_role("listitem").first).to_have_text(told[-1])
    axe.forbid_faults(page, "dialog")
    dialog.get_by_role("button", name="Start 5 runs").click()
    row = page.locator("tr[data-backfill]").first
    # The bar fills without a reload.
    expect(row).to_contain_text("5 of 5 done")
    expect(row).to_contain_text("Complete")
    runs = desk.get("/dags/days/dagRuns", run_type="backfill", order_by="logical_date", limit=50)["dag_runs"]
    assert [run["logical_date"][:10] for run in runs] == [f"2026-01-0{day}" for day in range(1, 6)]
    row.get_by_role("button", name=re.compile("Show dates")).click()
    dates = page.get_by_role("list", name="Dates").get_by_role("listitem")
    expect(dates).to_have_count(5)
    expect(dates.first).to_contain_text("Success")

    # The same again makes nothing, and says so; backwards in time is a fault of the form.
    page.get_by_role("button", name="New backfill").click()
    dialog.get_by_label("From").fill("2026-01-01T00:00")
    dialog.get_by_label("To", exact=True).fill("2026-01-05T00:00")
    expect(ahead).to_contain_text("every date between these moments has one")
    expect(dialog.get_by_role("button", name="Start 0 runs")).to_be_disabled()
    dialog.get_by_label("To", exact=True).fill("2025-01-05T00:00")
    expect(dialog.get_by_text("The end is before the begin.").first).to_be_visible()


def test_a_backfill_is_paused_and_cancelled(clerk: Visitor, desk: Standalone) -> None:
    body = {"dag_id": "days", "from_date": "2025-01-01", "to_date": "2025-06-30", "max_active_runs": 1}
    number = desk.post("/backfills", body)["id"]
    page = clerk.open("/dags/days/backfills")
    row = page.locator(f"tr[data-backfill='{number}']")
    row.get_by_role("button", name="Pause").click()
    expect(row).to_contain_text("Paused")
    expect(row.get_by_role("button", name="Go on")).to_be_visible()
    row.get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel backfill").click()
    expect(row).to_contain_text("Complete")
    wait_for(
        lambda: desk.get(f"/backfills/{number}")["completed_at"], seconds=15, what="the end of the backfill"
    )


def test_a_dag_without_dates_says_why_there_is_no_backfill(clerk: Visitor) -> None:
    page = clerk.open("/dags/forms/backfills")
    expect(page.get_by_text("This DAG has no schedule")).to_be_visible()
    expect(page.get_by_role("button", name="New backfill")).to_be_disabled()
