"""What is still to happen: callbacks, deadlines, triggers, questions to people; and what tasks keep for the next time."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from ostro.store.tables.base import metadata, one_of, row_id
from ostro.store.types import Json, Moment, Words

callback_outbox = Table(
    "callback_outbox",
    metadata,
    row_id(),
    Column("dag_id", Words, nullable=False),
    Column("run", ForeignKey("dag_run.id", ondelete="CASCADE"), nullable=False, index=True),
    #: dag_success, dag_failure, task_failure, task_retry, task_success, task_skipped, deadline, deadline_reference,
    #: sla_miss.
    Column("kind", Text, nullable=False),
    Column("reason", Words, nullable=False, server_default=""),
    Column("task_id", Words),
    Column("map_index", Integer, nullable=False, server_default="-1"),
    Column("try_number", Integer, nullable=False, server_default="0"),
    Column("error", Words),
    Column("state", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    #: Who runs it now: the process of the attempt itself ("attempt") or an engine.
    Column("claimed_by", Text),
    Column("claimed_at", Moment),
    #: The process that runs it, and whose it is.
    Column("engine", Text),
    Column("pid", BigInteger),
    Column("pid_birth", BigInteger),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("finished_at", Moment),
    #: What went wrong when it ran.
    Column("failure", Words),
    #: What a deadline or an SLA tells its callback.
    Column("details", Json),
    one_of("state", ("waiting", "claimed", "done", "failed")),
    sqlite_autoincrement=True,
)

deadline = Table(
    "deadline",
    metadata,
    row_id(),
    Column("run", ForeignKey("dag_run.id", ondelete="CASCADE"), nullable=False),
    #: "deadline", or "sla" for the SLA of 2.x.
    Column("kind", Text, nullable=False, server_default="deadline"),
    #: Position among the DAG's alerts; of an SLA 0.
    Column("number", Integer, nullable=False, server_default="0"),
    #: The task of an SLA, "" for the run.
    Column("task_id", Words, nullable=False, server_default=""),
    Column("name", Words),
    Column("reference", Text, nullable=False, server_default=""),
    #: From when it counts, and the moment itself.
    Column("base_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("missed_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    UniqueConstraint("run", "kind", "number", "task_id"),
    one_of("kind", ("deadline", "sla")),
    sqlite_autoincrement=True,
)

task_state = Table(
    "task_state",
    metadata,
    Column("run", ForeignKey("dag_run.id", ondelete="CASCADE"), primary_key=True),
    Column("task_id", Words, primary_key=True),
    Column("map_index", Integer, primary_key=True),
    Column("key", Words, primary_key=True),
    Column("updated_at", Moment, nullable=False),
    #: NULL = kept as long as the run.
    Column("expires_at", Moment, index=True),
    #: JSON text as the task process made it.
    Column("value", LargeBinary, nullable=False),
)

asset_state = Table(
    "asset_state",
    metadata,
    Column("name", Words, primary_key=True),
    Column("uri", Words, primary_key=True),
    Column("key", Words, primary_key=True),
    Column("updated_at", Moment, nullable=False),
    #: task, watcher or api, and which task.
    Column("writer", Text, nullable=False, server_default="task"),
    Column("dag_id", Words),
    Column("run_id", Words),
    Column("task_id", Words),
    Column("map_index", Integer),
    Column("value", LargeBinary, nullable=False),
    one_of("writer", ("task", "watcher", "api")),
)

trigger = Table(
    "trigger",
    metadata,
    row_id(),
    Column("ti", ForeignKey("task_instance.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("attempt_id", Text),
    Column("classpath", Words, nullable=False),
    #: Sealed (`store.sealed`).
    Column("kwargs", Json),
    Column("queue", Words),
    Column("created_at", Moment, nullable=False),
    #: The instance is resumed with a timeout at this moment.
    Column("timeout_at", Moment),
    Column("from_file", Boolean, nullable=False, server_default=sa.false()),
    sqlite_autoincrement=True,
)

hitl_detail = Table(
    "hitl_detail",
    metadata,
    row_id(),
    Column("ti", ForeignKey("task_instance.id", ondelete="CASCADE"), nullable=False),
    #: One question per try; those of earlier tries are history.
    Column("try_number", Integer, nullable=False),
    Column("subject", Words, nullable=False),
    Column("body", Words),
    Column("options", Json, nullable=False),
    Column("defaults", Json),
    Column("multiple", Boolean, nullable=False, server_default=sa.false()),
    #: Fields of the form by name: {"value", "description", "schema", "source"}.
    Column("params", Json),
    #: [{"id", "name"}, …]: who may answer; empty = everybody who may.
    Column("assigned_users", Json),
    Column("created_at", Moment, nullable=False),
    Column("responded_at", Moment, index=True),
    #: NULL with an answer: nobody answered in time, the defaults hold.
    Column("responded_by_id", Words),
    Column("responded_by_name", Words),
    Column("chosen_options", Json),
    Column("params_input", Json),
    UniqueConstraint("ti", "try_number"),
    sqlite_autoincrement=True,
)
