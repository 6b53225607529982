"""Forms of connections: what providers declare, what hooks of older ones answer, and hooks that cannot be imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ostro.assembly import connection_forms
from ostro.settings import load_settings

HOOK = """
from flask_appbuilder.fieldwidgets import BS3PasswordFieldWidget, BS3TextFieldWidget
from flask_babel import lazy_gettext
from wtforms import BooleanField, IntegerField, PasswordField, StringField
from wtforms.validators import Optional


class OldHook:
    hook_name = "Old service"

    @staticmethod
    def get_connection_form_widgets():
        return {
            "extra__old__region": StringField(lazy_gettext("Region"), widget=BS3TextFieldWidget(), default="eu"),
            "token": PasswordField(lazy_gettext("Token"), widget=BS3PasswordFieldWidget(), validators=[Optional()]),
            "retries": IntegerField("Retries"),
            "verify": BooleanField("Verify", description="Look at certificates"),
        }

    @staticmethod
    def get_ui_field_behaviour():
        return {"hidden_fields": ["schema"], "relabeling": {"login": "Key id"}, "placeholders": {"host": "old.example.com"}}
"""
INFO = """
def get_provider_info():
    return {
        "package-name": "apache-airflow-providers-made",
        "connection-types": [
            {"connection-type": "old", "hook-class-name": "made_provider.hooks.OldHook"},
            {"connection-type": "gone", "hook-class-name": "made_provider.nowhere.Hook", "hook-name": "Gone"},
            {
                "connection-type": "new",
                "hook-class-name": "made_provider.nowhere.Never",
                "hook-name": "New service",
                "ui-field-behaviour": {"hidden-fields": ["port", "extra"], "relabeling": {"password": "API key"}},
                "conn-fields": {"secret_key": {"label": "Secret key", "schema": {"type": ["string", "null"], "format": "password"}}},
            },
        ],
    }
"""


def forms(site: Path) -> dict[str, Any]:
    """The forms with the provider in `site` installed."""
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }
    command = [sys.executable, "-m", "ostro.runtime.connection_forms"]
    done = subprocess.run(command, env=env, capture_output=True, check=True)
    return {one["connection_type"]: one for one in json.loads(done.stdout)}


def install(site: Path) -> None:
    """Put the provider into a folder of packages."""
    package = site / "made_provider"
    package.mkdir()
    (package / "__init__.py").write_text("print('a provider that speaks')\n")
    (package / "hooks.py").write_text(HOOK)
    (package / "info.py").write_text(INFO)
    facts = site / "apache_airflow_providers_made-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: apache-airflow-providers-made\nVersion: 1.0\n"
    )
    (facts / "entry_points.txt").write_text(
        "[apache_airflow_provider]\nprovider_info = made_provider.info:get_provider_info\n"
    )


def test_a_provider_that_is_installed_meanwhile_has_its_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    path = os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])
    monkeypatch.setenv("PYTHONPATH", path)
    asked: list[object] = []
    real = connection_forms.ask

    def counted(*args: Any, **more: Any) -> Any:
        asked.append(args)
        return real(*args, **more)

    monkeypatch.setattr(connection_forms, "ask", counted)
    get = connection_forms.kept_forms(load_settings(os.environ, tmp_path))

    def types() -> set[str]:
        return {one["connection_type"] for one in get()}

    assert "fs" in types() and "old" not in types()
    assert len(asked) == 1
    install(site)
    # A coarse clock of the file system would hide that two changes are two; pip takes longer than its tick.
    os.utime(site, ns=(time.time_ns(), time.time_ns() + 1_000_000_000))
    assert {"old", "new"} <= types() and len(asked) == 2
    assert "old" in types() and len(asked) == 2


def test_the_folder_in_which_the_server_began_may_be_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = tmp_path / "release"
    begun.mkdir()
    monkeypatch.chdir(begun)
    begun.rmdir()
    assert "generic" in {
        one["connection_type"] for one in connection_forms.kept_forms(load_settings(os.environ, tmp_path))()
    }


def test_forms_of_new_old_and_broken_providers(tmp_path: Path) -> None:
    install(tmp_path)
    found = forms(tmp_path)

    old = found["old"]
    assert (old["hook_name"], old["package"], old["problem"]) == (
        "Old service",
        "apache-airflow-providers-made",
        None,
    )
    assert old["standard_fields"]["url_schema"]["hidden"] is True
    assert old["standard_fields"]["login"]["title"] == "Key id"
    assert old["standard_fields"]["host"]["placeholder"] == "old.example.com"
    assert old["extra_fields"]["region"]["value"] == "eu"
    assert old["extra_fields"]["token"]["schema"]["format"] == "password"
    assert old["extra_fields"]["retries"]["schema"]["type"] == ["integer", "null"]
    assert old["extra_fields"]["verify"]["description"] == "Look at certificates"

    new = found["new"]
    assert new["hook_name"] == "New service" and new["problem"] is None
    assert new["standard_fields"]["port"]["hidden"] is True
    assert new["standard_fields"]["password"]["title"] == "API key"
    assert new["extra_fields"]["secret_key"]["schema"]["title"] == "Secret key"

    assert found["gone"]["hook_name"] == "Gone" and "nowhere" in found["gone"]["problem"]
    assert found["fs"]["extra_fields"]["path"]["schema"]["title"] == "Path"
    assert "generic" in found


SAYS = """
from ostro.sdk.connection import Connection
from ostro.sdk.masking import redact

extra = '{"oauth": "canary-%s", "region": "us-east-1"}'
Connection("a", conn_type="new", extra=extra % 1)
Connection("b", conn_type="other", extra=extra % 2)
Connection("c", conn_type="new", extra=extra.replace("oauth", "extra__new__oauth") % 3)
print(redact("canary-1 canary-2 canary-3 us-east-1"))
"""


def test_what_the_form_draws_as_a_password_is_masked_in_logs(tmp_path: Path) -> None:
    """S15: no word of the name `oauth` says that it is a secret; the provider does."""
    install(tmp_path)
    info = tmp_path / "made_provider" / "info.py"
    info.write_text(info.read_text().replace('"secret_key"', '"oauth"'))
    path = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
    done = subprocess.run([sys.executable, "-c", SAYS], env=env, capture_output=True, check=True, text=True)
    assert done.stdout.splitlines()[-1] == "*** canary-2 *** us-east-1"
