"""Forms of connections: what providers declare, what hooks of older ones answer, and hooks that cannot be imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

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


def test_forms_of_new_old_and_broken_providers(tmp_path: Path) -> None:
    package = tmp_path / "made_provider"
    package.mkdir()
    (package / "__init__.py").write_text("print('a provider that speaks')\n")
    (package / "hooks.py").write_text(HOOK)
    (package / "info.py").write_text(INFO)
    facts = tmp_path / "apache_airflow_providers_made-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: apache-airflow-providers-made\nVersion: 1.0\n"
    )
    (facts / "entry_points.txt").write_text(
        "[apache_airflow_provider]\nprovider_info = made_provider.info:get_provider_info\n"
    )

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
