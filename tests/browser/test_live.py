"""Many windows of one browser: one stream, every change in every window, and nothing lost when the leading window goes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from browser.conftest import LOOKS, PATIENCE, ROOT, Gate, Visitor, forbid_complaints
from browser.test_first import CODE
from ostro import store
from ostro.api.app import create_app
from ostro.api.auth.first_start import ensure_admin
from ostro.api.deps import ApiConfig, Deps
from ostro.clock import SystemClock
from ostro.records import Move
from ostro.states import TaskState
from ostro.store import Cipher, Store
from store import made
from support.deadline import wait_for
from support.standalone import PASSWORD

NO_LOCKS = 'Object.defineProperty(Navigator.prototype, "locks", { get: () => undefined });'
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"
NO_CHANNELS = "delete globalThis.BroadcastChannel;"
STATES = (TaskState.QUEUED, TaskState.SCHEDULED)


class Desk:
    """A web server in this process, whose streams can be counted, and a browser with windows on it."""

    def __init__(self, db: Store, visitor: Visitor, streams: Callable[[], int]) -> None:
        self.db = db
        self.visitor = visitor
        self.streams = streams
        self.asked: dict[Page, int] = {}
        #: Every number of streams that there was, from the first look on.
        with db.begin() as tx:
            made.save(tx, made.dag())
            run = made.run(tx)
            self.ti = made.instances(tx, run, "a")[0].id
        self.state = TaskState.NONE

    def window(self) -> Page:
        page = self.visitor.context.new_page()
        page.set_default_timeout(PATIENCE)
        self.asked[page] = 0
        page.on("request", lambda request: self._note(page, request.url))
        page.goto(self.visitor.url + "/dags/d")
        expect(page.get_by_role("button", name="Live")).to_be_visible()
        expect(page.locator(".cell").first).to_be_visible()
        return page

    def _note(self, page: Page, url: str) -> None:
        if "/ui/events" in url:
            self.asked[page] += 1

    def leaders(self) -> list[Page]:
        """Windows that have ever opened a stream."""
        return [page for page, asked in self.asked.items() if asked]

    def change(self) -> None:
        """The task gets another state."""
        after = STATES[0] if self.state != STATES[0] else STATES[1]
        move = Move(ti=self.ti, before=self.state, after=after)
        with self.db.begin() as tx:
            assert all(store.transitions.apply_moves(tx, [move], made.NOW))
        self.state = after

    def expect_change(self, *pages: Page) -> None:
        for page in pages:
            expect(page.locator(f".cell[data-cell-state={self.state}]").first).to_be_visible()

    def expect_streams(self, number: int) -> None:
        wait_for(
            lambda: self.streams() == number,
            seconds=20,
            what=lambda: f"{self.streams()} streams, not {number}",
        )


@pytest.fixture
def desk(browser: Browser, tmp_path: Path) -> Iterator[Desk]:
    expect.set_options(timeout=PATIENCE)
    db = Store.open(f"sqlite:///{tmp_path / 'o.db'}")
    db.migrate()
    ensure_admin(db, SystemClock(), PASSWORD)
    app = create_app(
        Deps(
            store=db,
            clock=SystemClock(),
            cipher=Cipher([Cipher.new_key()]),
            config=ApiConfig(token_key=b"k" * 32),
            static_folder=ROOT / "src" / "ostro" / "web" / "static",
        )
    )
    sock = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
    thread.start()
    context = browser.new_context(reduced_motion="reduce", locale="en-GB")
    visitor = Visitor(context, f"http://127.0.0.1:{sock.getsockname()[1]}")
    try:
        visitor.sign_in()
        yield Desk(db, visitor, lambda: app.state.streams.open)
    finally:
        context.close()
        app.state.tail.close()
        server.should_exit = True
        thread.join(timeout=20)
        sock.close()
        db.dispose()
    forbid_complaints(visitor.complaints)


def test_twelve_windows_have_one_stream_and_lose_nothing_when_its_window_closes(desk: Desk) -> None:
    pages = [desk.window() for _ in range(12)]
    desk.change()
    desk.expect_change(*pages)
    assert desk.streams() == 1
    for _ in range(2):
        (leader,) = [page for page in desk.leaders() if not page.is_closed()]
        pages.remove(leader)
        leader.close()
        # Nobody listens at this moment: who leads next asks for it.
        desk.change()
        desk.expect_change(*pages)
        desk.expect_streams(1)
    one = pages[0]
    one.get_by_role("button", name="Account").click()
    one.get_by_role("menuitem", name="Sign out").click()
    for page in pages:
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    desk.expect_streams(0)


def test_a_window_that_opens_while_much_happens_reads_its_first_page_once(desk: Desk) -> None:
    first = desk.window()
    page = desk.visitor.context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(desk.visitor.url)))
    code = Gate(page, CODE)
    page.goto(desk.visitor.url + "/dags/d", wait_until="commit")
    wanted = ["/ui/dags/d", "/ui/dags/d/graph", "/ui/dags/d/grid?limit=25"]
    wait_for(
        lambda: set(wanted) <= set(asked) or page.wait_for_timeout(20), seconds=10, what=lambda: f"{asked}"
    )
    # The leader hears of more than the new window has read.
    desk.change()
    desk.expect_change(first)
    code.open()
    desk.expect_change(page)
    expect(page.get_by_role("button", name="Live")).to_be_visible()
    desk.change()
    desk.expect_change(first, page)
    assert {one: asked.count(one) for one in wanted} == dict.fromkeys(wanted, 1)


def test_where_there_are_no_locks_a_note_says_who_leads(desk: Desk) -> None:
    desk.visitor.context.add_init_script(NO_LOCKS)
    pages = [desk.window() for _ in range(4)]
    desk.expect_streams(1)
    desk.change()
    desk.expect_change(*pages)
    (leader,) = desk.leaders()
    pages.remove(leader)
    leader.close()
    desk.change()
    desk.expect_change(*pages)
    desk.expect_streams(1)


@pytest.mark.parametrize("lacks", [NO_CHANNELS, NO_LOCKS + FULL], ids=["no channels", "no locks, no room"])
def test_windows_that_cannot_agree_have_a_stream_each(desk: Desk, lacks: str) -> None:
    desk.visitor.context.add_init_script(lacks)
    pages = [desk.window() for _ in range(2)]
    desk.change()
    desk.expect_change(*pages)
    assert desk.streams() == 2


def test_a_window_out_of_sight_leads_no_more_and_shows_what_came_on_return(desk: Desk) -> None:
    desk.visitor.context.add_init_script(LOOKS)
    first, second = desk.window(), desk.window()
    assert desk.leaders() == [first]
    first.evaluate("look(false)")
    wait_for(
        lambda: second in desk.leaders() or second.wait_for_timeout(50), seconds=20, what="another leader"
    )
    before = desk.state
    desk.change()
    desk.expect_change(second)
    desk.expect_streams(1)
    # Nothing is read for somebody who does not look.
    expect(first.locator(f".cell[data-cell-state={before}]").first).to_be_attached()
    first.evaluate("look(true)")
    desk.expect_change(first)
    # When nobody looks there is no stream.
    for page in (first, second):
        page.evaluate("look(false)")
    desk.expect_streams(0)
    desk.change()
    second.evaluate("look(true)")
    desk.expect_change(second)
    desk.expect_streams(1)


def test_a_paused_window_changes_nothing_by_itself(desk: Desk) -> None:
    desk.visitor.context.add_init_script(LOOKS)
    page, other = desk.window(), desk.window()
    before = desk.state
    page.keyboard.press("Shift+P")
    expect(page.get_by_role("button", name="Paused")).to_have_attribute("aria-pressed", "true")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    desk.change()
    # The paused window leads: the others hear of it all the same.
    desk.expect_change(other)
    page.evaluate(
        "look(false); look(true); dispatchEvent(new Event('focus')); dispatchEvent(new Event('online'))"
    )
    expect(page.locator(f".cell[data-cell-state={before}]").first).to_be_attached()
    assert asked == []
    page.keyboard.press("Shift+P")
    desk.expect_change(page)


def test_a_leader_that_hangs_is_replaced(desk: Desk) -> None:
    desk.visitor.context.add_init_script(
        "globalThis.slow = globalThis.setInterval; globalThis.setInterval = (work, ms, ...more) => slow(work, ms / 10, ...more);"
    )
    first, second = desk.window(), desk.window()
    assert desk.leaders() == [first]
    # It holds the lock and says nothing any more.
    first.evaluate("BroadcastChannel.prototype.postMessage = () => {}")
    now = "Date.now() + 3600000"
    second.evaluate(f"{{ const late = {now}; Date.now = () => late; }}")
    wait_for(
        lambda: second in desk.leaders() or second.wait_for_timeout(50), seconds=30, what="another leader"
    )
    desk.expect_streams(1)
    desk.change()
    desk.expect_change(second)


def test_a_leader_that_was_replaced_waits_for_silence_again(desk: Desk) -> None:
    desk.visitor.context.add_init_script(
        """globalThis.slow = globalThis.setInterval;
        globalThis.ticks = 0;
        globalThis.setInterval = (work, ms) => slow(() => { ticks += 1; work(); }, ms / 10);
        Math.random = () => 0;"""
    )
    first, second = desk.window(), desk.window()
    for page in (first, second):
        page.evaluate("BroadcastChannel.prototype.postMessage = () => {}")
    # The first has led for an hour, and heard nothing in this time; the second cannot wait any longer.
    for page in (first, second):
        page.evaluate("{ const late = Date.now() + 3600000; Date.now = () => late; }")
    wait_for(
        lambda: desk.asked[second] == 1 or second.wait_for_timeout(50), seconds=30, what="another leader"
    )
    desk.expect_streams(1)
    ticks = first.evaluate("ticks")
    wait_for(
        lambda: first.evaluate("ticks") > ticks + 3 or first.wait_for_timeout(50),
        seconds=20,
        what="its next looks",
    )
    assert [desk.asked[page] for page in (first, second)] == [1, 1]


def test_windows_show_what_belongs_to_who_is_signed_in(desk: Desk) -> None:
    """All windows of a browser have one session, whoever opened them."""
    add = desk.visitor.context.request.post(
        desk.visitor.url + "/ui/admin/users",
        data={"username": "viola", "roles": ["Viewer"], "password": PASSWORD + " 1"},
        headers={"X-Ostro-CSRF": "1", "Origin": desk.visitor.url},
    )
    assert add.ok, add.text()
    page, other = desk.window(), desk.window()
    expect(page.get_by_role("button", name="Account")).to_have_attribute("title", "admin")
    # She comes by the login page in another window, without that anybody signs out.
    other.goto(desk.visitor.url + "/login")
    other.get_by_label("User").fill("viola")
    other.get_by_label("Password", exact=True).fill(PASSWORD + " 1")
    other.get_by_role("button", name="Sign in").click()
    other.get_by_label("New password").fill(PASSWORD + " 2")
    other.locator("button[type=submit]").click()
    for one in (page, other):
        expect(one.get_by_role("button", name="Account")).to_have_attribute("title", "viola")


def test_a_page_kept_for_the_way_back_asks_who_is_signed_in(desk: Desk) -> None:
    page = desk.window()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    desk.expect_streams(0)
    assert desk.visitor.context.request.post(
        desk.visitor.url + "/auth/logout", headers={"X-Ostro-CSRF": "1", "Origin": desk.visitor.url}
    ).ok
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_signing_out_that_fails_is_told_and_the_page_stays_live(desk: Desk) -> None:
    page = desk.window()
    page.route("**/auth/logout", lambda route: route.abort())
    page.get_by_role("button", name="Account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_text("The server does not answer.")).to_be_visible()
    desk.change()
    desk.expect_change(page)
