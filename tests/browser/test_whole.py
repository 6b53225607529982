"""Nothing is cut off or hidden: legends on narrow screens, dates in lists, rows of buttons."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from browser.conftest import Visitor
from support.standalone import Standalone

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def retried(ostro: Standalone) -> str:
    run_id = ostro.trigger("retries", dag_run_id="whole", logical_date="2026-03-21T08:30:00Z")
    ostro.wait_run("retries", run_id)
    return run_id


@pytest.mark.parametrize(
    ("path", "low"),
    [
        ("/dags/retries", ".legend"),
        ("/dags/retries/runs/{run}/gantt", ".legend"),
        ("/dags/retries/runs/{run}/tasks/flaky", ".log__foot"),
    ],
)
def test_the_bar_at_the_bottom_hides_nothing(visitor: Visitor, retried: str, path: str, low: str) -> None:
    page = visitor.page
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    visitor.open(path.format(run=retried))
    last, bar = page.locator(low), page.get_by_role("navigation", name="Main places")
    expect(last).to_be_visible()
    assert bottom(last) <= top(bar)


def top(one: Locator) -> float:
    return one.evaluate("(element) => element.getBoundingClientRect().top")  # type: ignore[no-any-return]


def bottom(one: Locator) -> float:
    return one.evaluate("(element) => element.getBoundingClientRect().bottom")  # type: ignore[no-any-return]


@pytest.mark.parametrize("width", [1440, 390])
def test_the_list_of_runs_shows_whole_dates(visitor: Visitor, retried: str, width: int) -> None:
    page = visitor.page
    page.set_viewport_size({"width": width, "height": 844})
    visitor.open(f"/dags/retries/graph?run={retried}")
    runs = page.get_by_label("Run", exact=True)
    expect(runs.locator("option:checked")).to_have_text("21 Mar 2026, 08:30 · Success")
    # As wide as it would be by itself.
    has, wants = runs.evaluate(
        "(list) => [list.clientWidth, ((list.style.flex = 'none'), (list.style.maxWidth = 'none'), list.clientWidth)]"
    )
    assert has >= wants


def test_acts_on_a_node_stand_in_one_row(visitor: Visitor, retried: str) -> None:
    page = visitor.open(f"/dags/retries/graph?run={retried}&node=flaky")
    panel = page.get_by_role("complementary")
    acts = [panel.get_by_role("link", name="Open the task")]
    acts += [panel.get_by_role("button", name=name) for name in ("Clear", "Mark as")]
    for one in acts:
        expect(one).to_be_visible()
    assert len({top(one) for one in acts}) == 1


def test_the_legend_has_the_colours_of_the_bars(visitor: Visitor, retried: str) -> None:
    page = visitor.open(f"/dags/retries/runs/{retried}/gantt")
    expect(page.locator(".gantt__lane .gbar--retry")).to_be_visible()
    legend = page.get_by_role("list", name="What the bars mean")
    told = legend.get_by_role("listitem").all_inner_texts()
    assert told[:2] == ["Up for retry", "Success"]
    assert "Waits to retry" in told
    assert "Running" not in told
    colour = "(bar) => getComputedStyle(bar).backgroundColor"
    for state in ("up_for_retry", "success"):
        bar = page.locator(f".gantt__lane .gbar--running[data-state={state}]").first
        assert legend.locator(f"[data-state={state}]").evaluate(colour) == bar.evaluate(colour)


def test_failed_runs_stand_out_in_the_list_of_dags(visitor: Visitor, ostro: Standalone) -> None:
    ostro.wait_run("breaks", ostro.trigger("breaks", dag_run_id="whole_failed"))
    page = visitor.open("/dags?search=breaks")
    counts = page.locator("tr[data-dag=breaks] .statecounts a")
    failed = counts.and_(page.locator("[data-state=failed]"))
    expect(failed).to_be_visible()
    assert failed.evaluate("(link) => getComputedStyle(link).fontWeight") == "600"
