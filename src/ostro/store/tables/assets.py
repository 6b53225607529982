"""Assets, their events, and the queues of the DAGs that listen."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from ostro.store.tables.base import metadata, one_of, row_id
from ostro.store.types import Json, Moment, Words

asset = Table(
    "asset",
    metadata,
    row_id(),
    Column("name", Words, nullable=False),
    Column("uri", Words, nullable=False),
    Column("group_name", Words, nullable=False, server_default="asset"),
    Column("extra", Json),
    #: A DAG that some file holds names it, and no other active asset has its name or URI.
    Column("is_active", Boolean, nullable=False, server_default=sa.false()),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    UniqueConstraint("name", "uri"),
    Index("ix_asset_uri", "uri"),
    sqlite_autoincrement=True,
)

asset_alias = Table(
    "asset_alias",
    metadata,
    row_id(),
    Column("name", Words, nullable=False, unique=True),
    Column("group_name", Words, nullable=False, server_default="asset"),
    sqlite_autoincrement=True,
)

#: The assets that tasks have put behind an alias so far.
asset_alias_member = Table(
    "asset_alias_member",
    metadata,
    Column("alias_id", ForeignKey("asset_alias.id", ondelete="CASCADE"), primary_key=True),
    Column("asset_id", ForeignKey("asset.id", ondelete="CASCADE"), primary_key=True, index=True),
)

#: Which DAG is scheduled on which asset, alias, or asset known by its name or URI only.
dag_schedule_asset = Table(
    "dag_schedule_asset",
    metadata,
    Column("dag_id", ForeignKey("dag.dag_id", ondelete="CASCADE"), primary_key=True),
    Column("asset_id", ForeignKey("asset.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

dag_schedule_alias = Table(
    "dag_schedule_alias",
    metadata,
    Column("dag_id", ForeignKey("dag.dag_id", ondelete="CASCADE"), primary_key=True),
    Column("alias_id", ForeignKey("asset_alias.id", ondelete="CASCADE"), primary_key=True, index=True),
)

dag_schedule_ref = Table(
    "dag_schedule_ref",
    metadata,
    Column("dag_id", ForeignKey("dag.dag_id", ondelete="CASCADE"), primary_key=True),
    #: "name" or "uri": what `text` is.
    Column("kind", Text, primary_key=True),
    Column("text", Words, primary_key=True),
    one_of("kind", ("name", "uri")),
    Index("ix_dag_schedule_ref_text", "text", "kind"),
)

task_asset = Table(
    "task_asset",
    metadata,
    Column("dag_id", ForeignKey("dag.dag_id", ondelete="CASCADE"), primary_key=True),
    Column("task_id", Words, primary_key=True),
    Column("asset_id", ForeignKey("asset.id", ondelete="CASCADE"), primary_key=True, index=True),
    #: The task produces it; else it reads it.
    Column("is_outlet", Boolean, primary_key=True),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

#: Assets that tasks name by their name or URI only.
task_asset_ref = Table(
    "task_asset_ref",
    metadata,
    Column("dag_id", ForeignKey("dag.dag_id", ondelete="CASCADE"), primary_key=True),
    Column("task_id", Words, primary_key=True),
    #: "name" or "uri": what `text` is.
    Column("kind", Text, primary_key=True),
    Column("text", Words, primary_key=True),
    Column("is_outlet", Boolean, primary_key=True),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    one_of("kind", ("name", "uri")),
    Index("ix_task_asset_ref_text", "text", "kind"),
)

asset_event = Table(
    "asset_event",
    metadata,
    row_id(),
    Column("asset_id", ForeignKey("asset.id", ondelete="CASCADE"), nullable=False),
    Column("extra", Json),
    # Who made it; empty for events from outside. No foreign keys: events outlive the runs that made them.
    Column("source_dag_id", Words),
    Column("source_task_id", Words),
    Column("source_run_id", Words),
    Column("source_map_index", Integer, nullable=False, server_default="-1"),
    Column("at", Moment, nullable=False),
    Column("partition_key", Words),
    # inlet_events, lists; the last event of an asset.
    Index("ix_asset_event_asset_id", "asset_id", "at", "id"),
    Index("ix_asset_event_at", "at", "id"),
    Index("ix_asset_event_source", "source_dag_id", "source_run_id"),
    sqlite_autoincrement=True,
)

#: The aliases through which an event was made.
asset_event_alias = Table(
    "asset_event_alias",
    metadata,
    Column("event_id", ForeignKey("asset_event.id", ondelete="CASCADE"), primary_key=True),
    Column("alias_id", ForeignKey("asset_alias.id", ondelete="CASCADE"), primary_key=True, index=True),
)

#: What makes the next runs of a DAG: a row for each asset of which an event came, and for a DAG on partitions a row for
#: each event. The run of the former consumes all events of its assets since the last one (`store.asset_queue`).
asset_queue = Table(
    "asset_queue",
    metadata,
    Column("dag_id", ForeignKey("dag.dag_id", ondelete="CASCADE"), primary_key=True),
    Column("event_id", ForeignKey("asset_event.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("asset_id", ForeignKey("asset.id", ondelete="CASCADE"), nullable=False, index=True),
    #: 0, or the event where each has a row.
    Column("slot", BigInteger, nullable=False, server_default="0"),
    #: When the first event of the row was written; `event_id` is the last.
    Column("created_at", Moment, nullable=False),
    Index("uq_asset_queue_slot", "dag_id", "asset_id", "slot", unique=True),
    Index("ix_asset_queue_created_at", "dag_id", "created_at", "event_id"),
)

#: Triggers whose events are events of an asset, as the DAGs that listen to it name them.
asset_watcher = Table(
    "asset_watcher",
    metadata,
    row_id(),
    Column("dag_id", ForeignKey("dag.dag_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("asset_name", Words, nullable=False),
    Column("asset_uri", Words, nullable=False),
    Column("name", Words, nullable=False),
    #: Digest of class path and arguments: what has the same is run once.
    Column("key", Text, nullable=False),
    Column("classpath", Words, nullable=False),
    #: Sealed (`store.sealed`).
    Column("kwargs", Json),
    Column("created_at", Moment, nullable=False),
    # The lease of the engine that runs it, database time; on the first row of a key.
    Column("owner", Text),
    Column("lease_until", Moment),
    Index("ix_asset_watcher_asset", "asset_name", "asset_uri"),
    sqlite_autoincrement=True,
)

#: The events that made a run.
asset_run_event = Table(
    "asset_run_event",
    metadata,
    Column("run", ForeignKey("dag_run.id", ondelete="CASCADE"), primary_key=True),
    Column("event_id", ForeignKey("asset_event.id", ondelete="CASCADE"), primary_key=True, index=True),
)

#: A run to come of a DAG that is scheduled on partitions: events are collected for its key until its assets are complete.
asset_partition = Table(
    "asset_partition",
    metadata,
    row_id(),
    Column("dag_id", ForeignKey("dag.dag_id", ondelete="CASCADE"), nullable=False),
    Column("partition_key", Words, nullable=False),
    Column("partition_date", Moment),
    #: How the keys are made up: of another definition it is dropped.
    Column("fingerprint", Text, nullable=False, server_default=""),
    #: The run that it became; NULL = still collecting. No foreign key: a run that was deleted is not made again.
    Column("run", BigInteger),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("ix_asset_partition_dag_id", "dag_id", "partition_key"),
    sqlite_autoincrement=True,
)

asset_partition_event = Table(
    "asset_partition_event",
    metadata,
    Column("partition_id", ForeignKey("asset_partition.id", ondelete="CASCADE"), primary_key=True),
    Column("event_id", ForeignKey("asset_event.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("asset_id", ForeignKey("asset.id", ondelete="CASCADE"), nullable=False, index=True),
    #: Key of the event.
    Column("source_key", Words, nullable=False),
)
