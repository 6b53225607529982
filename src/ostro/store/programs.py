"""The programs with which people look into a database themselves."""

from __future__ import annotations

from typing import Any

from ostro.store.engine import Store


def client(store: Store) -> tuple[list[str], dict[str, str]]:
    """Command that opens the database, and variables for its environment: a password is on no command line."""
    url = store.engine.url
    if store.dialect == "sqlite":
        return ["sqlite3", url.database or ""], {}
    places: dict[str, Any] = {
        "PGHOST": url.host,
        "PGPORT": url.port,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
    }
    places |= {"PGDATABASE": url.database, "PGSSLMODE": url.query.get("sslmode")}
    return ["psql"], {name: str(value) for name, value in places.items() if value}
