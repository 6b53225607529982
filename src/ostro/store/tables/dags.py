"""DAG files, what was found in them, and the versions of DAGs."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import (
    BigInteger,
    Boolean,
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

from ostro.store.tables.base import metadata, row_id
from ostro.store.types import Json, Moment, Words

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
    row_id(),
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
    #: The engine that says so, when it is not of the file.
    Column("engine", Text),
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
    row_id(),
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
