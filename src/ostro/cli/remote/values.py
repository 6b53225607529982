"""Variables and pools of a server elsewhere."""

from __future__ import annotations

from typing import Any

from ostro.cli.remote.client import Client, part
from ostro.errors import NotFound

#: What a pool is besides its name.
_POOL = ("slots", "description", "include_deferred")


def variables(client: Client) -> list[dict[str, Any]]:
    """All variables by key, as far as the server shows them: values of sensitive names are masked."""
    return client.all("/variables", "variables", order_by="key")


def variable(client: Client, key: str) -> dict[str, Any] | None:
    """One variable; None when there is none."""
    try:
        found: dict[str, Any] = client.get(f"/variables/{part(key)}")
    except NotFound:
        return None
    return found


def set_variable(client: Client, key: str, value: str, description: str | None) -> None:
    """Make a variable, or change it; its description stays when none is given."""
    body = {"key": key, "value": value, "description": description}
    if variable(client, key) is None:
        client.call("POST", "/variables", body)
        return
    fields = ["value"] if description is None else ["value", "description"]
    client.call("PATCH", f"/variables/{part(key)}", body, update_mask=fields)


def delete_variable(client: Client, key: str) -> None:
    """Delete a variable. Raises NotFound."""
    client.call("DELETE", f"/variables/{part(key)}")


def pools(client: Client) -> dict[str, dict[str, Any]]:
    """All pools by name."""
    return {
        row["name"]: {"pool": row["name"], **{name: row[name] for name in _POOL}}
        for row in client.all("/pools", "pools", order_by="name")
    }


def set_pool(client: Client, row: dict[str, Any]) -> None:
    """Make a pool, or change it."""
    fields = {name: row.get(name) for name in _POOL}
    name = row["pool"]
    try:
        there = client.get(f"/pools/{part(name)}")
    except NotFound:
        client.call("POST", "/pools", {"name": name, **fields})
        return
    changed = [key for key, value in fields.items() if value != there[key]]
    if changed:
        # Only these: the server lets nobody write the description of the default pool, not even as it is.
        client.call("PATCH", f"/pools/{part(name)}", {"pool": name, **fields}, update_mask=changed)


def delete_pool(client: Client, name: str) -> None:
    """Delete a pool."""
    client.call("DELETE", f"/pools/{part(name)}")
