"""Connections and Variables that a test gives, in every form that people have them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ostro.errors import BadRequest
from ostro.sdk.connection import Connection
from ostro.store import ConnectionRecord

#: Parts of a connection that are stored.
PARTS = ("conn_type", "description", "host", "login", "password", "schema", "port", "extra")


def connection_record(conn_id: str, given: Any) -> ConnectionRecord:
    """A connection from a URI, a JSON text, a mapping of its parts, or a Connection. Raises BadRequest."""
    made = _connection(conn_id, given)
    return ConnectionRecord(
        conn_id=conn_id, **{name: getattr(made, name) for name in PARTS if getattr(made, name)}
    )


def variable_text(value: Any) -> str:
    """A Variable's value as it is stored: text as it is, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


@contextmanager
def in_environment(connections: Mapping[str, Any], variables: Mapping[str, Any]) -> Iterator[None]:
    """The environment of this process with them in it, until the block ends."""
    given = {f"AIRFLOW_VAR_{key.upper()}": variable_text(value) for key, value in variables.items()}
    given |= {
        f"AIRFLOW_CONN_{conn_id.upper()}": _connection(conn_id, value).as_json()
        for conn_id, value in connections.items()
    }
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, old in before.items():
            if old is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = old


def _connection(conn_id: str, given: Any) -> Connection:
    try:
        if isinstance(given, Connection):
            return given
        if isinstance(given, Mapping):
            return Connection.from_json(json.dumps(dict(given)), conn_id=conn_id)
        if isinstance(given, str):
            text = given.lstrip()
            return (
                Connection.from_json(text, conn_id)
                if text.startswith("{")
                else Connection.from_uri(given, conn_id)
            )
    except (ValueError, TypeError) as error:
        raise BadRequest(f"the connection {conn_id!r} cannot be used: {error}") from None
    raise BadRequest(
        f"the connection {conn_id!r} is given as {type(given).__name__}; give a URI, a mapping of its parts, or a Connection"
    )
