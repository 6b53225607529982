"""Runs, their task instances and tries, and what these leave behind."""

from __future__ import annotations

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
    Table,
    Text,
    UniqueConstraint,
)

from ostro.states import RunState, RunType, TaskState
from ostro.store.tables.base import metadata, one_of, row_id
from ostro.store.types import Json, Moment, RowId, Words

backfill = Table(
    "backfill",
    metadata,
    row_id(),
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
    one_of("reprocess_behavior", ("none", "failed", "completed")),
    sqlite_autoincrement=True,
)

dag_run = Table(
    "dag_run",
    metadata,
    row_id(),
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
    one_of("state", RunState),
    one_of("run_type", RunType),
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
    row_id(),
    Column("backfill_id", ForeignKey("backfill.id", ondelete="CASCADE"), nullable=False),
    Column("run", ForeignKey("dag_run.id", ondelete="SET NULL"), index=True),
    #: Place in the order in which the runs start, from 1.
    Column("sort_ordinal", Integer, nullable=False),
    Column("logical_date", Moment),
    Column("partition_key", Words),
    Column("exception_reason", Text),
    one_of("exception_reason", ("already exists", "in flight", "unknown")),
    Index("ix_backfill_dag_run_backfill_id", "backfill_id", "sort_ordinal"),
    sqlite_autoincrement=True,
)

#: Which task asked for a run. A run that is there already and is only cleared for it has more than one.
run_trigger = Table(
    "run_trigger",
    metadata,
    Column("child", ForeignKey("dag_run.id", ondelete="CASCADE"), primary_key=True),
    Column("parent", ForeignKey("dag_run.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("task_id", Words, primary_key=True),
    Column("map_index", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
)

task_instance = Table(
    "task_instance",
    metadata,
    row_id(),
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
    #: Sealed (`store.sealed`).
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
    one_of("state", TaskState),
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
    one_of("state", TaskState),
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
    one_of("before", TaskState),
    one_of("after", TaskState),
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
    one_of("before", RunState),
    one_of("after", RunState),
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
