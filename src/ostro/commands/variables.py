"""Variables: create, change, delete. Values are encrypted by the store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ostro.clock import Clock
from ostro.errors import AlreadyExists, BadRequest
from ostro.store import Cipher, Store, Variable, variables

#: Longest key of a variable.
MAX_KEY = 250


def set_variable(store: Store, clock: Clock, *, variable: Variable, cipher: Cipher) -> None:
    """`set_variable_in` as a transaction of its own. No engine is woken: who reads a variable asks for it."""
    with store.begin() as tx:
        set_variable_in(tx, clock, variable=variable, cipher=cipher)


def set_variable_in(tx: Any, clock: Clock, *, variable: Variable, cipher: Cipher) -> None:
    """Create or change a variable; the description of an existing one stays when none is given. Raises BadRequest."""
    _check(variable)
    variables.set_value(
        tx, variable.key, variable.value, cipher, description=variable.description, now=clock.now()
    )


def create_variable(store: Store, clock: Clock, *, variable: Variable, cipher: Cipher) -> None:
    """`create_variable_in` as a transaction of its own."""
    with store.begin() as tx:
        create_variable_in(tx, clock, variable=variable, cipher=cipher)


def create_variable_in(tx: Any, clock: Clock, *, variable: Variable, cipher: Cipher) -> None:
    """Create a variable. Raises AlreadyExists and BadRequest."""
    _check(variable)
    if not variables.create(tx, variable, cipher, now=clock.now()):
        raise AlreadyExists(f"The Variable with key: `{variable.key}` already exists")


def delete_variables(store: Store, clock: Clock, *, keys: Sequence[str]) -> int:
    """`delete_variables_in` as a transaction of its own."""
    with store.begin() as tx:
        return delete_variables_in(tx, keys=keys)


def delete_variables_in(tx: Any, *, keys: Sequence[str]) -> int:
    """Delete variables; returns how many there were."""
    return variables.delete(tx, keys)


def _check(variable: Variable) -> None:
    if not variable.key or len(variable.key) > MAX_KEY:
        raise BadRequest(f"a variable's key has 1 to {MAX_KEY} characters")
