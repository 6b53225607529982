"""A change asked for over the API: one transaction with its line in the audit log; afterwards engine and open pages are told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import Request

from ostro.api.auth.guard import Person
from ostro.api.deps import Deps
from ostro.api.live.tail import Tail
from ostro.commands.act import Act, act

__all__ = ["Act", "acting"]


@contextmanager
def acting(request: Request, person: Person) -> Iterator[Act]:
    """A transaction for a change by the person who asks."""
    deps: Deps = request.app.state.deps
    with act(deps.store, deps.clock, deps.wake, person.name, person.address) as done:
        yield done
    tail: Tail = request.app.state.tail
    tail.nudge()
