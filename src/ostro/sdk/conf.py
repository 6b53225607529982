"""`conf`: settings as DAG files read them (`from airflow.configuration import conf`).

Order: `OSTRO__SECTION__KEY`, then `AIRFLOW__SECTION__KEY` of the environment, then `$OSTRO_HOME/ostro.cfg`, then
`$AIRFLOW_HOME/airflow.cfg`, then the defaults that DAG code asks for. Files are read at the first question, not at import.
"""

from __future__ import annotations

import configparser
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_MISSING: Any = object()
_TRUE = frozenset({"t", "true", "1", "yes", "on"})
_FALSE = frozenset({"f", "false", "0", "no", "off"})

#: Values that DAG files rely on; `{home}` is the folder of Ostro's state.
DEFAULTS: dict[str, dict[str, str]] = {
    "core": {
        "dags_folder": "{home}/dags",
        "plugins_folder": "{home}/plugins",
        "default_timezone": "utc",
        "executor": "LocalExecutor",
        "parallelism": "32",
        "max_active_tasks_per_dag": "16",
        "max_active_runs_per_dag": "16",
        "max_consecutive_failed_dag_runs_per_dag": "0",
        "dags_are_paused_at_creation": "True",
        "load_examples": "False",
        "default_task_retries": "0",
        "default_task_retry_delay": "300",
        "max_task_retry_delay": "86400",
        "default_task_weight_rule": "downstream",
        "default_task_execution_timeout": "",
        "default_pool_task_slot_count": "128",
        "dag_run_conf_overrides_params": "True",
        "max_map_length": "1024",
        "max_templated_field_length": "4096",
        "allow_double_dot_in_ids": "False",
        "unit_test_mode": "False",
        "hide_sensitive_var_conn_fields": "True",
        "sensitive_var_conn_names": "",
        "allowed_deserialization_classes": "airflow.*",
        "allowed_deserialization_classes_regexp": "",
        "xcom_backend": "airflow.sdk.execution_time.xcom.BaseXCom",
        "test_connection": "Disabled",
        "security": "",
    },
    "logging": {
        "base_log_folder": "{home}/logs",
        "logging_level": "INFO",
        "namespace_levels": "",
        "remote_logging": "False",
        "min_length_masked_secret": "5",
    },
    "scheduler": {
        "catchup_by_default": "False",
        "create_cron_data_intervals": "False",
        "create_delta_data_intervals": "False",
        "ignore_first_depends_on_past_by_default": "True",
    },
    "operators": {"default_owner": "airflow", "default_deferrable": "false", "default_queue": "default"},
    "sensors": {"default_timeout": "604800"},
    "email": {
        "email_backend": "airflow.utils.email.send_email_smtp",
        "email_conn_id": "smtp_default",
        "default_email_on_retry": "True",
        "default_email_on_failure": "True",
    },
    "smtp": {
        "smtp_host": "localhost",
        "smtp_starttls": "True",
        "smtp_ssl": "False",
        "smtp_port": "25",
        "smtp_mail_from": "airflow@example.com",
        "smtp_timeout": "30",
        "smtp_retry_limit": "5",
    },
    "api": {"base_url": "http://localhost:8080", "host": "127.0.0.1", "port": "8080"},
    "webserver": {"base_url": "http://localhost:8080"},
    "secrets": {"backend": "", "backend_kwargs": "", "use_cache": "False", "cache_ttl_seconds": "900"},
    "state_store": {
        "default_retention_days": "30",
        "max_value_storage_bytes": "65535",
        "clear_on_success": "False",
    },
    "workers": {"secrets_backend": "", "secrets_backend_kwargs": ""},
}


def home() -> Path:
    """The folder of Ostro's state: OSTRO_HOME, else ~/.ostro."""
    return Path(os.environ.get("OSTRO_HOME") or "~/.ostro").expanduser()


def _config_error(text: str) -> Exception:
    from ostro.sdk.exceptions import AirflowConfigException

    return AirflowConfigException(text)


class Conf:
    """Read access to settings with configparser's words."""

    def __init__(self) -> None:
        self._files: list[configparser.ConfigParser] | None = None
        self._overrides: dict[tuple[str, str], str] = {}

    # ---- lookup --------------------------------------------------------------------------------------------

    def _find(self, section: str, key: str) -> str | None:
        section, key = section.lower(), key.lower()
        if (section, key) in self._overrides:
            return self._overrides[section, key]
        for prefix in ("OSTRO", "AIRFLOW"):
            name = f"{prefix}__{section.upper().replace('.', '_')}__{key.upper()}"
            if name in os.environ:
                return os.path.expandvars(os.environ[name])
            if f"{name}_CMD" in os.environ:
                command = os.environ[f"{name}_CMD"]
                return subprocess.run(
                    command, shell=True, check=True, capture_output=True, text=True
                ).stdout.strip()
        for parser in self._parsers():
            if parser.has_option(section, key):
                return os.path.expandvars(parser.get(section, key))
        default = DEFAULTS.get(section, {}).get(key)
        return None if default is None else default.replace("{home}", str(home()))

    def _parsers(self) -> list[configparser.ConfigParser]:
        if self._files is None:
            paths = [home() / "ostro.cfg"]
            if "AIRFLOW_CONFIG" in os.environ:
                paths.append(Path(os.environ["AIRFLOW_CONFIG"]).expanduser())
            elif "AIRFLOW_HOME" in os.environ:
                paths.append(Path(os.environ["AIRFLOW_HOME"]).expanduser() / "airflow.cfg")
            self._files = []
            for path in paths:
                parser = configparser.ConfigParser(interpolation=None, allow_no_value=True)
                if parser.read(path, encoding="utf-8"):
                    self._files.append(parser)
        return self._files

    def get(self, section: str, key: str, fallback: Any = _MISSING, **_: Any) -> Any:
        """The text of a setting. Raises AirflowConfigException when it is not known and no fallback is given."""
        found = self._find(section, key)
        if found is not None:
            return found
        if fallback is _MISSING:
            raise _config_error(f"section/key [{section}/{key}] not found in config")
        return fallback

    def get_mandatory_value(self, section: str, key: str, **kwargs: Any) -> str:
        """Like `get`, never None."""
        value = self.get(section, key, **kwargs)
        if value is None:
            raise _config_error(f"the value {section}/{key} should be set")
        return str(value)

    def getboolean(self, section: str, key: str, fallback: Any = _MISSING, **_: Any) -> Any:
        """true/false of the words t, true, 1, yes, on and their opposites."""
        value = self.get(section, key, fallback=fallback)
        if not isinstance(value, str):
            return value
        word = value.split("#")[0].strip().lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        raise _config_error(f"[{section}] {key} = {value!r} is no truth value")

    def getint(self, section: str, key: str, fallback: Any = _MISSING, **_: Any) -> Any:
        """A whole number."""
        return self._number(int, section, key, fallback)

    def getfloat(self, section: str, key: str, fallback: Any = _MISSING, **_: Any) -> Any:
        """A number."""
        return self._number(float, section, key, fallback)

    def _number(self, kind: type[int] | type[float], section: str, key: str, fallback: Any) -> Any:
        value = self.get(section, key, fallback=fallback)
        if value is None:
            return None
        try:
            return kind(value)
        except (TypeError, ValueError):
            raise _config_error(f"[{section}] {key} = {value!r} is no {kind.__name__}") from None

    def getlist(
        self, section: str, key: str, fallback: Any = _MISSING, delimiter: str = ",", **_: Any
    ) -> Any:
        """Texts between delimiters, stripped."""
        value = self.get(section, key, fallback=fallback)
        if not isinstance(value, str):
            return value
        return [part.strip() for part in value.split(delimiter) if part.strip()]

    def getjson(self, section: str, key: str, fallback: Any = None, **_: Any) -> Any:
        """The value of JSON text; `fallback` when empty."""
        value = self.get(section, key, fallback="")
        if not value:
            return fallback
        try:
            return json.loads(value)
        except ValueError as error:
            raise _config_error(f"[{section}] {key} is no JSON: {error}") from None

    def getimport(self, section: str, key: str, **kwargs: Any) -> Any:
        """The object that a dotted path names, None when empty."""
        path = self.get(section, key, **kwargs)
        if not path:
            return None
        from ostro.sdk.serde import import_class

        try:
            return import_class(path)
        except ImportError as error:
            raise _config_error(f"[{section}] {key}: {error}") from None

    def getenum(self, section: str, key: str, enum_class: Any, fallback: Any = _MISSING, **_: Any) -> Any:
        """A member of an enum by its name."""
        value = self.get(section, key, fallback=fallback)
        return enum_class[value] if isinstance(value, str) else value

    # ---- whole sections ------------------------------------------------------------------------------------

    def has_option(self, section: str, option: str, **_: Any) -> bool:
        """Whether the setting has a value."""
        return self._find(section, option) is not None

    def has_section(self, section: str) -> bool:
        """Whether any setting of the section is known."""
        return any(True for _ in self._keys(section))

    def _keys(self, section: str) -> Iterator[str]:
        section = section.lower()
        yield from DEFAULTS.get(section, {})
        for parser in self._parsers():
            if parser.has_section(section):
                yield from parser.options(section)
        for prefix in ("OSTRO", "AIRFLOW"):
            start = f"{prefix}__{section.upper()}__"
            for name in os.environ:
                if name.startswith(start):
                    yield name.removeprefix(start).lower()

    def getsection(self, section: str) -> dict[str, Any] | None:
        """All settings of a section, numbers and truth values read as such; None for an unknown section."""
        found: dict[str, Any] = {}
        for key in self._keys(section):
            found[key] = _guess(self._find(section, key))
        return found or None

    def sections(self) -> list[str]:
        """Names of all known sections."""
        names = dict.fromkeys(DEFAULTS)
        for parser in self._parsers():
            names |= dict.fromkeys(parser.sections())
        return list(names)

    def as_dict(self, *_: Any, **__: Any) -> dict[str, dict[str, Any]]:
        """All settings by section, as text."""
        return {s: {k: self._find(s, k) for k in self._keys(s)} for s in self.sections()}

    def set(self, section: str, option: str, value: str | None = None) -> None:
        """Override a setting in this process."""
        self._overrides[section.lower(), option.lower()] = str(value)

    def remove_option(self, section: str, option: str, **_: Any) -> None:
        """Take an override back."""
        self._overrides.pop((section.lower(), option.lower()), None)


def _guess(text: str | None) -> Any:
    if text is None:
        return None
    word = text.strip().lower()
    if word in ("true", "false"):
        return word == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


conf = Conf()
