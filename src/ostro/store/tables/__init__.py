"""All tables, with the invariants that the database itself keeps and the indexes that the queries need.

Each index names the query it serves. What is unique, legal or belongs to what is said here too, not only in code:
at most one open attempt of a task instance, one run per logical date, states only from the list.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Index, MetaData, Table, text

from ostro.store.tables.assets import (
    asset,
    asset_alias,
    asset_alias_member,
    asset_event,
    asset_event_alias,
    asset_partition,
    asset_partition_event,
    asset_queue,
    asset_run_event,
    asset_watcher,
    dag_schedule_alias,
    dag_schedule_asset,
    dag_schedule_ref,
    task_asset,
    task_asset_ref,
)
from ostro.store.tables.base import (
    LIVE_RUNS,
    MAPPED,
    OCCUPIED,
    OPEN_CALLBACKS,
    OPEN_DEADLINES,
    OWN_POOL,
    metadata,
)
from ostro.store.tables.dags import (
    dag,
    dag_file,
    dag_owner_link,
    dag_source,
    dag_tag,
    dag_version,
    import_error,
)
from ostro.store.tables.installation import (
    audit_chain,
    connection,
    connection_test,
    dag_grant,
    engine,
    event_log,
    favorite,
    pool,
    role,
    role_grant,
    token,
    user_account,
    user_role,
    variable,
)
from ostro.store.tables.runs import (
    attempt,
    backfill,
    backfill_dag_run,
    dag_run,
    deleted_xcom,
    rendered_fields,
    run_event,
    run_trigger,
    task_instance,
    ti_event,
    xcom,
)
from ostro.store.tables.waiting import (
    asset_state,
    callback_outbox,
    deadline,
    hitl_detail,
    task_state,
    trigger,
)

__all__ = [
    "LIVE_RUNS",
    "MAPPED",
    "OCCUPIED",
    "OPEN_CALLBACKS",
    "OPEN_DEADLINES",
    "ORDERED_INDEXES",
    "OWN_POOL",
    "PARTIAL_INDEXES",
    "Partial",
    "asset",
    "asset_alias",
    "asset_alias_member",
    "asset_event",
    "asset_event_alias",
    "asset_partition",
    "asset_partition_event",
    "asset_queue",
    "asset_run_event",
    "asset_state",
    "asset_watcher",
    "attempt",
    "audit_chain",
    "backfill",
    "backfill_dag_run",
    "callback_outbox",
    "complete_metadata",
    "connection",
    "connection_test",
    "dag",
    "dag_file",
    "dag_grant",
    "dag_owner_link",
    "dag_run",
    "dag_schedule_alias",
    "dag_schedule_asset",
    "dag_schedule_ref",
    "dag_source",
    "dag_tag",
    "dag_version",
    "deadline",
    "deleted_xcom",
    "engine",
    "event_log",
    "favorite",
    "hitl_detail",
    "import_error",
    "metadata",
    "pool",
    "rendered_fields",
    "role",
    "role_grant",
    "run_event",
    "run_trigger",
    "task_asset",
    "task_asset_ref",
    "task_instance",
    "task_state",
    "ti_event",
    "token",
    "trigger",
    "user_account",
    "user_role",
    "variable",
    "xcom",
]


class Partial(NamedTuple):
    """An index over the rows that a condition selects, so that history makes it no larger."""

    name: str
    table: Table
    columns: tuple[str, ...]
    where: str
    unique: bool = False


PARTIAL_INDEXES = (
    # The engine's start, leases.
    Partial("ix_dag_run_live", dag_run, ("dag_id", "id"), LIVE_RUNS),
    Partial("ix_dag_run_backfill_id", dag_run, ("backfill_id",), "backfill_id IS NOT NULL"),
    # One backfill of a DAG at a time.
    Partial("uq_backfill_open", backfill, ("dag_id",), "completed_at IS NULL", unique=True),
    # Slots of pools, and what runs or waits now.
    Partial("ix_task_instance_pool", task_instance, ("pool", "state", "pool_slots"), OCCUPIED),
    # Lists of all instances by map index, and of those in a pool of their own.
    Partial("ix_task_instance_mapped", task_instance, ("map_index", "id"), MAPPED),
    Partial("ix_task_instance_own_pool", task_instance, ("pool", "id"), OWN_POOL),
    # At most one live attempt of an instance; also what runs now (adoption, heartbeats).
    Partial("uq_attempt_open", attempt, ("ti",), "closed_at IS NULL", unique=True),
    # One asset of a name and of a URI at a time.
    Partial("uq_asset_active_name", asset, ("name",), "is_active", unique=True),
    Partial("uq_asset_active_uri", asset, ("uri",), "is_active", unique=True),
    # One collecting partition of a key.
    Partial(
        "uq_asset_partition_open", asset_partition, ("dag_id", "partition_key"), "run IS NULL", unique=True
    ),
    # What waits to be delivered.
    Partial("ix_callback_outbox_open", callback_outbox, ("state", "id"), OPEN_CALLBACKS),
    # The next deadline.
    Partial("ix_deadline_open", deadline, ("due_at",), OPEN_DEADLINES),
)


#: Indexes that the databases spell differently: name, SQLite, PostgreSQL. Lists put empty moments last.
ORDERED_INDEXES = (
    (
        "ix_task_instance_start_date",
        "CREATE INDEX ix_task_instance_start_date ON task_instance (start_date DESC, id)",
        "CREATE INDEX ix_task_instance_start_date ON task_instance (start_date DESC NULLS LAST, id)",
    ),
)


def complete_metadata() -> MetaData:
    """The tables with their partial indexes: for migrations and their tests.

    Not made at import: naming a dialect's option loads the dialect, 3 MB that a process on the other database never needs.
    """
    for name, table, columns, where, unique in PARTIAL_INDEXES:
        if all(index.name != name for index in table.indexes):
            clause = text(where)
            Index(
                name,
                *(table.c[c] for c in columns),
                unique=unique,
                sqlite_where=clause,
                postgresql_where=clause,
            )
    return metadata
