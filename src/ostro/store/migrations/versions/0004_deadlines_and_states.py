"""Deadlines, and states of tasks and assets."""

import sqlalchemy as sa
from alembic import op

from ostro.store import types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
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
