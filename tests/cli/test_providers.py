"""`ostro providers`: names, placeholders for Airflow's own packages, what is installed."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from ostro.cli import main as cli
from ostro.cli import placeholders, providers
from ostro.errors import BadRequest
from ostro.sdk.providers import ProviderInfo, ProvidersManager

from .conftest import Shell


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("slack", "apache-airflow-providers-slack"),
        ("common.sql", "apache-airflow-providers-common-sql"),
        ("cncf_kubernetes", "apache-airflow-providers-cncf-kubernetes"),
        ("slack[http]==8.6.0", "apache-airflow-providers-slack[http]==8.6.0"),
        ("http >= 5, < 7", "apache-airflow-providers-http>=5,<7"),
        ("apache-airflow-providers-ssh", "apache-airflow-providers-ssh"),
        ("airflow-provider-fivetran-async", "airflow-provider-fivetran-async"),
    ],
)
def test_short_names_of_providers(given: str, wanted: str) -> None:
    assert providers.requirement(given) == wanted


@pytest.mark.parametrize("given", ["", "--index-url=x", "a b", "https://example.com/x.whl"])
def test_what_is_no_name_is_refused(given: str) -> None:
    with pytest.raises(BadRequest, match="no name of a provider"):
        providers.requirement(given)


def test_pip_installs_placeholders_and_they_meet_the_requirements(tmp_path: Path) -> None:
    """The wheels are real: pip takes them, they have no files, and their versions satisfy what providers ask for."""
    wheels = placeholders.build(tmp_path, placeholders.VERSIONS)
    target = tmp_path / "site"
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        "--target",
        str(target),
    ]
    subprocess.run([*command, *map(str, wheels)], check=True, capture_output=True)

    found = {dist.name: dist for dist in metadata.distributions(path=[str(target)])}
    assert found.keys() == placeholders.VERSIONS.keys()
    assert all(placeholders.is_placeholder(dist.version) for dist in found.values())
    assert not (target / "airflow").exists()
    assert any(line.startswith("requests") for line in found["apache-airflow"].requires or ())
    with zipfile.ZipFile(wheels[0]) as wheel:
        assert wheel.testzip() is None


def test_a_placeholder_is_no_rival(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Found:
        version = "3.3.2" + placeholders.MARK

    monkeypatch.setattr(cli, "distribution", lambda name: Found())
    assert cli.main(["version"]) == 0
    assert capsys.readouterr().err == ""


def test_installing_beside_airflow_is_refused(monkeypatch: pytest.MonkeyPatch, shell: Shell) -> None:
    monkeypatch.setattr(placeholders, "real", lambda: ["apache-airflow"])
    out = shell.fails("providers", "install", "slack")
    assert "Airflow itself is installed" in out and "new environment" in out


def test_the_command_of_the_installer(monkeypatch: pytest.MonkeyPatch, shell: Shell) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], check: bool) -> Any:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(providers.subprocess, "run", run)
    monkeypatch.setattr(placeholders, "missing", lambda: ["apache-airflow"])
    out = shell.run("providers", "install", "-U", "http", "standard")
    (command,) = commands
    assert "standard provider is part of Ostro" in out
    assert command[:4] == [sys.executable, "-m", "pip", "install"] and "--upgrade" in command
    assert command[-2].endswith("+ostro-py3-none-any.whl")
    assert command[-1] == "apache-airflow-providers-http"


def test_installed_providers_are_listed(monkeypatch: pytest.MonkeyPatch, shell: Shell) -> None:
    data = {
        "description": "`A Thing <https://a.example>`__\n",
        "connection-types": [{"connection-type": "thing", "hook-class-name": "x.Y"}],
        "task-decorators": [{"name": "thing", "class-name": "x.thing"}],
    }
    found = {"apache-airflow-providers-thing": ProviderInfo("1.2", data)}
    monkeypatch.setattr(ProvidersManager, "_shared", {"providers": found})

    (row,) = json.loads(shell.run("providers", "list", "-o", "json"))
    assert row == {
        "package_name": "apache-airflow-providers-thing",
        "version": "1.2",
        "description": "A Thing",
        "connection_types": "thing",
        "task_decorators": "thing",
    }
    assert json.loads(shell.run("providers", "get", "thing", "--full", "-o", "json"))[0]["task-decorators"]
    assert "ostro providers install other" in shell.fails("providers", "get", "other")


def test_the_manager_answers_what_providers_ask_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    data = {
        "connection-types": [{"connection-type": "thing", "hook-class-name": "x.Y"}],
        "dialects": [{"dialect-type": "quick", "dialect-class-name": "x.Quick"}],
    }
    monkeypatch.setattr(ProvidersManager, "_shared", {"providers": {"p": ProviderInfo("1.2", data)}})
    manager = ProvidersManager()

    assert manager.hooks["thing"].package_name == "p"  # type: ignore[union-attr]
    assert manager.providers["p"].version == "1.2"
    assert manager.dialects["quick"]._asdict()["dialect_class_name"] == "x.Quick"
    manager.initialize_providers_hooks()
    with pytest.raises(AttributeError):
        manager.nonsense  # noqa: B018
