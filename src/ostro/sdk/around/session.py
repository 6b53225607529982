"""Database sessions of 2.x (`airflow.utils.session`): a task of Ostro has none.

`provide_session` and `create_session` still work around code that hands the session on to `DagRun.find` and the like,
which ask the engine. Any use of the session itself raises one clear error.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from ostro.errors import UserError


class NoSession:
    """Stands where 2.x has a database session."""

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise UserError(
            f"session.{name} is not possible: code of a task has no database session; use DagRun.find(), ti.xcom_pull(), "
            "Variable, Connection or the REST API"
        )

    def close(self) -> None:
        """Nothing to close."""

    def commit(self) -> None:
        """Nothing to commit."""

    def flush(self, objects: Any = None) -> None:
        """Nothing to flush."""

    def rollback(self) -> None:
        """Nothing to roll back."""

    def __enter__(self) -> NoSession:
        return self

    def __exit__(self, *exc: object) -> None:
        return None


#: Default of session parameters.
NEW_SESSION: Any = None


def Session(*args: Any, **kwargs: Any) -> NoSession:
    """`airflow.settings.Session()`."""
    return NoSession()


@contextmanager
def create_session(scoped: bool = True) -> Iterator[NoSession]:
    """`with create_session() as session`."""
    yield NoSession()


def provide_session(func: Callable[..., Any]) -> Callable[..., Any]:
    """Give the function a session unless the caller does."""
    position = list(inspect.signature(func).parameters).index("session")

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if "session" in kwargs or len(args) > position:
            return func(*args, **kwargs)
        return func(*args, session=NoSession(), **kwargs)

    return wrapper
