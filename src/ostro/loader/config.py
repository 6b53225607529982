"""What the loader must be told; each value with its default and unit."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from ostro.loader.foreign import ForeignConfig
from ostro.loader.git import GitConfig


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """A folder of DAG files."""

    #: Absolute path; of a repository that is followed the folder with the files of its branch.
    folder: str
    #: The repository that it comes from.
    git: GitConfig | None = None
    #: The class of somebody else that brings it here.
    foreign: ForeignConfig | None = None
    name: str = "dags-folder"
    #: Forced dialect of its files: 2, 3 or None = decided by each file.
    dialect: int | None = None
    #: Seconds between two parses of a file built from outside data; None = as in `LoaderConfig`.
    refresh_every: float | None = None


class LoaderConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of one loader."""

    bundles: tuple[Bundle, ...]
    plugins_folder: str | None = None
    #: Settings that shape a DAG whose author did not say (`ParseOrder.defaults`). A change of them parses everything.
    defaults: dict[str, Any] = {}
    #: Syntax of .airflowignore files.
    ignore_syntax: Literal["glob", "regexp"] = "glob"
    #: Parse only files whose text mentions Airflow (or Ostro) and a DAG or asset.
    safe_mode: bool = True
    #: Most parse processes at once.
    processes: int = 2
    #: Seconds that the import of one file may take.
    time_limit: float = 30.0
    #: MiB of address space that a parse process may use on top of the SDK's, 0 = no limit.
    memory_limit: int = 4096
    #: Seconds between two parses of a file that read the network, started a program or broke its process.
    refresh_every: float = 300.0
    #: Seconds between two parses of any file, spread out: the net below all notices of change. 0 = never.
    refresh_all_every: float = 3600.0
    #: Seconds between two looks at all files (times of change only), for folders that send no notices (network drives).
    sweep_every: float = 60.0
    #: Seconds of silence after a notice of change before the file is looked at; a series of them waits `quiet_most`.
    quiet: float = 0.03
    quiet_most: float = 0.25
    #: Seconds that a file may be missing before its DAGs are retired: editors and git delete and write anew.
    missing_grace: float = 0.3
