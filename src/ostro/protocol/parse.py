"""What a parse process and the loader say to each other."""

from __future__ import annotations

from typing import Any

import msgspec

from ostro.protocol.task import FileRef, Message


class ParseOrder(Message, frozen=True, kw_only=True):
    """Import one DAG file and describe what it holds."""

    job: int
    file: FileRef
    #: Folder with plugins, put on sys.path.
    plugins_folder: str | None = None
    #: Settings that shape a DAG's defaults: default_timezone, max_active_tasks_per_dag, max_active_runs_per_dag,
    #: catchup_by_default, create_cron_data_intervals, default_task_retries, default_pool, default_queue …
    defaults: dict[str, Any] = {}
    #: MiB of address space that the file may use on top of what the process has, 0 = no limit.
    memory_limit: int = 0
    #: While so many processes run, their parent lets further orders wait; 0 = it never does.
    at_once: int = 0
    #: Given ahead of need: its parent says when it is carried out (`ParseBegun`), for its time counts from then.
    ahead: bool = False
    #: Seconds after which the process writes where it is and ends itself, 0 = never. The loader kills it a little later.
    time_limit: float = 0.0
    #: Import the file, then stay and answer questions about its timetables (`ostro.protocol.calendar`).
    stay: bool = False
    #: Of one that stays: path of the engine's socket, which answers what the file asks (Variables, Connections); "" = none.
    engine: str = ""


class ParseKill(Message, frozen=True, kw_only=True):
    """To the parent of parse processes: end this job, SIGKILL to its process group."""

    job: int


class ParseBegun(Message, frozen=True, kw_only=True):
    """From the parent of parse processes: an order given ahead of need is carried out now."""

    job: int


class ParseEnded(Message, frozen=True, kw_only=True):
    """From the parent of parse processes: the process of a job has ended.

    `status` as waitpid gives it; None when there was no process to be had.
    """

    job: int
    status: int | None = None


class Dependency(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that the file read while it was parsed."""

    #: module, file, directory, variable, connection, env, network.
    kind: str
    name: str


class ParsedDag(msgspec.Struct, frozen=True):
    """One DAG of the file: canonical JSON of its `DagSpec`."""

    dag_id: str
    spec: bytes
    #: Digest of what cannot differ between two parses of the same content, unlike a start date made from now().
    shape: str = ""


class FileError(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a file, or one DAG of it, could not be used: a sentence for people, and where."""

    text: str
    #: Path and line in the user's own code, as far as known.
    path: str = ""
    line: int | None = None
    dag_id: str | None = None
    traceback: str = ""


class Parsed(Message, frozen=True, kw_only=True):
    """The result of a ParseOrder."""

    job: int
    dags: list[ParsedDag] = []
    errors: list[FileError] = []
    warnings: list[str] = []
    dependencies: list[Dependency] = []
    #: The source text of the file, for display.
    source: str = ""
    duration: float = 0.0


class KnownFile(msgspec.Struct, frozen=True, kw_only=True):
    """What the store keeps of a parsed file and gives back to the loader at start, so that it is not parsed again."""

    bundle: str
    path: str
    #: `FileRef.fingerprint` and `Parsed.dependencies` of the last parse.
    fingerprint: str
    dependencies: list[Dependency] = []
    #: DAGs that the file defined.
    dag_ids: list[str] = []
