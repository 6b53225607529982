"""Rendered template fields of task instances, for screens: JSON object bytes, masked by the process that made them."""

from __future__ import annotations

from sqlalchemy import Connection

from ostro.store.driver import execute, fetch

_PUT = "INSERT INTO rendered_fields (ti, fields) VALUES (?, ?) ON CONFLICT (ti) DO UPDATE SET fields = excluded.fields"
_GET = "SELECT fields FROM rendered_fields WHERE ti = ?"


def put(tx: Connection, ti: int, fields: bytes) -> None:
    """Write the fields of the latest try."""
    execute(tx, _PUT, (ti, fields))


def get(tx: Connection, ti: int) -> bytes | None:
    """The fields of the latest try that rendered them."""
    rows = fetch(tx, _GET, (ti,))
    return bytes(rows[0][0]) if rows else None
