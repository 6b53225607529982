"""Accounts, roles, sessions and tokens over the API, for who may manage them."""

from __future__ import annotations

from typing import Any

import pytest

from ostro.commands import accounts as account_rules
from ostro.commands import roles as role_rules
from ostro.commands.act import act
from ostro.grants import Grant, Resource
from ostro.rules.permissions import STANDARD_ROLES

from .conftest import World

ADMIN = "/ui/admin"


def call(world: World, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    answer = world.client.request(method, ADMIN + path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def test_life_of_an_account(world: World) -> None:
    body = {"username": "eve", "roles": ["viewer"], "email": "eve@x.y", "full_name": "Eve"}
    made = call(world, "POST", "/users", body, 201)
    assert (made["roles"], made["must_change_password"]) == (["Viewer"], True)
    assert len(made["password"]) >= 20
    call(world, "POST", "/users", body, 409)
    listed = call(world, "GET", "/users")["users"]
    assert [u["username"] for u in listed] == ["admin", "eve"]
    assert "hash" not in str(listed)
    assert "password" not in listed[1]
    changed = call(world, "PATCH", "/users/eve", {"roles": ["Op", "Viewer"], "full_name": None})
    assert (changed["roles"], changed["full_name"], changed["email"]) == (["Op", "Viewer"], None, "eve@x.y")
    call(world, "PATCH", "/users/eve", {"roles": ["Boss"]}, 400)
    assert call(world, "PATCH", "/users/eve", {"is_active": False})["is_active"] is False
    reset = call(world, "POST", "/users/eve/password", {})
    assert reset["password"] != made["password"]
    call(world, "DELETE", "/users/eve", None, 204)
    call(world, "DELETE", "/users/eve", None, 404)


@pytest.mark.parametrize("field", ["id", "password_hash", "must_change_password", "external_id", "is_admin"])
def test_only_the_fields_that_are_meant_can_be_written(lite: World, field: str) -> None:
    call(lite, "POST", "/users", {"username": "eve", "roles": ["Viewer"], "password": "long enough"}, 201)
    call(lite, "PATCH", "/users/eve", {field: "1"}, 422)
    call(lite, "POST", "/users", {"username": "eva", "roles": [], field: "1"}, 422)


def test_an_admin_always_remains(lite: World) -> None:
    call(lite, "DELETE", "/users/admin", None, 403)
    call(lite, "PATCH", "/users/admin", {"is_active": False}, 403)
    call(lite, "PATCH", "/users/admin", {"roles": ["Viewer"]}, 403)
    call(lite, "POST", "/users", {"username": "ann", "roles": ["Admin"], "password": "long enough"}, 201)
    call(lite, "PATCH", "/users/admin", {"roles": ["Viewer"]})


def test_life_of_a_role(world: World) -> None:
    reading = [{"action": "can_read", "resource": "DAG:mine"}, {"action": "can_read", "resource": "Pools"}]
    assert (
        call(world, "POST", "/roles", {"name": "team", "permissions": reading}, 201)["permissions"] == reading
    )
    call(world, "POST", "/roles", {"name": "Viewer"}, 409)
    call(
        world,
        "POST",
        "/roles",
        {"name": "x", "permissions": [{"action": "can_fly", "resource": "Pools"}]},
        400,
    )
    listed = {r["name"]: r for r in call(world, "GET", "/roles")["roles"]}
    assert set(listed) == {*STANDARD_ROLES, "team"}
    assert listed["Viewer"]["is_standard"] is True
    call(world, "PATCH", "/roles/Viewer", {"permissions": []}, 403)
    assert call(world, "PATCH", "/roles/team", {"permissions": reading[1:]})["permissions"] == reading[1:]
    call(world, "DELETE", "/roles/team", None, 204)
    call(world, "DELETE", "/roles/Admin", None, 403)


def test_sessions_and_tokens_of_others_can_be_ended(lite: World) -> None:
    call(lite, "POST", "/users", {"username": "eve", "roles": ["Viewer"], "password": "long enough"}, 201)
    with lite.store.begin() as tx:
        account_rules.user_in(tx, "eve")
    session = lite.sign_in("eve")
    lite.sign_in("admin")
    found = call(lite, "GET", "/sessions")["sessions"]
    (of_eve,) = [s for s in found if s["username"] == "eve"]
    call(lite, "DELETE", f"/sessions/{of_eve['id']}", None, 204)
    call(lite, "DELETE", f"/tokens/{of_eve['id']}", None, 404)
    lite.client.headers["Authorization"] = f"Bearer {session}"
    assert lite.client.get("/ui/session").status_code == 401


class TestNoLadder:
    """Somebody who manages accounts or roles cannot become more than they are."""

    @pytest.fixture
    def clerk(self, lite: World) -> World:
        grants = [
            Grant(v, r)
            for r in (Resource.USERS, Resource.ROLES)
            for v in ("read", "create", "edit", "delete")
        ]  # type: ignore[arg-type]
        with act(lite.store, lite.clock, lite.deps.wake, "test") as doing:
            role_rules.create_role_in(doing, "clerk", [*grants, Grant("read", Resource.POOLS)])
            account_rules.create_user_in(doing, "carl", None, role_names=["clerk"])
            account_rules.create_user_in(doing, "olga", None, role_names=["Op"])
        lite.sign_in("carl")
        return lite

    def test_gives_no_role_that_allows_more(self, clerk: World) -> None:
        for role in ("Admin", "Op", "Viewer"):
            body = {"username": "x", "roles": [role], "password": "long enough"}
            call(clerk, "POST", "/users", body, 403)
            call(clerk, "PATCH", "/users/carl", {"roles": ["clerk", role]}, 403)
        call(clerk, "POST", "/users", {"username": "x", "roles": ["clerk"], "password": "long enough"}, 201)

    def test_grants_no_permission_of_others(self, clerk: World) -> None:
        more = [{"action": "can_read", "resource": "Connections"}]
        call(clerk, "PATCH", "/roles/clerk", {"permissions": more}, 403)
        call(clerk, "POST", "/roles", {"name": "y", "permissions": more}, 403)
        fine = [{"action": "can_read", "resource": "Pools"}]
        call(clerk, "POST", "/roles", {"name": "y", "permissions": fine}, 201)

    def test_does_not_touch_accounts_that_may_do_more(self, clerk: World) -> None:
        for name in ("admin", "olga"):
            call(clerk, "POST", f"/users/{name}/password", {}, 403)
            call(clerk, "PATCH", f"/users/{name}", {"is_active": False}, 403)
            call(clerk, "DELETE", f"/users/{name}", None, 403)
