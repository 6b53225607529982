"""Engines that people drain: they end what they run, and start nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ostro.store import types

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("drain_asked_at", "drains_since"):
        op.add_column("engine", sa.Column(name, types.Moment()))
