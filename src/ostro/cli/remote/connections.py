"""Connections of a server elsewhere. Their secrets go there and never come back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ostro.cli.remote.client import Client, part
from ostro.errors import BadRequest

if TYPE_CHECKING:
    from ostro.store import ConnectionRecord

_FIELDS = ("conn_type", "description", "host", "login", "schema", "port", "password", "extra")


def connections(client: Client) -> list[dict[str, Any]]:
    """All connections; a password is shown as ***."""
    return [_row(row) for row in client.all("/connections", "connections", order_by="connection_id")]


def connection(client: Client, conn_id: str) -> dict[str, Any]:
    """One connection. Raises NotFound."""
    return _row(client.get(f"/connections/{part(conn_id)}"))


def create(client: Client, record: ConnectionRecord) -> None:
    """Make a connection. Raises AlreadyExists."""
    client.call("POST", "/connections", _body(record))


def replace(client: Client, record: ConnectionRecord) -> None:
    """Make a connection, or have it say exactly this. Raises BadRequest with the server's reason."""
    actions = [{"action": "create", "entities": [_body(record)], "action_on_existence": "overwrite"}]
    refused = client.call("PATCH", "/connections", {"actions": actions})["create"]["errors"]
    if refused:
        raise BadRequest(str(refused[0]["error"]))


def delete(client: Client, conn_id: str) -> None:
    """Delete a connection. Raises NotFound."""
    client.call("DELETE", f"/connections/{part(conn_id)}")


def create_defaults(client: Client) -> None:
    """Make the connections that a new Airflow has."""
    client.call("POST", "/connections/defaults")


def attempt(client: Client, conn_id: str) -> tuple[bool, str]:
    """Have the server try a connection. Raises NotAllowed where that is switched off."""
    row = client.get(f"/connections/{part(conn_id)}")
    body = {name: row.get(name) for name in ("connection_id", *_FIELDS)}
    answer = client.call("POST", "/connections/test", body)
    return bool(answer["status"]), str(answer["message"])


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "conn_id": row["connection_id"]}


def _body(record: ConnectionRecord) -> dict[str, Any]:
    return {"connection_id": record.conn_id, **{name: getattr(record, name) for name in _FIELDS}}
