"""Which task asked for which run, so that people find the way from either to the other."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ostro.store import types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs that were started before are in no row: what started them was not written down."""
    op.create_table(
        "run_trigger",
        sa.Column("child", types.RowId, nullable=False),
        sa.Column("parent", types.RowId, nullable=False),
        sa.Column("task_id", types.Words(), nullable=False),
        sa.Column("map_index", sa.Integer(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["child"], ["dag_run.id"], name=op.f("fk_run_trigger_child"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["parent"], ["dag_run.id"], name=op.f("fk_run_trigger_parent"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("child", "parent", "task_id", "map_index", name=op.f("pk_run_trigger")),
    )
    op.create_index(op.f("ix_run_trigger_parent"), "run_trigger", ["parent"])
