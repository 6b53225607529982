"""Indexes and columns that long queues and large lists need."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

from ostro.store import types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _queues_of_assets()
    _references_of_tasks()
    _tries_of_connections()
    op.add_column("import_error", sa.Column("engine", sa.Text(), nullable=True))
    _encrypt_arguments_of_triggers(op.get_bind())


#: Documents that may hold secrets: table and column.
_SECRET = (("trigger", "kwargs"), ("asset_watcher", "kwargs"), ("task_instance", "next_kwargs"))


def _encrypt_arguments_of_triggers(tx: sa.Connection) -> None:
    """A document that is a JSON text is encrypted from here on (`ostro.store.sealed`).

    The columns keep their type: another one would write millions of task instances anew. Without a key (the tables are
    made by a process that knows none) what is there stays as it is, which is legible, and goes with its rows.
    """
    make = tx.get_execution_options().get("ostro_cipher")
    if make is None:
        return

    def sealed(value: Any) -> Any:
        if not value or isinstance(value, str):
            return value
        return make().encrypt(msgspec.json.encode(value).decode()).decode("ascii")

    for table, column in _SECRET:
        found = tx.exec_driver_sql(f"SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL").all()
        for number, text in found:
            after = msgspec.json.encode(sealed(msgspec.json.decode(text))).decode()
            change = sa.text(f"UPDATE {table} SET {column} = :after WHERE id = :id")
            tx.execute(change, {"after": after, "id": number})
    version = sa.table("dag_version", sa.column("id"), sa.column("spec", sa.LargeBinary))
    for number in tx.execute(sa.select(version.c.id)).scalars().all():
        here = version.c.id == number
        spec = msgspec.json.decode(bytes(tx.execute(sa.select(version.c.spec).where(here)).scalar_one()))
        starts = [t["start_trigger"] for t in spec.get("tasks", ()) if t.get("start_trigger")]
        holders = [*spec.get("watchers", ()), *starts]
        for holder in holders:
            holder.update({k: sealed(holder[k]) for k in ("kwargs", "next_kwargs") if k in holder})
        if holders:
            encoded = msgspec.json.encode(spec, order="sorted")
            tx.execute(sa.update(version).where(here).values(spec=encoded))


def _queues_of_assets() -> None:
    """A row for each asset instead of one for each event; those that made no run are found by their moment."""
    op.execute("DELETE FROM asset_queue WHERE NOT counts")
    op.drop_column("asset_queue", "counts")
    op.add_column("asset_queue", sa.Column("slot", sa.BigInteger(), server_default="0", nullable=False))
    op.execute("UPDATE asset_queue SET slot = event_id")
    op.create_index("uq_asset_queue_slot", "asset_queue", ["dag_id", "asset_id", "slot"], unique=True)
    op.create_index("ix_asset_queue_created_at", "asset_queue", ["dag_id", "created_at", "event_id"])


def _tries_of_connections() -> None:
    """Connections that people have tried, and what came of it."""
    op.create_table(
        "connection_test",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("conn_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=False),
        sa.CheckConstraint(
            "state IN ('failed', 'pending', 'running', 'success')", name=op.f("ck_connection_test_state")
        ),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_connection_test")),
    )
    op.create_index(op.f("ix_connection_test_created_at"), "connection_test", ["created_at"])


def _references_of_tasks() -> None:
    """Assets that tasks name by their name or URI only; written when a file is parsed again."""
    op.create_table(
        "task_asset_ref",
        sa.Column("dag_id", types.Words(), nullable=False),
        sa.Column("task_id", types.Words(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", types.Words(), nullable=False),
        sa.Column("is_outlet", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=False),
        sa.CheckConstraint("kind IN ('name', 'uri')", name=op.f("ck_task_asset_ref_kind")),
        sa.ForeignKeyConstraint(
            ["dag_id"], ["dag.dag_id"], name=op.f("fk_task_asset_ref_dag_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "dag_id", "task_id", "kind", "text", "is_outlet", name=op.f("pk_task_asset_ref")
        ),
    )
    op.create_index("ix_task_asset_ref_text", "task_asset_ref", ["text", "kind"])
