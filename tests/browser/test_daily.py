"""What somebody who looks after pipelines does on a morning, in one go: from the sign-in to the comparison of two runs."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from browser.conftest import Visitor
from support.deadline import wait_for
from support.standalone import PASSWORD, Standalone

SHOP = """
from datetime import datetime
from pathlib import Path

from airflow.sdk import DAG, Param, task

BROKEN = Path(__file__).with_name("rates.broken")

with DAG(
    "shop_day",
    schedule="@daily",
    start_date=datetime(2025, 1, 1),
    catchup=False,
    tags=["morning"],
    params={"country": Param("kr", enum=["kr", "it"], description="Whose orders")},
):

    @task
    def orders(params: dict | None = None) -> str:
        print("orders of", params["country"])
        return params["country"]

    @task
    def rates() -> int:
        if BROKEN.exists():
            raise ConnectionError("rates.example did not answer")
        return 31

    @task
    def report() -> None: ...

    orders() >> rates() >> report()
"""
BASE = "/dags/shop_day/dagRuns"


def log(page: Page) -> Locator:
    return page.get_by_role("log")


def panel(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Run details")


def sign_in_and_find_what_failed(stranger: Visitor) -> None:
    # Log in, and find the run that failed.
    page = stranger.page
    stranger.open("/runs?states=%5B%22failed%22%5D")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/runs"))
    page.get_by_role("link", name="night").first.click()
    expect(page).to_have_url(re.compile("/dags/shop_day/runs/night"))


def read_why(stranger: Visitor) -> None:
    # Its log says why; the next task says what it waits for.
    page = stranger.page
    panel(page).get_by_role("link", name="rates").click()
    expect(log(page).get_by_text("ConnectionError: rates.example did not answer", exact=True)).to_be_visible()
    page.get_by_role("tab", name="Tries").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("ConnectionError")


def clear_what_failed(stranger: Visitor, ostro: Standalone) -> None:
    # Clear what failed and nothing else, and watch it succeed.
    page = stranger.page
    dialog = page.get_by_role("dialog")
    (ostro.dags / "rates.broken").unlink()
    page.keyboard.press("Shift+C")
    dialog.get_by_role("button", name="Only failed").click()
    expect(dialog.locator("tbody tr td:first-child")).to_have_text(["rates", "report"])
    dialog.get_by_role("button", name="Clear 2 task instances").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".taskheader")).to_contain_text("Success")
    assert ostro.get(f"{BASE}/night/taskInstances/orders")["try_number"] == 1
    assert ostro.wait_run("shop_day", "night")["state"] == "success"


def trigger_with_the_form(stranger: Visitor, ostro: Standalone) -> None:
    # Trigger a run with the form.
    page = stranger.page
    dialog = page.get_by_role("dialog")
    stranger.open("/dags/shop_day")
    page.get_by_role("button", name="Trigger", exact=True).click()
    dialog.get_by_label("country").select_option("it")
    dialog.get_by_text("More options").click()
    dialog.get_by_label("Run id").fill("by_hand")
    dialog.get_by_role("button", name="Trigger", exact=True).click()
    expect(page).to_have_url(re.compile("/runs/by_hand"))
    expect(panel(page)).to_contain_text('country "it"')
    ostro.wait_run("shop_day", "by_hand")


def pause(stranger: Visitor, ostro: Standalone) -> None:
    # Pause.
    page = stranger.page
    page.get_by_role("switch").first.click()
    expect(page.get_by_role("switch").first).not_to_be_checked()
    wait_for(lambda: ostro.get("/dags/shop_day")["is_paused"], seconds=10, what="the pause")
    page.get_by_role("switch").first.click()


def add_the_connection(stranger: Visitor) -> None:
    # Add the connection to Slack.
    page = stranger.page
    dialog = page.get_by_role("dialog")
    stranger.open("/connections")
    page.get_by_role("button", name="Add a connection").click()
    dialog.get_by_label("Connection id").fill("slack_default")
    kinds = dialog.get_by_label("Type").locator("option").evaluate_all("all => all.map((one) => one.value)")
    # The form of Slack comes with its provider.
    dialog.get_by_label("Type").select_option("slack" if "slack" in kinds else "generic")
    dialog.get_by_label("Password").fill("xoxb-not-a-token")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("tr[data-row=slack_default]")).to_be_visible()
    assert "xoxb-not-a-token" not in page.content()


def run_missing_days(stranger: Visitor) -> None:
    # Run three days that are missing.
    page = stranger.page
    dialog = page.get_by_role("dialog")
    stranger.open("/dags/shop_day/backfills")
    page.get_by_role("button", name="New backfill").click()
    dialog.get_by_label("From").fill("2026-01-01T00:00")
    dialog.get_by_label("To", exact=True).fill("2026-01-03T00:00")
    dialog.get_by_role("button", name="Start 3 runs").click()
    expect(page.locator("tr[data-backfill]").first).to_contain_text("3 of 3 done")


def mark_a_task(stranger: Visitor) -> None:
    # Mark a task.
    page = stranger.page
    dialog = page.get_by_role("dialog")
    stranger.open("/dags/shop_day/runs/by_hand/tasks/report")
    page.get_by_role("button", name="Mark as").click()
    page.get_by_role("menuitem", name="Failed").click()
    dialog.get_by_role("button", name="Mark 1 task instance failed").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".taskheader")).to_contain_text("Failed")


def compare_two_runs(stranger: Visitor) -> None:
    # Compare the two runs.
    page = stranger.page
    stranger.open("/dags/shop_day/runs/by_hand")
    panel(page).get_by_role("link", name="Compare").click()
    page.get_by_label("First run").select_option("night")
    tasks = page.get_by_role("region", name="Tasks")
    expect(tasks.get_by_role("row").nth(1)).to_contain_text("report")
    expect(tasks.get_by_role("row").nth(1)).to_contain_text("other state")
    expect(page.get_by_role("region", name="XCom values that differ")).to_contain_text("it")


def test_a_morning(stranger: Visitor, ostro: Standalone) -> None:
    (ostro.dags / "rates.broken").touch()
    (ostro.dags / "shop_day.py").write_text(SHOP)
    ostro.wait_dag("shop_day")
    ostro.wait_run("shop_day", ostro.trigger("shop_day", dag_run_id="night"))
    sign_in_and_find_what_failed(stranger)
    read_why(stranger)
    clear_what_failed(stranger, ostro)
    trigger_with_the_form(stranger, ostro)
    pause(stranger, ostro)
    add_the_connection(stranger)
    run_missing_days(stranger)
    mark_a_task(stranger)
    compare_two_runs(stranger)
