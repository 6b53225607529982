"""Who gets in: every route is closed, tokens, cookies, foreign pages, guessing."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import jwt
import pytest
from starlette.routing import BaseRoute, Mount

from ostro.api.auth import passwords
from ostro.api.auth.first_start import ensure_admin
from ostro.api.auth.needs import declared
from ostro.api.routing import guarded
from ostro.store import Store, accounts

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


def test_at_most_ten_guesses_a_minute_are_looked_at(lite: World) -> None:
    for n in range(40):
        lite.client.post("/auth/token", json={"username": f"u{n}", "password": "x"})
    looked = 0
    for _ in range(120):
        lite.clock.advance(0.5)
        answer = lite.client.post("/auth/token", json={"username": f"v{looked}", "password": "x"})
        looked += answer.status_code == 401
    assert looked <= 11


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


@pytest.mark.parametrize("how", ["none", "key", "audience", "unknown", "garbage"])
def test_a_forged_token_is_refused(lite: World, how: str) -> None:
    now = lite.clock.now()
    claims = {"sub": "admin", "aud": "ostro-api", "jti": "1", "iat": now, "exp": now + timedelta(hours=1)}
    token = {
        "none": lambda: jwt.encode(claims, None, algorithm="none"),
        "key": lambda: jwt.encode(claims, b"x" * 32, algorithm="HS256"),
        "audience": lambda: jwt.encode({**claims, "aud": "other"}, b"k" * 32, algorithm="HS256"),
        "unknown": lambda: jwt.encode(claims, b"k" * 32, algorithm="HS256"),
        "garbage": lambda: "e30.e30.e30",
    }[how]()
    lite.client.headers["Authorization"] = f"Bearer {token}"
    assert lite.client.get("/ui/session").status_code == 401


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
        page.client.base_url = "https://testserver"
        answer = page.client.post("/auth/login", json={"username": "admin", "password": PASSWORD})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-ostro_session=")
        assert "Secure" in cookie
        assert answer.headers["strict-transport-security"]


class TestFirstStart:
    def test_a_password_is_made_and_told_once(self, db: Store) -> None:
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


def test_a_large_body_is_refused(lite: World) -> None:
    lite.dag()
    answer = lite.client.post("/api/v2/dags/d/dagRuns", content=b"x" * (5 << 20))
    assert answer.status_code == 413

    def chunks():  # type: ignore[no-untyped-def]
        for _ in range(80):
            yield b"x" * 65536

    answer = lite.client.post("/api/v2/dags/d/dagRuns", content=chunks())
    assert answer.status_code == 413
