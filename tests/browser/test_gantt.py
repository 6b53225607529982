"""A run in time: bars stand where their moments are, rows lead to tasks, parts are chosen, the table says the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Visitor
from support.axe import forbid_faults
from support.deadline import wait_for
from support.standalone import Standalone

Say = Callable[[str], None]


@pytest.fixture(scope="module")
def retried(ostro: Standalone) -> str:
    """A run whose task needed two tries."""
    run_id = ostro.trigger("retries", dag_run_id="timed")
    ostro.wait_run("retries", run_id)
    return run_id


def read(visitor: Visitor, dag_id: str, run_id: str) -> Any:
    return visitor.context.request.get(f"{visitor.url}/ui/dags/{dag_id}/runs/{run_id}/gantt").json()


def milliseconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp() * 1000


def bars(page: Page) -> list[dict[str, Any]]:
    """What stands in the chart, in pixels of its lane."""
    found: list[dict[str, Any]] = page.evaluate(
        """() => [...document.querySelectorAll('.gantt__lane .gbar')].map((bar) => {
            const [box, lane] = [bar.getBoundingClientRect(), bar.parentElement.getBoundingClientRect()];
            return { kind: bar.dataset.kind, try: Number(bar.dataset.try), left: box.left - lane.left, width: box.width,
                     lane: lane.width };
        })"""
    )
    return found


def test_bars_stand_at_their_moments(visitor: Visitor, retried: str) -> None:
    page = visitor.open(f"/dags/retries/runs/{retried}/gantt")
    expect(page.locator(".gbar--retry").first).to_be_visible()
    told = read(visitor, "retries", retried)
    (row,) = told["rows"]
    assert [bar[0] for bar in row["bars"] if bar[0] in ("running", "retry")] == [
        "running",
        "retry",
        "running",
    ]
    begin = min([milliseconds(told["queued_at"]), *(milliseconds(bar[2]) for bar in row["bars"])])
    end = max([milliseconds(told["end_date"]), *(milliseconds(bar[3]) for bar in row["bars"])])
    shown = bars(page)
    assert len(shown) == len(row["bars"])
    for bar, one in zip(row["bars"], shown, strict=True):
        scale = one["lane"] / (end - begin)
        assert one["kind"] == bar[0]
        assert one["try"] == bar[1]
        assert abs(one["left"] - (milliseconds(bar[2]) - begin) * scale) <= 1
        wide = (milliseconds(bar[3]) - milliseconds(bar[2])) * scale
        # A bar is never thinner than can be seen.
        assert abs(one["width"] - wide) <= 1 or (wide < 2 and one["width"] <= 2)
    forbid_faults(page, ".ganttpage")
    # The system gets dark, and the page with it: also what is drawn in small.
    overview = page.locator(".gantt__overview canvas")
    drawn = overview.evaluate("one => one.toDataURL()")
    page.emulate_media(color_scheme="dark")
    wait_for(
        lambda: overview.evaluate("one => one.toDataURL()") != drawn or page.wait_for_timeout(20),
        seconds=10,
        what="a dark overview",
    )
    # Two rows of tools are enough on a telephone; what has no room is in a menu.
    page.set_viewport_size({"width": 390, "height": 844})
    tools = page.get_by_role("button", name="View")
    expect(tools).to_be_visible()
    bar = page.locator(".ganttbar").bounding_box()
    assert bar is not None
    assert bar["height"] < 92
    tools.click()
    page.get_by_role("menuitemcheckbox", name="Table").click()
    expect(page).to_have_url(re.compile("table=true"))


def test_the_whole_row_leads_to_the_task(visitor: Visitor, retried: str) -> None:
    page = visitor.open(f"/dags/retries/runs/{retried}/gantt")
    row = page.get_by_role("link", name=re.compile("^flaky, Success, Try 2"))
    box = row.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] - 6, box["y"] + 12)
    expect(page).to_have_url(re.compile("/runs/timed/tasks/flaky$"))
    page.go_back()
    row.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/runs/timed/tasks/flaky$"))


def test_a_part_of_the_time_is_dragged_and_given_back(visitor: Visitor, retried: str) -> None:
    page = visitor.open(f"/dags/retries/runs/{retried}/gantt")
    overview = page.get_by_role("group", name=re.compile("^Part of the run"))
    box = overview.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 10, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"zoom=\d+-\d+"))
    # In the middle of the run there is nothing but the wait between the two tries, from edge to edge.
    expect(page.locator(".gantt__lane .gbar")).to_have_count(1)
    (wait,) = bars(page)
    assert (wait["kind"], wait["left"]) == ("retry", 0)
    assert abs(wait["width"] - wait["lane"]) <= 1
    overview.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("0")
    expect(page).not_to_have_url(re.compile("zoom="))


def test_groups_fold_and_open(visitor: Visitor, ostro: Standalone) -> None:
    run_id = ostro.trigger("branches", dag_run_id="timed_groups", logical_date="2026-01-06T00:00:00Z")
    ostro.wait_run("branches", run_id)
    page = visitor.open(f"/dags/branches/runs/{run_id}/gantt")
    rows = page.get_by_role("list", name="Tasks in time").get_by_role("listitem")
    expect(rows).to_have_count(8)
    # Anywhere on the row of a group.
    group = page.locator("button.gantt__cover").first
    group.click(position={"x": 700, "y": 12})
    expect(rows).to_have_count(6)
    page.get_by_role("button", name="Groups").click()
    expect(rows).to_have_count(6)
    expect(page).to_have_url(re.compile("flat=true"))
    expect(rows.first).to_contain_text("which_system")


def test_critical_path_and_table_say_the_same(visitor: Visitor, retried: str) -> None:
    page = visitor.open(f"/dags/retries/runs/{retried}")
    page.get_by_role("complementary", name="Run details").get_by_role("link", name="Gantt").click()
    page.get_by_role("button", name="Critical path").click()
    panel = page.get_by_role("complementary", name="Critical path")
    expect(panel).to_contain_text("1 task decided how long the run took")
    expect(panel.get_by_role("button", name="flaky")).to_be_visible()
    page.get_by_role("button", name="Table").click()
    table = page.get_by_role("table")
    told = read(visitor, "retries", retried)
    expect(table.locator("tbody tr")).to_have_count(sum(len(row["bars"]) for row in told["rows"]))
    expect(table).to_contain_text("Waits to retry")
    forbid_faults(page, ".ganttpage")


def test_a_running_bar_grows_and_ends(visitor: Visitor, ostro: Standalone, say: Say) -> None:
    run_id = ostro.trigger("steps", dag_run_id="timed_live")
    page = visitor.open("/dags/steps/gantt")
    expect(page).to_have_url(re.compile(f"/runs/{run_id}/gantt$"))
    running = page.locator(".gbar--running[data-end='']")
    expect(running).to_be_visible()
    # It reaches the right edge, which is now; the wait before it shrinks with each second.
    (first,) = (bar for bar in bars(page) if bar["kind"] == "running")
    assert abs(first["left"] + first["width"] - first["lane"]) <= 1
    wait_for(
        lambda: next(b for b in bars(page) if b["kind"] == "running")["left"] < first["left"],
        seconds=10,
        what="a second that has passed",
    )
    say("end")
    expect(running).to_have_count(0)
    expect(page.locator(".ganttbar")).to_contain_text("Success")


def test_mapped_instances_unfold(visitor: Visitor, ostro: Standalone) -> None:
    run_id = ostro.trigger("one_task_per_row", dag_run_id="timed_mapped")
    ostro.wait_run("one_task_per_row", run_id)
    page = visitor.open(f"/dags/one_task_per_row/runs/{run_id}/gantt")
    page.get_by_role("button", name="Instances of in_fahrenheit").click()
    expect(page.get_by_role("link", name=re.compile(r"^in_fahrenheit \[\d\], Success"))).to_have_count(3)


def test_a_run_that_is_not_there_is_told(stranger: Visitor) -> None:
    stranger.sign_in()
    page = stranger.open("/dags/retries/runs/nothing/gantt")
    expect(page.get_by_role("alert")).to_contain_text("was not found")
    stranger.complaints = [c for c in stranger.complaints if not c.startswith("answer 404")]


def test_long_idle_stretches_may_be_drawn_short(visitor: Visitor, retried: str) -> None:
    page = visitor.open(f"/dags/retries/runs/{retried}/gantt")
    expect(page.locator(".gbar--retry").first).to_be_visible()

    def share() -> float:
        """Of the lane that work takes."""
        return sum(bar["width"] / bar["lane"] for bar in bars(page) if bar["kind"] == "running")

    before = share()
    page.get_by_role("button", name="Skip idle time").click()
    expect(page).to_have_url(re.compile("squeeze=true"))
    expect(page.locator(".gantt__axis > .gantt__gap").first).to_have_attribute(
        "title", re.compile("^Nothing ran for ")
    )
    assert share() > 2 * before
    # The wait between the tries is where the gap is, and from edge to edge of it.
    (wait,) = (bar for bar in bars(page) if bar["kind"] == "retry")
    first, second = (bar for bar in bars(page) if bar["kind"] == "running")
    assert first["left"] + first["width"] - 1 <= wait["left"]
    assert wait["left"] + wait["width"] <= second["left"] + 1
    forbid_faults(page, ".ganttpage")


def test_tasks_are_chosen_by_state_and_duration_and_keys_zoom(visitor: Visitor, ostro: Standalone) -> None:
    run_id = ostro.trigger("breaks", dag_run_id="timed_states")
    ostro.wait_run("breaks", run_id)
    page = visitor.open(f"/dags/breaks/runs/{run_id}/gantt")
    rows = page.get_by_role("list", name="Tasks in time").get_by_role("listitem")
    expect(rows).to_have_count(2)
    page.get_by_label("States").select_option("upstream_failed")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("never")
    page.get_by_label("States").select_option("failing")
    expect(rows).to_have_count(2)
    page.get_by_label("Shortest duration").select_option("3600")
    expect(page.get_by_text("No task matches the filter.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Shortest duration")).to_have_value("3600")
    page.get_by_label("Shortest duration").select_option("")
    expect(rows).to_have_count(2)
    # Keys rest while a field has the focus.
    page.locator(".ganttbar__run").click()
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile("zoom="))
    page.keyboard.press("0")
    expect(page).not_to_have_url(re.compile("zoom="))


def test_a_running_run_has_a_forecast(
    visitor: Visitor, ostro: Standalone, say: Say, steps_file: Path
) -> None:
    say("end")
    ostro.wait_run("steps", ostro.trigger("steps", dag_run_id="learnt_from"))
    steps_file.write_text("")
    run_id = ostro.trigger("steps", dag_run_id="forecast")
    wait_for(
        lambda: ostro.task_states("steps", run_id).get("read", [""])[0] == "running",
        seconds=15,
        what="a running task",
    )
    page = visitor.open(f"/dags/steps/graph?run={run_id}&critical=true")
    forecast = page.locator("[data-expected]")
    expect(forecast).to_have_text(re.compile("^(Expected end: |Takes longer than usual)"))
    expect(forecast).to_have_attribute("title", re.compile("usual time of each task in the last"))
    page = visitor.open(f"/dags/steps/runs/{run_id}/gantt?critical=true")
    panel = page.get_by_role("complementary", name="Critical path")
    expect(panel).to_contain_text("decided so far how long the run takes")
    expect(panel.get_by_role("heading", name="Still to come")).to_be_visible()
    expect(panel.get_by_role("button", name="after")).to_be_visible()
    say("end")
    expect(panel.locator("[data-expected]")).to_have_count(0)
    expect(panel).to_contain_text("2 tasks decided how long the run took")
