"""The built page, and what stands there before it is built."""

from __future__ import annotations

import pytest

from .conftest import World


@pytest.fixture
def built(lite: World) -> World:
    """A page with one asset; the app is made anew, because it looks for the page once."""
    from starlette.testclient import TestClient

    from ostro.api.app import create_app

    (lite.static / "assets").mkdir(parents=True)
    (lite.static / "index.html").write_text("<!doctype html><title>page</title>")
    (lite.static / "assets" / "app-1a2b.js").write_text("let x")
    (lite.static / "favicon.svg").write_text("<svg/>")
    (lite.static.parent / "secret.txt").write_text("secret")
    lite.app.state.tail.close()
    lite.app = create_app(lite.deps)
    lite.client = TestClient(lite.app)
    return lite


def test_without_a_build_it_says_how(lite: World) -> None:
    answer = lite.client.get("/")
    assert answer.status_code == 503
    assert "npm --prefix ui run build" in answer.text


@pytest.mark.parametrize("path", ["/", "/dags", "/dags/x/runs/y", "/login", "/index.html"])
def test_client_routes_get_the_page(built: World, path: str) -> None:
    answer = built.client.get(path)
    assert answer.status_code == 200
    assert "<title>page" in answer.text
    assert answer.headers["cache-control"] == "no-cache"
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_assets_are_cached_for_ever(built: World) -> None:
    answer = built.client.get("/assets/app-1a2b.js")
    assert answer.text == "let x"
    assert "immutable" in answer.headers["cache-control"]
    assert "javascript" in answer.headers["content-type"]
    assert built.client.get("/assets/app-old.js").status_code == 404
    assert built.client.get("/assets/7").text == built.client.get("/").text
    assert built.client.get("/favicon.svg").headers["cache-control"] == "no-cache"


def test_code_is_sent_compressed_to_who_takes_it(built: World) -> None:
    text = "let x = 1;\n" * 1000
    (built.static / "assets" / "large-1a2b.js").write_text(text)
    asked = "/assets/large-1a2b.js"
    for _ in range(2):
        answer = built.client.get(asked)
        assert (answer.text, answer.headers["content-encoding"]) == (text, "gzip")
        assert int(answer.headers["content-length"]) < len(text) / 10
        assert (answer.headers["vary"], "immutable" in answer.headers["cache-control"]) == (
            "Accept-Encoding",
            True,
        )
        assert "javascript" in answer.headers["content-type"]
    head = built.client.head(asked)
    assert (head.content, head.headers["content-encoding"]) == (b"", "gzip")
    plain = built.client.get(asked, headers={"Accept-Encoding": "identity"})
    assert (plain.text, "content-encoding" in plain.headers) == (text, False)
    part = built.client.get(asked, headers={"Range": "bytes=0-2"})
    assert (part.status_code, part.text) == (206, "let")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/../../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "//secret.txt",
        "/%00",
    ],
)
def test_nothing_outside_the_folder_is_served(built: World, path: str) -> None:
    answer = built.client.get(path)
    assert "secret" not in answer.text


def test_a_link_out_of_the_folder_is_not_followed(built: World) -> None:
    (built.static / "link.txt").symlink_to(built.static.parent / "secret.txt")
    assert "secret" not in built.client.get("/link.txt").text


def test_only_reading(built: World) -> None:
    assert built.client.post("/dags").status_code == 404
