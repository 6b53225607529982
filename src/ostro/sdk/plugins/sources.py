"""Where plugins and policies come from. Looks at names and texts only; nothing is imported here.

A file of the plugins folder counts when its text has the word Plugin: the folder also holds modules that DAG files
import, and those shall not be imported by every process. Entry points are read from the metadata folders on sys.path,
without `importlib.metadata`, which costs each process more than all the rest.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

#: Groups of entry points that concern us.
PLUGINS = "airflow.plugins"
POLICIES = "airflow.policy"
#: Module with policies and settings of a deployment, as Airflow calls it.
LOCAL_SETTINGS = "airflow_local_settings"
#: Folders of installed packages; others on sys.path are of users, and may be large.
INSTALLED = frozenset({"site-packages", "dist-packages"})
#: Folders inside a plugins folder that hold no plugins.
SKIPPED = frozenset({"__pycache__", "node_modules", ".git"})


class Entry(NamedTuple):
    """One entry point."""

    group: str
    name: str
    #: "module:attribute"
    value: str
    #: Distribution that brings it, "name==version".
    distribution: str

    def __str__(self) -> str:
        return f"{self.distribution}: {self.name} = {self.value}"


class Found(NamedTuple):
    """What an installation has."""

    #: Files of the plugins folder that may define a plugin, by name.
    files: tuple[str, ...]
    #: Entry points of the group airflow.plugins.
    entries: tuple[Entry, ...]
    #: Where policies come from: paths of local settings, and entry points of the group airflow.policy.
    policies: tuple[str | Entry, ...]


@lru_cache(maxsize=4)
def find(plugins_folder: str | None) -> Found:
    """What was there when a process first asked.

    A parse process asks before it begins to record what its file depends on: what is looked at here is no such thing.
    """
    files = () if plugins_folder is None else tuple(_plugin_files(plugins_folder))
    entries = entry_points()
    settings = local_settings()
    policies: list[str | Entry] = [] if settings is None else [settings]
    policies += [e for e in entries if e.group == POLICIES]
    return Found(files, tuple(e for e in entries if e.group == PLUGINS), tuple(policies))


def config_folders() -> list[str]:
    """Folders of the deployment's own modules: `config` in the home of Ostro and of Airflow."""
    from ostro.sdk.conf import home

    homes = [str(home())]
    if os.environ.get("AIRFLOW_HOME"):
        homes.append(os.path.expanduser(os.environ["AIRFLOW_HOME"]))
    return [folder for h in homes if os.path.isdir(folder := os.path.join(h, "config"))]


def local_settings() -> str | None:
    """Path of airflow_local_settings: in a config folder, else anywhere on sys.path; None when there is none."""
    for folder in (*config_folders(), *sys.path):
        for name in (f"{LOCAL_SETTINGS}.py", os.path.join(LOCAL_SETTINGS, "__init__.py")):
            path = os.path.join(folder or ".", name)
            if os.path.isfile(path):
                return path
    return None


def _plugin_files(folder: str) -> Iterator[str]:
    for base, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in SKIPPED and not f.startswith("."))
        for name in sorted(files):
            path = os.path.join(base, name)
            if name.endswith(".py") and _may_define(path):
                yield path


def _may_define(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return b"Plugin" in file.read()
    except OSError:
        return False


@lru_cache(maxsize=1)
def entry_points() -> tuple[Entry, ...]:
    """The entry points of all installed packages in our groups. Kept for the life of the process and its forks."""
    found: dict[tuple[str, str], Entry] = {}
    for folder in sys.path:
        if os.path.basename(folder.rstrip("/")) not in INSTALLED:
            continue
        try:
            listed = os.listdir(folder)
        except OSError:
            continue
        for name in sorted(listed):
            if name.endswith((".dist-info", ".egg-info")):
                for entry in _read(os.path.join(folder, name)):
                    found.setdefault((entry.group, entry.name), entry)
    return tuple(found.values())


def _read(folder: str) -> Iterator[Entry]:
    try:
        with open(os.path.join(folder, "entry_points.txt"), encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError):
        return
    if PLUGINS not in text and POLICIES not in text:
        return
    name, _, version = os.path.basename(folder).rpartition(".")[0].partition("-")
    group = ""
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("["):
            group = line.strip("[]").strip()
        elif group in (PLUGINS, POLICIES) and "=" in line and not line.startswith(("#", ";")):
            key, _, value = line.partition("=")
            target = value.partition("[")[0].strip()
            yield Entry(group, key.strip(), target, f"{name}=={version}")
