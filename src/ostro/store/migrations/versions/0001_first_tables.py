"""DAGs, values of the installation, its people and its engines."""

import sqlalchemy as sa
from alembic import op

from ostro.store import types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
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
