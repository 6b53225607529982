"""What a route needs, declared next to it; the guard reads it before the handler runs. A route without a declaration is refused.

`@needs("read", Resource.POOLS)` below the route's own decorator; several of them must all hold. When the resource belongs to
a DAG and the path names one (`dag_id`), that DAG is checked. When the path names none, or `~`, only people who may do it
to all DAGs get in, unless `each=True` says that the handler looks at every DAG itself: with `person.readable(…)` as a
condition of its statement, or with `person.must(…)` for each DAG that it is about to change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

import msgspec

from ostro.errors import NotAllowed
from ostro.rules.permissions import DAG_BOUND, Permissions, Resource, Verb

_F = TypeVar("_F", bound=Callable[..., Any])

#: In place of a DAG's id in a path: all DAGs.
ALL_DAGS = "~"


class Need(msgspec.Struct, frozen=True):
    """One permission that a route needs."""

    verb: Verb
    resource: Resource
    each: bool = False


class Declared(msgspec.Struct, frozen=True):
    """Everything that a route says about who may call it."""

    who: Literal["everybody", "signed in", "permitted"]
    needs: tuple[Need, ...] = ()
    #: Also for an account that must change its password first.
    at_once: bool = False


def needs(verb: Verb, resource: Resource, *, each: bool = False) -> Callable[[_F], _F]:
    """Declare a permission that the route needs. `each`: the handler itself checks every DAG that it shows or changes."""

    def mark(handler: _F) -> _F:
        before = declared(handler)
        found = (Need(verb, resource, each), *(() if before is None else before.needs))
        handler.__declared__ = Declared("permitted", found)  # type: ignore[attr-defined]
        return handler

    return mark


def for_everybody(handler: _F) -> _F:
    """Declare that the route answers without a login."""
    handler.__declared__ = Declared("everybody")  # type: ignore[attr-defined]
    return handler


def for_signed_in(handler: _F) -> _F:
    """Declare that the route answers everybody who is signed in: it shows or changes only what is their own."""
    handler.__declared__ = Declared("signed in")  # type: ignore[attr-defined]
    return handler


def at_once(handler: _F) -> _F:
    """Declare that the route, for everybody signed in, also answers an account that must change its password first."""
    handler.__declared__ = Declared("signed in", at_once=True)  # type: ignore[attr-defined]
    return handler


def declared(handler: Any) -> Declared | None:
    """What the handler of a route declares; None = nothing, the route is refused."""
    found: Declared | None = getattr(handler, "__declared__", None)
    return found


def check(permissions: Permissions, found: Declared, dag_id: str | None) -> None:
    """Raise NotAllowed unless all that is declared holds. `dag_id`: the one of the path."""
    for need in found.needs:
        if not _holds(permissions, need, None if dag_id == ALL_DAGS else dag_id):
            about = f" of {dag_id!r}" if dag_id and need.resource in DAG_BOUND else ""
            raise NotAllowed(f"Forbidden: this needs the permission to {need.verb} {need.resource}{about}")


def _holds(permissions: Permissions, need: Need, dag_id: str | None) -> bool:
    if need.resource in DAG_BOUND and dag_id is None and need.each:
        return permissions.allows_somewhere(need.verb, need.resource)
    return permissions.allows(need.verb, need.resource, dag_id)
