"""People, their roles and what they may do; the chain of the audit log."""

import sqlalchemy as sa
from alembic import op

from ostro.store import types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "role",
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_role")),
    )
    op.create_table(
        "role_grant",
        sa.Column("role", types.Words(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("dag_id", types.Words(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["role"], ["role.name"], name=op.f("fk_role_grant_role"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("role", "verb", "resource", "dag_id", name=op.f("pk_role_grant")),
    )
    op.create_table(
        "user_role",
        sa.Column("user_id", types.RowId, nullable=False),
        sa.Column("role", types.Words(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_user_role_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "role", name=op.f("pk_user_role")),
    )
    op.create_table(
        "dag_grant",
        sa.Column("dag_id", types.Words(), nullable=False),
        sa.Column("role", types.Words(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dag_id"], ["dag.dag_id"], name=op.f("fk_dag_grant_dag_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("dag_id", "role", "verb", "resource", name=op.f("pk_dag_grant")),
    )
    op.create_index(op.f("ix_dag_grant_role"), "dag_grant", ["role"], unique=False)
    # Before there were roles, every account might do everything.
    op.execute("INSERT INTO user_role (user_id, role) SELECT id, 'Admin' FROM user_account")
    op.drop_column("user_account", "role")
    op.add_column("user_account", sa.Column("external_id", types.Words(), nullable=True))
    op.create_index(op.f("ix_user_account_external_id"), "user_account", ["external_id"], unique=True)
    op.add_column("token", sa.Column("address", sa.Text(), server_default="", nullable=False))
    op.add_column("token", sa.Column("client", types.Words(), server_default="", nullable=False))
    op.create_table(
        "audit_chain",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("digest", sa.Text(), server_default="", nullable=False),
        sa.Column("base_link", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("base_digest", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_chain_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_chain")),
    )
    op.execute("INSERT INTO audit_chain (id) VALUES (1)")
    op.add_column("event_log", sa.Column("address", sa.Text(), nullable=True))
    op.add_column("event_log", sa.Column("result", sa.Text(), server_default="done", nullable=False))
    op.add_column("event_log", sa.Column("link", sa.BigInteger(), nullable=True))
    op.add_column("event_log", sa.Column("digest", sa.Text(), nullable=True))
    op.create_index(op.f("ix_event_log_link"), "event_log", ["link"], unique=True)
