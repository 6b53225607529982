"""A store of each kind, with its tables, made quickly: a template is migrated once, each test gets a copy."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ostro.store import Cipher, Store, sealed
from support.services import ADMIN_URL, database

#: Of the stores of the tests.
CIPHER = Cipher([Cipher.new_key()])


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "ostro.db"
    store = Store.open(f"sqlite:///{path}")
    store.migrate()
    # The last connection that closes moves everything into the one file.
    store.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with database("postgresql", tmp_path_factory.mktemp("unused")) as url:
        store = Store.open(url)
        store.migrate()
        store.dispose()
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database with all tables and no rows."""
    if request.param == "sqlite":
        path = tmp_path / "ostro.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    template = request.getfixturevalue("postgresql_template").rsplit("/", 1)[1]
    name = f"ostro_t_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(ADMIN_URL, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield ADMIN_URL.rsplit("/", 1)[0] + f"/{name}"
    finally:
        with psycopg.connect(ADMIN_URL, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def db(store_url: str) -> Iterator[Store]:
    """A store with all tables and no rows."""
    store = Store.open(store_url)
    sealed.use(store, lambda: CIPHER)
    yield store
    store.dispose()


@pytest.fixture
def other(store_url: str) -> Iterator[Store]:
    """The same database as another process has it."""
    store = Store.open(store_url)
    sealed.use(store, lambda: CIPHER)
    yield store
    store.dispose()
