"""The page against hostile data and hostile pages: nothing stored runs as script, other sites can do nothing, reading changes nothing."""

from __future__ import annotations

import hashlib
import http.server
import json
import re
import sqlite3
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from api.test_security import TRICKS as ALL_TRICKS
from browser.addresses import ROUTES, addresses, task_tabs
from browser.conftest import PATIENCE, Visitor, forbid_complaints
from browser.hostile import BROKEN, DAG, EVERYTHING, NAMES, WATCHER
from support.deadline import wait_for
from support.standalone import PASSWORD, Standalone

CANARY = "canary-d41d8cd98f"
#: What the server's log says of a report of the browser.
STOPPED = "content security policy stopped"


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    """An installation whose every text is hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    dags = folder / "dags"
    dags.mkdir()
    (dags / "hostile.py").write_text(DAG)
    (dags / "broken.py").write_text(BROKEN)
    # So that the page of the settings has something to show.
    environment = {"OSTRO__API__EXPOSE_CONFIG": "true"}
    with Standalone(folder / "home", dags, env=environment) as started:
        started.wait_dag("hostile")
        _plant(started)
        yield started


def _plant(ostro: Standalone) -> None:
    run = ostro.trigger("hostile", conf={NAMES[0]: EVERYTHING}, note=EVERYTHING[:900])
    ostro.wait_run("hostile", run)
    ostro.patch(f"/dags/hostile/dagRuns/{run}/taskInstances/says", {"note": EVERYTHING[:900]})
    variables = [{"key": name, "value": EVERYTHING, "description": name} for name in NAMES]
    variables.append({"key": "api_key", "value": CANARY})
    extra = json.dumps({"token": CANARY, "text": EVERYTHING})
    fields = ("conn_type", "description", "host", "login", "schema")
    connections = [
        {"connection_id": f"c{i}", **dict.fromkeys(fields, name), "password": CANARY, "extra": extra}
        for i, name in enumerate(NAMES)
    ]
    for kind, entities in (("variables", variables), ("connections", connections)):
        done = ostro.patch(f"/{kind}", {"actions": [{"action": "create", "entities": entities}]})
        assert done["create"]["errors"] == []
    for name in NAMES[:8]:
        ostro.post("/pools", {"name": name, "slots": 1, "description": name})
    assert ostro.client is not None
    for i, name in enumerate(NAMES[:8]):
        role = {
            "name": f"{i} {name}"[:80],
            "permissions": [{"action": "can_read", "resource": f"DAG:{name}"}],
        }
        assert ostro.client.post("/ui/admin/roles", json=role).status_code in (201, 400, 422)
        user = {
            "username": f"{i} {name}"[:60] if i % 2 else f"u{i}",
            "roles": ["Viewer"],
            "full_name": name,
            "email": name,
            "password": PASSWORD,
        }
        assert ostro.client.post("/ui/admin/users", json=user).status_code in (201, 400, 422)


def places(ostro: Standalone) -> list[str]:
    """Every page that the router has, with the hostile things in it; lists also with a hostile search."""
    run = quote(ostro.get("/dags/hostile/dagRuns")["dag_runs"][0]["dag_run_id"], safe="")
    (asset,) = (one["id"] for one in ostro.get("/assets")["assets"] if one["name"] != "watched")
    parts = {"$dagId": "hostile", "$runId": run, "$taskId": "says", "$assetId": str(asset)}
    parts["$name"] = quote(WATCHER)
    parts["$"] = "/no/such/place"
    found: list[str] = []
    for address in sorted(addresses()):
        filled = re.sub(r"\$\w*", lambda part: parts.get(part[0], part[0]), address)
        assert "$" not in filled, f"{address}: say above what stands for this part"
        found.append(filled)
    task = f"/dags/hostile/runs/{run}/tasks"
    found += [f"{task}/{name}?tab={tab}" for name in ("says", "breaks", "linked") for tab in task_tabs()]
    found += ["/dags?errors=true", f"/dags/hostile/graph?run={run}", "/connections?edit=c1"]
    hostile = quote(NAMES[4])
    found += [
        f"{path}?search={hostile}"
        for path in ("/dags", "/variables", "/connections", "/audit", "/runs", "/tasks")
    ]
    return found


class Crawl:
    """A browser that notes what runs, and every answer that it gets."""

    def __init__(self, browser: Browser, ostro: Standalone) -> None:
        expect.set_options(timeout=PATIENCE)
        self.context = browser.new_context(viewport={"width": 1200, "height": 800}, locale="en-GB")
        self.visitor = Visitor(self.context, ostro.url)
        self.visitor.sign_in()
        self.dialogs: list[str] = []
        self.page.on("dialog", self._dialog)

    @property
    def page(self) -> Page:
        return self.visitor.page

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def visit(self, place: str) -> None:
        self.page.goto(self.visitor.url + place)
        expect(self.page.locator("main :is(h1, h2, table, canvas, svg)").first).to_be_attached()
        assert self.page.evaluate("window.__xss") is None, place
        assert self.page.url.startswith(self.visitor.url), place


@pytest.fixture
def crawl(browser: Browser, target: Standalone) -> Iterator[Crawl]:
    made = Crawl(browser, target)
    yield made
    made.context.close()


def checksum(ostro: Standalone) -> str:
    """Of all tables but those that live by themselves: signs of life, sessions, what was noted of their use."""
    (path,) = [p for p in ostro.home.glob("*.db") if p.stat().st_size]
    found = hashlib.sha256()
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        tables = [
            name
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        ]
        for table in tables:
            if table in {
                "engine",
                "token",
                "sqlite_sequence",
                "sqlite_stat1",
                "dag_file",
            } or table.startswith("change"):
                continue
            for row in db.execute(f'SELECT * FROM "{table}" ORDER BY 1'):
                found.update(repr((table, row)).encode())
    return found.hexdigest()


def test_nothing_that_is_stored_runs_and_no_secret_is_shown_and_reading_changes_nothing(
    crawl: Crawl, target: Standalone
) -> None:
    """S20: hostile strings in every field, on every page."""
    before = checksum(target)
    for place in places(target):
        crawl.visit(place)
        assert CANARY not in crawl.page.content(), f"a secret in {place}"
    assert crawl.dialogs == []
    assert crawl.page.evaluate("window.__xss") is None
    forbid_complaints(crawl.visitor.complaints)
    assert STOPPED not in target.output.read_text(errors="replace")
    assert checksum(target) == before, "a GET request has changed the database"


def test_what_the_policy_stops_is_reported(crawl: Crawl, target: Standalone) -> None:
    """S7: a script that is not of the page does not run, and the server's log says so."""
    crawl.visit("/dags")
    crawl.page.evaluate(
        "document.body.appendChild(Object.assign(document.createElement('script'), {text: 'window.__xss=1'}))"
    )
    assert crawl.page.evaluate("window.__xss") is None

    def told() -> list[str]:
        return [line for line in target.output.read_text(errors="replace").splitlines() if STOPPED in line]

    wait_for(told, seconds=20, what="the report in the server's log")
    assert "script-src" in told()[0]
    assert "blocked inline" in told()[0]


def test_no_answer_has_a_secret_in_it(target: Standalone) -> None:
    assert target.client is not None
    paths = [
        "/api/v2/connections?limit=100",
        "/api/v2/connections/c1",
        "/api/v2/variables?limit=100",
        "/api/v2/variables/api_key",
    ]
    paths += [
        "/ui/audit?limit=100",
        "/api/v2/eventLogs?limit=100",
        "/ui/connections/hook_meta",
        "/ui/admin/users",
        "/api/v2/config",
    ]
    for path in paths:
        assert CANARY not in target.client.get(path).text, path
    for log in [target.output, *target.home.rglob("*.log")]:
        assert CANARY not in log.read_text(errors="replace"), log


def test_the_cookie_is_out_of_reach(crawl: Crawl) -> None:
    (cookie,) = [one for one in crawl.context.cookies() if "session" in one["name"]]
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/")
    crawl.visit("/dags")
    assert crawl.page.evaluate("document.cookie") == ""


EVIL = """<!doctype html><title>evil</title><form id=f method=post action="{url}/api/v2/pools" enctype="text/plain">
<input name='{{"name": "evil", "slots": 1, "description": "' value='"}}'></form><img src="{url}/auth/logout">
<iframe src="{url}/dags" id=frame></iframe>"""


@pytest.fixture
def evil(target: Standalone) -> Iterator[str]:
    """A page of another origin."""
    text = EVIL.format(url=target.url).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        # Another site, not only another port: cookies know no ports.
        yield f"http://localhost:{server.server_address[1]}/"
        server.shutdown()


FETCHES = """async (url) => {
  const tries = [
    [url + "/api/v2/pools", {method: "POST", mode: "no-cors", credentials: "include", body: '{"name": "evil", "slots": 1}'}],
    [url + "/api/v2/pools", {method: "POST", credentials: "include", headers: {"Content-Type": "application/json", "X-Ostro-CSRF": "1"}, body: '{"name": "evil", "slots": 1}'}],
    [url + "/auth/login", {method: "POST", mode: "no-cors", credentials: "include", body: '{"username": "u1", "password": "x"}'}],
    [url + "/api/v2/variables", {credentials: "include"}],
  ];
  const read = [];
  for (const [to, how] of tries) {
    try { const answer = await fetch(to, how); read.push(answer.type === "opaque" ? "" : await answer.text()); } catch { read.push(""); }
  }
  return read.join("");
}"""


def test_a_page_of_another_site_can_do_nothing(crawl: Crawl, target: Standalone, evil: str) -> None:
    """S8: forms, fetches and pictures of another site."""
    page = crawl.context.new_page()
    page.goto(evil)
    assert page.evaluate(FETCHES, target.url) == ""
    with page.expect_navigation():
        page.evaluate("document.getElementById('f').submit()")
    assert "evil" not in {pool["name"] for pool in target.get("/pools", limit=100)["pools"]}
    # The image did not sign anybody out.
    crawl.visit("/dags")
    assert crawl.page.get_by_label("User name").count() == 0


def test_it_cannot_be_framed(crawl: Crawl, target: Standalone, evil: str) -> None:
    page = crawl.context.new_page()
    page.goto(evil)
    frame = page.query_selector("#frame")
    assert frame is not None
    inner = frame.content_frame()
    assert inner is not None
    wait_for(lambda: inner.url != "about:blank", seconds=10, what=lambda: inner.url)
    assert "ostro" not in inner.content()


TRICKS = (
    "//evil.invalid",
    "/\\evil.invalid",
    "https://evil.invalid",
    "/%09/evil.invalid",
    "/%2f/evil.invalid",
    "javascript:window.__xss=1",
    "https:evil.invalid",
    "//u@evil.invalid",
)


def test_after_the_login_one_stays_here(browser: Browser, target: Standalone) -> None:
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    for trick in TRICKS:
        after = quote(trick, safe="%")
        answer = context.request.get(f"{target.url}/auth/login?next={after}", max_redirects=0)
        assert answer.headers["location"] == "/login", trick
    for trick in TRICKS[:3]:
        context.clear_cookies()
        page.goto(f"{target.url}/login?next={quote(trick, safe='%')}")
        page.get_by_label("User name").fill("admin")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Home")).to_be_visible()
        assert page.url == target.url + "/"
    context.close()


def test_no_trick_leads_the_page_elsewhere(browser: Browser) -> None:
    """The page's own judgement of `next`, with all tricks that the server is tried with, in the browser that would follow them."""
    source = (ROUTES.parent / "services" / "next.ts").read_text()
    code = source[source.index("export function") :].removeprefix("export ")
    code = code.replace("(next: string | undefined): string", "(next)")
    page = browser.new_page()
    led = page.evaluate(
        "([code, tricks]) => { const judge = eval(`(${code})`);"
        " return tricks.map((trick) => [trick, judge(trick), new URL(judge(trick), 'http://page.invalid/').origin]); }",
        [code, ALL_TRICKS],
    )
    assert len(led) >= 40
    assert [row for row in led if row[2] != "http://page.invalid" or not row[1].startswith("/")] == []
    assert page.evaluate("(code) => eval(`(${code})`)('/dags/a?tags=b')", code) == "/dags/a?tags=b"
    page.close()
