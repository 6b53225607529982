"""Accounts and roles of a server elsewhere, for who may manage them there."""

from __future__ import annotations

from typing import Any

from ostro.cli.remote.client import Client, part


def users(client: Client) -> list[dict[str, Any]]:
    """All accounts."""
    found: list[dict[str, Any]] = client.page("GET", "/ui/admin/users")["users"]
    return found


def create_user(client: Client, body: dict[str, Any]) -> dict[str, Any]:
    """Make an account; `password` is in the answer when the server made one."""
    made: dict[str, Any] = client.page("POST", "/ui/admin/users", body)
    return made


def change_user(client: Client, name: str, **fields: Any) -> None:
    """Change `roles` or `is_active` of an account. Raises NotFound."""
    client.page("PATCH", f"/ui/admin/users/{part(name)}", fields)


def reset_password(client: Client, name: str, password: str | None) -> str | None:
    """Give an account a password; the one that the server made when none is given. Raises NotFound."""
    answer = client.page("POST", f"/ui/admin/users/{part(name)}/password", {"password": password})
    found: str | None = answer.get("password")
    return found


def delete_user(client: Client, name: str) -> None:
    """Delete an account. Raises NotFound."""
    client.page("DELETE", f"/ui/admin/users/{part(name)}")


def roles(client: Client) -> list[dict[str, Any]]:
    """All roles: `name`, `permissions`."""
    found: list[dict[str, Any]] = client.page("GET", "/ui/admin/roles")["roles"]
    return found


def create_role(client: Client, name: str) -> None:
    """Make a role that allows nothing yet."""
    client.page("POST", "/ui/admin/roles", {"name": name})


def delete_role(client: Client, name: str) -> None:
    """Delete a role. Raises NotFound."""
    client.page("DELETE", f"/ui/admin/roles/{part(name)}")


def set_permissions(client: Client, name: str, permissions: list[dict[str, str]]) -> None:
    """Have a role allow exactly this. Raises NotFound."""
    client.page("PATCH", f"/ui/admin/roles/{part(name)}", {"permissions": permissions})
