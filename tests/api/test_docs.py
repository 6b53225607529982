"""The page on which the REST API can be read and tried."""

from __future__ import annotations

import re

import pytest

from ostro.api.docs import FOLDER

from .conftest import World


def test_who_is_signed_in_gets_it(lite: World) -> None:
    answer = lite.client.get("/docs")
    assert answer.status_code == 200
    assert "docs/docs.js" in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    for name, kind in (("docs.js", "text/javascript"), ("docs.css", "text/css")):
        file = lite.client.get(f"/docs/{name}")
        assert file.status_code == 200
        assert file.headers["content-type"].startswith(kind)


def test_strangers_are_sent_to_the_login(lite: World) -> None:
    del lite.client.headers["Authorization"]
    answer = lite.client.get("/docs", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Fdocs")


@pytest.mark.parametrize("path", ["/docs/other.js", "/docs/index.html"])
def test_nothing_else_is_given_out(lite: World, path: str) -> None:
    assert lite.client.get(path).status_code == 404


def test_switched_off(lite: World) -> None:
    from dataclasses import replace

    object.__setattr__(lite.deps, "config", replace(lite.deps.config, docs_page=False))
    assert lite.client.get("/docs").status_code == 404
    assert lite.client.get("/docs/docs.js").status_code == 404


def test_nothing_comes_from_elsewhere() -> None:
    for file in FOLDER.iterdir():
        text = file.read_text()
        assert not re.search(r"https?://", text), file
        assert "innerHTML" not in text
        assert " onclick=" not in text
        assert "<style" not in text
