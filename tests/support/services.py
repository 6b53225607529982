"""Databases for tests: SQLite always; PostgreSQL where it runs, and always in CI."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

#: Where a PostgreSQL for tests is; a role that may create databases.
ADMIN_URL = os.environ.get("OSTRO_TEST_POSTGRES", "postgresql://root@127.0.0.1:5432/postgres")


def missing(service: str, error: object) -> None:
    """Skip on a laptop, fail in CI."""
    text = f"{service} is not reachable: {error}"
    if os.environ.get("CI"):
        pytest.fail(text)
    pytest.skip(text)


@contextmanager
def postgres_database() -> Iterator[str]:
    """URL of a new empty PostgreSQL database, dropped at the end."""
    name = f"ostro_t_{uuid.uuid4().hex[:12]}"
    try:
        admin = psycopg.connect(ADMIN_URL, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        missing("PostgreSQL", error)
        raise
    with admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    try:
        yield ADMIN_URL.rsplit("/", 1)[0] + f"/{name}"
    finally:
        with psycopg.connect(ADMIN_URL, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """URL of a new empty database of the kind "sqlite" or "postgresql"."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'ostro.db'}"
    else:
        with postgres_database() as url:
            yield url
