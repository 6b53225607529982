"""Assets, aliases, events, queues."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from ostro.api.render import Answer, Body


class DagScheduleAssetReference(Answer):
    dag_id: str
    created_at: datetime
    updated_at: datetime


class TaskOutletAssetReference(Answer):
    dag_id: str
    task_id: str
    created_at: datetime
    updated_at: datetime


class TaskInletAssetReference(Answer):
    dag_id: str
    task_id: str
    created_at: datetime
    updated_at: datetime


class AssetAliasResponse(Answer):
    id: int
    name: str
    group: str


class AssetAliasCollectionResponse(Answer):
    asset_aliases: list[AssetAliasResponse]
    total_entries: int


class AssetWatcherResponse(Answer):
    name: str
    trigger_id: int
    created_date: datetime


class LastAssetEventResponse(Answer):
    id: int | None = None
    timestamp: datetime | None = None


class AssetResponse(Answer):
    id: int
    name: str
    uri: str
    group: str
    extra: dict[str, Any] | None = None
    created_at: datetime
    updated_at: datetime
    scheduled_dags: list[DagScheduleAssetReference]
    producing_tasks: list[TaskOutletAssetReference]
    consuming_tasks: list[TaskInletAssetReference]
    aliases: list[AssetAliasResponse]
    watchers: list[AssetWatcherResponse]
    last_asset_event: LastAssetEventResponse | None = None


class AssetCollectionResponse(Answer):
    assets: list[AssetResponse]
    total_entries: int


class DagRunAssetReference(Answer):
    run_id: str
    dag_id: str
    logical_date: datetime | None
    #: Before it starts: when it was queued.
    start_date: datetime
    end_date: datetime | None
    state: str
    data_interval_start: datetime | None
    data_interval_end: datetime | None
    partition_key: str | None
    triggering: bool


class AssetEventResponse(Answer):
    id: int
    asset_id: int
    uri: str | None = None
    name: str | None = None
    group: str | None = None
    extra: dict[str, Any] | None = None
    source_task_id: str | None = None
    source_dag_id: str | None = None
    source_run_id: str | None = None
    source_map_index: int
    created_dagruns: list[DagRunAssetReference]
    timestamp: datetime
    partition_key: str | None = None


class AssetEventCollectionResponse(Answer):
    asset_events: list[AssetEventResponse]
    total_entries: int


class QueuedEventResponse(Answer):
    dag_id: str
    asset_id: int
    created_at: datetime
    dag_display_name: str


class QueuedEventCollectionResponse(Answer):
    queued_events: list[QueuedEventResponse]
    total_entries: int


PartitionKey = Annotated[str, Field(max_length=250, pattern=r"\S")]


class AssetEventAccessControl(Body):
    consumer_teams: list[str] | None = None
    allow_global: bool = True


class CreateAssetEventsBody(Body):
    asset_id: int
    partition_key: PartitionKey | None = None
    extra: dict[str, Any] = Field(default_factory=dict)
    access_control: AssetEventAccessControl | None = None


class ClearPartitionsBody(Body):
    partition_key: str | None = None
    partition_date_start: datetime | None = None
    partition_date_end: datetime | None = None
    run_id: str | None = None
    clear_task_instances: bool = False
    dry_run: bool = True


class ClearPartitionsResponse(Answer):
    dag_runs_cleared: int
    task_instances_cleared: int
    dry_run: bool


class MaterializeAssetBody(Body):
    dag_run_id: str | None = None
    data_interval_start: AwareDatetime | None = None
    data_interval_end: AwareDatetime | None = None
    logical_date: AwareDatetime | None = None
    run_after: AwareDatetime | None = None
    conf: dict[str, Any] | None = Field(default_factory=dict)
    note: str | None = None
    partition_key: str | None = None
