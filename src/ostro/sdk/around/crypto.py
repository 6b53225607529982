"""`airflow.models.crypto`: the engine alone keeps the keys."""

from __future__ import annotations

from typing import NoReturn

from ostro.errors import UserError


def get_fernet() -> NoReturn:
    """2.x gave tasks the key of the database."""
    raise UserError(
        "get_fernet() is not possible in a task: the key of stored secrets stays in the engine; use Connection or Variable"
    )
