"""Indexes of the few task instances that lists look for among all: mapped ones, and those in pools of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MAPPED = "map_index >= 0"
OWN_POOL = "pool <> 'default_pool'"


def upgrade() -> None:
    for name, columns, where in (
        ("ix_task_instance_mapped", ["map_index", "id"], MAPPED),
        ("ix_task_instance_own_pool", ["pool", "id"], OWN_POOL),
    ):
        clause = sa.text(where)
        op.create_index(name, "task_instance", columns, sqlite_where=clause, postgresql_where=clause)
