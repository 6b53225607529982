"""Where plugins are: the folder of the settings, else the one in the DAG folder, made now or later."""

from __future__ import annotations

from pathlib import Path

from ostro.assembly import parts
from ostro.settings import load_settings


def found(tmp_path: Path, **overrides: str) -> Path:
    options: dict[str, str | None] = {
        "core.dags_folder": str(tmp_path / "dags"),
        **{f"core.{name}": text for name, text in overrides.items()},
    }
    return Path(parts.plugins_folder(load_settings({}, tmp_path / "home", options)))


def test_in_the_dag_folder_before_anybody_made_it(tmp_path: Path) -> None:
    assert found(tmp_path) == tmp_path / "dags/plugins"


def test_in_the_home_when_it_is_there(tmp_path: Path) -> None:
    (tmp_path / "home/plugins").mkdir(parents=True)
    assert found(tmp_path) == tmp_path / "home/plugins"


def test_the_named_one_before_anybody_made_it(tmp_path: Path) -> None:
    assert found(tmp_path, plugins_folder=str(tmp_path / "plug")) == tmp_path / "plug"


def test_the_one_that_exists_goes_before_the_named_one_that_does_not(tmp_path: Path) -> None:
    (tmp_path / "dags/plugins").mkdir(parents=True)
    assert found(tmp_path, plugins_folder=str(tmp_path / "plug")) == tmp_path / "dags/plugins"
