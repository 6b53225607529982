"""Database sessions of 2.x (`airflow.utils.session`): a task of Ostro has none.

What `provide_session` and `create_session` give answers the common queries and takes a few changes (`ostro.sdk.queries`).
Any other use raises one clear error.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

#: Default of session parameters.
NEW_SESSION: Any = None


def Session(*args: Any, **kwargs: Any) -> Any:
    """`airflow.settings.Session()`."""
    from ostro.sdk.queries.session import Session as Queries

    return Queries()


@contextmanager
def create_session(scoped: bool = True) -> Iterator[Any]:
    """`with create_session() as session`: committed at the end, unless the block raises."""
    session = Session()
    yield session
    session.commit()


def provide_session(func: Callable[..., Any]) -> Callable[..., Any]:
    """Give the function a session unless the caller does."""
    position = list(inspect.signature(func).parameters).index("session")

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if kwargs.get("session") is not None or len(args) > position:
            return func(*args, **kwargs)
        with create_session() as session:
            return func(*args, **{**kwargs, "session": session})

    return wrapper
