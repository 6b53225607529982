"""All tables, with the invariants that the database itself keeps and the indexes that the queries need.

Each index names the query it serves. What is unique, legal or belongs to what is said here too, not only in code:
at most one open attempt of a task instance, one run per logical date, states only from the list.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from ostro.states import OCCUPYING, RUN_FINISHED, RunState, RunType, TaskState
from ostro.store.types import Json, Moment, RowId, Words

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _listed(column: str, values: Iterable[str]) -> str:
    return f"{column} IN ({', '.join(sorted(repr(str(v)) for v in values))})"


def _one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    return CheckConstraint(_listed(column, values), name=column)


def _id() -> Column[int]:
    return Column("id", RowId, primary_key=True)


#: Conditions of partial indexes: a query that is to use one repeats its condition word by word.
LIVE_RUNS = _listed("state", set(RunState) - RUN_FINISHED)
OCCUPIED = _listed("state", OCCUPYING | {TaskState.SCHEDULED, TaskState.DEFERRED})
OPEN_CALLBACKS = _listed("state", ("waiting", "claimed"))
OPEN_DEADLINES = "missed_at IS NULL"

# ---- DAGs ----------------------------------------------------------------------------------------------------

dag_file = Table(
    "dag_file",
    metadata,
    Column("bundle", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("folder", Text, nullable=False, server_default=""),
    #: Of the file and all it depends on, at the time it was parsed.
    Column("fingerprint", Text, nullable=False, server_default=""),
    #: [[kind, name, stamp], …] as the loader keeps them.
    Column("deps", Json),
    Column("warnings", Json),
    Column("parsed_at", Moment),
    Column("duration", Float),
    #: When it is parsed again without a change (outside data, safety refresh).
    Column("refresh_at", Moment),
    Column("dag_count", Integer, nullable=False, server_default="0"),
    Column("error_count", Integer, nullable=False, server_default="0"),
    #: What the loader wants to find again; nobody else reads it.
    Column("extra", Json),
)

import_error = Table(
    "import_error",
    metadata,
    _id(),
    Column("bundle", Text, nullable=False),
    Column("path", Text, nullable=False),
    #: The DAG concerned when the file as a whole could be imported.
    Column("dag_id", Words),
    Column("text", Words, nullable=False),
    Column("error_path", Words, nullable=False, server_default=""),
    Column("line", Integer),
    Column("traceback", Words, nullable=False, server_default=""),
    Column("at", Moment, nullable=False),
    #: "error", or "conflict" when another file holds the DAG id.
    Column("kind", Text, nullable=False, server_default="error"),
    Index("ix_import_error_file", "bundle", "path"),
    sqlite_autoincrement=True,
)

dag_source = Table(
    "dag_source",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("source", Words, nullable=False),
)

dag = Table(
    "dag",
    metadata,
    Column("dag_id", Words, primary_key=True),
    Column("bundle", Text, nullable=False, server_default=""),
    Column("path", Text, nullable=False, server_default=""),
    #: The version that new runs get.
    Column("version_id", BigInteger),
    #: The version of the bundle (a commit) that new runs are pinned to; NULL = they run what is in its folder.
    Column("bundle_version", Text),
    Column("disable_bundle_versioning", Boolean, nullable=False, server_default=sa.false()),
    Column("is_paused", Boolean, nullable=False),
    #: No file holds it any more.
    Column("is_stale", Boolean, nullable=False, server_default=sa.false()),
    Column("has_import_errors", Boolean, nullable=False, server_default=sa.false()),
    Column("created_at", Moment, nullable=False),
    Column("parsed_at", Moment),
    Column("parse_duration", Float),
    Column("expired_at", Moment),
    # From the spec, for lists.
    Column("display_name", Words, nullable=False, server_default=""),
    Column("description", Words),
    Column("owners", Words, nullable=False, server_default=""),
    Column("timetable", Json, nullable=False),
    Column("timetable_summary", Words),
    Column("timetable_description", Words),
    Column("asset_condition", Json),
    Column("start_date", Moment),
    Column("end_date", Moment),
    Column("catchup", Boolean, nullable=False, server_default=sa.false()),
    Column("max_active_runs", Integer, nullable=False, server_default="16"),
    Column("max_active_tasks", Integer, nullable=False, server_default="16"),
    Column("max_consecutive_failed_dag_runs", Integer, nullable=False, server_default="0"),
    Column("dialect", Integer, nullable=False, server_default="3"),
    Column("task_count", Integer, nullable=False, server_default="0"),
    Column("tags", Json),
    # The next run, as the scheduler last computed it.
    Column("next_logical_date", Moment),
    Column("next_interval_start", Moment),
    Column("next_interval_end", Moment),
    Column("next_run_after", Moment),
    Index("ix_dag_file", "bundle", "path"),
)

dag_tag = Table(
    "dag_tag",
    metadata,
    Column("dag_id", ForeignKey("dag.dag_id", ondelete="CASCADE"), primary_key=True),
    Column("name", Words, primary_key=True),
    Index("ix_dag_tag_name", "name", "dag_id"),
)

dag_owner_link = Table(
    "dag_owner_link",
    metadata,
    Column("dag_id", ForeignKey("dag.dag_id", ondelete="CASCADE"), primary_key=True),
    Column("owner", Words, primary_key=True),
    Column("link", Words, nullable=False),
)

dag_version = Table(
    "dag_version",
    metadata,
    _id(),
    Column("dag_id", ForeignKey("dag.dag_id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("hash", Text, nullable=False),
    Column("source_hash", ForeignKey("dag_source.hash")),
    Column("bundle", Text, nullable=False, server_default=""),
    Column("bundle_version", Text),
    #: Where people see the files of that version.
    Column("bundle_url", Text),
    Column("path", Text, nullable=False, server_default=""),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("spec", LargeBinary, nullable=False),
    UniqueConstraint("dag_id", "number"),
    Index("ix_dag_version_source_hash", "source_hash"),
    sqlite_autoincrement=True,
)

# ---- runs ----------------------------------------------------------------------------------------------------

backfill = Table(
    "backfill",
    metadata,
    _id(),
    Column("dag_id", ForeignKey("dag.dag_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("from_date", Moment, nullable=False),
    Column("to_date", Moment, nullable=False),
    Column("conf", Json),
    Column("is_paused", Boolean, nullable=False, server_default=sa.false()),
    Column("run_backwards", Boolean, nullable=False, server_default=sa.false()),
    Column("reprocess_behavior", Text, nullable=False, server_default="none"),
    Column("max_active_runs", Integer, nullable=False, server_default="10"),
    #: Runs that exist go on with the newest version of the DAG; NULL = yes.
    Column("run_on_latest_version", Boolean),
    #: How far the timetable was asked: the last run planned, {"run_after", "start", "end"}; NULL = not begun.
    Column("planned_to", Json),
    #: The timetable had no more runs: the list is complete, and runs may start.
    Column("is_planned", Boolean, nullable=False, server_default=sa.false()),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("completed_at", Moment),
    Column("triggering_user", Words),
    _one_of("reprocess_behavior", ("none", "failed", "completed")),
    sqlite_autoincrement=True,
)

dag_run = Table(
    "dag_run",
    metadata,
    _id(),
    Column("dag_id", ForeignKey("dag.dag_id", ondelete="CASCADE"), nullable=False),
    Column("run_id", Words, nullable=False),
    Column("run_type", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("run_after", Moment, nullable=False),
    Column("logical_date", Moment),
    Column("data_interval_start", Moment),
    Column("data_interval_end", Moment),
    Column("queued_at", Moment),
    Column("start_date", Moment),
    Column("end_date", Moment),
    Column("conf", Json),
    Column("version_id", ForeignKey("dag_version.id"), nullable=False),
    Column("clear_number", Integer, nullable=False, server_default="0"),
    Column("triggered_by", Text, nullable=False, server_default="timetable"),
    Column("triggering_user", Words),
    Column("note", Words),
    Column("note_user", Words),
    Column("backfill_id", ForeignKey("backfill.id", ondelete="SET NULL")),
    Column("partition_key", Words),
    #: The moment that its partition stands for.
    Column("partition_date", Moment),
    #: The version of the bundle whose code its tasks run; NULL = what is in its folder.
    Column("bundle_version", Text),
    #: Why it ended or waits, for people.
    Column("reason", Words, nullable=False, server_default=""),
    Column("updated_at", Moment, nullable=False),
    # The lease: which engine advances the run, until when (database time), and how often it changed hands.
    Column("owner", Text),
    Column("lease_until", Moment),
    Column("lease_term", Integer, nullable=False, server_default="0"),
    UniqueConstraint("dag_id", "run_id"),
    UniqueConstraint("dag_id", "logical_date"),
    _one_of("state", RunState),
    _one_of("run_type", RunType),
    # Lists: newest first, of one DAG or of all; counts by state.
    Index("ix_dag_run_dag_id_run_after", "dag_id", "run_after", "id"),
    Index("ix_dag_run_run_after", "run_after", "id"),
    Index("ix_dag_run_dag_id_state", "dag_id", "state", "start_date"),
    # Failed runs of the last hours, over all DAGs (dashboard); lists filtered by state.
    Index("ix_dag_run_state_end_date", "state", "end_date"),
    Index("ix_dag_run_version_id", "version_id"),
    sqlite_autoincrement=True,
)

#: The dates of a backfill: the run that it made or runs again, or why it left the date out.
backfill_dag_run = Table(
    "backfill_dag_run",
    metadata,
    _id(),
    Column("backfill_id", ForeignKey("backfill.id", ondelete="CASCADE"), nullable=False),
    Column("run", ForeignKey("dag_run.id", ondelete="SET NULL"), index=True),
    #: Place in the order in which the runs start, from 1.
    Column("sort_ordinal", Integer, nullable=False),
    Column("logical_date", Moment),
    Column("partition_key", Words),
    Column("exception_reason", Text),
    _one_of("exception_reason", ("already exists", "in flight", "unknown")),
    Index("ix_backfill_dag_run_backfill_id", "backfill_id", "sort_ordinal"),
    sqlite_autoincrement=True,
)

task_instance = Table(
    "task_instance",
    metadata,
    _id(),
    Column("run", ForeignKey("dag_run.id", ondelete="CASCADE"), nullable=False),
    Column("task_id", Words, nullable=False),
    Column("map_index", Integer, nullable=False, server_default="-1"),
    Column("state", Text, nullable=False),
    Column("try_number", Integer, nullable=False, server_default="0"),
    Column("max_tries", Integer, nullable=False, server_default="0"),
    Column("attempt_id", Text),
    Column("due_at", Moment),
    Column("scheduled_at", Moment),
    Column("queued_at", Moment),
    Column("start_date", Moment),
    Column("end_date", Moment),
    #: Seconds between the two.
    Column("duration", Float),
    Column("pid", BigInteger),
    Column("pid_birth", BigInteger),
    Column("hostname", Text),
    #: The engine whose process it is; another engine that takes its run over cannot speak with it.
    Column("engine", Text),
    Column("version_id", BigInteger),
    Column("first_start_date", Moment),
    Column("rendered_map_index", Words),
    Column("next_method", Text),
    Column("next_kwargs", Json),
    Column("pool", Words, nullable=False, server_default="default_pool"),
    Column("pool_slots", Integer, nullable=False, server_default="1"),
    Column("queue", Words, nullable=False, server_default="default"),
    Column("priority_weight", BigInteger, nullable=False, server_default="1"),
    Column("operator", Words, nullable=False, server_default=""),
    Column("executor", Words),
    Column("note", Words),
    Column("note_user", Words),
    Column("updated_at", Moment),
    UniqueConstraint("run", "task_id", "map_index"),
    _one_of("state", TaskState),
    CheckConstraint("map_index >= -1", name="map_index"),
    CheckConstraint("pool_slots >= 1", name="pool_slots"),
    # Lists filtered by state, newest first (ids grow with time).
    Index("ix_task_instance_state", "state", "id"),
    sqlite_autoincrement=True,
)

attempt = Table(
    "attempt",
    metadata,
    #: UUIDv7: ordered by time.
    Column("attempt_id", Text, primary_key=True),
    Column("ti", ForeignKey("task_instance.id", ondelete="CASCADE"), nullable=False),
    Column("try_number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("max_tries", Integer, nullable=False, server_default="0"),
    Column("queued_at", Moment),
    Column("scheduled_at", Moment),
    Column("start_date", Moment),
    Column("end_date", Moment),
    #: When the attempt was over; NULL = open: a process may exist.
    Column("closed_at", Moment),
    Column("hostname", Text),
    Column("engine", Text),
    Column("pid", BigInteger),
    Column("pid_birth", BigInteger),
    Column("heartbeat_at", Moment),
    #: What it died of: {"kind", "text", "exit_code", "signal"}.
    Column("cause", Json),
    Column("version_id", BigInteger),
    _one_of("state", TaskState),
    Index("ix_attempt_ti", "ti", "try_number"),
    sqlite_with_rowid=False,
)

ti_event = Table(
    "ti_event",
    metadata,
    Column("sequence", RowId, primary_key=True),
    # No foreign keys: the row is written on the hot path and pruned by age.
    Column("ti", BigInteger, nullable=False),
    Column("run", BigInteger, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("attempt_id", Text),
    Column("at", Moment, nullable=False),
    Column("reason", Words, nullable=False, server_default=""),
    _one_of("before", TaskState),
    _one_of("after", TaskState),
    Index("ix_ti_event_ti", "ti"),
    sqlite_autoincrement=True,
)

run_event = Table(
    "run_event",
    metadata,
    Column("sequence", RowId, primary_key=True),
    Column("run", BigInteger, nullable=False),
    Column("before", Text),
    Column("after", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("reason", Words, nullable=False, server_default=""),
    _one_of("before", RunState),
    _one_of("after", RunState),
    Index("ix_run_event_run", "run"),
    sqlite_autoincrement=True,
)

xcom = Table(
    "xcom",
    metadata,
    Column("run", ForeignKey("dag_run.id", ondelete="CASCADE"), primary_key=True),
    Column("task_id", Words, primary_key=True),
    Column("map_index", Integer, primary_key=True),
    Column("key", Words, primary_key=True),
    Column("length", Integer),
    Column("at", Moment, nullable=False),
    #: JSON text as the task process made it. Last, so that the others are read without it.
    Column("value", LargeBinary, nullable=False),
)

deleted_xcom = Table(
    "deleted_xcom",
    metadata,
    Column("id", RowId, primary_key=True),
    #: By name: the run is gone.
    Column("dag_id", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("task_id", Words, nullable=False),
    Column("key", Words, nullable=False),
    Column("value", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

rendered_fields = Table(
    "rendered_fields",
    metadata,
    Column("ti", ForeignKey("task_instance.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("fields", LargeBinary, nullable=False),
)

callback_outbox = Table(
    "callback_outbox",
    metadata,
    _id(),
    Column("dag_id", Words, nullable=False),
    Column("run", ForeignKey("dag_run.id", ondelete="CASCADE"), nullable=False, index=True),
    #: dag_success, dag_failure, task_failure, task_retry, task_success, task_skipped, deadline, deadline_reference,
    #: sla_miss.
    Column("kind", Text, nullable=False),
    Column("reason", Words, nullable=False, server_default=""),
    Column("task_id", Words),
    Column("map_index", Integer, nullable=False, server_default="-1"),
    Column("try_number", Integer, nullable=False, server_default="0"),
    Column("error", Words),
    Column("state", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    #: Who runs it now: the process of the attempt itself ("attempt") or an engine.
    Column("claimed_by", Text),
    Column("claimed_at", Moment),
    #: The process that runs it, and whose it is.
    Column("engine", Text),
    Column("pid", BigInteger),
    Column("pid_birth", BigInteger),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("finished_at", Moment),
    #: What went wrong when it ran.
    Column("failure", Words),
    #: What a deadline or an SLA tells its callback.
    Column("details", Json),
    _one_of("state", ("waiting", "claimed", "done", "failed")),
    sqlite_autoincrement=True,
)

deadline = Table(
    "deadline",
    metadata,
    _id(),
    Column("run", ForeignKey("dag_run.id", ondelete="CASCADE"), nullable=False),
    #: "deadline", or "sla" for the SLA of 2.x.
    Column("kind", Text, nullable=False, server_default="deadline"),
    #: Position among the DAG's alerts; of an SLA 0.
    Column("number", Integer, nullable=False, server_default="0"),
    #: The task of an SLA, "" for the run.
    Column("task_id", Words, nullable=False, server_default=""),
    Column("name", Words),
    Column("reference", Text, nullable=False, server_default=""),
    #: From when it counts, and the moment itself.
    Column("base_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("missed_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    UniqueConstraint("run", "kind", "number", "task_id"),
    _one_of("kind", ("deadline", "sla")),
    sqlite_autoincrement=True,
)

task_state = Table(
    "task_state",
    metadata,
    Column("run", ForeignKey("dag_run.id", ondelete="CASCADE"), primary_key=True),
    Column("task_id", Words, primary_key=True),
    Column("map_index", Integer, primary_key=True),
    Column("key", Words, primary_key=True),
    Column("updated_at", Moment, nullable=False),
    #: NULL = kept as long as the run.
    Column("expires_at", Moment, index=True),
    #: JSON text as the task process made it.
    Column("value", LargeBinary, nullable=False),
)

asset_state = Table(
    "asset_state",
    metadata,
    Column("name", Words, primary_key=True),
    Column("uri", Words, primary_key=True),
    Column("key", Words, primary_key=True),
    Column("updated_at", Moment, nullable=False),
    #: task, watcher or api, and which task.
    Column("writer", Text, nullable=False, server_default="task"),
    Column("dag_id", Words),
    Column("run_id", Words),
    Column("task_id", Words),
    Column("map_index", Integer),
    Column("value", LargeBinary, nullable=False),
    _one_of("writer", ("task", "watcher", "api")),
)

trigger = Table(
    "trigger",
    metadata,
    _id(),
    Column("ti", ForeignKey("task_instance.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("attempt_id", Text),
    Column("classpath", Words, nullable=False),
    Column("kwargs", Json),
    Column("queue", Words),
    Column("created_at", Moment, nullable=False),
    #: The instance is resumed with a timeout at this moment.
    Column("timeout_at", Moment),
    Column("from_file", Boolean, nullable=False, server_default=sa.false()),
    sqlite_autoincrement=True,
)

hitl_detail = Table(
    "hitl_detail",
    metadata,
    _id(),
    Column("ti", ForeignKey("task_instance.id", ondelete="CASCADE"), nullable=False),
    #: One question per try; those of earlier tries are history.
    Column("try_number", Integer, nullable=False),
    Column("subject", Words, nullable=False),
    Column("body", Words),
    Column("options", Json, nullable=False),
    Column("defaults", Json),
    Column("multiple", Boolean, nullable=False, server_default=sa.false()),
    #: Fields of the form by name: {"value", "description", "schema", "source"}.
    Column("params", Json),
    #: [{"id", "name"}, …]: who may answer; empty = everybody who may.
    Column("assigned_users", Json),
    Column("created_at", Moment, nullable=False),
    Column("responded_at", Moment, index=True),
    #: NULL with an answer: nobody answered in time, the defaults hold.
    Column("responded_by_id", Words),
    Column("responded_by_name", Words),
    Column("chosen_options", Json),
    Column("params_input", Json),
    UniqueConstraint("ti", "try_number"),
    sqlite_autoincrement=True,
)

# ---- assets --------------------------------------------------------------------------------------------------------

asset = Table(
    "asset",
    metadata,
    _id(),
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
    _id(),
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
    _one_of("kind", ("name", "uri")),
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

asset_event = Table(
    "asset_event",
    metadata,
    _id(),
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

#: Events that the next run of a DAG consumes.
asset_queue = Table(
    "asset_queue",
    metadata,
    Column("dag_id", ForeignKey("dag.dag_id", ondelete="CASCADE"), primary_key=True),
    Column("event_id", ForeignKey("asset_event.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("asset_id", ForeignKey("asset.id", ondelete="CASCADE"), nullable=False, index=True),
    #: It makes the condition true; not when the DAG was paused at the time, or a person deleted it from the queue.
    Column("counts", Boolean, nullable=False, server_default=sa.true()),
    Column("created_at", Moment, nullable=False),
)

#: Triggers whose events are events of an asset, as the DAGs that listen to it name them.
asset_watcher = Table(
    "asset_watcher",
    metadata,
    _id(),
    Column("dag_id", ForeignKey("dag.dag_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("asset_name", Words, nullable=False),
    Column("asset_uri", Words, nullable=False),
    Column("name", Words, nullable=False),
    #: Digest of class path and arguments: what has the same is run once.
    Column("key", Text, nullable=False),
    Column("classpath", Words, nullable=False),
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
    _id(),
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

# ---- settings of the installation ------------------------------------------------------------------------------

variable = Table(
    "variable",
    metadata,
    Column("key", Words, primary_key=True),
    #: Encrypted (`store.cipher`).
    Column("value", LargeBinary, nullable=False),
    Column("description", Words),
    Column("updated_at", Moment),
)

connection = Table(
    "connection",
    metadata,
    Column("conn_id", Words, primary_key=True),
    Column("conn_type", Words, nullable=False, server_default=""),
    Column("description", Words),
    Column("host", Words),
    Column("schema", Words),
    Column("login", Words),
    Column("port", Integer),
    # Encrypted (`store.cipher`).
    Column("password", LargeBinary),
    Column("extra", LargeBinary),
    Column("updated_at", Moment),
)

pool = Table(
    "pool",
    metadata,
    Column("name", Words, primary_key=True),
    #: -1 = without limit.
    Column("slots", Integer, nullable=False),
    Column("description", Words, nullable=False, server_default=""),
    Column("include_deferred", Boolean, nullable=False, server_default=sa.false()),
    CheckConstraint("slots >= -1", name="slots"),
)

# ---- people ------------------------------------------------------------------------------------------------------

user_account = Table(
    "user_account",
    metadata,
    _id(),
    Column("name", Words, nullable=False, unique=True),
    #: Argon2 text; NULL = no login by password.
    Column("password_hash", Text),
    Column("email", Words),
    Column("full_name", Words),
    Column("role", Text, nullable=False),
    Column("is_active", Boolean, nullable=False, server_default=sa.true()),
    Column("created_at", Moment, nullable=False),
    Column("last_login_at", Moment),
    Column("must_change_password", Boolean, nullable=False, server_default=sa.false()),
    sqlite_autoincrement=True,
)

token = Table(
    "token",
    metadata,
    #: Hash of the secret for API tokens, the jti for sessions.
    Column("id", Text, primary_key=True),
    Column("user_id", ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("label", Words, nullable=False, server_default=""),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, index=True),
    Column("last_used_at", Moment),
    Column("revoked_at", Moment),
    _one_of("kind", ("session", "api")),
)

event_log = Table(
    "event_log",
    metadata,
    _id(),
    Column("at", Moment, nullable=False, index=True),
    Column("event", Text, nullable=False),
    Column("owner", Words),
    Column("dag_id", Words),
    Column("run_id", Words),
    Column("task_id", Words),
    Column("map_index", Integer),
    Column("try_number", Integer),
    Column("logical_date", Moment),
    Column("extra", Json),
    Index("ix_event_log_dag_id", "dag_id", "id"),
    sqlite_autoincrement=True,
)

favorite = Table(
    "favorite",
    metadata,
    Column("user_name", Words, primary_key=True),
    Column("dag_id", ForeignKey("dag.dag_id", ondelete="CASCADE"), primary_key=True, index=True),
)

# ---- the engine itself ---------------------------------------------------------------------------------------------

engine = Table(
    "engine",
    metadata,
    Column("id", Text, primary_key=True),
    #: scheduler, triggerer, dag_processor, worker.
    Column("kind", Text, nullable=False),
    Column("hostname", Text, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("pid_birth", BigInteger, nullable=False, server_default="0"),
    Column("version", Text, nullable=False, server_default=""),
    Column("started_at", Moment, nullable=False),
    Column("heartbeat_at", Moment, nullable=False),
    #: Last moment at which it did something, not only lived.
    Column("progress_at", Moment),
    Column("stopped_at", Moment),
    Column("info", Json),
)

# ---- partial indexes -----------------------------------------------------------------------------------------------


class Partial(NamedTuple):
    """An index over the rows that a condition selects, so that history makes it no larger."""

    name: str
    table: Table
    columns: tuple[str, ...]
    where: str
    unique: bool = False


PARTIAL_INDEXES = (
    # The engine's start, leases.
    Partial("ix_dag_run_live", dag_run, ("dag_id", "id"), LIVE_RUNS),
    Partial("ix_dag_run_backfill_id", dag_run, ("backfill_id",), "backfill_id IS NOT NULL"),
    # One backfill of a DAG at a time.
    Partial("uq_backfill_open", backfill, ("dag_id",), "completed_at IS NULL", unique=True),
    # Slots of pools, and what runs or waits now.
    Partial("ix_task_instance_pool", task_instance, ("pool", "state", "pool_slots"), OCCUPIED),
    # At most one live attempt of an instance; also what runs now (adoption, heartbeats).
    Partial("uq_attempt_open", attempt, ("ti",), "closed_at IS NULL", unique=True),
    # One asset of a name and of a URI at a time.
    Partial("uq_asset_active_name", asset, ("name",), "is_active", unique=True),
    Partial("uq_asset_active_uri", asset, ("uri",), "is_active", unique=True),
    # One collecting partition of a key.
    Partial(
        "uq_asset_partition_open", asset_partition, ("dag_id", "partition_key"), "run IS NULL", unique=True
    ),
    # What waits to be delivered.
    Partial("ix_callback_outbox_open", callback_outbox, ("state", "id"), OPEN_CALLBACKS),
    # The next deadline.
    Partial("ix_deadline_open", deadline, ("due_at",), OPEN_DEADLINES),
)


#: Indexes that the databases spell differently: name, SQLite, PostgreSQL. Lists put empty moments last.
ORDERED_INDEXES = (
    (
        "ix_task_instance_start_date",
        "CREATE INDEX ix_task_instance_start_date ON task_instance (start_date DESC, id)",
        "CREATE INDEX ix_task_instance_start_date ON task_instance (start_date DESC NULLS LAST, id)",
    ),
)


def complete_metadata() -> MetaData:
    """The tables with their partial indexes: for migrations and their tests.

    Not made at import: naming a dialect's option loads the dialect, 3 MB that a process on the other database never needs.
    """
    for name, table, columns, where, unique in PARTIAL_INDEXES:
        if all(index.name != name for index in table.indexes):
            clause = text(where)
            Index(
                name,
                *(table.c[c] for c in columns),
                unique=unique,
                sqlite_where=clause,
                postgresql_where=clause,
            )
    return metadata
