"""The frozen description of one DAG."""

from __future__ import annotations

from typing import Any

import msgspec

from ostro.spec.mapping import Expansion
from ostro.spec.task import TaskSpec

Json = Any


class ParamSpec(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One param of a DAG or task: its default and its JSON schema."""

    name: str
    #: Absent when the param must be given at trigger time.
    value: Json | msgspec.UnsetType = msgspec.UNSET
    description: str | None = None
    schema: dict[str, Json] = {}
    source: str | None = None


class GroupSpec(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A task group. Children are derived from `TaskSpec.group_id` and `GroupSpec.parent`."""

    group_id: str
    #: Enclosing group, "" for the DAG itself.
    parent: str = ""
    label: str = ""
    tooltip: str = ""
    doc_md: str | None = None
    ui_color: str = "CornflowerBlue"
    ui_fgcolor: str = "#000"
    expansion: Expansion | None = None
    #: Groups and tasks that were put before this group as a whole; for drawing only.
    upstream_groups: tuple[str, ...] = ()
    upstream_tasks: tuple[str, ...] = ()


class EdgeLabel(msgspec.Struct, frozen=True):
    """A text on the edge between two tasks."""

    upstream: str
    downstream: str
    label: str


class WatcherSpec(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A trigger whose events are events of an asset that the DAG listens to. `kwargs` as `ostro.sdk.serde` writes them."""

    name: str
    classpath: str
    kwargs: Json = None
    asset_name: str
    asset_uri: str


class DagSpec(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One DAG. Durations in seconds, moments as ISO 8601 text with offset."""

    dag_id: str
    display_name: str = ""
    description: str | None = None
    doc_md: str | None = None
    #: Path of the file inside the DAG folder (inside the zip: "a.zip/x.py").
    relative_fileloc: str = ""
    #: 2 or 3: which Airflow the file speaks (design, section 4).
    dialect: int = 3

    #: `ostro.timetable.encode(...)`: {"type": "cron_trigger", …}; {"type": "null"} = manual only.
    timetable: dict[str, Json] = msgspec.field(default_factory=lambda: {"type": "null"})
    #: Asset condition of an asset schedule: {"all": […]} / {"any": […]} / {"asset": {…}} / {"alias": {…}}.
    asset_condition: dict[str, Json] | None = None
    #: Watchers of the assets in the condition.
    watchers: tuple[WatcherSpec, ...] = ()
    timezone: str = "UTC"
    start_date: str | None = None
    end_date: str | None = None
    catchup: bool = False
    is_paused_upon_creation: bool | None = None
    allowed_run_types: tuple[str, ...] | None = None

    max_active_tasks: int = 16
    max_active_runs: int = 16
    max_consecutive_failed_dag_runs: int = 0
    dagrun_timeout: float | None = None
    fail_fast: bool = False
    rerun_with_latest_version: bool | None = None
    disable_bundle_versioning: bool = False

    tags: tuple[str, ...] = ()
    owner_links: dict[str, str] = {}
    access_control: Json = None
    params: tuple[ParamSpec, ...] = ()
    #: Which callbacks the DAG has: any of success, failure, sla_miss.
    callbacks: tuple[str, ...] = ()
    deadline: Json = None
    render_template_as_native_obj: bool = False

    #: In topological order.
    tasks: tuple[TaskSpec, ...] = ()
    #: Parents before children.
    groups: tuple[GroupSpec, ...] = ()
    edge_labels: tuple[EdgeLabel, ...] = ()

    @property
    def owners(self) -> str:
        """Owners of all tasks, sorted, comma separated, as Airflow shows them."""
        return ", ".join(sorted({t.owner for t in self.tasks}))
