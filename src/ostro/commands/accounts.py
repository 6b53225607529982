"""Accounts: create, change, delete, give another password. One active Admin always remains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ostro.commands.act import Act
from ostro.errors import AlreadyExists, BadRequest, NotAllowed, NotFound
from ostro.rules.permissions import ADMIN, STANDARD_ROLES
from ostro.store import accounts, roles

#: Shorter passwords are refused (OWASP ASVS 5.0, 6.2.1); hashing longer ones would only cost time.
MIN_PASSWORD, MAX_PASSWORD = 8, 1024
#: Longest name of an account or role.
MAX_NAME = 250


def check_password(password: str, username: str = "") -> None:
    """Raise BadRequest for a password that cannot be taken."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise BadRequest(f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    if username and password.casefold() == username.casefold():
        raise BadRequest("the password must differ from the name of the account")


def check_name(name: str, kind: str) -> None:
    """Raise BadRequest for what cannot be the name of a `kind` (user, role)."""
    if not name or len(name) > MAX_NAME or name != name.strip() or not name.isprintable():
        raise BadRequest(
            f"the name of a {kind} has 1 to {MAX_NAME} printable characters and no blanks around it"
        )


def known_roles(tx: Any, names: Iterable[str]) -> tuple[str, ...]:
    """The roles as they are spelled; the standard ones are found in any case. Raises BadRequest for others."""
    own = set(roles.role_names(tx))
    standard = {role.casefold(): role for role in STANDARD_ROLES}
    found = []
    for name in names:
        spelled = name if name in own else standard.get(name.casefold())
        if spelled is None:
            there = ", ".join([*STANDARD_ROLES, *sorted(own)])
            raise BadRequest(f"there is no role {name!r}; the roles are {there}")
        found.append(spelled)
    return tuple(sorted(set(found)))


def create_user_in(
    act: Act,
    name: str,
    password_hash: str | None,
    *,
    role_names: Sequence[str],
    email: str | None = None,
    full_name: str | None = None,
    must_change_password: bool = False,
    external_id: str | None = None,
) -> int:
    """Make an account; its number. Raises AlreadyExists, BadRequest."""
    check_name(name, "user")
    if accounts.find_user(act.tx, name) is not None:
        raise AlreadyExists(f"there is a user {name!r} already")
    given = known_roles(act.tx, role_names)
    user = accounts.insert_user(
        act.tx,
        name,
        password_hash,
        roles=given,
        now=act.now,
        email=email,
        full_name=full_name,
        must_change_password=must_change_password,
        external_id=external_id,
    )
    act.note("create_user", extra={"user": name, "roles": list(given)})
    return user


def set_password_in(act: Act, name: str, password_hash: str, *, must_change: bool = False) -> None:
    """Give the account another password; ends its sessions and tokens. Raises NotFound."""
    user = user_in(act.tx, name)
    accounts.set_password(act.tx, user.id, password_hash, act.now, must_change=must_change)
    act.note("set_password", extra={"user": name})


def set_roles_in(act: Act, name: str, role_names: Sequence[str]) -> tuple[str, ...]:
    """Give the account exactly these roles. Raises NotFound, BadRequest, NotAllowed when no Admin would remain."""
    user = user_in(act.tx, name)
    given = known_roles(act.tx, role_names)
    if given == user.roles:
        return given
    if ADMIN in user.roles and ADMIN not in given:
        _keep_an_admin(act.tx, name)
    accounts.set_roles(act.tx, user.id, given, act.now)
    act.note("set_roles", extra={"user": name, "roles": list(given), "before": list(user.roles)})
    return given


def set_active_in(act: Act, name: str, active: bool) -> None:
    """Let the account sign in, or not. Raises NotFound, NotAllowed when no Admin would remain."""
    user = user_in(act.tx, name)
    if user.is_active == active:
        return
    if not active and ADMIN in user.roles:
        _keep_an_admin(act.tx, name)
    accounts.set_active(act.tx, user.id, active, act.now)
    act.note("enable_user" if active else "disable_user", extra={"user": name})


def set_profile_in(act: Act, name: str, values: dict[str, Any]) -> None:
    """Change `email`, `full_name` of the account. Raises NotFound."""
    user = user_in(act.tx, name)
    changed = {key: value for key, value in values.items() if getattr(user, key) != value}
    if changed:
        accounts.set_profile(act.tx, user.id, changed)
        act.note("edit_user", extra={"user": name, "fields": sorted(changed)})


def delete_user_in(act: Act, name: str) -> None:
    """Delete the account with its sessions and tokens. Raises NotFound, NotAllowed when no Admin would remain."""
    user = user_in(act.tx, name)
    if ADMIN in user.roles and user.is_active:
        _keep_an_admin(act.tx, name)
    accounts.delete_user(act.tx, name)
    act.note("delete_user", extra={"user": name})


def user_in(tx: Any, name: str) -> accounts.User:
    """The account. Raises NotFound."""
    user = accounts.find_user(tx, name)
    if user is None:
        raise NotFound(f"there is no user {name!r}")
    return user


def _keep_an_admin(tx: Any, leaving: str) -> None:
    if not set(accounts.lock_admins(tx, ADMIN)) - {leaving}:
        raise NotAllowed(
            f"{leaving!r} is the only account that may manage the others: make another Admin first"
        )
