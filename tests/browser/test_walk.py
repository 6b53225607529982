"""All pages, walked over by people who may do less, on a phone with nothing to show, and with a server that fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from browser import walk
from browser.conftest import Visitor, forbid_complaints
from ostro.store import Store
from support import axe
from support.standalone import Standalone
from support.webonly import WebOnly

RUN = "walked"
REFUSED = "You may not see this"


@pytest.fixture(scope="module")
def values(desk: Standalone) -> dict[str, str]:
    """What stands in the addresses: a DAG with assets and a watcher, and its run."""
    desk.wait_run("needs_both", desk.trigger("needs_both", dag_run_id=RUN))
    (asset,) = (one for one in desk.get("/assets")["assets"] if one["name"] == "orders")
    parts = {"dagId": "needs_both", "runId": RUN, "taskId": "use", "name": "bank"}
    return {**parts, "assetId": str(asset["id"])}


#: What has the focus: a way to it, and what is wrong about it.
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body || !one.closest("main")) return null;
  const style = getComputedStyle(document.getElementById(one.getAttribute("aria-activedescendant")) ?? one);
  const box = one.getBoundingClientRect();
  // The parts of a date are within its field, and have marks of their own.
  const isMarked = one.type?.startsWith("date") || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  const isSeen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const name = (one.getAttribute("aria-label") ?? one.textContent ?? "").trim().slice(0, 40);
  one.dataset.walked = "";
  return { name: `${one.localName}.${one.className} ${name}`, isMarked, isSeen };
}"""
#: Begins at the content of the page, as its link "Skip to content" does, and notes what Tab could reach.
BEGIN = """() => {
  document.querySelector("main").focus();
  for (const one of document.querySelectorAll("main :is(a[href], button, input, select, textarea, summary, [tabindex])"))
    if (one.tabIndex >= 0 && !one.disabled && one.role !== "tablist" && one.checkVisibility({ visibilityProperty: true }))
      one.dataset.there = "";
}"""
#: What Tab has not reached of that.
MISSED = """() => [...document.querySelectorAll("[data-there]:not([data-walked])")]
  .filter((one) => one.tabIndex >= 0 && one.checkVisibility({ visibilityProperty: true }))
  .map((one) => one.outerHTML.slice(0, 90))"""
#: Stops of Tab on one page that are walked at most: lists have as many as rows.
STOPS = 80


def visit(browser: Browser, url: str, **more: object) -> Visitor:
    options = {
        "viewport": {"width": 1280, "height": 800},
        "locale": "en-GB",
        "reduced_motion": "reduce",
        **more,
    }
    return Visitor(browser.new_context(**options), url)


@pytest.fixture(params=["Viewer", "User", "Op"])
def member(request: pytest.FixtureRequest, browser: Browser, desk: Standalone) -> Iterator[Visitor]:
    """Somebody with one of Airflow's roles below Admin."""
    someone = visit(browser, desk.url)
    name = f"walking {request.param}".lower().replace(" ", "_")
    walk.sign_in_as(someone, desk, name, request.param)
    yield someone
    someone.context.close()
    walk.forget(desk, name)
    forbid_complaints(someone.complaints)


def test_nobody_meets_a_refusal_of_the_server(member: Visitor, values: dict[str, str]) -> None:
    page = member.open("/")
    mute = []
    for address in walk.walk(page, values):
        expect(page.locator("main h1, main h2").first, address).to_be_visible()
        off = page.locator("main button:disabled:not([title]):not([aria-describedby])")
        mute += [f"{address}: no reason why this is off: {text}" for text in off.all_inner_texts()]
    assert mute == []


def test_no_entry_of_a_menu_leads_to_a_refusal(member: Visitor, values: dict[str, str]) -> None:
    page = member.open("/")
    expect(page.get_by_role("navigation", name="Main places")).to_be_visible()
    for start in ("/", "/admin", f"/dags/{values['dagId']}"):
        page.goto(member.url + start)
        expect(page.locator("main h1").first).to_be_visible()
        links = page.locator("nav.navrail a, nav.views a")
        for href in links.evaluate_all("(all) => all.map((one) => one.getAttribute('href'))"):
            walk.go(page, href)
            expect(page.get_by_role("heading", name=REFUSED), href).to_have_count(0)
            expect(page.locator("main h1, main h2").first, href).to_be_visible()


def test_nothing_serious_bars_anybody_on_any_page(
    browser: Browser, desk: Standalone, values: dict[str, str]
) -> None:
    """All rules in the light; in the dark only colours are others."""
    someone = visit(browser, desk.url, color_scheme="light")
    someone.sign_in()
    page = someone.open("/")
    found = []
    for address in walk.walk(page, values):
        page.evaluate("document.documentElement.dataset.theme = 'light'")
        found += [f"{address}: {fault}" for fault in axe.faults(page)]
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        found += [f"{address} in the dark: {fault}" for fault in axe.faults(page, rules=["color-contrast"])]
    someone.context.close()
    forbid_complaints(someone.complaints + found)


def test_tab_goes_through_every_page_and_is_seen(
    browser: Browser, desk: Standalone, values: dict[str, str]
) -> None:
    someone = visit(browser, desk.url)
    someone.sign_in()
    page = someone.open("/")
    wrong = []
    for address in walk.walk(page, values):
        page.evaluate(BEGIN)
        stops = 0
        while stops < STOPS:
            page.keyboard.press("Tab")
            at = page.evaluate(FOCUSED)
            if at is None:
                wrong += [f"{address}: Tab does not reach {one}" for one in page.evaluate(MISSED)]
                break
            stops += 1
            if not at["isMarked"]:
                wrong.append(f"{address}: nothing marks the focus on {at['name']}")
            if not at["isSeen"]:
                wrong.append(f"{address}: out of sight: {at['name']}")
    someone.context.close()
    forbid_complaints(someone.complaints + wrong)


@pytest.mark.parametrize("width", [390, 320])
def test_no_page_is_wider_than_a_phone(
    browser: Browser, desk: Standalone, values: dict[str, str], width: int
) -> None:
    someone = visit(browser, desk.url, viewport={"width": width, "height": 740}, has_touch=True)
    someone.sign_in()
    page = someone.open("/")
    wide = []
    for address in walk.walk(page, values):
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if over > 0:
            wide.append(f"{address}: {over} px")
    someone.context.close()
    forbid_complaints(someone.complaints + wide)


def test_every_place_is_reached_on_a_phone(browser: Browser, desk: Standalone) -> None:
    someone = visit(browser, desk.url, viewport={"width": 320, "height": 640}, has_touch=True)
    someone.sign_in()
    page = someone.open("/")
    rail = page.get_by_role("navigation", name="Main places")
    for name in ("Home", "DAGs", "Runs", "Tasks"):
        expect(rail.get_by_role("link", name=name, exact=True)).to_be_in_viewport(ratio=1)
    for name in ("Assets", "Approvals", "Timeline", "Admin"):
        rail.get_by_role("button", name="More").tap()
        page.get_by_role("menuitem", name=name, exact=True).tap()
        title = "Connections" if name == "Admin" else name
        expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
        expect(rail.get_by_role("button", name="More")).to_have_attribute("data-status", "active")
    someone.context.close()
    forbid_complaints(someone.complaints)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebOnly]:
    """A web server without a DAG, a run, an engine."""
    folder: Path = tmp_path_factory.mktemp("bare")
    url = f"sqlite:///{folder / 'o.db'}"
    store = Store.open(url)
    store.migrate()
    store.dispose()
    with WebOnly(folder / "home", url) as web:
        yield web


#: What does not exist is told by 404.
EXPECTED = re.compile(r"404: .*(/gone|/assets/9)")


def test_pages_with_nothing_to_show_say_so(browser: Browser, bare: WebOnly) -> None:
    someone = visit(browser, bare.url)
    someone.sign_in()
    page = someone.open("/")
    nowhere = {"dagId": "gone", "runId": "gone", "taskId": "gone", "name": "gone", "assetId": "9"}
    for address in walk.walk(page, nowhere):
        expect(page.locator("main h1, main h2").first, address).to_be_visible()
        expect(page.locator("main"), address).not_to_contain_text(re.compile("undefined|NaN|null"))
    someone.context.close()
    forbid_complaints([one for one in someone.complaints if not EXPECTED.search(one)])


def faulty(route: Route) -> None:
    """Everything but the session fails."""
    if "/ui/session" in route.request.url or "/ui/events" in route.request.url:
        route.fallback()
    else:
        body = '{"detail": "An unexpected error occurred (error id 4711)."}'
        route.fulfill(status=500, content_type="application/json", body=body)


#: What a page asks for beside its main thing: its address, and which of the server's answers fails.
PARTS = [
    ("/", "favorite=true"),
    ("/", "/api/v2/assets/events"),
    ("/", "/ui/health"),
    ("/dags/needs_both/overview", "/durations"),
    (f"/dags/needs_both/runs/{RUN}", "/links"),
    (f"/dags/needs_both/runs/{RUN}", "/deadlines"),
    (f"/dags/needs_both/runs/{RUN}", "/params"),
    (f"/dags/needs_both/runs/{RUN}", "AssetEvents"),
    (f"/dags/needs_both/runs/{RUN}", "/tasks?"),
    (f"/dags/needs_both/runs/{RUN}/tasks/use?tab=details", "/links"),
    (f"/dags/needs_both/runs/{RUN}/tasks/use", "/tasks?"),
]


def test_a_part_that_fails_says_so_beside_the_rest(
    browser: Browser, desk: Standalone, values: dict[str, str]
) -> None:
    someone = visit(browser, desk.url)
    someone.sign_in()
    page = someone.page
    silent = []
    for address, asked in PARTS:
        page.route(re.compile(re.escape(asked)), faulty)
        someone.open(address)
        expect(page.locator("main h1")).to_be_visible()
        notices = page.locator("main").get_by_role("alert")
        try:
            expect(notices).to_have_count(1)
            expect(notices).to_contain_text("error id 4711")
        except AssertionError:
            silent.append(f"{address} without {asked}")
        page.unroute_all()
    assert silent == []
    page.get_by_role("button", name="Try again").click()
    expect(notices).to_have_count(0)
    someone.context.close()


def test_a_server_that_fails_is_told_and_asked_again(
    browser: Browser, desk: Standalone, values: dict[str, str]
) -> None:
    someone = visit(browser, desk.url)
    someone.sign_in()
    # Nothing was read before: what the page keeps, it would go on showing.
    page = someone.open("/no-such-page")
    expect(page.get_by_role("heading")).to_be_visible()
    for pattern in ("**/ui/**", "**/api/v2/**"):
        page.route(pattern, faulty)
    silent = []
    # The configuration is not shown here, so that its page asks for nothing.
    for address in sorted(set(walk.addresses(page, values)) - {walk.NOWHERE, "/admin/config"}):
        page.evaluate(walk.GO, address)
        # What the page before it told is no answer.
        page.wait_for_function(walk.ARRIVED)
        notice = page.locator("main").get_by_role("alert").first
        try:
            expect(notice).to_be_visible()
        except AssertionError:
            silent.append(address)
    assert silent == []
    page.evaluate(walk.GO, "/dags")
    expect(page.locator("main").get_by_role("alert")).to_be_visible()
    page.unroute_all()
    page.get_by_role("button", name="Try again").first.click()
    expect(page.locator("tr[data-dag=makes_orders]")).to_be_visible()
    someone.context.close()
