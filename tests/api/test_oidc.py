"""Signing in at an OpenID provider, which listens on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey

from ostro.api.app import create_app
from ostro.api.auth.oidc_config import OidcConfig
from ostro.assembly import access
from ostro.commands import accounts as rules
from ostro.commands.act import act
from ostro.errors import SettingInvalid
from ostro.settings import load_settings
from ostro.store import accounts
from support.oidc_provider import CLIENT, SECRET, OidcProvider

from .conftest import World


@pytest.fixture
def provider(lite: World) -> Iterator[OidcProvider]:
    made = OidcProvider(lite.clock.now)
    yield made
    made.close()


def set_up(world: World, provider: OidcProvider, **more: Any) -> None:
    """The app with a login at the provider."""
    from dataclasses import replace

    from starlette.testclient import TestClient

    oidc = OidcConfig(issuer=provider.url, client_id=CLIENT, client_secret=SECRET, **more)
    world.deps = replace(world.deps, config=replace(world.deps.config, oidc=oidc))
    world.app.state.tail.close()
    world.app = create_app(world.deps)
    world.client = TestClient(world.app, follow_redirects=False)


def go(world: World, after: str = "/dags") -> httpx.Response:
    """The way of a browser: to the provider and back."""
    left = world.client.get("/auth/oidc/login", params={"next": after})
    assert left.status_code == 303
    back = httpx.get(left.headers["location"], follow_redirects=False).headers["location"]
    return world.client.get(back)


def problem(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return parse_qs(urlsplit(answer.headers["location"]).query)["problem"][0]


def test_the_way_in(lite: World, provider: OidcProvider) -> None:
    set_up(lite, provider)
    provider.person |= {"email": "ann@x.y", "name": "Ann"}
    assert lite.get("/auth/methods")["oidc"] == {"label": "Single sign-on", "url": "/auth/oidc/login"}
    answer = go(lite, "/dags?tags=a")
    assert answer.status_code == 200
    assert 'content="0;url=/dags?tags=a"' in answer.text
    session = lite.get("/ui/session")
    assert (session["username"], session["roles"]) == ("ann", ["Viewer"])
    with lite.store.read() as tx:
        ann = accounts.find_user(tx, "ann")
    assert ann is not None
    assert (ann.external_id, ann.password_hash, ann.email) == (f"{provider.url}|1", None, "ann@x.y")
    # The same person comes again, under a new name there: the account stays the same.
    provider.person["preferred_username"] = "anna"
    go(lite)
    assert lite.get("/ui/session")["username"] == "ann"


def test_roles_follow_the_groups(lite: World, provider: OidcProvider) -> None:
    set_up(lite, provider, role_of={"ops": "Op", "boss": "Admin"}, default_roles=())
    assert problem(go(lite)) == "None of your groups has a role here"
    provider.person["groups"] = ["ops", "other"]
    go(lite)
    assert lite.get("/ui/session")["roles"] == ["Op"]
    provider.person["groups"] = "boss"
    go(lite)
    assert lite.get("/ui/session")["roles"] == ["Admin"]


def test_a_local_account_is_never_taken_over(lite: World, provider: OidcProvider) -> None:
    set_up(lite, provider)
    provider.person["preferred_username"] = "admin"
    assert "is not yours" in problem(go(lite))
    assert lite.client.get("/ui/session").status_code == 401


def test_who_is_not_expected_or_disabled_stays_out(lite: World, provider: OidcProvider) -> None:
    set_up(lite, provider, auto_create=False)
    assert "ask for one" in problem(go(lite))
    set_up(lite, provider)
    go(lite)
    with act(lite.store, lite.clock, lite.deps.wake, "test") as doing:
        rules.set_active_in(doing, "ann", False)
    assert "may not sign in" in problem(go(lite))


@pytest.mark.parametrize(
    "lies",
    [
        {"aud": "other"}, {"aud": [CLIENT, "other"]}, {"azp": "other"}, {"iss": "https://evil.example"}, {"exp": 1}, {"exp": None},
        {"iat": None}, {"iat": 1}, {"nonce": "other"}, {"nonce": None}, {"sub": None}, {"sub": ""}, {"sub": 5},
    ],
)  # fmt: skip
def test_an_id_token_for_something_else_is_refused(
    lite: World, provider: OidcProvider, lies: dict[str, Any]
) -> None:
    set_up(lite, provider)
    provider.lies = lies
    problem(go(lite))
    assert lite.client.get("/ui/session").status_code == 401


@pytest.mark.parametrize("signature", ["none", "HS256", "stranger"])
def test_an_id_token_that_the_provider_did_not_sign_is_refused(
    lite: World, provider: OidcProvider, signature: str
) -> None:
    set_up(lite, provider)
    provider.signature = signature
    assert "signed" in problem(go(lite))
    assert lite.client.get("/ui/session").status_code == 401


def test_new_keys_of_the_provider_are_read(lite: World, provider: OidcProvider) -> None:
    set_up(lite, provider)
    go(lite)
    provider.key = RSAKey.generate_key(2048, {"kid": "2"})
    assert go(lite).status_code == 200


def test_only_the_browser_that_left_may_come_back(lite: World, provider: OidcProvider) -> None:
    set_up(lite, provider)
    left = lite.client.get("/auth/oidc/login")
    back = httpx.get(left.headers["location"], follow_redirects=False).headers["location"]
    mine = lite.client.cookies.get("ostro_oidc")
    lite.client.cookies.clear()
    assert "not begun here" in problem(lite.client.get(back))
    lite.client.get("/auth/oidc/login")
    assert "not begun here" in problem(lite.client.get(back))
    lite.client.cookies.clear()
    lite.client.cookies.set("ostro_oidc", str(mine), path="/auth/oidc")
    lite.clock.advance(601)
    assert "too long ago" in problem(lite.client.get(back))


def test_a_code_works_once(lite: World, provider: OidcProvider) -> None:
    set_up(lite, provider)
    left = lite.client.get("/auth/oidc/login")
    journey = lite.client.cookies.get("ostro_oidc")
    back = httpx.get(left.headers["location"], follow_redirects=False).headers["location"]
    assert lite.client.get(back).status_code == 200
    lite.client.cookies.set("ostro_oidc", str(journey), path="/auth/oidc")
    assert "did not accept" in problem(lite.client.get(back))


def test_a_provider_that_is_away_is_one_sentence(lite: World, provider: OidcProvider) -> None:
    set_up(lite, provider)
    provider.close()
    assert "cannot be reached" in problem(lite.client.get("/auth/oidc/login"))


def test_without_a_provider_there_is_only_the_password(lite: World) -> None:
    assert lite.get("/auth/methods") == {"password": True, "oidc": None}
    assert lite.client.get("/auth/oidc/login").status_code == 404
    assert lite.client.get("/auth/oidc/callback").status_code == 404


def test_settings(tmp_path: Path) -> None:
    def given(**values: str) -> Any:
        environ = {f"OSTRO__AUTH__{name.upper()}": value for name, value in values.items()}
        return access.oidc(load_settings({"OSTRO_HOME": str(tmp_path), **environ}))

    assert given() is None
    found = given(oidc_issuer="https://id.example/", oidc_client_id="x", oidc_role_mapping="a=Op, b = Viewer")
    assert (found.issuer, found.role_of) == ("https://id.example", {"a": "Op", "b": "Viewer"})
    with pytest.raises(SettingInvalid, match="oidc_client_id"):
        given(oidc_issuer="https://id.example")
    with pytest.raises(SettingInvalid, match="https"):
        given(oidc_issuer="http://id.example", oidc_client_id="x")
    with pytest.raises(SettingInvalid, match="group=Role"):
        given(oidc_issuer="https://id.example", oidc_client_id="x", oidc_role_mapping="nonsense")
