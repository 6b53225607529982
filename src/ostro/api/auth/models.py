"""Accounts, roles and tokens as the page gets them. Never with a secret or its hash."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ostro.grants import Grant
from ostro.store.accounts import User
from ostro.store.sessions import Token


def account_of(user: User) -> dict[str, Any]:
    """An account."""
    return {
        "username": user.name,
        "email": user.email,
        "full_name": user.full_name,
        "roles": list(user.roles),
        "is_active": user.is_active,
        "must_change_password": user.must_change_password,
        "has_password": user.password_hash is not None,
        "is_external": user.external_id is not None,
        "created_at": user.created_at,
        "last_login_at": user.last_login_at,
    }


def token_of(token: Token, *, current: str | None = None) -> dict[str, Any]:
    """A session or token. Its id is no secret: a token cannot be made from it."""
    return {
        "id": token.id,
        "username": token.user,
        "kind": token.kind,
        "label": token.label,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "address": token.address,
        "client": token.client,
        "is_current": token.id == current,
    }


def grants_of(grants: Iterable[Grant]) -> list[dict[str, str]]:
    """Permissions in Airflow's words."""
    ordered = sorted(grants, key=lambda g: (g.resource_text, g.action_text))
    return [{"action": g.action_text, "resource": g.resource_text} for g in ordered]
