"""The list of DAG bundles as text: Airflow's JSON, or one short line for each.

    [{"name": "dags", "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle", "kwargs": {"path": "/srv/dags"}}]
    dags = /srv/dags, team = git+https://example.org/team.git@main:flows

Any other class is used as it is (`ostro.loader.foreign`).

Source of the names: Airflow's pages on DAG bundles and on the git provider.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec

from ostro.errors import SettingInvalid

_LOCAL = "LocalDagBundle"
_GIT = "GitDagBundle"
_NAME = re.compile(r"[\w.-]+")
_CLASSPATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")
_SHORT_GIT = re.compile(r"git\+(?P<url>.+?)(?:@(?P<ref>[^@:/][^@:]*))?(?::(?P<subdir>[^:/@][^:@]*))?")
_LOCAL_KWARGS = {"path", "refresh_interval", "view_url_template", "version", "name"}
_GIT_KWARGS = {
    "tracking_ref", "subdir", "git_conn_id", "repo_url", "refresh_interval", "view_url_template", "prune_dotgit_folder",
    "version", "name", "submodules",
}  # fmt: skip


class BundleSetting(msgspec.Struct, frozen=True, kw_only=True):
    """One bundle. Of a local one `path` is set, of a git one `git_conn_id` or `repo_url`, of any other `classpath`."""

    name: str
    path: Path | None = None
    repo_url: str | None = None
    git_conn_id: str | None = None
    #: Class of a bundle that is neither, and what it is made with.
    classpath: str | None = None
    kwargs: dict[str, Any] = {}
    #: Branch, tag or commit that is followed.
    tracking_ref: str = "main"
    #: Folder inside the repository.
    subdir: str = ""
    #: Whether its submodules are fetched, and theirs.
    submodules: bool = False
    #: Seconds between two looks at the remote repository; None = as in the settings.
    refresh_interval: float | None = None
    #: Address of a version on the web, with `{version}` and `{subdir}`.
    view_url_template: str | None = None

    @property
    def is_git(self) -> bool:
        """Whether it comes from a repository."""
        return self.path is None and self.classpath is None


def parse_bundles(text: str, dags_folder: Path) -> tuple[BundleSetting, ...]:
    """The bundles of the setting; an empty one is the DAG folder alone. Raises SettingInvalid."""
    text = text.strip()
    if not text:
        found = [BundleSetting(name="dags-folder", path=dags_folder)]
    elif text.startswith(("[", "{")):
        found = [_of_json(entry, dags_folder) for entry in _json(text)]
    else:
        found = [_of_line(line.strip()) for line in re.split(r"[,\n]", text) if line.strip()]
    for bundle in found:
        if not _NAME.fullmatch(bundle.name):
            raise _invalid(f"{bundle.name!r} is no name; use letters, digits, '.', '_' and '-'")
        if sum(other.name == bundle.name for other in found) > 1:
            raise _invalid(f"two bundles have the name {bundle.name!r}")
    return tuple(found)


def check_bundles(text: str) -> str:
    """The text, when it is a list of bundles; raises ValueError with what is allowed."""
    try:
        parse_bundles(text, Path("/"))
    except SettingInvalid as error:
        raise ValueError(f"a list of bundles ({str(error).partition(': ')[2].rstrip('.')})") from None
    return text


def _json(text: str) -> list[Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise _invalid(f"it is no JSON ({error})") from None
    if not isinstance(found, list):
        raise _invalid("it must be a list of bundles")
    return found


def _of_json(entry: Any, dags_folder: Path) -> BundleSetting:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise _invalid(f"{entry!r} needs a name")
    name, classpath = entry["name"], str(entry.get("classpath", ""))
    kwargs = entry.get("kwargs") or {}
    if not isinstance(kwargs, dict):
        raise _invalid(f"the kwargs of bundle {name!r} must be an object")
    module, _, kind = classpath.rpartition(".")
    # A class of somebody's own may have any name.
    is_known = not module or module.startswith("airflow.")
    if is_known and kind == _LOCAL:
        _check_keys(name, kwargs, _LOCAL_KWARGS)
        path = kwargs.get("path")
        return BundleSetting(name=name, path=dags_folder if path is None else Path(path).expanduser())
    if is_known and kind == _GIT:
        _check_keys(name, kwargs, _GIT_KWARGS)
        return _git(name, kwargs)
    if not _CLASSPATH.fullmatch(classpath):
        raise _invalid(
            f"bundle {name!r} has the class {classpath!r}; give {_LOCAL}, {_GIT}, or the dotted path of a subclass of "
            "BaseDagBundle"
        )
    interval = kwargs.get("refresh_interval")
    return BundleSetting(
        name=name,
        classpath=classpath,
        kwargs={str(key): value for key, value in kwargs.items()},
        refresh_interval=None if interval is None else float(interval),
    )


def _git(name: str, kwargs: dict[str, Any]) -> BundleSetting:
    if not kwargs.get("tracking_ref"):
        raise _invalid(f"bundle {name!r} needs a tracking_ref: a branch, tag or commit")
    interval = kwargs.get("refresh_interval")
    connection, url = kwargs.get("git_conn_id"), kwargs.get("repo_url")
    if not connection and not url:
        # As Airflow's git hook.
        connection = "git_default"
    return BundleSetting(
        name=name,
        repo_url=url,
        git_conn_id=connection,
        tracking_ref=str(kwargs["tracking_ref"]),
        subdir=_inside(name, str(kwargs.get("subdir") or "")),
        submodules=bool(kwargs.get("submodules")),
        refresh_interval=None if interval is None else float(interval),
        view_url_template=kwargs.get("view_url_template"),
    )


def _of_line(line: str) -> BundleSetting:
    name, separator, place = (part.strip() for part in line.partition("="))
    if not separator or not place:
        raise _invalid(
            f"{line!r} must be like name = /folder, or name = git+https://host/repository.git@branch:folder"
        )
    found = _SHORT_GIT.fullmatch(place)
    if found is None:
        return BundleSetting(name=name, path=Path(place).expanduser())
    return BundleSetting(
        name=name,
        repo_url=found["url"],
        tracking_ref=found["ref"] or "main",
        subdir=_inside(name, found["subdir"] or ""),
    )


def _inside(name: str, subdir: str) -> str:
    subdir = subdir.strip("/")
    if ".." in subdir.split("/"):
        raise _invalid(f"the subdir of bundle {name!r} leads out of the repository")
    return subdir


def _check_keys(name: str, kwargs: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(set(kwargs) - known)
    if unknown:
        raise _invalid(
            f"bundle {name!r} has the unknown argument {unknown[0]!r}; there are {', '.join(sorted(known))}"
        )


def _invalid(text: str) -> SettingInvalid:
    return SettingInvalid(f"[loader] bundles cannot be used: {text}.")
