"""Settings of the installation, its people, and the engines that run it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from ostro.store.tables.base import metadata, one_of, row_id
from ostro.store.types import Json, Moment, Words

variable = Table(
    "variable",
    metadata,
    Column("key", Words, primary_key=True),
    #: Encrypted (`store.cipher`).
    Column("value", LargeBinary, nullable=False),
    Column("description", Words),
    Column("updated_at", Moment),
)

connection = Table(
    "connection",
    metadata,
    Column("conn_id", Words, primary_key=True),
    Column("conn_type", Words, nullable=False, server_default=""),
    Column("description", Words),
    Column("host", Words),
    Column("schema", Words),
    Column("login", Words),
    Column("port", Integer),
    # Encrypted (`store.cipher`).
    Column("password", LargeBinary),
    Column("extra", LargeBinary),
    Column("updated_at", Moment),
)

#: Tries of connections that people asked for; each for a day.
connection_test = Table(
    "connection_test",
    metadata,
    Column("token", Text, primary_key=True),
    Column("conn_id", Words, nullable=False),
    #: pending, running, success, failed.
    Column("state", Text, nullable=False),
    Column("message", Words),
    Column("created_at", Moment, nullable=False, index=True),
    Column("updated_at", Moment, nullable=False),
    one_of("state", ("pending", "running", "success", "failed")),
)

pool = Table(
    "pool",
    metadata,
    Column("name", Words, primary_key=True),
    #: -1 = without limit.
    Column("slots", Integer, nullable=False),
    Column("description", Words, nullable=False, server_default=""),
    Column("include_deferred", Boolean, nullable=False, server_default=sa.false()),
    CheckConstraint("slots >= -1", name="slots"),
)

# ---- people ------------------------------------------------------------------------------------------------------

user_account = Table(
    "user_account",
    metadata,
    row_id(),
    Column("name", Words, nullable=False, unique=True),
    #: Argon2 text; NULL = no login by password.
    Column("password_hash", Text),
    Column("email", Words),
    Column("full_name", Words),
    Column("is_active", Boolean, nullable=False, server_default=sa.true()),
    Column("created_at", Moment, nullable=False),
    Column("last_login_at", Moment),
    Column("must_change_password", Boolean, nullable=False, server_default=sa.false()),
    #: Issuer and subject of a login elsewhere (OIDC).
    Column("external_id", Words),
    Index("ix_user_account_external_id", "external_id", unique=True),
    sqlite_autoincrement=True,
)

#: Roles of the user; a name that is neither a standard role nor in `role` allows nothing.
user_role = Table(
    "user_role",
    metadata,
    Column("user_id", ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    Column("role", Words, primary_key=True),
)

#: The installation's own roles; the standard ones are in `rules.permissions`.
role = Table(
    "role",
    metadata,
    Column("name", Words, primary_key=True),
    Column("created_at", Moment, nullable=False),
)

role_grant = Table(
    "role_grant",
    metadata,
    Column("role", ForeignKey("role.name", ondelete="CASCADE"), primary_key=True),
    Column("verb", Text, primary_key=True),
    Column("resource", Text, primary_key=True),
    #: "" = all DAGs. No foreign key: a role may be given before its DAG is there.
    Column("dag_id", Words, primary_key=True, server_default=""),
)

#: What the DAG file itself gives to roles (`access_control`).
dag_grant = Table(
    "dag_grant",
    metadata,
    Column("dag_id", ForeignKey("dag.dag_id", ondelete="CASCADE"), primary_key=True),
    Column("role", Words, primary_key=True, index=True),
    Column("verb", Text, primary_key=True),
    Column("resource", Text, primary_key=True),
)

token = Table(
    "token",
    metadata,
    #: Hash of the secret for API tokens with a name, the jti for all others.
    Column("id", Text, primary_key=True),
    Column("user_id", ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("label", Words, nullable=False, server_default=""),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, index=True),
    Column("last_used_at", Moment),
    Column("revoked_at", Moment),
    #: From where it was asked for, and with what program.
    Column("address", Text, nullable=False, server_default=""),
    Column("client", Words, nullable=False, server_default=""),
    one_of("kind", ("session", "api")),
)

event_log = Table(
    "event_log",
    metadata,
    row_id(),
    Column("at", Moment, nullable=False, index=True),
    Column("event", Text, nullable=False),
    Column("owner", Words),
    Column("dag_id", Words),
    Column("run_id", Words),
    Column("task_id", Words),
    Column("map_index", Integer),
    Column("try_number", Integer),
    Column("logical_date", Moment),
    Column("extra", Json),
    Column("address", Text),
    #: done, denied, failed.
    Column("result", Text, nullable=False, server_default="done"),
    #: Place in the chain of people's deeds, and the digest of this row and the one before; NULL: a deed of the engine.
    Column("link", BigInteger),
    Column("digest", Text),
    Index("ix_event_log_dag_id", "dag_id", "id"),
    Index("ix_event_log_event", "event", "id"),
    Index("ix_event_log_link", "link", unique=True),
    sqlite_autoincrement=True,
)

#: One row: the end of the chain, and what stands before its first row that is still kept.
audit_chain = Table(
    "audit_chain",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("link", BigInteger, nullable=False, server_default="0"),
    Column("digest", Text, nullable=False, server_default=""),
    Column("base_link", BigInteger, nullable=False, server_default="0"),
    Column("base_digest", Text, nullable=False, server_default=""),
    CheckConstraint("id = 1", name="one"),
)

favorite = Table(
    "favorite",
    metadata,
    Column("user_name", Words, primary_key=True),
    Column("dag_id", ForeignKey("dag.dag_id", ondelete="CASCADE"), primary_key=True, index=True),
)

# ---- the engine itself ---------------------------------------------------------------------------------------------

engine = Table(
    "engine",
    metadata,
    Column("id", Text, primary_key=True),
    #: scheduler, triggerer, dag_processor, worker.
    Column("kind", Text, nullable=False),
    Column("hostname", Text, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("pid_birth", BigInteger, nullable=False, server_default="0"),
    Column("version", Text, nullable=False, server_default=""),
    Column("started_at", Moment, nullable=False),
    Column("heartbeat_at", Moment, nullable=False),
    #: Last moment at which it did something, not only lived.
    Column("progress_at", Moment),
    Column("stopped_at", Moment),
    Column("info", Json),
    #: Since when people want it to start no task, and since when it does as they want.
    Column("drain_asked_at", Moment),
    Column("drains_since", Moment),
)
