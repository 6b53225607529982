"""All settings of one process, read once and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ostro.errors import SettingInvalid
from ostro.home import Home
from ostro.settings.access import Auth
from ostro.settings.addresses import without_logins
from ostro.settings.airflow_defaults import DEFAULTS
from ostro.settings.bundles import BundleSetting, parse_bundles
from ostro.settings.option import Option, expand, options_of
from ostro.settings.sections import (
    Api,
    Core,
    Database,
    Loader,
    Logging,
    Operators,
    Scheduler,
    Secrets,
    StateStore,
    Triggerer,
    Worker,
)
from ostro.settings.sources import COMMAND_LINE, ConfigFile, Names, Sources, airflow_path, variable

#: The sections, in the order of the file and the page.
SECTIONS: dict[str, type] = {
    "core": Core,
    "operators": Operators,
    "database": Database,
    "scheduler": Scheduler,
    "state_store": StateStore,
    "loader": Loader,
    "triggerer": Triggerer,
    "worker": Worker,
    "logging": Logging,
    "api": Api,
    "auth": Auth,
    "secrets": Secrets,
}

#: What stands for a secret.
HIDDEN = "(hidden)"
#: Options of [core] and [scheduler] that shape a DAG while its file is parsed (`ParseOrder.defaults`).
_PARSE_CORE = (
    "default_timezone",
    "max_active_tasks_per_dag",
    "max_active_runs_per_dag",
    "max_consecutive_failed_dag_runs_per_dag",
    "default_task_retries",
    "default_task_retry_delay",
    "default_task_execution_timeout",
    "default_task_weight_rule",
    "max_map_length",
    "allow_double_dot_in_ids",
)
_PARSE_SCHEDULER = ("create_cron_data_intervals", "ignore_first_depends_on_past_by_default")

_MISSING: Any = object()


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every option with its value, by section."""

    home: Home
    core: Core
    operators: Operators
    database: Database
    scheduler: Scheduler
    state_store: StateStore
    loader: Loader
    triggerer: Triggerer
    worker: Worker
    logging: Logging
    api: Api
    auth: Auth
    secrets: Secrets
    #: Sentences about what was given and is not used.
    warnings: tuple[str, ...] = ()
    #: Where each option that is not at its default came from, by "section.key".
    origins: Mapping[str, str] = field(default_factory=dict)
    _sources: Sources = field(repr=False)

    @property
    def base_url(self) -> str:
        """Address of the page for links, without a slash at its end."""
        if self.api.base_url:
            return self.api.base_url
        scheme = "https" if self.api.ssl_cert else "http"
        host = f"[{self.api.host}]" if ":" in self.api.host else self.api.host
        return f"{scheme}://{host}:{self.api.port}"

    @property
    def dialect(self) -> int | None:
        """Which Airflow all files speak, 2 or 3; None = each file shows it."""
        return None if self.loader.dialect == "auto" else int(self.loader.dialect)

    @property
    def bundles(self) -> tuple[BundleSetting, ...]:
        """Where DAG files are."""
        # A folder named on the command line is meant instead of all others.
        named = self.origins.get("core.dags_folder") == COMMAND_LINE
        return parse_bundles("" if named else self.loader.bundles, self.core.dags_folder)

    def value(self, option: Option) -> Any:
        """The value of an option."""
        return getattr(getattr(self, option.section), option.key)

    def parse_defaults(self) -> dict[str, Any]:
        """What shapes a DAG whose author did not say, for the process that parses its file."""
        values = {key: getattr(self.core, key) for key in _PARSE_CORE}
        values |= {key: getattr(self.scheduler, key) for key in _PARSE_SCHEDULER}
        values |= {option.key: self.value(option) for option in OPTIONS["operators"]}
        if self.scheduler.catchup_by_default is not None:
            values["catchup_by_default"] = self.scheduler.catchup_by_default
        return values

    def for_children(self) -> dict[str, str]:
        """Variables for the environment of processes that run user code: what is not at its default, as text.

        Such a process reads settings by itself (`conf`), but knows nothing of the command line. Secrets are left out.
        """
        variables = {}
        for option in (option for options in OPTIONS.values() for option in options):
            if option.secret or (option.name not in self.origins and option.name != "api.base_url"):
                continue
            text = self.base_url if option.name == "api.base_url" else _text(self.value(option))
            if option.name == "loader.bundles":
                text = without_logins(text)
            variables[option.variable] = text
            variables |= {variable("AIRFLOW", *_pair(name)): text for name in option.airflow}
        return variables

    def get(self, section: str, key: str, fallback: Any = _MISSING) -> Any:
        """The text of any option, by its own name or one that Airflow gives it: what `conf.get` answers.

        Raises SettingInvalid when nobody gave it, it has no default, and `fallback` is missing.
        """
        section, key = section.lower(), key.lower()
        option = _BY_NAME.get((section, key))
        if option is not None:
            if option.name == "api.base_url":
                return self.base_url
            return _text(self.value(option))
        found = self._sources.find(_foreign(section, key))
        if found is not None:
            return expand(found.text, self._sources.environ)
        if key in DEFAULTS.get(section, {}):
            return DEFAULTS[section][key]
        if fallback is _MISSING:
            raise SettingInvalid(f"Nobody has set [{section}] {key}, and it has no default.")
        return fallback

    def text(self, option: Option) -> str:
        """The value of an option as it would stand in ostro.cfg, secrets too."""
        return _text(self.value(option))

    def of_airflow(self) -> list[tuple[Option, str]]:
        """Options that airflow.cfg or an AIRFLOW__ variable gives, with its place."""
        file = self._sources.airflow_file
        places = ("AIRFLOW__",) if file is None else ("AIRFLOW__", f"{file.path}, ")
        return [
            (option, origin)
            for options in OPTIONS.values()
            for option in options
            if (origin := self.origins.get(option.name, "")).startswith(places)
        ]

    def shown(self, option: Option) -> str:
        """The value of an option for people: a secret is not told."""
        value = self.value(option)
        return HIDDEN if option.secret and value else without_logins(_text(value))


def load_settings(
    environ: Mapping[str, str], home: Path | None = None, overrides: Mapping[str, str | None] | None = None
) -> Settings:
    """Read all settings.

    `home`: the folder of Ostro's state, else OSTRO_HOME, else ~/.ostro. `overrides`: values of the command line by
    "section.key", None = not given. Raises SettingInvalid, one sentence, for a value that cannot be used.
    """
    where = Home.of(environ, home)
    airflow = airflow_path(environ)
    sources = Sources(
        overrides={name: text for name, text in (overrides or {}).items() if text is not None},
        environ=environ,
        own_file=ConfigFile.read(where.config_file, doubled_percent=False),
        airflow_file=None if airflow is None else ConfigFile.read(airflow, doubled_percent=True),
    )
    unknown = [name for name in sources.overrides if tuple(name.split(".", 1)) not in _OWN]
    if unknown:
        raise SettingInvalid(f"There is no setting {unknown[0]}.")
    origins: dict[str, str] = {}
    sections = {
        name: cls(**{option.key: _read(option, sources, where, origins) for option in OPTIONS[name]})
        for name, cls in SECTIONS.items()
    }
    return Settings(
        home=where, **sections, origins=origins, warnings=tuple(_warnings(sources)), _sources=sources
    )


def _read(option: Option, sources: Sources, home: Home, origins: dict[str, str]) -> Any:
    found = sources.find(_names(option))
    if found is None:
        return option.parse(option.default.replace("{home}", str(home.path)), {}, home.path)
    origins[option.name] = found.origin
    try:
        return option.parse(found.text.replace("{home}", str(home.path)), sources.environ, found.folder)
    except ValueError as error:
        given = "(hidden)" if option.secret else repr(found.text)
        text = (
            f"[{option.section}] {option.key} = {given} (from {found.origin}) cannot be used: give {error}."
        )
        raise SettingInvalid(without_logins(text)) from None


def _warnings(sources: Sources) -> list[str]:
    texts = []
    for name in sources.secret_references():
        texts.append(
            f"{name} is not used: Ostro reads no settings from a secrets backend; give the value or _CMD."
        )
    for section, key, place in sources.options():
        if (section, key) in _OWN or section not in SECTIONS or key in DEFAULTS.get(section, {}):
            continue
        close = get_close_matches(key, [option.key for option in OPTIONS[section]], n=1)
        hint = f"; did you mean {close[0]}?" if close else "."
        texts.append(f"{place}: Ostro has no setting [{section}] {key}{hint}")
    if sources.airflow_file is not None and "sql_alchemy_conn" in sources.airflow_file.values.get(
        "database", {}
    ):
        texts.append(
            f"The database in {sources.airflow_file.path} is Airflow's and is not used: Ostro keeps its own."
        )
    executor = sources.find(_foreign("core", "executor"))
    if executor is not None and executor.text.strip() not in ("", "LocalExecutor", "SequentialExecutor"):
        texts.append(f"{executor.origin}: {executor.text} is not used, tasks run on this machine.")
    return texts


def _names(option: Option) -> Names:
    airflow = tuple(_pair(name) for name in option.airflow)
    return Names((option.section, option.key), airflow, airflow if option.airflow_file else ())


def _foreign(section: str, key: str) -> Names:
    return Names((section, key), ((section, key),), ((section, key),))


def _pair(name: str) -> tuple[str, str]:
    section, _, key = name.partition(".")
    return section, key


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value)


#: Every option, by section.
OPTIONS: dict[str, tuple[Option, ...]] = {name: options_of(name, cls) for name, cls in SECTIONS.items()}
_OWN = {(option.section, option.key): option for options in OPTIONS.values() for option in options}
_BY_NAME = {_pair(name): option for option in _OWN.values() for name in option.airflow} | _OWN
