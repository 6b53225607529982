"""What a page asks for first: while its code is on the way, each thing once, and nothing before the session.

A change that is made after the session was asked for is told by the stream; what was read before it would miss one.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Gate, Visitor
from support.deadline import wait_for
from support.standalone import Standalone

#: All code but the script that comes first.
CODE = re.compile(r"/assets/(?!early-)[^/]+\.js$")
#: By page: its address, the selector of what it shows, and what it asks for first.
PAGES = {
    "list": ("/dags", "tr[data-dag=hello]", ["/ui/dags?limit=50&offset=0&runs=20"]),
    "filtered list": (
        "/dags?search=hell&show=active",
        "tr[data-dag=hello]",
        ["/ui/dags?limit=50&offset=0&search=hell&paused=false&runs=20"],
    ),
    "grid": (
        "/dags/hello",
        ".cell[data-cell-state]",
        ["/ui/dags/hello", "/ui/dags/hello/graph", "/ui/dags/hello/grid?limit=25"],
    ),
    "grid of some runs": (
        "/dags/hello/runs/{run}?state=success&limit=10",
        ".cell[data-cell-state]",
        ["/ui/dags/hello", "/ui/dags/hello/graph", "/ui/dags/hello/grid?limit=10&state=success"],
    ),
    "graph": (
        "/dags/hello/graph",
        ".graph canvas",
        ["/ui/dags/hello", "/ui/dags/hello/graph?run_id={run}", "/ui/dags/hello/runs/{run}/states"],
    ),
    "graph of a run": (
        "/dags/hello/graph?run={run}",
        ".graph canvas",
        ["/ui/dags/hello", "/ui/dags/hello/graph?run_id={run}", "/ui/dags/hello/runs/{run}/states"],
    ),
    "log": (
        "/dags/hello/runs/{run}/tasks/say",
        ".logline",
        [
            "/ui/dags/hello/runs/{run}/tasks/say?map_index=-1",
            "/ui/dags/hello/runs/{run}/tasks/say/logs/0?map_index=-1&tail=300",
        ],
    ),
}


@pytest.fixture(scope="module")
def run(ostro: Standalone) -> str:
    """The latest run of the DAG `hello`, as addresses have it."""

    def latest() -> str | None:
        runs = ostro.get("/dags/hello/dagRuns", order_by="-run_after", limit=1)["dag_runs"]
        return runs[0]["dag_run_id"] if runs and runs[0]["state"] == "success" else None

    found: str = wait_for(latest, seconds=60, what="a run of hello")
    return found.replace(":", "%3A").replace("+", "%2B")


def listen(page: Page, url: str) -> list[str]:
    """All that the page asks for from now on, by path; the list grows."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(url)))
    return asked


@pytest.mark.parametrize("name", PAGES)
def test_first_questions_come_before_the_code_and_once(visitor: Visitor, run: str, name: str) -> None:
    path, shown, first = PAGES[name]
    wanted = ["/ui/session", *(one.format(run=run) for one in first)]
    page = visitor.page
    asked = listen(page, visitor.url)
    code = Gate(page, CODE)
    page.goto(visitor.url + path.format(run=run), wait_until="commit")
    wait_for(
        lambda: set(wanted) <= set(asked) or page.wait_for_timeout(20),
        seconds=10,
        what=lambda: f"{wanted}, asked are {asked}",
    )
    assert next(one for one in asked if one.startswith("/ui/")) == "/ui/session"
    code.open()
    expect(page.locator(shown).first).to_be_visible()
    expect(page.get_by_role("button", name="Live")).to_be_visible()
    assert {one: asked.count(one) for one in wanted} == dict.fromkeys(wanted, 1)


def test_nothing_is_asked_before_the_session_is_known(visitor: Visitor) -> None:
    page = visitor.page
    asked = listen(page, visitor.url)
    session = Gate(page, "**/ui/session")
    page.goto(visitor.url + "/dags/hello")
    wait_for(
        lambda: session.held or page.wait_for_timeout(20), seconds=10, what="the question for the session"
    )
    assert [one for one in asked if one.startswith(("/ui/", "/api/"))] == ["/ui/session"]
    session.open()
    expect(page.locator(".cell[data-cell-state]").first).to_be_visible()


def test_the_way_to_another_page_asks_while_its_code_comes_and_never_for_what_is_known(
    visitor: Visitor,
) -> None:
    page = visitor.open("/dags?search=hello")
    row = page.locator("tr[data-dag=hello]")
    expect(row).to_be_visible()
    asked = listen(page, visitor.url)
    code = Gate(page, re.compile(r"/assets/(Dag|Grid)Page-[^/]+\.js$"))
    row.get_by_role("link", name="hello", exact=True).click()
    wanted = PAGES["grid"][2]
    wait_for(
        lambda: set(wanted) <= set(asked) or page.wait_for_timeout(20), seconds=10, what=lambda: f"{asked}"
    )
    code.open()
    expect(page.locator(".cell[data-cell-state]").first).to_be_visible()
    page.go_back()
    expect(row).to_be_visible()
    page.go_forward()
    expect(page.locator(".cell[data-cell-state]").first).to_be_visible()
    assert {one: asked.count(one) for one in wanted} == dict.fromkeys(wanted, 1)


def test_somebody_unknown_is_asked_to_sign_in_and_nothing_else_is_asked(stranger: Visitor) -> None:
    page = stranger.page
    asked = listen(page, stranger.url)
    page.goto(stranger.url + "/dags/hello")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert [one for one in asked if one.startswith("/ui/")] == ["/ui/session"]


def test_the_list_of_dags_comes_in_few_files(visitor: Visitor) -> None:
    asked = listen(visitor.page, visitor.url)
    page = visitor.open("/dags")
    expect(page.locator("tr[data-dag=hello]")).to_be_visible()
    expect(page.get_by_role("button", name="Live")).to_be_visible()
    code = [one for one in asked if one.startswith("/assets/") and one.endswith(".js")]
    assert len(code) < 10, code
