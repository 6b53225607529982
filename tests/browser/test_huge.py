"""A DAG of 10,000 tasks on its pages: all of it is there, little of it is in the page; and 5,000 runs of one DAG."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from browser.conftest import PATIENCE, Visitor, forbid_complaints
from ostro.records import Move
from ostro.states import TaskState
from ostro.store import Store, transitions
from ostro.store import tables as t
from support import million
from support.webonly import WebOnly

#: Runs of the DAG, the newest of them live.
RUNS = 9
NEWEST, FAILED = f"scheduled__{RUNS - 1}", "scheduled__7"
#: Most elements that a page may consist of.
ELEMENTS = 5_000
DAG = f"/dags/{million.WIDE}"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    db = Store.open(f"sqlite:///{tmp_path_factory.mktemp('wide') / 'o.db'}")
    db.migrate()
    million.fill(db, million.Size(dags=3, runs=2, wide_runs=RUNS, deeds=1))
    yield db
    db.dispose()


@pytest.fixture(scope="module")
def web(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebOnly]:
    with WebOnly(tmp_path_factory.mktemp("wide_home"), str(store.engine.url)) as started:
        yield started


@pytest.fixture
def page(browser: Browser, web: WebOnly) -> Iterator[Page]:
    expect.set_options(timeout=PATIENCE)
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, reduced_motion="reduce", locale="en-GB"
    )
    someone = Visitor(context, web.url)
    someone.sign_in()
    someone.page.add_init_script("window.elements = () => document.querySelectorAll('*').length")
    yield someone.page
    assert someone.page.evaluate("elements()") <= ELEMENTS
    context.close()
    forbid_complaints(someone.complaints)


def test_grid(page: Page, web: WebOnly, store: Store) -> None:
    page.goto(f"{web.url}{DAG}")
    grid = page.get_by_role("grid")
    # Groups are folded at first, and all states of a hundred tasks are in the cell of theirs.
    expect(grid).to_have_attribute("aria-rowcount", "101")
    page.keyboard.press("e")
    expect(grid).to_have_attribute("aria-rowcount", "10101")
    page.locator(f"[data-run={NEWEST}]").focus()
    page.keyboard.press("End")
    expect(page.locator(":focus")).to_have_attribute("aria-label", re.compile("^group_099.task_99, "))
    top = page.locator(".grid").evaluate("one => one.scrollTop")
    assert top > 200_000
    task = "group_099.task_98"
    cell = page.locator(f"a.cell[href*='/{NEWEST}/tasks/{task}']")
    expect(cell).to_have_attribute("data-cell-state", "none")
    _move(store, task, TaskState.RUNNING)
    expect(cell).to_have_attribute("data-cell-state", "running", timeout=2_000)
    # News move neither what is in sight nor the focus.
    assert page.locator(".grid").evaluate("one => one.scrollTop") == top
    expect(page.locator(":focus")).to_have_attribute("aria-label", re.compile("^group_099.task_99, "))


def _move(store: Store, task_id: str, after: TaskState) -> None:
    i, r = t.task_instance.c, t.dag_run.c
    with store.begin() as tx:
        ti, before = tx.execute(
            sa.select(i.id, i.state)
            .select_from(t.task_instance.join(t.dag_run, r.id == i.run))
            .where(r.dag_id == million.WIDE, r.run_id == NEWEST, i.task_id == task_id)
        ).one()
        assert all(
            transitions.apply_moves(tx, [Move(ti=ti, before=TaskState(before), after=after)], million.START)
        )


def test_graph(page: Page, web: WebOnly) -> None:
    page.goto(f"{web.url}{DAG}/graph?run={FAILED}")
    canvas = page.locator(".graph__canvas[data-nodes='100']")
    expect(canvas).to_be_visible()
    page.keyboard.press("e")
    expect(page.locator(".graph__canvas[data-nodes='10100']")).to_be_visible()
    page.get_by_role("searchbox", name="Find a task").fill("group_099.task_96")
    expect(page.get_by_role("status").filter(has_text="0 of 1")).to_be_visible()
    page.keyboard.press("Enter")
    panel = page.get_by_role("complementary", name="Details of the chosen node")
    expect(panel.get_by_role("heading", level=2)).to_have_text("task_96")
    expect(panel).to_contain_text("Failed")
    page.get_by_label("Show", exact=True).select_option("failing")
    expect(page.get_by_text("400 of 10,000 tasks")).to_be_visible()


def test_gantt(page: Page, web: WebOnly) -> None:
    page.goto(f"{web.url}{DAG}/runs/{FAILED}/gantt")
    rows = page.get_by_role("list", name="Tasks in time")
    expect(rows.get_by_role("listitem").first).to_contain_text("group_000")
    page.keyboard.press("e")
    expect(rows.get_by_role("link", name=re.compile("^group_000.task_00, Success"))).to_be_visible()
    page.get_by_label("States").select_option("failed")
    expect(rows.get_by_role("listitem").last).to_contain_text("task_96")
    page.get_by_role("button", name="Table").click()
    expect(page.get_by_role("table")).to_contain_text("group_099.task_96")


def test_run(page: Page, web: WebOnly) -> None:
    page.goto(f"{web.url}{DAG}/runs/{FAILED}")
    panel = page.get_by_role("complementary", name="Run details")
    counted = web.get(f"{DAG}/dagRuns/{FAILED}/taskInstances", limit=1, state="success")["total_entries"]
    expect(panel).to_contain_text(f"{counted:,} Success")
    tasks = panel.get_by_role("region", name="Tasks", exact=True)
    expect(tasks.get_by_role("listitem").first).to_contain_text("group_099.task_96")
    expect(tasks.get_by_role("link", name="All 10,000 tasks")).to_be_visible()
    panel.get_by_role("button", name="Clear").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Clear 10,000 task instances")).to_be_enabled()


def test_task(page: Page, web: WebOnly, store: Store) -> None:
    task = "group_050.task_50"
    path = f"{DAG}/dagRuns/{FAILED}/taskInstances/{task}/xcomEntries"
    value: dict[str, Any] = {"rows": [{"number": n} for n in range(20_000)]}
    web.post(path, {"key": "rows", "value": value, "map_index": -1})
    page.goto(f"{web.url}{DAG}/runs/{FAILED}/tasks/{task}?tab=xcom")
    rail = page.get_by_role("navigation", name="Tasks of this run")
    expect(rail.locator("[aria-current=page]")).to_have_text(re.compile(f"^{task}"))
    expect(rail.locator("[aria-current=page]")).to_be_in_viewport()
    panel = page.get_by_role("tabpanel")
    panel.locator("summary").first.click()
    tree = panel.get_by_role("group", name="rows", exact=True)
    expect(tree).to_contain_text("20,000 items")
