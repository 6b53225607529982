"""The places a value can come from, and their order.

command line, OSTRO__SECTION__KEY, AIRFLOW__SECTION__KEY, ostro.cfg, airflow.cfg; then the default. An environment
variable that ends in _CMD, or an option that ends in _cmd in a file, names a command whose output is the value.
"""

from __future__ import annotations

import configparser
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ostro.errors import SettingInvalid

#: Seconds that a command of `_CMD` may take.
COMMAND_TIMEOUT = 30

#: Origin of a value that is an option of the command line.
COMMAND_LINE = "the command line"


@dataclass(frozen=True)
class Found:
    """A text and where it was found."""

    text: str
    origin: str
    #: Folder that relative paths count from.
    folder: Path


@dataclass(frozen=True)
class Names:
    """Names under which one value is looked up: its own, and those in Airflow ("section", "key")."""

    own: tuple[str, str]
    airflow: tuple[tuple[str, str], ...]
    #: Names that count in airflow.cfg.
    airflow_file: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ConfigFile:
    """One ini file. Sections and keys in small letters."""

    path: Path
    values: Mapping[str, Mapping[str, str]]

    @classmethod
    def read(cls, path: Path, *, doubled_percent: bool) -> ConfigFile | None:
        """The file, None when there is none. `doubled_percent`: `%%` stands for `%`, as in airflow.cfg.

        Raises SettingInvalid when it cannot be read or is no ini file.
        """
        parser = configparser.ConfigParser(interpolation=None, allow_no_value=True)
        try:
            with path.open(encoding="utf-8") as file:
                parser.read_file(file, source=str(path))
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError, configparser.Error) as error:
            raise SettingInvalid(f"The file {path} cannot be read: {' '.join(str(error).split())}") from error
        values = {
            section.lower(): {
                key: (text or "").replace("%%", "%") if doubled_percent else text or ""
                for key, text in parser.items(section)
            }
            for section in parser.sections()
        }
        return cls(path, values)


@dataclass(frozen=True)
class Sources:
    """All places, read once."""

    overrides: Mapping[str, str]
    environ: Mapping[str, str]
    own_file: ConfigFile | None
    airflow_file: ConfigFile | None

    def find(self, names: Names) -> Found | None:
        """The first text of a value. Raises SettingInvalid when a command fails."""
        here = Path()
        dotted = ".".join(names.own)
        if dotted in self.overrides:
            return Found(self.overrides[dotted], COMMAND_LINE, here)
        for prefix, pairs in (("OSTRO", [names.own]), ("AIRFLOW", names.airflow)):
            for pair in pairs:
                if found := self._in_environ(variable(prefix, *pair)):
                    return found
        for file, pairs in ((self.own_file, [names.own]), (self.airflow_file, names.airflow_file)):
            for pair in pairs:
                if file is not None and (found := _in_file(file, *pair)):
                    return found
        return None

    def _in_environ(self, name: str) -> Found | None:
        if name in self.environ:
            return Found(self.environ[name], name, Path())
        if f"{name}_CMD" in self.environ:
            return Found(_output(self.environ[f"{name}_CMD"], f"{name}_CMD"), f"{name}_CMD", Path())
        return None

    def options(self) -> Iterator[tuple[str, str, str]]:
        """Section, key and place of what stands in ostro.cfg and in OSTRO__ variables."""
        if self.own_file is not None:
            for section, values in self.own_file.values.items():
                for key in values:
                    yield section, key.removesuffix("_cmd"), str(self.own_file.path)
        for name in self.environ:
            parts = name.lower().split("__", 2)
            if name.startswith("OSTRO__") and len(parts) == 3:
                yield parts[1], parts[2].removesuffix("_cmd"), name

    def sections(self) -> Iterable[str]:
        """Names of all sections of the files."""
        for file in (self.own_file, self.airflow_file):
            if file is not None:
                yield from file.values

    def secret_references(self) -> Iterator[str]:
        """Variables that name a value in a secrets backend."""
        for name in self.environ:
            if name.startswith(("OSTRO__", "AIRFLOW__")) and name.endswith("_SECRET"):
                yield name


def variable(prefix: str, section: str, key: str) -> str:
    """Name of the environment variable of an option."""
    return f"{prefix}__{section.upper().replace('.', '_')}__{key.upper()}"


def airflow_path(environ: Mapping[str, str]) -> Path | None:
    """Where airflow.cfg is, when the environment says so."""
    home = str(Path.home())
    if environ.get("AIRFLOW_CONFIG"):
        return Path(environ["AIRFLOW_CONFIG"].replace("~", environ.get("HOME", home), 1))
    if environ.get("AIRFLOW_HOME"):
        return Path(environ["AIRFLOW_HOME"].replace("~", environ.get("HOME", home), 1)) / "airflow.cfg"
    return None


def _in_file(file: ConfigFile, section: str, key: str) -> Found | None:
    values = file.values.get(section, {})
    place = f"{file.path}, [{section}] {key}"
    if key in values:
        return Found(values[key], place, file.path.parent)
    if f"{key}_cmd" in values:
        return Found(_output(values[f"{key}_cmd"], f"{place}_cmd"), f"{place}_cmd", file.path.parent)
    return None


def _output(command: str, place: str) -> str:
    import shlex
    import subprocess

    try:
        done = subprocess.run(
            shlex.split(command), capture_output=True, text=True, timeout=COMMAND_TIMEOUT, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise SettingInvalid(f"The command of {place} could not be run: {error}") from error
    if done.returncode != 0:
        # Its output is not shown: it may hold a part of the secret.
        raise SettingInvalid(f"The command of {place} ended with exit status {done.returncode}.")
    return done.stdout.strip()
