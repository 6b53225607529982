"""Addresses that are none of the page's own: Airflow's lead to the same place here, the rest says that nothing is there."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from browser.conftest import Visitor, forbid_complaints
from support.standalone import Standalone


def test_the_link_of_a_task_opens_the_try_that_it_names(visitor: Visitor, ostro: Standalone) -> None:
    """What `ti.log_url` of a mapped task and of an early try says, as mails and messages of tasks carry it."""
    ostro.wait_run("one_task_per_row", ostro.trigger("one_task_per_row", dag_run_id="linked"))
    at = "/dags/one_task_per_row/runs/linked/tasks/in_fahrenheit"
    page = visitor.open(f"{at}/mapped/1?try_number=1")
    expect(page.get_by_role("heading", level=1)).to_have_text("in_fahrenheit [Busan]")
    expect(page).to_have_url(re.compile(re.escape(f"{at}?map_index=1&try=1") + "$"))
    expect(page.get_by_role("main")).to_contain_text("Attempt started")

    ostro.wait_run("retries", ostro.trigger("retries", dag_run_id="linked"))
    tries = ostro.get("/dags/retries/dagRuns/linked/taskInstances")["task_instances"]
    (task,) = (one["task_id"] for one in tries if one["try_number"] > 1)
    page.goto(f"{visitor.url}/dags/retries/runs/linked/tasks/{task}?try_number=1")
    expect(page.get_by_role("button", name="Try 1")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Try 2").click()
    expect(page.get_by_role("button", name="Try 2")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize(
    ("old", "here"),
    [
        ("/home", "/dags"),
        ("/pools", "/admin/pools"),
        ("/dags/hello/grid", "/dags/hello"),
        ("/dags/hello/details", "/dags/hello/overview"),
    ],
)
def test_bookmarks_of_airflow_lead_on(visitor: Visitor, old: str, here: str) -> None:
    page = visitor.open(old)
    expect(page).to_have_url(visitor.url + here)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize("path", ["/nonsense", "/dags/hello/nonsense"])
def test_a_mistyped_address_leaves_the_way_on(visitor: Visitor, path: str) -> None:
    page = visitor.open(path)
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    expect(page.get_by_role("navigation", name="Main places")).to_be_visible()
    page.get_by_role("link", name="To the list of DAGs").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("DAGs")


NO_RUNS = """
from datetime import datetime

from airflow.sdk import DAG

resting = DAG("resting", schedule="@daily", start_date=datetime(2026, 1, 1), is_paused_upon_creation=True)
by_hand_only = DAG("by_hand_only", schedule=None, start_date=datetime(2026, 1, 1))
"""


def test_an_empty_grid_says_what_makes_the_first_run(visitor: Visitor, ostro: Standalone) -> None:
    (ostro.dags / "no_runs.py").write_text(NO_RUNS)
    for dag_id in ("resting", "by_hand_only"):
        ostro.wait_dag(dag_id)
    page = visitor.open("/dags/resting")
    expect(page.get_by_role("main")).to_contain_text("The DAG is paused: switch it on")
    page.goto(f"{visitor.url}/dags/by_hand_only")
    expect(page.get_by_role("main")).to_contain_text("It has no schedule: trigger a run.")


def test_instances_of_a_mapped_task_are_read_on_a_phone(browser: Browser, ostro: Standalone) -> None:
    ostro.wait_run("one_task_per_row", ostro.trigger("one_task_per_row", dag_run_id="small"))
    context = browser.new_context(viewport={"width": 390, "height": 740}, has_touch=True, locale="en-GB")
    someone = Visitor(context, ostro.url)
    someone.sign_in()
    page = someone.open("/dags/one_task_per_row/runs/small/tasks/in_fahrenheit")
    moment = page.get_by_role("table").locator("time").first
    expect(moment).to_be_visible()
    lines = moment.evaluate("(one) => one.getClientRects().length")
    assert lines == 1, "the start of an instance stands in several lines"
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    context.close()
    forbid_complaints(someone.complaints)
