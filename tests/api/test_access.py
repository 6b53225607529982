"""Who gets in: every route is closed, tokens, cookies, foreign pages, guessing."""

from __future__ import annotations

import base64
import json
import re
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from starlette.requests import Request
from starlette.routing import BaseRoute, Mount
from starlette.testclient import TestClient

from ostro.api.app import create_app
from ostro.api.auth import first_start, passwords
from ostro.api.auth.first_start import ensure_admin
from ostro.api.auth.needs import declared
from ostro.api.auth.oidc import Journey
from ostro.api.auth.throttle import network_of
from ostro.api.routing import guarded
from ostro.assembly import access
from ostro.errors import StoreUnavailable
from ostro.settings import load_settings
from ostro.settings.load import OPTIONS
from ostro.store import Store, accounts

from . import matrix
from .conftest import PASSWORD, Clock, World

CSRF = {"X-Ostro-CSRF": "1"}


def _routes(routes: list[BaseRoute]) -> list[tuple[str, str]]:
    found = []
    for route in routes:
        if isinstance(route, Mount):
            continue
        for method in getattr(route, "methods", None) or ():
            found.append((method, re.sub(r"\{[^}]+\}", "1", route.path)))  # type: ignore[attr-defined]
    return found


def test_every_route_is_closed_to_strangers(lite: World) -> None:
    """S1: every route of the app, but a short list."""
    del lite.client.headers["Authorization"]
    routes = _routes(lite.app.routes)
    assert len(routes) > 90
    opened = set()
    for method, path in routes:
        answer = lite.client.request(method, path, json={})
        if answer.status_code != 401:
            opened.add(path)
        else:
            assert answer.json() == {"detail": "Not authenticated"}
            assert answer.headers["www-authenticate"] == "Bearer"
    assert opened == {
        "/csp-report",
        "/auth/token",
        "/auth/token/cli",
        "/auth/login",
        "/auth/logout",
        "/auth/methods",
        "/auth/oidc/login",
        "/auth/oidc/callback",
        "/api/v2/auth/login",
        "/api/v2/auth/logout",
        "/api/v2/monitor/health",
        "/api/v2/version",
        "/docs",
        "/docs/1",
        "/livez",
        "/readyz",
    }


def test_every_route_says_who_may_call_it(lite: World) -> None:
    """S1: a new route must say who may call it."""
    silent = [
        route.path  # type: ignore[attr-defined]
        for route in lite.app.routes
        if not isinstance(route, Mount) and declared(getattr(route, "endpoint", None)) is None
    ]
    assert silent == []


def test_a_route_that_does_not_say_who_may_call_it_is_refused(lite: World) -> None:
    router = guarded("/ui")

    @router.get("/forgotten")
    def forgotten() -> dict[str, str]:
        return {"secret": "told"}

    lite.app.router.routes.insert(0, router.routes[0])
    answer = lite.client.get("/ui/forgotten")
    assert answer.status_code == 403
    assert "told" not in answer.text


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(lite: World) -> None:
    wrong = lite.client.post("/auth/token", json={"username": "admin", "password": "x"})
    unknown = lite.client.post("/auth/token", json={"username": "nobody", "password": "x"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json() == {"detail": "Invalid credentials"}


def test_guessing_gets_slow_and_is_forgiven(lite: World) -> None:
    def guess(password: str) -> int:
        answer = lite.client.post("/auth/token", json={"username": "admin", "password": password})
        return answer.status_code

    statuses = [guess(f"x{n}") for n in range(8)]
    assert statuses[:5] == [401] * 5
    assert 429 in statuses
    assert guess(PASSWORD) == 429
    lite.clock.advance(61)
    assert guess(PASSWORD) == 201


def test_many_guesses_at_once_are_no_more(lite: World) -> None:
    def guess(number: int) -> int:
        body = {"username": "admin", "password": f"x{number}"}
        return lite.client.post("/auth/token", json=body).status_code

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(guess, range(40))).count(401) == 5


@pytest.mark.parametrize("spread", ["one account", "one address"])
def test_of_a_thousand_guesses_ten_a_minute_are_looked_at(
    lite: World, monkeypatch: pytest.MonkeyPatch, spread: str
) -> None:
    """S9: 1,000 guesses, the fastest way: ten a minute are evaluated, per account and per address."""
    looked: list[float] = []
    monkeypatch.setattr(passwords, "verify", lambda *_: (looked.append(lite.clock.monotonic()), False)[1])
    for n in range(1_000):
        many = TestClient(
            lite.app, client=(f"10.1.{n // 250}.{n % 250}" if spread == "one account" else "10.1.1.1", 5)
        )
        name = "admin" if spread == "one account" else f"u{n}"
        answer = many.post("/auth/token", json={"username": name, "password": f"x{n}"})
        assert answer.status_code in (401, 429)
        lite.clock.advance(0.3)
    assert looked
    for start in looked:
        assert len([at for at in looked if start <= at < start + 60]) <= 10


def test_others_sign_in_while_somebody_guesses(lite: World) -> None:
    """S9: guesses from elsewhere keep neither others nor the owner out; nobody is locked out for good."""
    home, evil = TestClient(lite.app, client=("10.0.0.1", 5)), TestClient(lite.app, client=("10.9.9.9", 5))

    def login(client: TestClient, name: str, password: str) -> int:
        return client.post("/auth/token", json={"username": name, "password": password}).status_code

    matrix.people(lite)
    with lite.store.begin() as tx:
        viewer = accounts.find_user(tx, "viewer")
        assert viewer is not None
        accounts.set_password(tx, viewer.id, passwords.hash_password(PASSWORD), lite.clock.now())
    assert login(home, "admin", PASSWORD) == 201
    for n in range(40):
        login(evil, "admin", f"x{n}")
    assert login(evil, "admin", PASSWORD) == 429
    assert login(home, "admin", PASSWORD) == 201
    assert login(home, "viewer", PASSWORD) == 201
    assert login(TestClient(lite.app, client=("10.0.0.2", 5)), "admin", PASSWORD) == 429
    lite.clock.advance(61)
    assert login(TestClient(lite.app, client=("10.0.0.2", 5)), "admin", PASSWORD) == 201


def test_a_restart_does_not_let_a_stranger_keep_the_owner_out(lite: World) -> None:
    """S9: nor does a second server, where the owner has not signed in yet."""

    def login(address: str, password: str) -> int:
        client = TestClient(lite.app, client=(address, 5))
        return client.post("/auth/token", json={"username": "admin", "password": password}).status_code

    assert login("10.0.0.1", PASSWORD) == 201
    lite.app = create_app(lite.deps)
    for n in range(8):
        login("10.9.9.9", f"x{n}")
    assert login("10.9.9.8", PASSWORD) == 429
    assert login("10.0.0.1", PASSWORD) == 201
    assert [login("10.0.0.1", f"x{n}") for n in range(7)].count(429) > 0, "its own guesses count"


def test_a_network_of_ipv6_counts_as_one_address() -> None:
    """S9: whoever has one address of IPv6 has 2^64 of them."""
    assert (
        network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::9") != network_of("2001:db8:1:3::1")
    )
    assert network_of("::ffff:10.0.0.1") == network_of("10.0.0.1") == "10.0.0.1"
    assert network_of("fe80::1%eth0") == "fe80::/64"
    assert network_of("testclient") == "testclient"


def test_an_unknown_name_costs_the_same_hash(lite: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """S9: known, unknown and disabled accounts have the same work done for them, and get the same answer."""
    made: list[str] = []
    real = passwords._hasher()

    class Hasher:
        def hash(self, password: str) -> str:
            return real.hash(password)

        def verify(self, stored: str, password: str) -> bool:
            made.append(stored.rpartition("$")[0].rpartition("$")[0])
            return real.verify(stored, password)

    monkeypatch.setattr(passwords, "_hasher", Hasher)
    with lite.store.begin() as tx:
        gone = accounts.insert_user(tx, "gone", "$argon2id$x", roles=["Admin"], now=lite.clock.now())
        accounts.set_active(tx, gone, False, lite.clock.now())
    answers = {
        lite.client.post("/auth/token", json={"username": name, "password": "x"}).text
        for name in ("admin", "nobody", "gone")
    }
    assert len(answers) == 1
    assert len(made) == 3
    assert len(set(made)) == 1


def test_a_token_ends_with_its_time_and_with_a_logout(lite: World) -> None:
    token = lite.client.post("/auth/token", json={"username": "admin", "password": PASSWORD}).json()[
        "access_token"
    ]
    lite.client.headers["Authorization"] = f"Bearer {token}"
    lite.get("/ui/session")
    assert lite.client.post("/auth/logout").status_code == 204
    lite.clock.advance(1.5)
    assert lite.client.get("/ui/session").status_code == 401
    lite.sign_in()
    lite.clock.advance(86_400 - 60)
    lite.get("/ui/session")
    lite.clock.advance(120)
    answer = lite.client.get("/ui/session")
    assert answer.status_code == 401
    assert "expired" in answer.json()["detail"]


def test_a_cli_token_lives_an_hour(lite: World) -> None:
    answer = lite.client.post("/auth/token/cli", json={"username": "admin", "password": PASSWORD})
    claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 3600


def _forgeries(lite: World) -> dict[str, str]:
    now = lite.clock.now()
    claims = {"sub": "admin", "aud": "ostro-api", "jti": "1", "iat": now, "exp": now + timedelta(hours=1)}
    mine = jwt.decode(lite.sign_in(), options={"verify_signature": False})
    key = b"k" * 32
    head, body, signature = lite.sign_in().split(".")
    none = jwt.encode(mine, None, algorithm="none")

    def without(name: str) -> str:
        return jwt.encode({k: v for k, v in mine.items() if k != name}, key, algorithm="HS256")

    return {
        "no algorithm": none,
        "NONE in other letters": _encoded({"alg": "NoNe", "typ": "JWT"}) + "." + none.split(".")[1] + ".",
        "no signature": f"{head}.{body}.",
        "the signature of another": f"{head}.{none.split('.')[1][:-2]}xx.{signature}",
        "another key": jwt.encode(mine, b"x" * 32, algorithm="HS256"),
        "another hash": jwt.encode(mine, key * 2, algorithm="HS512"),
        "RS256 with the key as its public one": _encoded({"alg": "RS256", "typ": "JWT"}) + f".{body}." + signature,
        "a key that it names itself": jwt.encode(mine, b"x" * 32, algorithm="HS256", headers={"kid": "/dev/null", "jwk": {"kty": "oct", "k": "eHh4"}}),
        "another audience": jwt.encode({**mine, "aud": "ostro-oidc"}, key, algorithm="HS256"),
        "no audience": without("aud"),
        "no end": without("exp"),
        "no id": without("jti"),
        "no name": without("sub"),
        "expired": jwt.encode({**mine, "exp": now - timedelta(minutes=1)}, key, algorithm="HS256"),
        "from the future": jwt.encode({**mine, "iat": now + timedelta(hours=1)}, key, algorithm="HS256"),
        "an id that was never given out": jwt.encode(claims, key, algorithm="HS256"),
        "somebody else's id": jwt.encode({**mine, "sub": "viewer"}, key, algorithm="HS256"),
        "an end of infinity": jwt.encode({**mine, "exp": 1e400}, key, algorithm="HS256"),
        "garbage": "e30.e30.e30",
        "nothing": "..",
        "a very long one": "e30." + "A" * 30_000 + ".x",
    }  # fmt: skip


def _encoded(head: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(head).encode()).decode().rstrip("=")


def test_a_forged_token_is_refused(lite: World) -> None:
    """B3, JWT: no algorithm, another one, a wrong audience, no end, another's id …"""
    matrix.people(lite)
    for how, token in _forgeries(lite).items():
        answer = lite.client.get("/ui/session", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401, how
        assert "Traceback" not in answer.text


def test_the_token_of_a_login_at_the_provider_is_no_login(lite: World) -> None:
    """B3, JWT: signed with the same key, meant for something else."""
    journey = Journey(state="s", nonce="n", verifier="v", after="/", until=9_000_000_000)
    sealed = lite.app.state.tokens.seal_journey(journey)
    assert lite.client.get("/ui/session", headers={"Authorization": f"Bearer {sealed}"}).status_code == 401


class TestIdle:
    """S6: a session ends when it was not used for eight hours, and after seven days whatever was done."""

    @pytest.fixture
    def page(self, lite: World) -> World:
        del lite.client.headers["Authorization"]
        answer = lite.client.post("/auth/login", json={"username": "admin", "password": PASSWORD})
        assert f"Max-Age={7 * 86_400}" in answer.headers["set-cookie"]
        return lite

    def test_eight_hours_without_use(self, page: World) -> None:
        page.clock.advance(8 * 3600 - 1)
        page.get("/ui/session")
        page.clock.advance(8 * 3600 - 1)
        page.get("/ui/session")
        page.clock.advance(8 * 3600 + 1)
        assert page.client.get("/ui/session").status_code == 401

    def test_whoever_works_stays_also_with_the_shortest_time(self, page: World) -> None:
        (idle,) = (one for one in OPTIONS["auth"] if one.key == "session_idle")
        page.app.state.guard._idle = timedelta(seconds=idle.minimum or 0)
        for _ in range(40):
            page.clock.advance(20)
            page.get("/ui/session")

    def test_seven_days_of_use(self, page: World) -> None:
        for _ in range(7 * 24 - 1):
            page.clock.advance(3600)
            page.get("/ui/session")
        page.clock.advance(3611)
        assert page.client.get("/ui/session").status_code == 401

    def test_a_live_view_is_no_use(self, page: World) -> None:
        cookie = "; ".join(f"{c.name}={c.value}" for c in page.client.cookies.jar)
        scope = {"type": "http", "method": "GET", "path": "/ui/events", "scheme": "http", "app": page.app,
                 "server": ("testserver", 80), "headers": [(b"cookie", cookie.encode())]}  # fmt: skip
        request = Request(scope)
        guard = page.app.state.guard
        person = guard.person(request)
        for _ in range(8 * 60):
            assert guard.still_allows(request, person)
            page.clock.advance(60)
        page.clock.advance(61)
        assert not guard.still_allows(request, person)

    def test_a_live_view_waits_for_a_database_that_is_away(
        self, page: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cookie = "; ".join(f"{c.name}={c.value}" for c in page.client.cookies.jar)
        scope = {"type": "http", "method": "GET", "path": "/ui/events", "scheme": "http", "app": page.app,
                 "server": ("testserver", 80), "headers": [(b"cookie", cookie.encode())]}  # fmt: skip
        request = Request(scope)
        guard = page.app.state.guard
        person = guard.person(request)
        page.clock.advance(1)

        def away() -> None:
            raise StoreUnavailable("the database cannot be used now")

        with monkeypatch.context() as patch:
            patch.setattr(page.store, "read", away)
            assert guard.still_allows(request, person)
        assert guard.still_allows(request, person)

    def test_api_tokens_have_only_an_end(self, lite: World) -> None:
        made = lite.client.post("/ui/account/tokens", json={"label": "x"}).json()["token"]
        lite.clock.advance(60 * 86_400)
        assert lite.client.get("/ui/session", headers={"Authorization": f"Bearer {made}"}).status_code == 200

    def test_idle_sessions_are_not_listed(self, page: World) -> None:
        page.clock.advance(9 * 3600)
        page.sign_in()
        kinds = [s["kind"] for s in page.get("/ui/admin/sessions")["sessions"]]
        assert "session" not in kinds


def test_settings_of_sessions(tmp_path: Path) -> None:
    """S6: who shortened logins by Airflow's one setting gets no longer sessions."""

    def lifetime(**environ: str) -> int:
        return access.session_lifetime(load_settings({"OSTRO_HOME": str(tmp_path), **environ}))

    assert lifetime() == 7 * 86_400
    assert lifetime(AIRFLOW__API_AUTH__JWT_EXPIRATION_TIME="3600") == 3600
    assert lifetime(OSTRO__API__TOKEN_LIFETIME="99999999") == 7 * 86_400
    assert lifetime(OSTRO__API__TOKEN_LIFETIME="3600", OSTRO__AUTH__SESSION_LIFETIME="7200") == 7200


def test_a_token_in_the_address_is_not_taken(lite: World) -> None:
    token = lite.sign_in()
    del lite.client.headers["Authorization"]
    assert lite.client.get("/ui/session", params={"access_token": token, "token": token}).status_code == 401


def test_a_user_who_was_deactivated_is_out_within_a_second(lite: World) -> None:
    with lite.store.begin() as tx:
        admin = accounts.find_user(tx, "admin")
        assert admin is not None
        accounts.set_active(tx, admin.id, False, lite.clock.now())
    lite.clock.advance(1.1)
    assert lite.client.get("/ui/session").status_code == 401
    answer = lite.client.post("/auth/token", json={"username": "admin", "password": PASSWORD})
    assert answer.status_code == 401


class TestCookie:
    @pytest.fixture
    def page(self, lite: World) -> World:
        del lite.client.headers["Authorization"]
        answer = lite.client.post("/auth/login", json={"username": "admin", "password": PASSWORD})
        assert answer.json() == {"username": "admin", "must_change_password": False}
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Path=/" in cookie
        assert "Secure" not in cookie
        return lite

    def test_reads_with_the_cookie_alone(self, page: World) -> None:
        assert page.get("/ui/session")["username"] == "admin"

    def test_changes_need_the_header(self, page: World) -> None:
        page.dag()
        path = "/api/v2/dags/d"
        body = {"is_paused": True}
        assert page.client.patch(path, json=body).status_code == 403
        assert page.client.patch(path, json=body, headers=CSRF).status_code == 200

    @pytest.mark.parametrize(
        "foreign",
        [
            {"Origin": "https://evil.example"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "null"},
        ],
    )
    def test_other_sites_cannot_change_anything(self, page: World, foreign: dict[str, str]) -> None:
        page.dag()
        answer = page.client.patch("/api/v2/dags/d", json={"is_paused": True}, headers={**CSRF, **foreign})
        assert answer.status_code == 403
        assert page.api("/dags/d")["is_paused"] is False

    def test_our_own_page_may(self, page: World) -> None:
        page.dag()
        headers = {**CSRF, "Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
        assert (
            page.client.patch("/api/v2/dags/d", json={"is_paused": True}, headers=headers).status_code == 200
        )

    def test_another_site_cannot_sign_the_browser_in(self, page: World) -> None:
        answer = page.client.post(
            "/auth/login",
            json={"username": "admin", "password": PASSWORD},
            headers={"Origin": "https://evil.example"},
        )
        assert answer.status_code == 403

    def test_logout_takes_the_cookie_away(self, page: World) -> None:
        assert page.client.post("/auth/logout", headers=CSRF).status_code == 204
        assert not page.client.cookies
        assert page.client.get("/ui/session").status_code == 401

    def test_over_https_the_cookie_is_bound_to_the_host(self, page: World) -> None:
        """S6: __Host-, Secure, HSTS."""
        page.client.base_url = "https://testserver"
        answer = page.client.post("/auth/login", json={"username": "admin", "password": PASSWORD})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-ostro_session=")
        assert "Secure" in cookie
        assert answer.headers["strict-transport-security"]


class TestFirstStart:
    def test_a_password_is_made_and_told_once(self, db: Store) -> None:
        """S2: random, told once, kept as a hash."""
        clock = Clock()
        made = ensure_admin(db, clock)
        assert made is not None
        assert len(made) >= 20
        assert ensure_admin(db, clock) is None
        with db.read() as tx:
            admin = accounts.find_user(tx, "admin")
        assert admin is not None
        assert passwords.verify(admin.password_hash, made)

    def test_a_given_password_is_taken_and_may_change(self, db: Store) -> None:
        clock = Clock()
        for given in ("first password", "second password", "second password"):
            assert ensure_admin(db, clock, given) is None
        with db.read() as tx:
            admin = accounts.find_user(tx, "admin")
        assert admin is not None
        assert passwords.verify(admin.password_hash, "second password")
        assert not passwords.verify(admin.password_hash, "first password")

    @pytest.mark.parametrize("given", [None, "a given password"])
    def test_two_servers_that_begin_at_once(
        self, db: Store, monkeypatch: pytest.MonkeyPatch, given: str | None
    ) -> None:
        put = first_start._put

        def after_the_other(*what: Any, **more: Any) -> None:
            monkeypatch.setattr(first_start, "_put", put)
            ensure_admin(db, Clock(), "of the other server")
            put(*what, **more)

        monkeypatch.setattr(first_start, "_put", after_the_other)
        assert ensure_admin(db, Clock(), given) is None, "it would show a password that nobody has"
        with db.read() as tx:
            admin = accounts.find_user(tx, "admin")
        assert admin is not None
        assert passwords.verify(admin.password_hash, given or "of the other server")

    def test_somebody_else_is_enough(self, db: Store) -> None:
        clock = Clock()
        with db.begin() as tx:
            accounts.insert_user(tx, "eve", "hash", roles=["Admin"], now=clock.now())
        assert ensure_admin(db, clock) is None
        with db.read() as tx:
            assert accounts.find_user(tx, "admin") is None


def test_passwords_are_kept_as_argon2_only(lite: World) -> None:
    with lite.store.read() as tx:
        admin = accounts.find_user(tx, "admin")
    assert admin is not None and admin.password_hash is not None
    assert admin.password_hash.startswith("$argon2id$")
    assert PASSWORD not in admin.password_hash


def test_every_answer_carries_security_headers(lite: World) -> None:
    for path in ("/livez", "/ui/session", "/api/v2/dags/none", "/nothing", "/assets/none.js", "/api/v2/none"):
        answer = lite.client.get(path)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
    assert lite.client.get("/ui/session").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("prefix", ["", "/ostro"])
def test_answers_below_a_prefix_are_kept_by_nobody(lite: World, tmp_path: Path, prefix: str) -> None:
    """S15: a proxy may leave the prefix of [api] base_url in the path, or take it away."""
    config = replace(lite.deps.config, base_path="/ostro")
    with warnings.catch_warnings(action="error"):  # nothing in it is about to end
        lite.app = create_app(replace(lite.deps, config=config))
    lite.client = TestClient(lite.app)
    lite.sign_in()
    for path in ("/ui/session", "/api/v2/dags", "/api/v2/none"):
        answer = lite.client.get(prefix + path)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    page = lite.client.get(prefix + "/dags").headers["content-security-policy"]
    assert page.startswith("default-src 'self'") and "report-uri /ostro/csp-report" in page


def test_a_large_body_is_refused(lite: World) -> None:
    """S21: a body beyond the limit, declared or in pieces."""
    lite.dag()
    answer = lite.client.post("/api/v2/dags/d/dagRuns", content=b"x" * (5 << 18))
    assert answer.status_code == 413

    def chunks():  # type: ignore[no-untyped-def]
        for _ in range(80):
            yield b"x" * 65536

    answer = lite.client.post("/api/v2/dags/d/dagRuns", content=chunks())
    assert answer.status_code == 413
