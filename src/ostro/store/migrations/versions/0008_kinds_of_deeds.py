"""An index by which the kinds of deeds in the audit log are told without reading all of it."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_event_log_event", "event_log", ["event", "id"])
