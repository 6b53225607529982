"""The way of the Tab key: as the eye reads, within the dialog that is open, and back to where the dialog was opened from."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser import walk
from browser.conftest import Visitor
from support.standalone import Standalone

#: The number of what has the focus, in the order in which things had it first; null = nothing of the page.
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const seen = (window.__seen ??= []);
  return seen.includes(one) ? seen.indexOf(one) : seen.push(one) - 1;
}"""
#: All of them: their words, their place (within a dialog as if nothing were scrolled), and whether a dialog holds them. Read at
#: once, as a dialog grows when it has its data.
PLACES = """() => window.__seen.map((one) => {
  const box = one.getBoundingClientRect();
  const body = one.closest(".dialog__body");
  const down = body ? body.scrollTop : 0;
  return {
    name: one.getAttribute("aria-label") || one.labels?.[0]?.innerText || one.innerText || one.tagName,
    top: box.top + down, bottom: box.bottom + down,
    part: one.closest(".dialog__foot") ? 2 : body ? 1 : 0,
    inside: one.closest("dialog[open]") !== null,
  };
})"""
MOST = 200


def way_of_tab(page: Page) -> list[dict[str, Any]]:
    """Where Tab leads from what has the focus now, until it comes there again; leaving the page for the browser's own
    controls is no place."""
    numbers = [page.evaluate(FOCUSED)]
    assert numbers == [0], "nothing has the focus"
    for _ in range(MOST):
        page.keyboard.press("Tab")
        number = page.evaluate(FOCUSED)
        # The parts of a date are places within one field.
        if number is None or number == numbers[-1]:
            continue
        if number == 0:
            places = page.evaluate(PLACES)
            return [places[one] for one in numbers]
        numbers.append(number)
    raise AssertionError(f"Tab does not come back: {numbers}")


def forbid_leaps(way: list[dict[str, Any]]) -> None:
    """From one place to the next it goes on in the line, or to a later line; the head of a dialog is the last before its first."""
    start = next((n for n, one in enumerate(way) if one["part"] == 0), 0)
    ordered = way[start:] + way[:start]
    leaps = [
        f"{a['name']} -> {b['name']}"
        for a, b in pairwise(ordered)
        if b["part"] < a["part"] or (b["part"] == a["part"] and b["bottom"] <= a["top"])
    ]
    assert leaps == []


def test_the_login_is_walked_from_the_name_to_the_button(stranger: Visitor) -> None:
    page = stranger.open("/login")
    expect(page.get_by_label("User name")).to_be_focused()
    way = way_of_tab(page)
    assert [one["name"] for one in way] == ["User name", "Password", "Show password", "Sign in"]
    forbid_leaps(way)


#: Where a dialog is opened, and the button that opens it.
DIALOGS = (
    ("/dags/forms", "Trigger"),
    ("/dags/days/backfills", "New backfill"),
    ("/dags/changes/runs/walked_by_tab", "Clear"),
    ("/runs", "Filters"),
    ("/connections", "Add a connection"),
    ("/variables", "Add a variable"),
    ("/admin/pools", "Add a pool"),
    ("/admin/users", "Add a user"),
    ("/account", "New token"),
)


@pytest.fixture(scope="module")
def run(desk: Standalone) -> None:
    desk.wait_run("changes", desk.trigger("changes", dag_run_id="walked_by_tab"))


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize(("path", "opener"), DIALOGS)
def test_a_dialog_is_walked_as_it_reads_and_gives_the_focus_back(
    clerk: Visitor, path: str, opener: str
) -> None:
    page = clerk.open(path)
    # A page that gets its data is drawn anew, and its button with it.
    page.wait_for_function(walk.ARRIVED)
    button = page.get_by_role("button", name=opener, exact=True).first
    expect(button).to_be_enabled()
    button.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(":focus")).to_have_count(1)
    expect(dialog.locator(".skeletons")).to_have_count(0)
    way = way_of_tab(page)
    assert [one["name"] for one in way if not one["inside"]] == []
    assert len(way) >= 3
    forbid_leaps(way)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()
