"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op

from ostro.store import types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: In the order in which lists are read, empty moments last: for SQLite, for PostgreSQL.
ORDERED_INDEXES = (
    (
        "CREATE INDEX ix_task_instance_start_date ON task_instance (start_date DESC, id)",
        "CREATE INDEX ix_task_instance_start_date ON task_instance (start_date DESC NULLS LAST, id)",
    ),
)


def upgrade() -> None:
    make_dags()
    make_runs()
    make_assets()
    make_deadlines_and_states()
    for sqlite, postgresql in ORDERED_INDEXES:
        op.execute(sqlite if op.get_bind().dialect.name == "sqlite" else postgresql)
    op.bulk_insert(
        sa.table(
            "pool",
            sa.column("name"),
            sa.column("slots"),
            sa.column("description"),
            sa.column("include_deferred"),
        ),
        [{"name": "default_pool", "slots": 128, "description": "Default pool", "include_deferred": False}],
    )


def make_dags() -> None:
    op.create_table(
        "connection",
        sa.Column("conn_id", types.Words(), nullable=False),
        sa.Column("conn_type", types.Words(), server_default="", nullable=False),
        sa.Column("description", types.Words(), nullable=True),
        sa.Column("host", types.Words(), nullable=True),
        sa.Column("schema", types.Words(), nullable=True),
        sa.Column("login", types.Words(), nullable=True),
        sa.Column("port", sa.Integer(), nullable=True),
        sa.Column("password", sa.LargeBinary(), nullable=True),
        sa.Column("extra", sa.LargeBinary(), nullable=True),
        sa.Column("updated_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("conn_id", name=op.f("pk_connection")),
    )
    op.create_table(
        "dag",
        sa.Column("dag_id", types.Words(), nullable=False),
        sa.Column("bundle", sa.Text(), server_default="", nullable=False),
        sa.Column("path", sa.Text(), server_default="", nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=True),
        sa.Column("bundle_version", sa.Text(), nullable=True),
        sa.Column("disable_bundle_versioning", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("is_stale", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("has_import_errors", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("parsed_at", types.Moment(), nullable=True),
        sa.Column("parse_duration", sa.Float(), nullable=True),
        sa.Column("expired_at", types.Moment(), nullable=True),
        sa.Column("display_name", types.Words(), server_default="", nullable=False),
        sa.Column("description", types.Words(), nullable=True),
        sa.Column("owners", types.Words(), server_default="", nullable=False),
        sa.Column("timetable", types.Json(), nullable=False),
        sa.Column("timetable_summary", types.Words(), nullable=True),
        sa.Column("timetable_description", types.Words(), nullable=True),
        sa.Column("asset_condition", types.Json(), nullable=True),
        sa.Column("start_date", types.Moment(), nullable=True),
        sa.Column("end_date", types.Moment(), nullable=True),
        sa.Column("catchup", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("max_active_runs", sa.Integer(), server_default="16", nullable=False),
        sa.Column("max_active_tasks", sa.Integer(), server_default="16", nullable=False),
        sa.Column("max_consecutive_failed_dag_runs", sa.Integer(), server_default="0", nullable=False),
        sa.Column("dialect", sa.Integer(), server_default="3", nullable=False),
        sa.Column("task_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tags", types.Json(), nullable=True),
        sa.Column("next_logical_date", types.Moment(), nullable=True),
        sa.Column("next_interval_start", types.Moment(), nullable=True),
        sa.Column("next_interval_end", types.Moment(), nullable=True),
        sa.Column("next_run_after", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("dag_id", name=op.f("pk_dag")),
    )
    op.create_index("ix_dag_file", "dag", ["bundle", "path"], unique=False)
    op.create_table(
        "dag_file",
        sa.Column("bundle", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), server_default="", nullable=False),
        sa.Column("fingerprint", sa.Text(), server_default="", nullable=False),
        sa.Column("deps", types.Json(), nullable=True),
        sa.Column("warnings", types.Json(), nullable=True),
        sa.Column("parsed_at", types.Moment(), nullable=True),
        sa.Column("duration", sa.Float(), nullable=True),
        sa.Column("refresh_at", types.Moment(), nullable=True),
        sa.Column("dag_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("extra", types.Json(), nullable=True),
        sa.PrimaryKeyConstraint("bundle", "path", name=op.f("pk_dag_file")),
    )
    op.create_table(
        "dag_source",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("source", types.Words(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_dag_source")),
    )
    op.create_table(
        "engine",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("hostname", sa.Text(), nullable=False),
        sa.Column("pid", sa.BigInteger(), nullable=False),
        sa.Column("pid_birth", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("version", sa.Text(), server_default="", nullable=False),
        sa.Column("started_at", types.Moment(), nullable=False),
        sa.Column("heartbeat_at", types.Moment(), nullable=False),
        sa.Column("progress_at", types.Moment(), nullable=True),
        sa.Column("stopped_at", types.Moment(), nullable=True),
        sa.Column("info", types.Json(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_engine")),
    )
    op.create_table(
        "event_log",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("owner", types.Words(), nullable=True),
        sa.Column("dag_id", types.Words(), nullable=True),
        sa.Column("run_id", types.Words(), nullable=True),
        sa.Column("task_id", types.Words(), nullable=True),
        sa.Column("map_index", sa.Integer(), nullable=True),
        sa.Column("try_number", sa.Integer(), nullable=True),
        sa.Column("logical_date", types.Moment(), nullable=True),
        sa.Column("extra", types.Json(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_log")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_event_log_at"), "event_log", ["at"], unique=False)
    op.create_index("ix_event_log_dag_id", "event_log", ["dag_id", "id"], unique=False)
    op.create_table(
        "import_error",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("bundle", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("dag_id", types.Words(), nullable=True),
        sa.Column("text", types.Words(), nullable=False),
        sa.Column("error_path", types.Words(), server_default="", nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("traceback", types.Words(), server_default="", nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="error", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_error")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_import_error_file", "import_error", ["bundle", "path"], unique=False)
    op.create_table(
        "pool",
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("description", types.Words(), server_default="", nullable=False),
        sa.Column("include_deferred", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("slots >= -1", name=op.f("ck_pool_slots")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pool")),
    )
    op.create_table(
        "run_event",
        sa.Column("sequence", types.RowId, nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("reason", types.Words(), server_default="", nullable=False),
        sa.CheckConstraint(
            "after IN ('failed', 'queued', 'running', 'success')", name=op.f("ck_run_event_after")
        ),
        sa.CheckConstraint(
            "before IN ('failed', 'queued', 'running', 'success')", name=op.f("ck_run_event_before")
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_run_event")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_run_event_run", "run_event", ["run"], unique=False)
    op.create_table(
        "ti_event",
        sa.Column("sequence", types.RowId, nullable=False),
        sa.Column("ti", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.Text(), nullable=True),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("reason", types.Words(), server_default="", nullable=False),
        sa.CheckConstraint(
            "after IN ('awaiting_input', 'deferred', 'failed', 'none', 'queued', 'removed', 'restarting', 'running', 'scheduled', 'skipped', 'success', 'up_for_reschedule', 'up_for_retry', 'upstream_failed')",
            name=op.f("ck_ti_event_after"),
        ),
        sa.CheckConstraint(
            "before IN ('awaiting_input', 'deferred', 'failed', 'none', 'queued', 'removed', 'restarting', 'running', 'scheduled', 'skipped', 'success', 'up_for_reschedule', 'up_for_retry', 'upstream_failed')",
            name=op.f("ck_ti_event_before"),
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_ti_event")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ti_event_ti", "ti_event", ["ti"], unique=False)
    op.create_table(
        "user_account",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("email", types.Words(), nullable=True),
        sa.Column("full_name", types.Words(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("last_login_at", types.Moment(), nullable=True),
        sa.Column("must_change_password", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("name", name=op.f("uq_user_account_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "variable",
        sa.Column("key", types.Words(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("description", types.Words(), nullable=True),
        sa.Column("updated_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_variable")),
    )
    op.create_table(
        "backfill",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("dag_id", types.Words(), nullable=False),
        sa.Column("from_date", types.Moment(), nullable=False),
        sa.Column("to_date", types.Moment(), nullable=False),
        sa.Column("conf", types.Json(), nullable=True),
        sa.Column("is_paused", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("run_backwards", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("reprocess_behavior", sa.Text(), server_default="none", nullable=False),
        sa.Column("max_active_runs", sa.Integer(), server_default="10", nullable=False),
        sa.Column("run_on_latest_version", sa.Boolean(), nullable=True),
        sa.Column("planned_to", types.Json(), nullable=True),
        sa.Column("is_planned", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=False),
        sa.Column("completed_at", types.Moment(), nullable=True),
        sa.Column("triggering_user", types.Words(), nullable=True),
        sa.CheckConstraint(
            "reprocess_behavior IN ('completed', 'failed', 'none')",
            name=op.f("ck_backfill_reprocess_behavior"),
        ),
        sa.ForeignKeyConstraint(
            ["dag_id"], ["dag.dag_id"], name=op.f("fk_backfill_dag_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backfill")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_backfill_dag_id"), "backfill", ["dag_id"], unique=False)
    op.create_index(
        "uq_backfill_open",
        "backfill",
        ["dag_id"],
        unique=True,
        sqlite_where=sa.text("completed_at IS NULL"),
        postgresql_where=sa.text("completed_at IS NULL"),
    )
    op.create_table(
        "dag_owner_link",
        sa.Column("dag_id", types.Words(), nullable=False),
        sa.Column("owner", types.Words(), nullable=False),
        sa.Column("link", types.Words(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dag_id"], ["dag.dag_id"], name=op.f("fk_dag_owner_link_dag_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dag_id", "owner", name=op.f("pk_dag_owner_link")),
    )
    op.create_table(
        "dag_tag",
        sa.Column("dag_id", types.Words(), nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dag_id"], ["dag.dag_id"], name=op.f("fk_dag_tag_dag_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dag_id", "name", name=op.f("pk_dag_tag")),
    )
    op.create_index("ix_dag_tag_name", "dag_tag", ["name", "dag_id"], unique=False)
    op.create_table(
        "dag_version",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("dag_id", types.Words(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("bundle", sa.Text(), server_default="", nullable=False),
        sa.Column("bundle_version", sa.Text(), nullable=True),
        sa.Column("bundle_url", sa.Text(), nullable=True),
        sa.Column("path", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=False),
        sa.Column("spec", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dag_id"], ["dag.dag_id"], name=op.f("fk_dag_version_dag_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_hash"], ["dag_source.hash"], name=op.f("fk_dag_version_source_hash")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dag_version")),
        sa.UniqueConstraint("dag_id", "number", name=op.f("uq_dag_version_dag_id_number")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_dag_version_source_hash", "dag_version", ["source_hash"], unique=False)
    op.create_table(
        "favorite",
        sa.Column("user_name", types.Words(), nullable=False),
        sa.Column("dag_id", types.Words(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dag_id"], ["dag.dag_id"], name=op.f("fk_favorite_dag_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_name", "dag_id", name=op.f("pk_favorite")),
    )
    op.create_index(op.f("ix_favorite_dag_id"), "favorite", ["dag_id"], unique=False)
    op.create_table(
        "token",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", types.RowId, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("label", types.Words(), server_default="", nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("expires_at", types.Moment(), nullable=True),
        sa.Column("last_used_at", types.Moment(), nullable=True),
        sa.Column("revoked_at", types.Moment(), nullable=True),
        sa.CheckConstraint("kind IN ('api', 'session')", name=op.f("ck_token_kind")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_token_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
    )
    op.create_index(op.f("ix_token_expires_at"), "token", ["expires_at"], unique=False)
    op.create_index(op.f("ix_token_user_id"), "token", ["user_id"], unique=False)


def make_runs() -> None:
    op.create_table(
        "dag_run",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("dag_id", types.Words(), nullable=False),
        sa.Column("run_id", types.Words(), nullable=False),
        sa.Column("run_type", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("run_after", types.Moment(), nullable=False),
        sa.Column("logical_date", types.Moment(), nullable=True),
        sa.Column("data_interval_start", types.Moment(), nullable=True),
        sa.Column("data_interval_end", types.Moment(), nullable=True),
        sa.Column("queued_at", types.Moment(), nullable=True),
        sa.Column("start_date", types.Moment(), nullable=True),
        sa.Column("end_date", types.Moment(), nullable=True),
        sa.Column("conf", types.Json(), nullable=True),
        sa.Column("version_id", types.RowId, nullable=False),
        sa.Column("clear_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("triggered_by", sa.Text(), server_default="timetable", nullable=False),
        sa.Column("triggering_user", types.Words(), nullable=True),
        sa.Column("note", types.Words(), nullable=True),
        sa.Column("note_user", types.Words(), nullable=True),
        sa.Column("backfill_id", types.RowId, nullable=True),
        sa.Column("partition_key", types.Words(), nullable=True),
        sa.Column("partition_date", types.Moment(), nullable=True),
        sa.Column("bundle_version", sa.Text(), nullable=True),
        sa.Column("reason", types.Words(), server_default="", nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("lease_until", types.Moment(), nullable=True),
        sa.Column("lease_term", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "run_type IN ('asset_materialization', 'asset_triggered', 'backfill', 'manual', 'operator_triggered', 'scheduled')",
            name=op.f("ck_dag_run_run_type"),
        ),
        sa.CheckConstraint(
            "state IN ('failed', 'queued', 'running', 'success')", name=op.f("ck_dag_run_state")
        ),
        sa.ForeignKeyConstraint(
            ["backfill_id"], ["backfill.id"], name=op.f("fk_dag_run_backfill_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["dag_id"], ["dag.dag_id"], name=op.f("fk_dag_run_dag_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["version_id"], ["dag_version.id"], name=op.f("fk_dag_run_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dag_run")),
        sa.UniqueConstraint("dag_id", "logical_date", name=op.f("uq_dag_run_dag_id_logical_date")),
        sa.UniqueConstraint("dag_id", "run_id", name=op.f("uq_dag_run_dag_id_run_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_dag_run_backfill_id",
        "dag_run",
        ["backfill_id"],
        unique=False,
        sqlite_where=sa.text("backfill_id IS NOT NULL"),
        postgresql_where=sa.text("backfill_id IS NOT NULL"),
    )
    op.create_index("ix_dag_run_dag_id_run_after", "dag_run", ["dag_id", "run_after", "id"], unique=False)
    op.create_index("ix_dag_run_dag_id_state", "dag_run", ["dag_id", "state", "start_date"], unique=False)
    op.create_index(
        "ix_dag_run_live",
        "dag_run",
        ["dag_id", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('queued', 'running')"),
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_index("ix_dag_run_run_after", "dag_run", ["run_after", "id"], unique=False)
    op.create_index("ix_dag_run_state_end_date", "dag_run", ["state", "end_date"], unique=False)
    op.create_index("ix_dag_run_version_id", "dag_run", ["version_id"], unique=False)
    op.create_table(
        "backfill_dag_run",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("backfill_id", types.RowId, nullable=False),
        sa.Column("run", types.RowId, nullable=True),
        sa.Column("sort_ordinal", sa.Integer(), nullable=False),
        sa.Column("logical_date", types.Moment(), nullable=True),
        sa.Column("partition_key", types.Words(), nullable=True),
        sa.Column("exception_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "exception_reason IN ('already exists', 'in flight', 'unknown')",
            name=op.f("ck_backfill_dag_run_exception_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["backfill_id"],
            ["backfill.id"],
            name=op.f("fk_backfill_dag_run_backfill_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["run"], ["dag_run.id"], name=op.f("fk_backfill_dag_run_run"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backfill_dag_run")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_backfill_dag_run_backfill_id",
        "backfill_dag_run",
        ["backfill_id", "sort_ordinal"],
        unique=False,
    )
    op.create_index(op.f("ix_backfill_dag_run_run"), "backfill_dag_run", ["run"], unique=False)
    op.create_table(
        "callback_outbox",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("dag_id", types.Words(), nullable=False),
        sa.Column("run", types.RowId, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", types.Words(), server_default="", nullable=False),
        sa.Column("task_id", types.Words(), nullable=True),
        sa.Column("map_index", sa.Integer(), server_default="-1", nullable=False),
        sa.Column("try_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", types.Words(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_at", types.Moment(), nullable=True),
        sa.Column("engine", sa.Text(), nullable=True),
        sa.Column("pid", sa.BigInteger(), nullable=True),
        sa.Column("pid_birth", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("finished_at", types.Moment(), nullable=True),
        sa.Column("failure", types.Words(), nullable=True),
        sa.Column("details", types.Json(), nullable=True),
        sa.CheckConstraint(
            "state IN ('claimed', 'done', 'failed', 'waiting')", name=op.f("ck_callback_outbox_state")
        ),
        sa.ForeignKeyConstraint(
            ["run"], ["dag_run.id"], name=op.f("fk_callback_outbox_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_callback_outbox_open",
        "callback_outbox",
        ["state", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('claimed', 'waiting')"),
        postgresql_where=sa.text("state IN ('claimed', 'waiting')"),
    )
    op.create_index(op.f("ix_callback_outbox_run"), "callback_outbox", ["run"], unique=False)
    op.create_table(
        "task_instance",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("run", types.RowId, nullable=False),
        sa.Column("task_id", types.Words(), nullable=False),
        sa.Column("map_index", sa.Integer(), server_default="-1", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("try_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("max_tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempt_id", sa.Text(), nullable=True),
        sa.Column("due_at", types.Moment(), nullable=True),
        sa.Column("scheduled_at", types.Moment(), nullable=True),
        sa.Column("queued_at", types.Moment(), nullable=True),
        sa.Column("start_date", types.Moment(), nullable=True),
        sa.Column("end_date", types.Moment(), nullable=True),
        sa.Column("duration", sa.Float(), nullable=True),
        sa.Column("pid", sa.BigInteger(), nullable=True),
        sa.Column("pid_birth", sa.BigInteger(), nullable=True),
        sa.Column("hostname", sa.Text(), nullable=True),
        sa.Column("engine", sa.Text(), nullable=True),
        sa.Column("version_id", sa.BigInteger(), nullable=True),
        sa.Column("first_start_date", types.Moment(), nullable=True),
        sa.Column("rendered_map_index", types.Words(), nullable=True),
        sa.Column("next_method", sa.Text(), nullable=True),
        sa.Column("next_kwargs", types.Json(), nullable=True),
        sa.Column("pool", types.Words(), server_default="default_pool", nullable=False),
        sa.Column("pool_slots", sa.Integer(), server_default="1", nullable=False),
        sa.Column("queue", types.Words(), server_default="default", nullable=False),
        sa.Column("priority_weight", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("operator", types.Words(), server_default="", nullable=False),
        sa.Column("executor", types.Words(), nullable=True),
        sa.Column("note", types.Words(), nullable=True),
        sa.Column("note_user", types.Words(), nullable=True),
        sa.Column("updated_at", types.Moment(), nullable=True),
        sa.CheckConstraint(
            "state IN ('awaiting_input', 'deferred', 'failed', 'none', 'queued', 'removed', 'restarting', 'running', 'scheduled', 'skipped', 'success', 'up_for_reschedule', 'up_for_retry', 'upstream_failed')",
            name=op.f("ck_task_instance_state"),
        ),
        sa.CheckConstraint("map_index >= -1", name=op.f("ck_task_instance_map_index")),
        sa.CheckConstraint("pool_slots >= 1", name=op.f("ck_task_instance_pool_slots")),
        sa.ForeignKeyConstraint(
            ["run"], ["dag_run.id"], name=op.f("fk_task_instance_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_instance")),
        sa.UniqueConstraint(
            "run", "task_id", "map_index", name=op.f("uq_task_instance_run_task_id_map_index")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_task_instance_pool",
        "task_instance",
        ["pool", "state", "pool_slots"],
        unique=False,
        sqlite_where=sa.text("state IN ('deferred', 'queued', 'restarting', 'running', 'scheduled')"),
        postgresql_where=sa.text("state IN ('deferred', 'queued', 'restarting', 'running', 'scheduled')"),
    )
    op.create_index("ix_task_instance_state", "task_instance", ["state", "id"], unique=False)
    op.create_table(
        "xcom",
        sa.Column("run", types.RowId, nullable=False),
        sa.Column("task_id", types.Words(), nullable=False),
        sa.Column("map_index", sa.Integer(), nullable=False),
        sa.Column("key", types.Words(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=True),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["dag_run.id"], name=op.f("fk_xcom_run"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "task_id", "map_index", "key", name=op.f("pk_xcom")),
    )
    op.create_table(
        "deleted_xcom",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("dag_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("task_id", types.Words(), nullable=False),
        sa.Column("key", types.Words(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deleted_xcom")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "attempt",
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("ti", types.RowId, nullable=False),
        sa.Column("try_number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("max_tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("queued_at", types.Moment(), nullable=True),
        sa.Column("scheduled_at", types.Moment(), nullable=True),
        sa.Column("start_date", types.Moment(), nullable=True),
        sa.Column("end_date", types.Moment(), nullable=True),
        sa.Column("closed_at", types.Moment(), nullable=True),
        sa.Column("hostname", sa.Text(), nullable=True),
        sa.Column("engine", sa.Text(), nullable=True),
        sa.Column("pid", sa.BigInteger(), nullable=True),
        sa.Column("pid_birth", sa.BigInteger(), nullable=True),
        sa.Column("heartbeat_at", types.Moment(), nullable=True),
        sa.Column("cause", types.Json(), nullable=True),
        sa.Column("version_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('awaiting_input', 'deferred', 'failed', 'none', 'queued', 'removed', 'restarting', 'running', 'scheduled', 'skipped', 'success', 'up_for_reschedule', 'up_for_retry', 'upstream_failed')",
            name=op.f("ck_attempt_state"),
        ),
        sa.ForeignKeyConstraint(["ti"], ["task_instance.id"], name=op.f("fk_attempt_ti"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_attempt")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_attempt_ti", "attempt", ["ti", "try_number"], unique=False)
    op.create_index(
        "uq_attempt_open",
        "attempt",
        ["ti"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "rendered_fields",
        sa.Column("ti", types.RowId, autoincrement=False, nullable=False),
        sa.Column("fields", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ti"], ["task_instance.id"], name=op.f("fk_rendered_fields_ti"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ti", name=op.f("pk_rendered_fields")),
    )
    op.create_table(
        "trigger",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("ti", types.RowId, nullable=False),
        sa.Column("attempt_id", sa.Text(), nullable=True),
        sa.Column("classpath", types.Words(), nullable=False),
        sa.Column("kwargs", types.Json(), nullable=True),
        sa.Column("queue", types.Words(), nullable=True),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("timeout_at", types.Moment(), nullable=True),
        sa.Column("from_file", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["ti"], ["task_instance.id"], name=op.f("fk_trigger_ti"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trigger")),
        sa.UniqueConstraint("ti", name=op.f("uq_trigger_ti")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "hitl_detail",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("ti", types.RowId, nullable=False),
        sa.Column("try_number", sa.Integer(), nullable=False),
        sa.Column("subject", types.Words(), nullable=False),
        sa.Column("body", types.Words(), nullable=True),
        sa.Column("options", types.Json(), nullable=False),
        sa.Column("defaults", types.Json(), nullable=True),
        sa.Column("multiple", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("params", types.Json(), nullable=True),
        sa.Column("assigned_users", types.Json(), nullable=True),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("responded_at", types.Moment(), nullable=True),
        sa.Column("responded_by_id", types.Words(), nullable=True),
        sa.Column("responded_by_name", types.Words(), nullable=True),
        sa.Column("chosen_options", types.Json(), nullable=True),
        sa.Column("params_input", types.Json(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ti"], ["task_instance.id"], name=op.f("fk_hitl_detail_ti"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hitl_detail")),
        sa.UniqueConstraint("ti", "try_number", name=op.f("uq_hitl_detail_ti_try_number")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_hitl_detail_responded_at"), "hitl_detail", ["responded_at"], unique=False)
    # ### end Alembic commands ###


def make_deadlines_and_states() -> None:
    op.create_table(
        "deadline",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("run", types.RowId, nullable=False),
        sa.Column("kind", sa.Text(), server_default="deadline", nullable=False),
        sa.Column("number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("task_id", types.Words(), server_default="", nullable=False),
        sa.Column("name", types.Words(), nullable=True),
        sa.Column("reference", sa.Text(), server_default="", nullable=False),
        sa.Column("base_at", types.Moment(), nullable=False),
        sa.Column("due_at", types.Moment(), nullable=False),
        sa.Column("missed_at", types.Moment(), nullable=True),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=False),
        sa.CheckConstraint("kind IN ('deadline', 'sla')", name=op.f("ck_deadline_kind")),
        sa.ForeignKeyConstraint(["run"], ["dag_run.id"], name=op.f("fk_deadline_run"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline")),
        sa.UniqueConstraint(
            "run", "kind", "number", "task_id", name=op.f("uq_deadline_run_kind_number_task_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_deadline_open",
        "deadline",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("missed_at IS NULL"),
        postgresql_where=sa.text("missed_at IS NULL"),
    )
    op.create_table(
        "task_state",
        sa.Column("run", types.RowId, nullable=False),
        sa.Column("task_id", types.Words(), nullable=False),
        sa.Column("map_index", sa.Integer(), nullable=False),
        sa.Column("key", types.Words(), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=False),
        sa.Column("expires_at", types.Moment(), nullable=True),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["dag_run.id"], name=op.f("fk_task_state_run"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "task_id", "map_index", "key", name=op.f("pk_task_state")),
    )
    op.create_index(op.f("ix_task_state_expires_at"), "task_state", ["expires_at"], unique=False)
    op.create_table(
        "asset_state",
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("uri", types.Words(), nullable=False),
        sa.Column("key", types.Words(), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=False),
        sa.Column("writer", sa.Text(), server_default="task", nullable=False),
        sa.Column("dag_id", types.Words(), nullable=True),
        sa.Column("run_id", types.Words(), nullable=True),
        sa.Column("task_id", types.Words(), nullable=True),
        sa.Column("map_index", sa.Integer(), nullable=True),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("writer IN ('api', 'task', 'watcher')", name=op.f("ck_asset_state_writer")),
        sa.PrimaryKeyConstraint("name", "uri", "key", name=op.f("pk_asset_state")),
    )


def make_assets() -> None:
    op.create_table(
        "asset",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("uri", types.Words(), nullable=False),
        sa.Column("group_name", types.Words(), server_default="asset", nullable=False),
        sa.Column("extra", types.Json(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset")),
        sa.UniqueConstraint("name", "uri", name=op.f("uq_asset_name_uri")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_asset_uri", "asset", ["uri"], unique=False)
    op.create_index(
        "uq_asset_active_name",
        "asset",
        ["name"],
        unique=True,
        sqlite_where=sa.text("is_active"),
        postgresql_where=sa.text("is_active"),
    )
    op.create_index(
        "uq_asset_active_uri",
        "asset",
        ["uri"],
        unique=True,
        sqlite_where=sa.text("is_active"),
        postgresql_where=sa.text("is_active"),
    )
    op.create_table(
        "asset_alias",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("group_name", types.Words(), server_default="asset", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset_alias")),
        sa.UniqueConstraint("name", name=op.f("uq_asset_alias_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "asset_alias_member",
        sa.Column("alias_id", types.RowId, nullable=False),
        sa.Column("asset_id", types.RowId, nullable=False),
        sa.ForeignKeyConstraint(
            ["alias_id"], ["asset_alias.id"], name=op.f("fk_asset_alias_member_alias_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_asset_alias_member_asset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("alias_id", "asset_id", name=op.f("pk_asset_alias_member")),
    )
    op.create_index(op.f("ix_asset_alias_member_asset_id"), "asset_alias_member", ["asset_id"], unique=False)
    op.create_table(
        "asset_event",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("asset_id", types.RowId, nullable=False),
        sa.Column("extra", types.Json(), nullable=True),
        sa.Column("source_dag_id", types.Words(), nullable=True),
        sa.Column("source_task_id", types.Words(), nullable=True),
        sa.Column("source_run_id", types.Words(), nullable=True),
        sa.Column("source_map_index", sa.Integer(), server_default="-1", nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("partition_key", types.Words(), nullable=True),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_asset_event_asset_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset_event")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_asset_event_asset_id", "asset_event", ["asset_id", "at", "id"], unique=False)
    op.create_index("ix_asset_event_at", "asset_event", ["at", "id"], unique=False)
    op.create_index("ix_asset_event_source", "asset_event", ["source_dag_id", "source_run_id"], unique=False)
    op.create_table(
        "asset_partition",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("dag_id", types.Words(), nullable=False),
        sa.Column("partition_key", types.Words(), nullable=False),
        sa.Column("partition_date", types.Moment(), nullable=True),
        sa.Column("fingerprint", sa.Text(), server_default="", nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=True),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dag_id"], ["dag.dag_id"], name=op.f("fk_asset_partition_dag_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset_partition")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_asset_partition_dag_id", "asset_partition", ["dag_id", "partition_key"], unique=False)
    op.create_index(
        "uq_asset_partition_open",
        "asset_partition",
        ["dag_id", "partition_key"],
        unique=True,
        sqlite_where=sa.text("run IS NULL"),
        postgresql_where=sa.text("run IS NULL"),
    )
    op.create_table(
        "dag_schedule_alias",
        sa.Column("dag_id", types.Words(), nullable=False),
        sa.Column("alias_id", types.RowId, nullable=False),
        sa.ForeignKeyConstraint(
            ["alias_id"], ["asset_alias.id"], name=op.f("fk_dag_schedule_alias_alias_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["dag_id"], ["dag.dag_id"], name=op.f("fk_dag_schedule_alias_dag_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dag_id", "alias_id", name=op.f("pk_dag_schedule_alias")),
    )
    op.create_index(op.f("ix_dag_schedule_alias_alias_id"), "dag_schedule_alias", ["alias_id"], unique=False)
    op.create_table(
        "dag_schedule_asset",
        sa.Column("dag_id", types.Words(), nullable=False),
        sa.Column("asset_id", types.RowId, nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_dag_schedule_asset_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["dag_id"], ["dag.dag_id"], name=op.f("fk_dag_schedule_asset_dag_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dag_id", "asset_id", name=op.f("pk_dag_schedule_asset")),
    )
    op.create_index(op.f("ix_dag_schedule_asset_asset_id"), "dag_schedule_asset", ["asset_id"], unique=False)
    op.create_table(
        "dag_schedule_ref",
        sa.Column("dag_id", types.Words(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", types.Words(), nullable=False),
        sa.CheckConstraint("kind IN ('name', 'uri')", name=op.f("ck_dag_schedule_ref_kind")),
        sa.ForeignKeyConstraint(
            ["dag_id"], ["dag.dag_id"], name=op.f("fk_dag_schedule_ref_dag_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dag_id", "kind", "text", name=op.f("pk_dag_schedule_ref")),
    )
    op.create_index("ix_dag_schedule_ref_text", "dag_schedule_ref", ["text", "kind"], unique=False)
    op.create_table(
        "task_asset",
        sa.Column("dag_id", types.Words(), nullable=False),
        sa.Column("task_id", types.Words(), nullable=False),
        sa.Column("asset_id", types.RowId, nullable=False),
        sa.Column("is_outlet", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_task_asset_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["dag_id"], ["dag.dag_id"], name=op.f("fk_task_asset_dag_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dag_id", "task_id", "asset_id", "is_outlet", name=op.f("pk_task_asset")),
    )
    op.create_index(op.f("ix_task_asset_asset_id"), "task_asset", ["asset_id"], unique=False)
    op.create_table(
        "asset_event_alias",
        sa.Column("event_id", types.RowId, nullable=False),
        sa.Column("alias_id", types.RowId, nullable=False),
        sa.ForeignKeyConstraint(
            ["alias_id"], ["asset_alias.id"], name=op.f("fk_asset_event_alias_alias_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["asset_event.id"], name=op.f("fk_asset_event_alias_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", "alias_id", name=op.f("pk_asset_event_alias")),
    )
    op.create_index(op.f("ix_asset_event_alias_alias_id"), "asset_event_alias", ["alias_id"], unique=False)
    op.create_table(
        "asset_partition_event",
        sa.Column("partition_id", types.RowId, nullable=False),
        sa.Column("event_id", types.RowId, nullable=False),
        sa.Column("asset_id", types.RowId, nullable=False),
        sa.Column("source_key", types.Words(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_asset_partition_event_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["asset_event.id"],
            name=op.f("fk_asset_partition_event_event_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partition_id"],
            ["asset_partition.id"],
            name=op.f("fk_asset_partition_event_partition_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("partition_id", "event_id", name=op.f("pk_asset_partition_event")),
    )
    op.create_index(
        op.f("ix_asset_partition_event_asset_id"), "asset_partition_event", ["asset_id"], unique=False
    )
    op.create_index(
        op.f("ix_asset_partition_event_event_id"), "asset_partition_event", ["event_id"], unique=False
    )
    op.create_table(
        "asset_queue",
        sa.Column("dag_id", types.Words(), nullable=False),
        sa.Column("event_id", types.RowId, nullable=False),
        sa.Column("asset_id", types.RowId, nullable=False),
        sa.Column("counts", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name=op.f("fk_asset_queue_asset_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["dag_id"], ["dag.dag_id"], name=op.f("fk_asset_queue_dag_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["asset_event.id"], name=op.f("fk_asset_queue_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dag_id", "event_id", name=op.f("pk_asset_queue")),
    )
    op.create_index(op.f("ix_asset_queue_asset_id"), "asset_queue", ["asset_id"], unique=False)
    op.create_index(op.f("ix_asset_queue_event_id"), "asset_queue", ["event_id"], unique=False)
    op.create_table(
        "asset_watcher",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("dag_id", types.Words(), nullable=False),
        sa.Column("asset_name", types.Words(), nullable=False),
        sa.Column("asset_uri", types.Words(), nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("classpath", types.Words(), nullable=False),
        sa.Column("kwargs", types.Json(), nullable=True),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("lease_until", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dag_id"], ["dag.dag_id"], name=op.f("fk_asset_watcher_dag_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset_watcher")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_asset_watcher_dag_id"), "asset_watcher", ["dag_id"], unique=False)
    op.create_index("ix_asset_watcher_asset", "asset_watcher", ["asset_name", "asset_uri"], unique=False)
    op.create_table(
        "asset_run_event",
        sa.Column("run", types.RowId, nullable=False),
        sa.Column("event_id", types.RowId, nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["asset_event.id"], name=op.f("fk_asset_run_event_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["run"], ["dag_run.id"], name=op.f("fk_asset_run_event_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run", "event_id", name=op.f("pk_asset_run_event")),
    )
    op.create_index(op.f("ix_asset_run_event_event_id"), "asset_run_event", ["event_id"], unique=False)
