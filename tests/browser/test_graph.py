"""The graph of a DAG: what is drawn is what the API says; pointer, keyboard, filters, paths, pictures."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Visitor
from support.axe import forbid_faults
from support.deadline import wait_for
from support.standalone import Standalone

Say = Callable[[str], None]


@pytest.fixture(scope="module")
def branched(ostro: Standalone) -> str:
    """A run of `branches` that has ended."""
    run_id = ostro.trigger("branches", dag_run_id="drawn", logical_date="2026-01-05T00:00:00Z")
    ostro.wait_run("branches", run_id)
    return run_id


def drawn(page: Page) -> dict[str, Any]:
    """What is on the canvas now."""
    canvas = page.locator(".graph__canvas[data-nodes]")
    expect(canvas).to_be_visible()
    found: dict[str, Any] = canvas.evaluate("(canvas) => canvas.drawn()")
    return found


def nodes(page: Page) -> dict[str, dict[str, Any]]:
    return {node["id"]: node for node in drawn(page)["nodes"]}


def click(page: Page, node: str) -> None:
    """On the canvas, in the middle of a node."""
    at = nodes(page)[node]
    position = {"x": at["x"] + at["w"] / 2, "y": at["y"] + at["h"] / 2}
    page.locator(".graph__canvas").click(position=position)  # type: ignore[arg-type]


def test_nodes_and_states_are_those_of_the_api(visitor: Visitor, ostro: Standalone, branched: str) -> None:
    page = visitor.open(f"/dags/branches/graph?run={branched}")
    states = {task: states[0] for task, states in ostro.task_states("branches", branched).items()}
    wait_for(lambda: nodes(page)["join"]["state"], seconds=10, what="states on the canvas")
    found = nodes(page)
    assert {name: node["state"] for name, node in found.items() if not name.startswith("group:")} == states
    assert sorted(name for name in found if name.startswith("group:")) == ["group:new", "group:old"]
    assert drawn(page)["lines"] == 6
    # The layers go from left to right.
    assert found["which_system"]["x"] < found["old.fetch"]["x"] < found["old.clean"]["x"] < found["join"]["x"]
    forbid_faults(page, ".graph")


def test_states_change_live(visitor: Visitor, ostro: Standalone, say: Say) -> None:
    run_id = ostro.trigger("steps", dag_run_id="graph_live")
    page = visitor.open(f"/dags/steps/graph?run={run_id}")
    wait_for(
        lambda: nodes(page)["read"]["state"] == "running", seconds=10, what="a running task on the canvas"
    )
    assert nodes(page)["after"]["state"] == "none"
    say("end")
    wait_for(lambda: nodes(page)["after"]["state"] == "success", seconds=10, what="its end on the canvas")
    expect(page.get_by_role("treeitem", name="after, Success")).to_be_visible()


def test_pointer_chooses_folds_moves_and_zooms(visitor: Visitor, branched: str) -> None:
    page = visitor.open(f"/dags/branches/graph?run={branched}")
    click(page, "join")
    panel = page.get_by_role("complementary", name="Details of the chosen node")
    expect(panel.get_by_role("heading", level=2)).to_have_text("join")
    expect(panel).to_contain_text("none_failed_min_one_success")
    expect(page).to_have_url(re.compile("node=join"))
    panel.get_by_role("button", name="old.clean").click()
    expect(panel.get_by_role("heading", level=2)).to_have_text("clean")
    page.go_back()
    expect(panel.get_by_role("heading", level=2)).to_have_text("join")

    box = page.locator(".graph__canvas").bounding_box()
    assert box is not None
    before = nodes(page)["join"]
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 70, steps=4)
    page.mouse.up()
    moved = nodes(page)["join"]
    assert (round(moved["x"] - before["x"]), round(moved["y"] - before["y"])) == (60, 40)
    page.mouse.wheel(0, -300)
    assert drawn(page)["scale"] > 1.2 * before["w"] / 184

    page.get_by_role("button", name="Collapse all groups").click()
    assert set(nodes(page)) == {"which_system", "group:new", "group:old", "join"}
    panel.get_by_role("link", name="Open the task").click()
    expect(page).to_have_url(re.compile("/runs/drawn/tasks/join$"))


def test_keyboard_walks_the_tree_and_moves_the_canvas(visitor: Visitor, branched: str) -> None:
    page = visitor.open(f"/dags/branches/graph?run={branched}")
    tree = page.get_by_role("tree")
    tree.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("treeitem", name="old")).to_have_attribute("aria-expanded", "false")
    assert "old.fetch" not in nodes(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("node=old.fetch"))
    expect(page.get_by_role("treeitem", selected=True)).to_have_text("fetch")
    canvas = page.locator(".graph__canvas")
    canvas.focus()
    before = nodes(page)["join"]["x"]
    page.keyboard.press("ArrowRight")
    assert round(nodes(page)["join"]["x"] - before) == -80
    page.keyboard.press("0")
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("node="))
    page.keyboard.press("e")
    expect(page.get_by_role("treeitem", name="old")).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("g")
    expect(page).to_have_url(re.compile("/dags/branches/runs/drawn$"))
    expect(page.locator("[data-run=drawn]")).to_be_visible()
    page.keyboard.press("g")
    expect(page).to_have_url(re.compile(r"/dags/branches/graph\?run=drawn$"))


def test_search_filter_and_path(visitor: Visitor, branched: str) -> None:
    page = visitor.open(f"/dags/branches/graph?run={branched}")
    page.get_by_role("searchbox", name="Find a task").fill("clean")
    expect(page.get_by_role("status").filter(has_text="0 of 2")).to_be_visible()
    found = {name for name, node in nodes(page).items() if node["isFound"]}
    assert found == {"new.clean", "old.clean"}
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("node=old.clean"))
    panel = page.get_by_role("complementary", name="Details of the chosen node")
    panel.get_by_role("button", name="Upstream", exact=True).click()
    expect(page.get_by_text("3 of 6 tasks")).to_be_visible()
    assert set(nodes(page)) == {"which_system", "group:old", "old.fetch", "old.clean"}
    page.goto(visitor.url + f"/dags/branches/graph?run={branched}&from=which_system&to=join")
    expect(page.get_by_text("which_system → join: 3 steps, 6 tasks on all paths")).to_be_visible()
    lit = [name for name, node in nodes(page).items() if node["isLit"]]
    assert len(lit) == 4
    page.goto(visitor.url + f"/dags/branches/graph?run={branched}&from=new.fetch&to=old.fetch")
    expect(page.get_by_text("There is no path between new.fetch and old.fetch.")).to_be_visible()


def test_failing_tasks_with_what_is_before_them(visitor: Visitor, ostro: Standalone) -> None:
    run_id = ostro.trigger("breaks", dag_run_id="drawn_broken")
    ostro.wait_run("breaks", run_id)
    page = visitor.open(f"/dags/breaks/graph?run={run_id}&critical=true")
    expect(page.get_by_text("Critical path: 1 task")).to_be_visible()
    page.get_by_label("Show", exact=True).select_option("upstream_failed")
    wait_for(lambda: set(nodes(page)) == {"never"}, seconds=5, what="the filter of a state")
    page.get_by_label("Show", exact=True).select_option("failing")
    wait_for(lambda: set(nodes(page)) == {"many_lines", "never"}, seconds=5, what="failing tasks")
    page.keyboard.press("Escape")
    page.locator(".graph__canvas").focus()
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile("node=many_lines"))
    page.keyboard.press("p")
    expect(page).to_have_url(re.compile("node=never"))


def test_pictures_are_saved(visitor: Visitor, branched: str, tmp_path: Path) -> None:
    page = visitor.open(f"/dags/branches/graph?run={branched}&dir=TB")
    found = nodes(page)
    assert found["which_system"]["y"] < found["join"]["y"]
    for kind, name in (("SVG drawing", "svg"), ("PNG picture", "png")):
        page.get_by_role("button", name="Save as a picture").click()
        with page.expect_download() as caught:
            page.get_by_role("menuitem", name=kind).click()
        assert caught.value.suggested_filename == f"branches.drawn.{name}"
        caught.value.save_as(tmp_path / name)
    root = ElementTree.fromstring((tmp_path / "svg").read_text())
    titles = {title.text for title in root.iter("{http://www.w3.org/2000/svg}title")}
    assert {"which_system", "old.fetch", "join"} <= titles
    assert (tmp_path / "png").read_bytes().startswith(b"\x89PNG")


def test_mapped_tasks_have_their_count_and_a_dag_without_runs_has_no_states(
    visitor: Visitor, ostro: Standalone
) -> None:
    run_id = ostro.trigger("one_task_per_row", dag_run_id="drawn_mapped")
    ostro.wait_run("one_task_per_row", run_id)
    page = visitor.open(f"/dags/one_task_per_row/graph?run={run_id}&node=in_fahrenheit")
    expect(page.get_by_role("complementary", name="Details of the chosen node")).to_contain_text("3 Success")
    page.goto(visitor.url + "/dags/one_task_per_row/graph?run=none")
    assert {node["state"] for node in drawn(page)["nodes"]} == {None}


@pytest.mark.parametrize("palette", ["classic", "safe"])
def test_colours_of_the_drawing_are_those_of_the_palette(
    visitor: Visitor, branched: str, palette: str
) -> None:
    """The picture itself is asked: the pixel beside the sign of each task has the colour of its state."""
    page = visitor.open(f"/dags/branches/graph?run={branched}")
    page.evaluate("palette => localStorage.setItem('ostro.settings', JSON.stringify({ palette }))", palette)
    page.reload()
    wait_for(lambda: nodes(page)["join"]["state"], seconds=10, what="states on the canvas")
    wrong = page.locator(".graph__canvas").evaluate(
        """async (canvas) => {
            await new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)));
            const { nodes, scale } = canvas.drawn();
            const style = getComputedStyle(document.documentElement);
            const readable = (width, height) =>
                Object.assign(document.createElement("canvas"), { width, height }).getContext("2d", { willReadFrequently: true });
            const pen = readable(1, 1);
            const rgb = (color) => { pen.fillStyle = color; pen.fillRect(0, 0, 1, 1); return [...pen.getImageData(0, 0, 1, 1).data]; };
            const real = readable(canvas.width, canvas.height);
            real.drawImage(canvas, 0, 0);
            const ratio = canvas.width / canvas.clientWidth;
            return nodes.filter((node) => !node.id.startsWith("group:")).flatMap((node) => {
                const at = [node.x + 12.5 * scale, node.y + node.h / 2 - 7.5 * scale].map((n) => Math.round(n * ratio));
                const seen = [...real.getImageData(at[0], at[1], 1, 1).data];
                const wanted = rgb(style.getPropertyValue(`--state-${node.state}`).trim());
                return seen.every((part, i) => Math.abs(part - wanted[i]) <= 8) ? [] : [`${node.id} ${node.state}: ${seen}, not ${wanted}`];
            });
        }"""
    )
    assert wrong == []


def test_only_one_group_is_shown(visitor: Visitor, branched: str) -> None:
    page = visitor.open(f"/dags/branches/graph?run={branched}&node=group:old")
    only = page.get_by_role("button", name="Show only this group")
    only.click()
    expect(page.get_by_text("2 of 6 tasks")).to_be_visible()
    wait_for(
        lambda: set(nodes(page)) == {"group:old", "old.fetch", "old.clean"}, seconds=5, what="one group alone"
    )
    expect(only).to_have_attribute("aria-pressed", "true")
    only.click()
    expect(page.get_by_text("6 tasks", exact=True)).to_be_visible()


def test_assets_of_the_graph_lead_to_their_pages(clerk: Visitor) -> None:
    page = clerk.open("/dags/needs_both/graph?node=asset:schedule:orders")
    panel = page.get_by_role("complementary", name="Details of the chosen node")
    expect(panel).to_contain_text("starts this DAG")
    panel.get_by_role("link", name="Open the asset").click()
    expect(page).to_have_url(re.compile(r"/assets\?search=.*orders"))
    expect(page.get_by_role("link", name="orders").first).to_be_visible()


def test_any_run_is_found_by_a_part_of_its_name(visitor: Visitor, branched: str) -> None:
    page = visitor.open("/dags/branches/graph?run=none")
    page.get_by_label("Run", exact=True).select_option(label="Another run …")
    dialog = page.get_by_role("dialog", name="Another run …")
    dialog.get_by_label("Part of the run's name").fill("no-run-is-called-this")
    expect(dialog).to_contain_text("No run has this in its name.")
    dialog.get_by_label("Part of the run's name").fill(branched[1:4])
    forbid_faults(page, "dialog")
    dialog.get_by_role("button", name=branched).click()
    expect(dialog).to_have_count(0)
    expect(page).to_have_url(re.compile(f"run={branched}"))
    wait_for(lambda: nodes(page)["join"]["state"], seconds=10, what="states on the canvas")
