"""Importing one DAG file, the same way in every process that needs it: parse children, hosts, `ostro dags test`.

Owns the import path and the name under which the file is imported. Refuses freezing and judging; errors of user code
go through unchanged.

As in Airflow the folder of the bundle and the plugins folder stand at the end of `sys.path`, a zip file at its
beginning. The folder of the file itself comes last, so that a file beside it can be imported from any depth.
"""

from __future__ import annotations

import hashlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import re
import sys
import time
import zipimport
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.abc import Loader
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ostro.protocol.task import FileRef
from ostro.sdk import dialect, parsing, plugins
from ostro.sdk.collecting import collect
from ostro.sdk.dag import DAG
from ostro.sdk.exceptions import AirflowClusterPolicySkipDag
from ostro.sdk.parsing import ParseContext
from ostro.sdk.plugins.sources import config_folders

if TYPE_CHECKING:
    from ostro.sdk.plugins.policies import Policies

#: Nanoseconds that a source must have been left alone before its cached bytecode is trusted: the cache knows a source
#: by its size and whole second only, so an edit within the second would go unseen.
SETTLED = 2_000_000_000


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """An imported DAG file."""

    file: FileRef
    module: ModuleType
    #: By dag_id; the first one where the file has several of one id.
    dags: dict[str, DAG]
    #: DAG ids that the file gives to more than one DAG.
    duplicates: list[str]
    #: What was learnt while it was imported; freezing its DAGs happens in the same context.
    context: ParseContext
    #: Which Airflow the file speaks: 2 or 3.
    dialect: int
    #: It imports what only 3.x has: names that 3.x removed are not given to it even with a warning.
    strict: bool = False
    #: DAGs that a policy of the installation refuses, and why.
    refused: Mapping[str, Exception] = field(default_factory=dict)


def load(
    file: FileRef, plugins_folder: str | None = None, defaults: Mapping[str, Any] | None = None
) -> LoadedFile:
    """Import the file and collect its DAGs.

    `defaults` are the settings of `ParseOrder.defaults`. Raises whatever the file raises, and FileNotFoundError when
    it is gone.
    """
    prepare_path(file, plugins_folder)
    plugins.load(plugins_folder)
    context = ParseContext(
        fileloc=location(file), folder=file.folder, pinned=file.dialect, defaults=defaults or {}
    )
    with parsing.parsing(context):
        module = import_file(file)
        dags, duplicates = _by_id(collect(module))
    verdict = dialect.decide(context.notes, pinned=file.dialect)
    strict = verdict == dialect.NEW and dialect.is_surely_new(source(file))
    refused: dict[str, Exception] = {}
    if plugins.cluster_policies is not None:
        with parsing.parsing(context):
            dags, refused = _judged(plugins.cluster_policies, dags, verdict)
    return LoadedFile(file, module, dags, duplicates, context, verdict, strict, refused)


def _judged(
    policies: Policies, dags: dict[str, DAG], verdict: int
) -> tuple[dict[str, DAG], dict[str, Exception]]:
    """The DAGs that the policies of the installation let pass, as they changed them, and those that they refuse."""
    passed: dict[str, DAG] = {}
    refused: dict[str, Exception] = {}
    for dag_id, dag in dags.items():
        try:
            dag.settle(verdict)
            policies.judge(dag)
        except AirflowClusterPolicySkipDag:
            continue
        except (
            Exception
        ) as error:  # the boundary to code of the deployment; one DAG must not take the others with it
            refused[dag_id] = error
        else:
            passed[dag_id] = dag
    return passed, refused


def prepare_path(file: FileRef, plugins_folder: str | None = None) -> None:
    """Put the user's folders on `sys.path`. Calling it again changes nothing."""
    archive, _ = split(file)
    if archive is not None and archive not in sys.path:
        sys.path.insert(0, archive)
    beside = os.path.dirname(archive or location(file))
    folders = [f for f in (file.folder, plugins_folder, *config_folders(), beside) if f]
    for folder in folders:
        if folder not in sys.path:
            sys.path.append(folder)
    _UserFolders.install(folders)


def import_file(file: FileRef) -> ModuleType:
    """Import the file itself, under a name of its own; its code is always compiled from the source on disk."""
    path = location(file)
    name = module_name(file)
    archive, member = split(file)
    loader: Loader
    if archive is None:
        loader = _Uncached(name, path)
    else:
        loader = _Zipped(archive, member, path)
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    if spec is None:
        raise ImportError(f"{path} cannot be imported", path=path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def location(file: FileRef) -> str:
    """Absolute path of the file; for a file in a zip the path of the zip and the member."""
    return os.path.join(file.folder, file.path)


def split(file: FileRef) -> tuple[str | None, str]:
    """Absolute path of the zip file around it (None when there is none), and the path inside."""
    head, found, member = file.path.partition(".zip/")
    if not found:
        return None, file.path
    archive = os.path.join(file.folder, head + ".zip")
    return (archive, member) if os.path.isfile(archive) else (None, file.path)


def source(file: FileRef) -> str:
    """The text of the file, for display. Raises OSError when it cannot be read."""
    archive, member = split(file)
    if archive is None:
        with open(location(file), "rb") as opened:
            data = opened.read()
    else:
        data = _read_member(archive, member)
    try:
        return importlib.util.decode_source(data)
    except (SyntaxError, UnicodeDecodeError):
        # A wrong coding line: the import tells; here the text is only shown.
        return data.decode(errors="replace")


def module_name(file: FileRef) -> str:
    """The name under which the file is imported: unique, and the same in every process."""
    path = location(file)
    stem = os.path.splitext(os.path.basename(path))[0]
    digest = hashlib.sha256(path.encode(errors="surrogateescape")).hexdigest()[:16]
    return f"dagfile_{digest}_{re.sub(r'[^0-9a-zA-Z_]', '_', stem)}"


def _by_id(found: Iterable[DAG]) -> tuple[dict[str, DAG], list[str]]:
    dags: dict[str, DAG] = {}
    twice: dict[str, None] = {}
    for dag in found:
        if dags.setdefault(dag.dag_id, dag) is not dag:
            twice[dag.dag_id] = None
    return dags, list(twice)


# ---- loaders -----------------------------------------------------------------------------------------------


class _Uncached(importlib.machinery.SourceFileLoader):
    """Compiles from source always, and leaves no bytecode behind."""

    def path_stats(self, path: str) -> Any:
        # The way a source loader says that it knows no time of change: then it neither reads nor writes bytecode.
        raise OSError


class _Settled(importlib.machinery.SourceFileLoader):
    """Uses cached bytecode only when it is certainly that of the source."""

    def path_stats(self, path: str) -> Any:
        made = os.stat(path).st_mtime_ns
        if time.time_ns() - made < SETTLED:
            raise OSError
        try:
            cached = os.stat(importlib.util.cache_from_source(path)).st_mtime_ns
        except OSError:
            return super().path_stats(path)
        if cached <= made:
            raise OSError
        return super().path_stats(path)


class _Zipped(importlib.abc.SourceLoader):
    """A DAG file inside a zip file."""

    def __init__(self, archive: str, member: str, path: str) -> None:
        self._archive = archive
        self._member = member
        self._path = path

    def get_filename(self, fullname: str) -> str:
        return self._path

    def get_data(self, path: str | bytes) -> bytes:
        return _read_member(self._archive, self._member)


def _read_member(archive: str, member: str) -> bytes:
    return zipimport.zipimporter(archive).get_data(os.path.join(archive, member))


class _UserFolders:
    """The finder of modules in the folders of users: like Python's own, with `_Settled` for sources."""

    roots: tuple[str, ...] = ()

    @classmethod
    def install(cls, folders: Iterable[str]) -> None:
        added = tuple(f.rstrip("/") for f in folders)
        if set(added) <= set(cls.roots):
            return
        if not cls.roots:
            sys.path_hooks.insert(0, cls.hook)
        cls.roots = tuple(dict.fromkeys((*cls.roots, *added)))
        for folder in list(sys.path_importer_cache):
            if cls.holds(folder):
                del sys.path_importer_cache[folder]

    @classmethod
    def holds(cls, path: str) -> bool:
        return any(path == root or path.startswith(root + "/") for root in cls.roots)

    @classmethod
    def hook(cls, path: str) -> importlib.machinery.FileFinder:
        if not cls.holds(path) or not os.path.isdir(path):
            raise ImportError(path=path)
        machinery = importlib.machinery
        return machinery.FileFinder(
            path,
            (machinery.ExtensionFileLoader, machinery.EXTENSION_SUFFIXES),
            (_Settled, machinery.SOURCE_SUFFIXES),
            (machinery.SourcelessFileLoader, machinery.BYTECODE_SUFFIXES),
        )
