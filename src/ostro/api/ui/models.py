"""Answers of the page's own API; their meaning is in docs/reference/ui-api.md. Structs, encoded by msgspec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from ostro.store.views.ui_grid import Bar
from ostro.store.views.ui_versions import RunVersion

_S = TypeVar("_S", bound=msgspec.Struct)


class Struct(msgspec.Struct, frozen=True, kw_only=True):
    """Base: plain data."""


def taken(kind: type[_S], row: object, **others: Any) -> _S:
    """An answer whose fields are those of `row` by the same names, but for `others`."""
    own = {name: getattr(row, name) for name in kind.__struct_fields__ if name not in others}
    return kind(**own, **others)


class Session(Struct, frozen=True, kw_only=True):
    username: str
    roles: list[str]
    must_change_password: bool
    permissions: Mapping[str, Sequence[str]]
    #: Of them those that hold for some DAGs only.
    only_dags: Mapping[str, Mapping[Any, Sequence[str]]]
    version: str
    airflow_version: str
    instance_name: str
    default_timezone: str
    #: Whether the setting lets people see the configuration.
    shows_config: bool
    server_time: datetime
    live_version: str


class DagRow(Struct, frozen=True, kw_only=True):
    dag_id: str
    display_name: str
    description: str | None
    is_paused: bool
    is_stale: bool
    has_import_errors: bool
    dialect: int
    tags: list[str]
    owners: list[str]
    relative_fileloc: str
    schedule: str | None
    schedule_description: str
    #: The zone of the schedule's clock; None when it goes by no clock.
    schedule_timezone: str | None
    next_run_after: datetime | None
    next_logical_date: datetime | None
    active_runs: int
    runs: list[Bar]


class ListedDag(DagRow, frozen=True, kw_only=True):
    #: Number of runs by state.
    counts: dict[str, int]
    is_favorite: bool
    #: Questions to people that wait for an answer.
    open_questions: int
    bundle: str | None


class DagList(Struct, frozen=True, kw_only=True):
    dags: list[ListedDag]
    total_entries: int
    totals: Any
    import_errors: int
    tags: list[str]
    owners: list[str]
    bundles: list[str]


class ParamField(Struct, frozen=True, kw_only=True):
    name: str
    required: bool
    value: Any
    description: str | None
    schema: dict[str, Any]


class FileProblem(Struct, frozen=True, kw_only=True):
    filename: str
    timestamp: datetime
    stack_trace: str


class DagHead(DagRow, frozen=True, kw_only=True):
    fileloc: str | None
    doc_md: str | None
    timezone: str
    start_date: datetime | None
    end_date: datetime | None
    catchup: bool
    max_active_runs: int
    max_active_tasks: int
    version_number: int | None
    last_parsed: datetime | None
    params: list[ParamField]
    import_errors: list[FileProblem]


class TaskNode(Struct, frozen=True, kw_only=True):
    task_id: str
    label: str
    group_id: str
    operator: str
    trigger_rule: str
    is_mapped: bool
    is_setup: bool
    is_teardown: bool
    ui_color: str
    ui_fgcolor: str
    doc_md: str | None


class TaskDetail(TaskNode, frozen=True, kw_only=True):
    retries: int
    retry_delay: float
    pool: str
    upstream: list[str]
    downstream: list[str]


class GroupNode(Struct, frozen=True, kw_only=True):
    group_id: str
    label: str
    parent: str
    tooltip: str
    is_mapped: bool
    ui_color: str
    ui_fgcolor: str
    children: list[str]


class Edge(Struct, frozen=True, kw_only=True):
    source: str
    target: str
    label: str | None


class Structure(Struct, frozen=True, kw_only=True):
    version_number: int
    tasks: list[TaskNode]
    groups: list[GroupNode]
    edges: list[Edge]
    roots: list[str]


class GridRow(Struct, frozen=True, kw_only=True):
    task_id: str
    gone: bool


class GridRun(Bar, frozen=True, kw_only=True):
    id: int
    queued_at: datetime | None
    version_number: int | None
    note: str | None
    triggered_by: str
    states: str
    mapped: dict[str, dict[str, int]]
    tries: dict[str, int]
    #: Rows whose instance, or one of whose instances, has a note.
    noted: list[int]
    #: Versions that its task instances have, the newest first; empty when they all have that of the run.
    versions: list[int]


class Grid(Struct, frozen=True, kw_only=True):
    rows: list[GridRow]
    runs: list[GridRun]
    codes: dict[str, str]
    next: str | None
    version: str


class RunHead(Bar, frozen=True, kw_only=True):
    id: int
    queued_at: datetime | None
    version_number: int
    bundle: str
    #: The version of the bundle that its tasks run; None = what is in its folder.
    bundle_version: str | None
    note: str | None
    triggered_by: str
    partition_key: str | None
    partition_date: datetime | None
    #: How often the run was cleared.
    clear_number: int
    data_interval_start: datetime | None
    data_interval_end: datetime | None
    conf: dict[str, Any]
    triggering_user: str | None
    duration: float | None
    reason: str


class Spread(Struct, frozen=True, kw_only=True):
    """How long the instances of a mapped task took that have ended, in seconds."""

    shortest: float
    longest: float
    total: float


class InstanceRow(Struct, frozen=True, kw_only=True):
    task_id: str
    map_index: int
    state: str
    try_number: int
    max_tries: int
    queued_at: datetime | None
    start_date: datetime | None
    end_date: datetime | None
    duration: float | None
    operator: str
    rendered_map_index: str | None
    mapped: dict[str, int] | None
    #: Only of all mapped instances together; their dates are then the first start and the last end.
    spread: Spread | None = None


class RunDetail(Struct, frozen=True, kw_only=True):
    run: RunHead
    counts: dict[str, int]
    #: Versions that its task instances have, the newest first; empty when they all have that of the run.
    versions: list[RunVersion]


class InstanceHead(InstanceRow, frozen=True, kw_only=True):
    id: int
    due_at: datetime | None
    pid: int | None
    hostname: str | None
    pool: str
    pool_slots: int
    queue: str
    priority_weight: int
    note: str | None
    version_number: int | None
    scheduled_at: datetime | None = None
    executor: str | None = None
    #: The id of the current try, which processes and logs of the engine name.
    attempt_id: str | None = None
    bundle: str | None = None
    bundle_version: str | None = None


class Try(Struct, frozen=True, kw_only=True):
    try_number: int
    state: str
    queued_at: datetime | None
    start_date: datetime | None
    end_date: datetime | None
    duration: float | None
    hostname: str | None
    pid: int | None
    version_number: int | None
    cause: Any


class Rendered(Struct, frozen=True, kw_only=True):
    name: str
    value: Any
    renderer: str | None


class XComEntry(Struct, frozen=True, kw_only=True):
    key: str
    timestamp: datetime
    size: int


class MappedSummary(Struct, frozen=True, kw_only=True):
    total: int
    counts: dict[str, int]


class InstanceDetail(Struct, frozen=True, kw_only=True):
    instance: InstanceHead
    run: Bar
    task: TaskDetail | None
    waiting: list[Any]
    tries: list[Try]
    rendered: list[Rendered]
    xcoms: list[XComEntry]
    mapped: MappedSummary | None


class MappedPage(Struct, frozen=True, kw_only=True):
    instances: list[InstanceRow]
    total_entries: int
    counts: dict[str, int]


class Touched(Struct, frozen=True, kw_only=True):
    #: Another DAG's when a marker leads there.
    dag_id: str
    task_id: str
    map_index: int
    state: str
    dag_run_id: str


class TouchedList(Struct, frozen=True, kw_only=True):
    task_instances: list[Touched]
    total_entries: int
