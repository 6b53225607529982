"""Own roles: create, delete, give and take permissions. The standard ones stay as they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ostro.commands.accounts import check_name
from ostro.commands.act import Act
from ostro.errors import AlreadyExists, NotAllowed, NotFound
from ostro.grants import Grant
from ostro.rules.permissions import STANDARD_ROLES
from ostro.store import roles


def create_role_in(act: Act, name: str, grants: Iterable[Grant] = ()) -> None:
    """Make a role. Raises AlreadyExists, BadRequest."""
    check_name(name, "role")
    if name in STANDARD_ROLES or not roles.insert_role(act.tx, name, act.now):
        raise AlreadyExists(f"there is a role {name!r} already")
    given = roles.add_grants(act.tx, name, grants)
    act.note("create_role", extra={"role": name, "permissions": _words(given)})


def delete_role_in(act: Act, name: str) -> None:
    """Delete an own role; whoever had it has it no more. Raises NotFound, NotAllowed for a standard role."""
    own_role_in(act.tx, name)
    roles.delete_role(act.tx, name)
    act.note("delete_role", extra={"role": name})


def change_role_in(
    act: Act, name: str, *, add: Iterable[Grant] = (), remove: Iterable[Grant] = ()
) -> tuple[list[Grant], list[Grant]]:
    """Give and take permissions; those that were added and removed. Raises NotFound, NotAllowed for a standard role."""
    own_role_in(act.tx, name)
    gone = roles.remove_grants(act.tx, name, remove)
    new = roles.add_grants(act.tx, name, add)
    if new or gone:
        act.note("edit_role", extra={"role": name, "added": _words(new), "removed": _words(gone)})
    return new, gone


def replace_grants_in(act: Act, name: str, grants: Iterable[Grant]) -> None:
    """The role allows exactly this. Raises NotFound, NotAllowed for a standard role."""
    own_role_in(act.tx, name)
    have = roles.role_grants(act.tx, [name]).get(name, frozenset())
    wanted = frozenset(grants)
    change_role_in(act, name, add=wanted - have, remove=have - wanted)


def own_role_in(tx: Any, name: str) -> None:
    """Raise NotFound unless there is such a role, NotAllowed when it is a standard one."""
    if name in STANDARD_ROLES:
        raise NotAllowed(f"{name!r} is a standard role and stays as it is: make a role of your own beside it")
    if name not in roles.role_names(tx):
        raise NotFound(f"there is no role {name!r}")


def _words(grants: Sequence[Grant]) -> list[str]:
    return [f"{grant.resource_text}.{grant.action_text}" for grant in grants]
