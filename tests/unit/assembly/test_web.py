"""The web server before an engine has made the tables."""

from __future__ import annotations

from typing import Any

import pytest

from ostro.assembly import web
from ostro.errors import StoreError


class Late:
    """A store whose tables are there at the third look."""

    looks = 0

    def check(self) -> None:
        self.looks += 1
        if self.looks < 3:
            raise StoreError("there are no tables; run: ostro db migrate")


def test_who_waits_is_told_why_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(web, "SAY_AFTER", 0.0)
    monkeypatch.setattr(web, "LOOK_EVERY", 0.0)
    store: Any = Late()
    web._wait_for_tables(store)
    said = capsys.readouterr().err
    assert said == "ostro: waiting for the database: there are no tables; run: ostro db migrate\n"


def test_a_short_wait_is_silent(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(web, "LOOK_EVERY", 0.0)
    store: Any = Late()
    web._wait_for_tables(store)
    assert capsys.readouterr().err == ""
