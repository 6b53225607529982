"""What a default installation promises about security, seen from the network."""

from __future__ import annotations

import contextlib
import json
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from ostro.api.app import create_app
from ostro.api.auth.needs import declared, for_signed_in
from ostro.api.auth.redirects import safe_path
from ostro.api.routing import guarded
from ostro.assembly import access
from ostro.settings import load_settings
from ostro.store import Store
from ostro.store import tables as t

from . import matrix
from .conftest import PASSWORD, World, task

ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def app_with(world: World, **config: Any) -> TestClient:
    """The same app under other settings."""
    world.app.state.tail.close()
    deps = replace(world.deps, config=replace(world.deps.config, **config))
    world.app = create_app(deps)
    return TestClient(world.app, raise_server_exceptions=False, headers=world.client.headers)


# ---- headers ---------------------------------------------------------------------------------------------------------


def test_every_answer_has_the_headers_errors_too(lite: World) -> None:
    """S7: every route, errors and static files too."""
    matrix.things(lite)
    lite.app.state.tail.close()
    client = TestClient(lite.app, raise_server_exceptions=False)
    answers = []
    for method, path in matrix.routes(lite):
        if method != "DELETE":
            lite.client.headers.pop("Authorization", None)
            answers.append(matrix.ask(lite, method, path, matrix.MINE))
            lite.sign_in()
            answers.append(matrix.ask(lite, method, path, matrix.MINE))
    token = {"Authorization": lite.client.headers["Authorization"]}
    answers += [
        client.get("/api/v2/nonsense", headers=token),
        client.post("/api/v2/pools", content=b"x" * (lite.deps.config.max_body + 1), headers=token),
        client.post("/api/v2/pools", content=b"{", headers=token),
        client.request("TRACE", "/api/v2/pools", headers=token),
        client.get("/"),
        client.get("/dags"),
        client.get("/assets/none.js"),
    ]
    assert {a.status_code for a in answers} >= {200, 303, 401, 404, 413, 422}
    assert 500 not in {a.status_code for a in answers}
    for answer in answers:
        for name, value in ALWAYS.items():
            assert answer.headers.get(name) == value, (answer.request.url, name)
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy
        path = answer.request.url.path
        if path.startswith(("/api", "/ui", "/auth")):
            assert answer.headers["cache-control"] == "no-store", path
        assert "access-control-allow-origin" not in answer.headers


DEFECTS = [
    RuntimeError("postgresql://me:canary@db/x"),
    sa.exc.OperationalError("SELECT canary FROM token", {"p": "canary"}, Exception("canary")),
    KeyError("canary"),
    UnicodeEncodeError("utf-8", "canary\ud800", 6, 7, "canary"),
    RecursionError("canary"),
    MemoryError("canary"),
    OSError(2, "canary", "/etc/passwd"),
]


@pytest.mark.parametrize("error", DEFECTS, ids=lambda error: type(error).__name__)
def test_a_defect_tells_nothing_but_a_reference(
    lite: World, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """S22: whatever breaks, the answer is one sentence with a reference; the trace is in the server's log alone."""
    router = guarded("/ui")

    @router.get("/defect")
    @for_signed_in
    def defect() -> None:
        raise error

    lite.app.router.routes.insert(0, router.routes[0])
    client = TestClient(lite.app, raise_server_exceptions=False)
    answer = client.get("/ui/defect", headers=dict(lite.client.headers))
    assert answer.status_code >= 500
    assert set(answer.json()) == {"detail"}
    for word in ("SELECT", "passwd", "Traceback", "Error", ".py", "canary", "site-packages"):
        assert word not in answer.text
    if answer.status_code == 500:
        (reference,) = re.findall(r"reference ([0-9a-f]{8})", answer.text)
        (record,) = [r for r in caplog.records if reference in r.getMessage()]
        assert record.exc_info and record.exc_info[1] is error


@pytest.mark.parametrize("secure", [False, True])
def test_pages_say_where_violations_are_reported(lite: World, secure: bool) -> None:
    """S7: report-uri for all browsers, report-to where they take it."""
    answer = lite.client.get("https://testserver/" if secure else "/")
    policy = answer.headers["content-security-policy"]
    assert "; report-uri /csp-report" in policy
    assert ("report-to csp" in policy) == secure
    assert ("reporting-endpoints" in answer.headers) == secure


def test_reports_are_a_few_lines_of_the_log(lite: World, caplog: pytest.LogCaptureFixture) -> None:
    """S7: both shapes of reports; nobody can fill the log with them, or forge a line of it."""
    client = TestClient(lite.app)
    old = {
        "csp-report": {
            "effective-directive": "script-src",
            "blocked-uri": "inline",
            "document-uri": "http://x/dags?secret=1",
        }
    }
    new = [
        {
            "type": "csp-violation",
            "body": {"effectiveDirective": "img-src\n2026 forged", "blockedURL": "http://evil"},
        }
    ]
    for report in (old, new):
        answer = client.post(
            "/csp-report", content=json.dumps(report), headers={"Content-Type": "application/csp-report"}
        )
        assert (answer.status_code, answer.content) == (204, b"")
    told = [record.getMessage() for record in caplog.records if "content security" in record.getMessage()]
    assert "directive script-src, blocked inline, page http://x/dags" in told[0]
    assert "secret" not in told[0]
    assert len(told) == 2
    assert "\n" not in told[1]
    for body in (b"", b"{", b"[]", b"[1]", b"null", b'{"csp-report": 7}', b"[" * 9_000):
        assert client.post("/csp-report", content=body).status_code == 204
    assert client.post("/csp-report", content=b"x" * 20_000).status_code == 413
    for _ in range(200):
        client.post("/csp-report", content=json.dumps(old))
    told = [record.getMessage() for record in caplog.records if "content security" in record.getMessage()]
    assert len(told) == 10
    assert "not shown" in told[-1]


# ---- requests of other sites -------------------------------------------------------------------------------------------


def test_no_change_is_made_with_the_cookie_alone(lite: World) -> None:
    """S8: the cookie without the header of our page changes nothing, on any route."""
    matrix.things(lite)
    del lite.client.headers["Authorization"]
    assert (
        lite.client.post("/auth/login", json={"username": "admin", "password": PASSWORD}).status_code == 200
    )
    open_to_all = {
        r.path  # type: ignore[attr-defined]
        for r in lite.app.routes
        if (said := declared(getattr(r, "endpoint", None))) is not None and said.who == "everybody"
    }
    before = checksum(lite.store)
    for method, path in matrix.routes(lite):
        if method not in ("GET", "HEAD") and path not in open_to_all:
            assert matrix.ask(lite, method, path, matrix.MINE).status_code == 403, (method, path)
    assert checksum(lite.store) == before


def test_reading_changes_nothing(lite: World) -> None:
    """S8: no GET of any route changes a row."""
    matrix.things(lite)
    lite.app.state.tail.close()
    lite.get("/ui/session")
    before = checksum(lite.store)
    for method, path in matrix.routes(lite):
        if method == "GET":
            matrix.ask(lite, method, path, matrix.MINE)
    assert checksum(lite.store) == before


def checksum(store: Store) -> dict[str, int]:
    """Of every table; when something was used last, and what was refused, apart."""
    found = {}
    with store.read() as tx:
        for table in t.complete_metadata().sorted_tables:
            query = sa.select(table)
            if table is t.event_log:
                query = query.where(t.event_log.c.event != "denied")
            if table is t.audit_chain:
                continue
            left_out = {"last_used_at"}
            rows = [
                {k: v for k, v in row.items() if k not in left_out} for row in tx.execute(query).mappings()
            ]
            found[table.name] = hash(repr(rows))
    return found


def test_another_site_cannot_sign_anybody_out(lite: World) -> None:
    del lite.client.headers["Authorization"]
    lite.client.post("/auth/login", json={"username": "admin", "password": PASSWORD})
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        answer = lite.client.get("/auth/logout", headers=headers, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert "set-cookie" not in answer.headers
        lite.get("/ui/session")
    answer = lite.client.get(
        "/auth/logout", headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False
    )
    assert answer.headers["location"] == "/login"
    assert lite.client.get("/ui/session").status_code == 401


# ---- redirects ---------------------------------------------------------------------------------------------------------

TRICKS = [
    "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil.example",
    "/\\/evil.example", "https://evil.example", "http:evil.example", "https:/evil.example", "HTTPS://evil.example",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "evil.example", "@evil.example",
    ".evil.example", "/%2f/evil.example", "/%2fevil.example", "%2f%2fevil.example", "/%5cevil.example", "/%5Cevil.example",
    "/%252fevil.example", "/%255cevil.example", "/\tevil.example", "/\t/evil.example", "\t//evil.example", " //evil.example",
    "/\n/evil.example", "/\r\nLocation: https://evil.example", "/%0d%0aSet-Cookie:x=1", "/%09/evil.example", "/..//evil.example",
    "/a/../..//evil.example", "/./../\\evil.example", "//user@evil.example", "//[::1]@evil.example", "/\u2028/evil.example",
    "/\x00/evil.example", "?next=//evil.example", "#//evil.example", "", "x" * 3_000, "/" + "a" * 3_000, "//localhost", "ftp://evil.example",
]  # fmt: skip


@pytest.mark.parametrize("trick", TRICKS)
def test_next_leads_to_no_other_site(lite: World, trick: str) -> None:
    assert len(TRICKS) >= 40
    answer = lite.client.get("/auth/login", params={"next": trick}, follow_redirects=False)
    assert answer.status_code == 303
    location = answer.headers["location"]
    assert urlsplit(location).netloc == ""
    assert urlsplit(location).path == "/login"
    after = safe_path(trick)
    assert after.startswith("/")
    assert not after.startswith(("//", "/\\"))
    assert "evil" not in urlsplit(after).netloc
    assert after == "/" or "evil.example" not in after or trick.startswith("/\u2028")


@pytest.mark.parametrize("path", ["/dags/a?tags=b&x=1", "/dags/a%20b", "/", "/dags/été"])
def test_next_leads_to_a_path_of_our_own(lite: World, path: str) -> None:
    answer = lite.client.get("/auth/login", params={"next": path}, follow_redirects=False)
    sent = quote(path, safe="/?&=%")
    wanted = "/login" if path == "/" else f"/login?next={quote(sent, safe='')}"
    assert answer.headers["location"] == wanted


# ---- hosts and proxies -------------------------------------------------------------------------------------------------


def test_only_names_of_its_own_reach_a_server_on_loopback(lite: World, tmp_path: Path) -> None:
    """S24: names that are not its own get 421."""

    def hosts(**environ: str) -> tuple[str, ...]:
        return access.allowed_hosts(load_settings({"OSTRO_HOME": str(tmp_path), **environ}))

    client = app_with(lite, allowed_hosts=hosts())
    for host, status in (
        ("localhost:8080", 200), ("127.0.0.1", 200), ("[::1]:80", 200), ("LOCALHOST", 200), ("evil.example", 421),
        ("localhost.evil.example", 421), ("", 421), ("evil.example:localhost", 421), ("localhost@evil.example", 421),
    ):  # fmt: skip
        assert client.get("/api/v2/version", headers={"Host": host}).status_code == status, host
    assert hosts(OSTRO__API__HOST="0.0.0.0") == ()
    assert hosts(OSTRO__AUTH__ALLOWED_HOSTS="*") == ()
    assert "o.example" in hosts(OSTRO__API__BASE_URL="https://o.example/x", OSTRO__API__HOST="127.0.0.1")
    assert "a.example" in hosts(OSTRO__AUTH__ALLOWED_HOSTS="A.example", OSTRO__API__HOST="0.0.0.0")


@pytest.mark.parametrize(("proxies", "counted"), [([], False), (["testclient"], True)])
def test_a_forwarded_address_counts_only_of_a_known_proxy(
    lite: World, proxies: list[str], counted: bool
) -> None:
    """S24: X-Forwarded-For of anybody else is not believed."""
    app: Any = ProxyHeadersMiddleware(lite.app, trusted_hosts=proxies) if proxies else lite.app  # type: ignore[arg-type]
    client = TestClient(app)
    body = {"username": "admin", "password": PASSWORD}
    token = client.post("/auth/token", json=body, headers={"X-Forwarded-For": "203.0.113.7"}).json()[
        "access_token"
    ]
    entry = client.get("/ui/account/sessions", headers={"Authorization": f"Bearer {token}"}).json()[
        "sessions"
    ]
    addresses = {one["address"] for one in entry if one["is_current"]}
    assert addresses == ({"203.0.113.7"} if counted else {"testclient"})


# ---- off by default ----------------------------------------------------------------------------------------------------


def test_what_is_off_by_default(lite: World) -> None:
    """S17: tests of connections, settings, foreign documentation pages."""
    body = {"connection_id": "x", "conn_type": "http", "host": "169.254.169.254"}
    answer = lite.client.post("/api/v2/connections/test", json=body)
    assert answer.status_code == 403
    lite.api("/config", 403)
    for path in ("/docs", "/redoc"):
        assert "swagger" not in lite.client.get(path).text.lower()


class Canary:
    """Listens on loopback, and counts who comes."""

    def __init__(self) -> None:
        self.visits = 0
        self._sock = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._sock.getsockname()[1]

    def count(self) -> int:
        self._sock.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                self._sock.accept()[0].close()
                self.visits += 1
        return self.visits

    def close(self) -> None:
        self._sock.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    made = Canary()
    yield made
    made.close()


def test_the_server_calls_nobody(lite: World, canary: Canary) -> None:
    """S17: with an address in every text that people can store or send, the server itself never goes there."""
    lite.dag(task("t"))
    run = lite.run()
    lite.states(run, t="success")
    lite.app.state.tail.close()
    for host in ("127.0.0.1", "localhost", "::1", "0x7f000001", "2130706433", "127.0.0.1.nip.io"):
        url = f"http://{host}:{canary.port}/x"
        body = {
            "connection_id": "c",
            "conn_type": "http",
            "host": url,
            "port": canary.port,
            "extra": json.dumps({"url": url}),
        }
        for path in ("/connections/test", "/connections/enqueue-test"):
            assert lite.client.post("/api/v2" + path, json=body).status_code == 403
        lite.client.post("/api/v2/connections", json=body)
        lite.client.post("/api/v2/variables", json={"key": "u", "value": url})
        lite.client.post(
            "/api/v2/dags/d/dagRuns", json={"logical_date": None, "conf": {"u": url}, "note": url}
        )
        for name in ("next", "url", "uri", "redirect", "origin", "callback"):
            for path in ("/auth/login", "/auth/logout", "/auth/oidc/login", "/api/v2/dags", "/"):
                lite.client.get(path, params={name: url}, follow_redirects=False)
    assert canary.count() == 0


def test_who_may_not_make_connections_tries_none(lite: World) -> None:
    """S17: switched on, a test needs the permission to make connections."""
    matrix.people(lite)
    tried: list[object] = []
    object.__setattr__(lite.deps, "try_connection", lambda record: (tried.append(record), (True, ""))[1])
    object.__setattr__(lite.deps, "config", replace(lite.deps.config, can_test_connections=True))
    body = {"connection_id": "x", "conn_type": "http", "host": "h"}
    for name, status in (("viewer", 403), ("user", 403), ("op", 200)):
        lite.sign_in(name)
        assert lite.client.post("/api/v2/connections/test", json=body).status_code == status
    assert len(tried) == 1


def test_secrets_are_not_in_the_audit_log(lite: World) -> None:
    secret = "canary-7bc2"
    lite.send(
        "POST",
        "/connections",
        {"connection_id": "c", "conn_type": "http", "password": secret, "extra": json.dumps({"k": secret})},
        201,
    )
    lite.send("POST", "/variables", {"key": "my_password", "value": secret}, 201)
    lite.client.post("/ui/admin/users", json={"username": "eve", "roles": [], "password": secret})
    assert secret not in json.dumps(lite.api("/eventLogs"))
