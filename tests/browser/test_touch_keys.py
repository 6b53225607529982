"""Keys and menus of what is chosen: runs and cells, where the focus goes afterwards, and that typing is no command."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from browser import walk
from browser.conftest import Visitor, forbid_complaints
from support.axe import forbid_faults
from support.standalone import Standalone

Say = Callable[[str], None]


@pytest.fixture(scope="module")
def runs(ostro: Standalone) -> list[str]:
    """Two finished runs of a DAG that fails, oldest first."""
    names = ["acts_one", "acts_two"]
    for day, name in enumerate(names, start=10):
        ostro.trigger("breaks", dag_run_id=name, logical_date=f"2026-04-{day}T00:00:00Z")
    for name in names:
        ostro.wait_run("breaks", name)
    return names


def asks(page: Page, keys: str, title: str) -> None:
    """These keys open that dialog, and the focus is where it was when it is closed."""
    before = page.evaluate_handle("document.activeElement")
    page.keyboard.press(keys)
    dialog = page.get_by_role("dialog", name=title, exact=True)
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert page.evaluate("(before) => document.activeElement === before", before)


def test_keys_ask_about_the_run(visitor: Visitor, runs: list[str]) -> None:
    page = visitor.open(f"/dags/breaks/runs/{runs[1]}")
    panel = page.get_by_role("complementary", name="Run details")
    expect(panel.get_by_role("button", name="Clear")).to_be_enabled()
    asks(page, "Shift+C", f"Clear the run · {runs[1]}")
    asks(page, "Shift+S", f"Mark the run as success · {runs[1]}")
    # The bar of another run that has the focus stands for itself.
    page.locator(f"[data-run={runs[0]}]").focus()
    asks(page, "Shift+F", f"Mark the run as failed · {runs[0]}")
    page.locator(f"a.cell[href*='/{runs[0]}/tasks/never']").focus()
    asks(page, "Shift+C", "Clear · never")


def test_keys_ask_nothing_while_nothing_is_chosen(visitor: Visitor, runs: list[str]) -> None:
    page = visitor.open("/dags/breaks")
    expect(page.locator(f"[data-run={runs[1]}]")).to_be_visible()
    page.keyboard.press("Shift+C")
    page.keyboard.press(".")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(1)
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    expect(page.get_by_role("menu")).to_have_count(0)


def test_a_dot_shows_what_can_be_done(visitor: Visitor, runs: list[str]) -> None:
    page = visitor.open(f"/dags/breaks/runs/{runs[1]}")
    menu = page.get_by_role("menu")
    expect(
        page.get_by_role("complementary", name="Run details").get_by_role("button", name="Clear")
    ).to_be_enabled()
    page.keyboard.press(".")
    expect(menu.get_by_role("menuitem")).to_have_text(["Clear …", "Success", "Failed", "Queued", "Delete"])
    expect(menu).to_contain_text(runs[1])
    forbid_faults(page)
    page.keyboard.press("Escape")
    cell = page.locator(f"a.cell[href*='/{runs[0]}/tasks/never']")
    cell.focus()
    page.keyboard.press(".")
    expect(menu).to_contain_text("never")
    page.keyboard.press("Escape")
    expect(cell).to_be_focused()
    for path, name in [
        (f"/dags/breaks/graph?run={runs[1]}&node=never", "never"),
        (f"/dags/breaks/runs/{runs[1]}/tasks/many_lines", "many_lines"),
    ]:
        visitor.open(path)
        expect(page.get_by_role("button", name="Clear")).to_be_enabled()
        page.keyboard.press(".")
        expect(menu).to_contain_text(name)
        page.keyboard.press("Escape")
        expect(menu).to_be_hidden()


def test_rows_of_a_run_in_time_are_cleared_and_marked(visitor: Visitor, runs: list[str]) -> None:
    page = visitor.open(f"/dags/breaks/runs/{runs[1]}/gantt")
    row = page.get_by_role("link", name=re.compile("^never, "))
    row.focus()
    asks(page, "Shift+C", "Clear · never")
    asks(page, "Shift+S", "Mark as success · never")
    page.keyboard.press(".")
    expect(page.get_by_role("menu")).to_contain_text("never")
    page.keyboard.press("Escape")
    expect(row).to_be_focused()
    row.click(button="right")
    page.get_by_role("menuitem", name="Failed").click()
    expect(page.get_by_role("dialog", name="Mark as failed · never", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(row).to_be_focused()


def test_the_focus_goes_back_to_what_a_menu_was_opened_on(visitor: Visitor, runs: list[str]) -> None:
    page = visitor.open(f"/dags/breaks/runs/{runs[1]}")
    cell = page.locator(f"a.cell[href*='/{runs[0]}/tasks/never']")
    bar = page.locator(f"[data-run={runs[0]}]")
    for place, title in [(cell, "Clear · never"), (bar, f"Clear the run · {runs[0]}")]:
        place.click(button="right")
        page.get_by_role("menuitem", name="Clear").click()
        dialog = page.get_by_role("dialog", name=title, exact=True)
        expect(dialog).to_be_visible()
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(place).to_be_focused()
    mark = page.get_by_role("complementary", name="Run details").get_by_role("button", name="Mark as")
    mark.click()
    page.get_by_role("menuitem", name="Success").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(mark).to_be_focused()


def test_letters_in_a_menu_are_no_commands(visitor: Visitor, runs: list[str]) -> None:
    page = visitor.open(f"/dags/breaks/runs/{runs[1]}")
    page.get_by_role("complementary", name="Run details").get_by_role("button", name="Mark as").click()
    expect(page.get_by_role("menuitem", name="Failed")).to_be_visible()
    page.keyboard.press("f")
    expect(page.get_by_role("menuitem", name="Failed")).to_be_focused()
    for key in ("g", "Shift+C", "Escape"):
        page.keyboard.press(key)
    expect(page.get_by_role("menuitem", name="Failed")).to_be_hidden()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(re.compile(f"/runs/{runs[1]}$"))


def test_escape_leaves_a_field_and_keeps_what_was_typed(visitor: Visitor, runs: list[str]) -> None:
    page = visitor.open(f"/dags/breaks/runs/{runs[1]}/tasks/many_lines?tab=details")
    page.get_by_role("button", name="Add a note").click()
    field = page.get_by_role("textbox", name="Note")
    field.fill("half a sentence")
    page.keyboard.press("Escape")
    expect(field).not_to_be_focused()
    expect(field).to_have_value("half a sentence")
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(f"/dags/breaks/runs/{runs[1]}$"))
    page.get_by_role("button", name="Add a note").click()
    field.fill("another")
    page.keyboard.press("Escape")
    expect(field).to_have_value("another")
    expect(page).to_have_url(re.compile(f"/dags/breaks/runs/{runs[1]}$"))


def test_r_reads_everything_again(visitor: Visitor, runs: list[str]) -> None:
    page = visitor.open("/dags/breaks")
    expect(page.locator(f"[data-run={runs[1]}]")).to_be_visible()
    with page.expect_response(re.compile("/ui/dags/breaks/grid")):
        page.keyboard.press("r")
    expect(page.get_by_text("Everything on this page is read again.")).to_be_visible()


def test_what_will_change_is_kept_up_to_date(visitor: Visitor, ostro: Standalone, say: Say) -> None:
    run_id = ostro.trigger("steps", dag_run_id="acts_live")
    page = visitor.open(f"/dags/steps/runs/{run_id}")
    expect(page.locator(".panel").get_by_role("link", name=re.compile("read.*Running"))).to_be_visible()
    page.keyboard.press("Shift+C")
    row = page.get_by_role("dialog").get_by_role("row", name="read")
    expect(row).to_contain_text("Running")
    say("end")
    expect(row).to_contain_text("Success")


@pytest.fixture
def limited(browser: Browser, ostro: Standalone) -> Iterator[Visitor]:
    """Somebody who may read everything, and change tasks and runs of one DAG."""
    assert ostro.client is not None
    acts = [("can_edit", "DAG:branches"), ("can_edit", "Task Instances"), ("can_edit", "DAG Runs")]
    role = {"name": "branches only", "permissions": [{"action": a, "resource": r} for a, r in acts]}
    assert ostro.client.post("/ui/admin/roles", json=role).status_code in (200, 201)
    someone = Visitor(browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB"), ostro.url)
    walk.sign_in_as(someone, ostro, "lima", "Viewer", "branches only")
    yield someone
    someone.context.close()
    walk.forget(ostro, "lima")
    assert ostro.client.delete("/ui/admin/roles/branches only").status_code == 204
    forbid_complaints(someone.complaints)


def test_rights_on_one_dag_are_no_rights_on_another(
    limited: Visitor, ostro: Standalone, runs: list[str]
) -> None:
    mine = ostro.trigger("branches", dag_run_id="acts_mine")
    ostro.wait_run("branches", mine)
    for dag_id, run_id, task_id, may in [
        ("branches", mine, "join", True),
        ("breaks", runs[1], "never", False),
    ]:
        page = limited.open(f"/dags/{dag_id}/runs/{run_id}/tasks/{task_id}?tab=details")
        for button in (
            page.get_by_role("button", name="Clear"),
            page.get_by_role("button", name="Mark as"),
            page.get_by_role("button", name="Add a note"),
        ):
            expect(button).to_be_enabled(enabled=may)
