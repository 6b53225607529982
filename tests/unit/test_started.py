"""Commands beside an engine mean its database and its folder; what they are told themselves goes first."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ostro.cli.context import Context
from ostro.settings import load_settings, started

URL = "postgresql://ostro:secret@db.example/ostro"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(__import__("os").environ):
        if name.startswith(("OSTRO_", "AIRFLOW_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("OSTRO_HOME", str(tmp_path))
    return tmp_path


def start(home: Path, **options: str) -> None:
    overrides: dict[str, str | None] = {name.replace("__", "."): text for name, text in options.items()}
    started.keep(load_settings({}, home, overrides))


def test_a_command_uses_what_the_engine_was_told(home: Path) -> None:
    start(home, database__url=URL, core__dags_folder="/srv/dags", api__port="9000")
    told = Context().settings
    asked = load_settings({}, home, {"database.url": URL})
    assert told.database.url == asked.database.url
    assert told.core.dags_folder == Path("/srv/dags")
    assert told.api.port == 8080


def test_what_the_command_is_told_itself_goes_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start(home, database__url=URL, core__dags_folder="/srv/dags")
    monkeypatch.setenv("OSTRO__DATABASE__URL", "sqlite:////tmp/other.db")
    settings = Context({"core.dags_folder": "/mine"}).settings
    assert settings.database.url == "sqlite:////tmp/other.db"
    assert settings.core.dags_folder == Path("/mine")


def test_a_start_is_told_by_its_own_options_only(home: Path) -> None:
    start(home, core__dags_folder="/srv/dags")
    assert Context(starts=True).settings.core.dags_folder == home / "dags"


def test_a_start_without_options_forgets(home: Path) -> None:
    start(home, core__dags_folder="/srv/dags")
    start(home)
    assert Context().settings.core.dags_folder == home / "dags"


def test_it_is_for_the_owner_alone(home: Path) -> None:
    start(home, database__url=URL)
    assert stat.S_IMODE((home / started.FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "[]", '{"database.url": 3}', "\x00"])
def test_a_file_that_cannot_be_used_is_no_harm(home: Path, text: str) -> None:
    (home / started.FILE).write_text(text)
    assert Context().settings.core.dags_folder == home / "dags"
