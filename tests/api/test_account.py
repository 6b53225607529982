"""One's own account: the first password, sessions, API tokens; what ends when something about the account changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.requests import Request

from ostro.api.auth import passwords
from ostro.api.auth.first_start import ensure_admin
from ostro.api.auth.tokens import Tokens
from ostro.api.live import sse
from ostro.commands import accounts as rules
from ostro.commands.act import act
from ostro.store import Store, accounts, sessions

from .conftest import PASSWORD, World

CSRF = {"X-Ostro-CSRF": "1"}
NEW = "another good password"


def act_on(world: World, verb: Any, *args: Any, **more: Any) -> None:
    with act(world.store, world.clock, world.deps.wake, "test") as doing:
        verb(doing, *args, **more)


class TestFirstPassword:
    @pytest.fixture
    def fresh(self, lite: World) -> World:
        """Signed in on the page with the password that Ostro made."""
        with lite.store.begin() as tx:
            accounts.delete_user(tx, "admin")
        made = ensure_admin(lite.store, lite.clock)
        assert made is not None
        self.made = made
        del lite.client.headers["Authorization"]
        answer = lite.client.post("/auth/login", json={"username": "admin", "password": made})
        assert answer.json() == {"username": "admin", "must_change_password": True}
        return lite

    def change(self, world: World, old: str, new: str) -> Any:
        body = {"old_password": old, "new_password": new}
        return world.client.post("/ui/account/password", json=body, headers=CSRF)

    def test_nothing_else_is_answered_until_it_is_changed(self, fresh: World) -> None:
        """S2: the first password opens nothing but its own change."""
        for path in ("/api/v2/dags", "/ui/dags", "/openapi.json", "/api/v2/pools"):
            answer = fresh.client.get(path)
            assert answer.status_code == 403
            assert answer.json()["code"] == "password_change_needed"
        assert fresh.get("/ui/session")["permissions"] == {}
        assert self.change(fresh, self.made, NEW).status_code == 204
        assert fresh.client.get("/api/v2/dags").status_code == 200
        assert fresh.get("/ui/session")["must_change_password"] is False

    def test_programs_are_told_what_to_do(self, fresh: World) -> None:
        for path in ("/auth/token", "/auth/token/cli"):
            answer = fresh.client.post(path, json={"username": "admin", "password": self.made})
            assert answer.status_code == 403
            assert "must be changed first" in answer.json()["detail"]
            assert "token" not in answer.json()

    def test_the_new_one_must_be_new_and_long_enough(self, fresh: World) -> None:
        assert self.change(fresh, self.made, self.made).status_code == 422
        assert self.change(fresh, self.made, "short").status_code == 400
        assert self.change(fresh, "wrong", NEW).status_code == 401

    def test_a_given_password_needs_no_change(self, db: Store) -> None:
        from .conftest import Clock

        assert ensure_admin(db, Clock(), "given from outside") is None
        with db.read() as tx:
            admin = accounts.find_user(tx, "admin")
        assert admin is not None
        assert admin.must_change_password is False
        assert admin.roles == ("Admin",)


class TestTokens:
    def make(self, world: World, **body: Any) -> Any:
        answer = world.client.post("/ui/account/tokens", json={"label": "deploy", **body})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def test_is_shown_once_and_kept_as_a_hash(self, lite: World, tmp_path: Any) -> None:
        made = self.make(lite, days=7)
        secret = made["token"]
        listed = lite.get("/ui/account/tokens")["tokens"]
        assert [t["label"] for t in listed] == ["deploy"]
        assert secret not in str(listed)
        for file in tmp_path.glob("ostro.db*"):
            assert secret.encode() not in file.read_bytes()
        lite.client.headers["Authorization"] = f"Bearer {secret}"
        assert lite.get("/ui/session")["username"] == "admin"
        used = lite.get("/ui/account/tokens")["tokens"][0]
        assert used["last_used_at"] is not None

    def test_ends_with_its_time(self, lite: World) -> None:
        lite.client.headers["Authorization"] = f"Bearer {self.make(lite, days=1)['token']}"
        lite.clock.advance(86_400 - 10)
        lite.get("/ui/session")
        lite.clock.advance(20)
        assert lite.client.get("/ui/session").status_code == 401

    def test_ends_when_it_is_revoked(self, lite: World) -> None:
        made = self.make(lite)
        assert lite.client.delete(f"/ui/account/tokens/{made['id']}").status_code == 204
        lite.client.headers["Authorization"] = f"Bearer {made['token']}"
        assert lite.client.get("/ui/session").status_code == 401

    def test_makes_no_other_token(self, lite: World) -> None:
        lite.client.headers["Authorization"] = f"Bearer {self.make(lite, days=1)['token']}"
        refused = lite.client.post("/ui/account/tokens", json={"label": "for ever", "days": 3650})
        assert refused.status_code == 403
        assert "sign in with your password" in refused.text

    @pytest.mark.parametrize("forged", ["ostro_", "ostro_x", "ostro_" + "A" * 43])
    def test_a_guess_is_refused(self, lite: World, forged: str) -> None:
        lite.client.headers["Authorization"] = f"Bearer {forged}"
        assert lite.client.get("/ui/session").status_code == 401

    def test_the_hash_itself_is_no_token(self, lite: World) -> None:
        made = self.make(lite)
        for value in (made["id"], "ostro_" + made["id"]):
            lite.client.headers["Authorization"] = f"Bearer {value}"
            assert lite.client.get("/ui/session").status_code == 401

    def test_somebody_elses_is_not_found(self, lite: World) -> None:
        made = self.make(lite)
        act_on(lite, rules.create_user_in, "eve", None, role_names=["Viewer"])
        lite.sign_in("eve")
        assert lite.client.delete(f"/ui/account/tokens/{made['id']}").status_code == 404


def test_a_login_that_began_before_the_password_changed_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    act_on(world, rules.create_user_in, "eve", passwords.hash_password("the old password"), role_names=["Op"])
    issue = Tokens.issue

    def changed_meanwhile(self: Tokens, *args: Any, **kwargs: Any) -> str:
        act_on(world, rules.set_password_in, "eve", passwords.hash_password("the new password"))
        return issue(self, *args, **kwargs)

    monkeypatch.setattr(Tokens, "issue", changed_meanwhile)
    body = {"username": "eve", "password": "the old password"}
    assert world.client.post("/auth/token", json=body).status_code == 401


@pytest.mark.parametrize(
    ("verb", "args", "api_token_ends"),
    [
        (rules.set_password_in, ("eve", "hash"), True),
        (rules.set_active_in, ("eve", False), True),
        (rules.delete_user_in, ("eve",), True),
        (rules.set_roles_in, ("eve", ["Viewer"]), False),
    ],
)
def test_sessions_end_within_a_second_of_a_change_of_the_account(
    world: World, verb: Any, args: tuple[Any, ...], api_token_ends: bool
) -> None:
    """S6: another password, other roles, disabled, deleted."""
    act_on(world, rules.create_user_in, "eve", None, role_names=["Op"])
    session = world.sign_in("eve")
    named = world.client.post("/ui/account/tokens", json={"label": "x"}).json()["token"]
    world.get("/api/v2/connections")
    act_on(world, verb, *args)
    world.clock.advance(1.0)
    world.client.headers["Authorization"] = f"Bearer {session}"
    assert world.client.get("/ui/session").status_code == 401
    world.client.headers["Authorization"] = f"Bearer {named}"
    assert world.client.get("/ui/session").status_code == (401 if api_token_ends else 200)
    # What the roles allow is true at once for what goes on.
    assert world.client.get("/api/v2/connections").status_code in (401, 403)


def test_a_login_makes_a_new_session_each_time_and_lists_them(lite: World) -> None:
    del lite.client.headers["Authorization"]
    body = {"username": "admin", "password": PASSWORD}
    first = lite.client.post("/auth/login", json=body).headers["set-cookie"]
    second = lite.client.post("/auth/login", json=body).headers["set-cookie"]
    assert first != second
    found = lite.get("/ui/account/sessions")["sessions"]
    assert [s["is_current"] for s in found].count(True) == 1
    assert all(s["address"] == "testclient" for s in found if s["kind"] == "session")
    other = next(s for s in found if s["kind"] == "session" and not s["is_current"])
    assert lite.client.delete(f"/ui/account/tokens/{other['id']}", headers=CSRF).status_code == 204
    assert other["id"] not in [s["id"] for s in lite.get("/ui/account/sessions")["sessions"]]


def test_a_stream_ends_when_the_session_does(lite: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """S6: open live views end with the session."""
    monkeypatch.setattr(sse, "CHECK_EVERY", 0.0)
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/ui/events",
        "app": lite.app,
        "headers": [(b"authorization", lite.client.headers["Authorization"].encode())],
    }
    request = Request(scope)
    person = lite.app.state.guard.person(request)
    request.state.person = person

    async def chunks() -> AsyncIterator[bytes]:
        yield b"one"
        with lite.store.begin() as tx:
            sessions.revoke_token(tx, person.token_id, lite.clock.now())
        lite.clock.advance(1)
        yield b"two"
        raise AssertionError("nobody listens any more")

    async def heard() -> list[bytes]:
        return [chunk async for chunk in sse.while_allowed(request, chunks())]

    assert asyncio.run(heard()) == [b"one"]
