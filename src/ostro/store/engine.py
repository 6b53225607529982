"""The store: one database, SQLite or PostgreSQL, and its transactions.

`begin()` is a write transaction: on SQLite BEGIN IMMEDIATE on the process's one write connection (threads queue for
it, other processes are waited for `busy_timeout`), on PostgreSQL READ COMMITTED. `read()` is a snapshot on SQLite
and a plain transaction on PostgreSQL. What is raised inside is rolled back; errors of the driver arrive as
StoreUnavailable, StoreFull or StoreError. A lost connection is dropped and made anew by the next transaction.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.pool import QueuePool

from ostro import private
from ostro.errors import SettingInvalid, StoreError, StoreUnavailable
from ostro.store import migrations
from ostro.store.driver import translate

#: Milliseconds that SQLite waits for another process's write.
BUSY_TIMEOUT = 10_000
#: Seconds to wait for a connection to PostgreSQL, and for a row lock in it.
CONNECT_TIMEOUT = 5
LOCK_TIMEOUT = 10
#: Of PostgreSQL's sessions that write: they touch few rows by key, through prepared statements. A plan that was made
#: while the tables were small must not read whole tables or indexes when they have grown.
WRITE_OPTIONS = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"
#: Of those that read: all statements of a transaction see one moment, as on SQLite, and none of them writes.
READ_OPTIONS = "-c default_transaction_isolation=repeatable\\ read -c default_transaction_read_only=on"


class Store:
    """One database. Made by `open`, shared by all threads of a process, never by two processes (fork)."""

    def __init__(self, engine: Engine, write_engine: Engine, *, readonly: bool) -> None:
        #: For reading.
        self.engine = engine
        self._write_engine = write_engine
        self.readonly = readonly
        #: "sqlite" or "postgresql".
        self.dialect: str = engine.dialect.name
        self._writer: Connection | None = None
        self._writers = _Writers()

    @classmethod
    def open(cls, url: str, *, readonly: bool = False) -> Store:
        """The store at a SQLAlchemy URL: sqlite:////path/ostro.db or postgresql://…

        Opens no connection yet. Raises SettingInvalid when the URL is none or of another database.
        """
        try:
            parsed = make_url(url)
        except sa.exc.ArgumentError:
            raise SettingInvalid(
                "the database URL cannot be read; it starts with sqlite:/// or postgresql://"
            ) from None
        backend = parsed.get_backend_name()
        if backend == "sqlite":
            engine = _sqlite_engine(parsed, readonly)
            return cls(engine, engine, readonly=readonly)
        if backend in {"postgresql", "postgres"}:
            return cls(
                _postgresql_engine(parsed, READ_OPTIONS),
                _postgresql_engine(parsed, WRITE_OPTIONS),
                readonly=readonly,
            )
        raise SettingInvalid(f"the database {backend!r} is not supported; use SQLite or PostgreSQL")

    def set_option(self, name: str, value: Any) -> None:
        """An execution option that all further transactions carry."""
        for engine in {self.engine, self._write_engine}:
            engine.update_execution_options(**{name: value})
        if self._writer is not None:
            self._writer.execution_options(**{name: value})

    def begin(self) -> Transaction:
        """A write transaction: `with store.begin() as tx:`."""
        if self.readonly:
            raise StoreError("the database was opened for reading only")
        return Transaction(self, write=True)

    def read(self) -> Transaction:
        """A read transaction: `with store.read() as tx:`. All of it sees the database as its first statement found it."""
        return Transaction(self, write=False)

    def migrate(self) -> bool:
        """Bring the tables to this version of Ostro, in one transaction; True when there was something to do.

        Two processes may call it at once, and it may be killed at any time: the next call does it.
        Raises StoreError when the database is of a newer Ostro.
        """
        return migrations.migrate(self)

    def check(self) -> None:
        """Raise StoreError unless the database answers and its tables are of this version."""
        with self.read() as tx:
            found = migrations.revision(tx)
        if found is None:
            raise StoreError("the database has no tables yet; run: ostro db migrate")
        if found != migrations.HEAD:
            raise StoreError(
                f"the database's tables are of version {found}, this Ostro needs {migrations.HEAD}; run: ostro db migrate"
            )

    def is_current(self) -> bool:
        """Whether the tables are of this version. Raises StoreUnavailable when the database does not answer."""
        with self.read() as tx:
            return migrations.revision(tx) == migrations.HEAD

    def ping(self) -> bool:
        """Whether the database answers."""
        try:
            with self.read() as tx:
                tx.exec_driver_sql("SELECT 1")
        except StoreUnavailable:
            return False
        return True

    def dispose(self) -> None:
        """Close all connections; the next transaction opens new ones."""
        self._writers.enter()
        try:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            self.engine.dispose()
            self._write_engine.dispose()
        finally:
            self._writers.leave()

    def _forget_connections(self) -> None:
        """One connection was lost: the idle others were too, most likely, and each would fail one transaction."""
        self.engine.dispose(close=False)
        self._write_engine.dispose(close=False)

    @property
    def url(self) -> str:
        """The URL without its password, for people."""
        return self.engine.url.render_as_string(hide_password=True)


class Transaction:
    """Context of one transaction; entering gives the SQLAlchemy Connection that all statements take first."""

    __slots__ = ("_connection", "_shared", "_store", "_transaction", "_write")

    def __init__(self, store: Store, *, write: bool) -> None:
        self._store = store
        self._write = write
        #: Whether the connection is the process's one write connection.
        self._shared = write and store.dialect == "sqlite"

    def __enter__(self) -> Connection:
        store = self._store
        if self._shared:
            store._writers.enter()
        try:
            self._connection = self._connect()
            self._transaction = self._connection.begin()
        except BaseException:
            if self._shared:
                store._writers.leave()
            elif hasattr(self, "_connection"):
                self._connection.close()
            raise
        return self._connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                try:
                    self._transaction.commit()
                except BaseException:
                    self._undo()
                    raise
            else:
                self._undo()
        finally:
            if self._shared:
                self._store._writers.leave()
            else:
                self._connection.close()

    def _connect(self) -> Connection:
        store = self._store
        try:
            if not self._shared:
                return (store._write_engine if self._write else store.engine).connect()
            if store._writer is None:
                store._writer = store.engine.connect().execution_options(write=True)
        except sa.exc.TimeoutError:
            raise StoreUnavailable("all connections of this process to the database are in use") from None
        return store._writer

    def _undo(self) -> None:
        """Roll back; a connection on which even that fails is thrown away (the database rolls back by itself)."""
        connection = self._connection
        try:
            if _is_lost(connection):
                connection.invalidate()
                self._store._forget_connections()
            self._transaction.rollback()
            if self._shared and not connection.invalidated:
                # After a commit that failed SQLAlchemy sends no ROLLBACK, and this connection is kept.
                driver: Any = connection.connection.driver_connection
                if driver.in_transaction:
                    driver.rollback()
        except (StoreError, sqlite3.Error):
            connection.invalidate()
        if connection.invalidated and self._shared:
            connection.close()
            self._store._writer = None


class _Writers:
    """Lets one thread of the process write at a time (SQLite): queued here, they need not poll for the file's lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: int | None = None

    def enter(self) -> None:
        me = threading.get_ident()
        if self._holder == me:
            raise StoreError("a write transaction within a write transaction of the same thread")
        if not self._lock.acquire(timeout=BUSY_TIMEOUT / 1000):
            raise StoreUnavailable("another thread of this process is writing for too long")
        self._holder = me

    def leave(self) -> None:
        self._holder = None
        self._lock.release()


def _is_lost(connection: Connection) -> bool:
    if connection.invalidated or connection.closed:
        return False
    driver: Any = connection.connection.driver_connection
    return bool(getattr(driver, "closed", False))


def _sqlite_engine(url: URL, readonly: bool) -> Engine:
    if not url.database or url.database == ":memory:":
        raise SettingInvalid("an SQLite database is a file: sqlite:////path/ostro.db")
    path = Path(url.database)
    if not readonly and not path.parent.is_dir():
        raise SettingInvalid(f"the folder of the database does not exist: {path.parent}")
    arguments: dict[str, Any] = {
        "timeout": BUSY_TIMEOUT / 1000,
        "check_same_thread": False,
        "cached_statements": 512,
        "isolation_level": None,
    }
    if readonly:
        url = url.set(database=f"file:{path}", query={"mode": "ro", "uri": "true"})
    engine = sa.create_engine(
        url,
        connect_args=arguments,
        poolclass=QueuePool,
        pool_size=4,
        max_overflow=44,
        pool_timeout=CONNECT_TIMEOUT,
    )

    def on_connect(connection: Any, _record: Any) -> None:
        # The driver opens no transactions of its own (isolation_level=None): on_begin does.
        for pragma in _pragmas(readonly):
            _execute_patiently(connection, pragma)

    def on_begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    def before_connect(_dialect: Any, _record: Any, _args: Any, _options: Any) -> None:
        # SQLite would make it readable for all; its -wal and -shm take its rights over. Only when there is none: to open
        # and close a database beside SQLite gives up SQLite's locks on it.
        if not readonly:
            with suppress(OSError):  # it is there, or SQLite says what is wrong
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, private.FILE))

    event.listen(engine, "do_connect", before_connect)
    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    event.listen(engine, "handle_error", _on_error)
    return engine


def _execute_patiently(connection: sqlite3.Connection, statement: str) -> None:
    """Execute; a database that others hold is waited for.

    The change of a new file to WAL does not wait by itself: SQLite says at once that the database is locked when
    two connections make it.
    """
    until = time.monotonic() + BUSY_TIMEOUT / 1000
    while True:
        try:
            connection.execute(statement)
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _pragmas(readonly: bool) -> list[str]:
    found = ["PRAGMA foreign_keys=ON", "PRAGMA temp_store=MEMORY", "PRAGMA cache_size=-16000"]
    if not readonly:
        # FULL: a commit survives a loss of power, not only of the process.
        found += ["PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA journal_size_limit=67108864"]
    return found


def _postgresql_engine(url: URL, more_options: str) -> Engine:
    options = f"-c timezone=UTC -c jit=off -c lock_timeout={LOCK_TIMEOUT}s -c idle_in_transaction_session_timeout=120s"
    options += f" {more_options}"
    arguments = {
        "connect_timeout": CONNECT_TIMEOUT,
        "options": options,
        "application_name": "ostro",
        # A half-open connection (host gone) is noticed in half a minute, not in two hours.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
    }
    query = {k: v for k, v in url.query.items() if k not in arguments or k == "options"}
    given = query.pop("options", None)
    if given:
        arguments["options"] = f"{given if isinstance(given, str) else ' '.join(given)} {options}"
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg", query=query),
        connect_args={
            **arguments,
            **{k: v for k, v in url.query.items() if k in arguments and k != "options"},
        },
        pool_size=4,
        max_overflow=12,
        pool_timeout=CONNECT_TIMEOUT,
        pool_use_lifo=True,
    )
    event.listen(engine, "handle_error", _on_error)
    return engine


def _on_error(context: ExceptionContext) -> None:
    """SQLAlchemy's errors never leave the store."""
    original = context.original_exception
    if isinstance(original, StoreError):
        return
    raise translate(original) from original
