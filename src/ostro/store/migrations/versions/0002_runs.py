"""Runs, their task instances, and what waits for them."""

import sqlalchemy as sa
from alembic import op

from ostro.store import types

revision = "0002"
down_revision = "0001"
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
    for sqlite, postgresql in ORDERED_INDEXES:
        op.execute(sqlite if op.get_bind().dialect.name == "sqlite" else postgresql)
