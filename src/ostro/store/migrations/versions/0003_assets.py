"""Assets, their events and their queues."""

import sqlalchemy as sa
from alembic import op

from ostro.store import types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
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
