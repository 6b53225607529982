"""The installation's own roles, and what DAG files give to roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.grants import Grant, Resource, Verb
from ostro.store import tables as t

_g, _d = t.role_grant.c, t.dag_grant.c
_RESOURCE_OF = {str(resource): resource for resource in Resource}
_VERB_OF: dict[str, Verb] = {"read": "read", "create": "create", "edit": "edit", "delete": "delete"}


def role_names(tx: Connection) -> list[str]:
    """Own roles by name."""
    return list(tx.execute(sa.select(t.role.c.name).order_by(t.role.c.name)).scalars())


def insert_role(tx: Connection, name: str, now: datetime) -> bool:
    """Make a role that allows nothing yet; False when it is there already."""
    if name in role_names(tx):
        return False
    tx.execute(sa.insert(t.role).values(name=name, created_at=now))
    return True


def delete_role(tx: Connection, name: str) -> bool:
    """Delete an own role and take it from everybody; False when there is none."""
    tx.execute(sa.delete(t.user_role).where(t.user_role.c.role == name))
    return tx.execute(sa.delete(t.role).where(t.role.c.name == name)).rowcount == 1


def role_grants(tx: Connection, roles: Iterable[str]) -> dict[str, frozenset[Grant]]:
    """What own roles were given, by role; without what DAG files add."""
    found: dict[str, set[Grant]] = {}
    query = sa.select(_g.role, _g.verb, _g.resource, _g.dag_id).where(_g.role.in_(list(roles)))
    for role, verb, resource, dag_id in tx.execute(query):
        grant = _grant(verb, resource, dag_id)
        if grant is not None:
            found.setdefault(role, set()).add(grant)
    return {role: frozenset(grants) for role, grants in found.items()}


def add_grants(tx: Connection, role: str, grants: Iterable[Grant]) -> list[Grant]:
    """Give the role more; those it did not have."""
    have = role_grants(tx, [role]).get(role, frozenset())
    new = sorted(set(grants) - have, key=_order)
    if new:
        tx.execute(sa.insert(t.role_grant), [{"role": role, **_columns(g)} for g in new])
    return new


def remove_grants(tx: Connection, role: str, grants: Iterable[Grant]) -> list[Grant]:
    """Take from the role; those it had."""
    gone = []
    for grant in sorted(set(grants), key=_order):
        same = [_g[name] == value for name, value in _columns(grant).items()]
        if tx.execute(sa.delete(t.role_grant).where(_g.role == role, *same)).rowcount:
            gone.append(grant)
    return gone


def grants_of(tx: Connection, roles: Iterable[str]) -> set[Grant]:
    """All that own roles and DAG files give to any of these roles."""
    names = list(roles)
    found: set[Grant] = set().union(*role_grants(tx, names).values())
    query = sa.select(_d.verb, _d.resource, _d.dag_id).where(_d.role.in_(names))
    for verb, resource, dag_id in tx.execute(query):
        grant = _grant(verb, resource, dag_id)
        if grant is not None:
            found.add(grant)
    return found


def replace_dag_grants(
    tx: Connection, dag_id: str, grants: Mapping[str, Iterable[Grant]], *, is_new: bool
) -> None:
    """What the DAG's file gives to roles is this now, and no more."""
    if not is_new:
        tx.execute(sa.delete(t.dag_grant).where(_d.dag_id == dag_id))
    rows = [
        {"dag_id": dag_id, "role": role, "verb": grant.verb, "resource": str(grant.resource)}
        for role, given in grants.items()
        for grant in sorted(given, key=_order)
    ]
    if rows:
        tx.execute(sa.insert(t.dag_grant), rows)


def _grant(verb: str, resource: str, dag_id: str) -> Grant | None:
    """None for words of a newer version: what is not understood allows nothing."""
    known_verb, known_resource = _VERB_OF.get(verb), _RESOURCE_OF.get(resource)
    if known_verb is None or known_resource is None:
        return None
    return Grant(known_verb, known_resource, dag_id or None)


def _columns(grant: Grant) -> dict[str, str]:
    return {"verb": grant.verb, "resource": str(grant.resource), "dag_id": grant.dag_id or ""}


def _order(grant: Grant) -> tuple[str, str, str]:
    return (str(grant.resource), grant.dag_id or "", grant.verb)
