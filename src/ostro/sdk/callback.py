"""Callbacks with arguments, for deadlines: a function that is called elsewhere, named by its path."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from ostro.sdk.exceptions import DagInvalid


class Callback:
    """A function, as object or dotted path, and the keyword arguments that it gets besides `context`."""

    kind: ClassVar[str] = ""

    def __init__(
        self, callback_callable: Callable[..., Any] | str, kwargs: Mapping[str, Any] | None = None
    ) -> None:
        self.path = self.path_of(callback_callable)
        self.kwargs: dict[str, Any] = dict(kwargs or {})
        if "context" in self.kwargs:
            raise DagInvalid(f"the callback {self.path} gets `context` by itself; leave it out of kwargs")

    @classmethod
    def path_of(cls, function: Callable[..., Any] | str) -> str:
        """The dotted path of a function. Raises DagInvalid for one that cannot be imported by it."""
        if isinstance(function, str):
            if not function.strip():
                raise DagInvalid("a callback needs a function or its dotted path")
            return function.strip()
        name = getattr(function, "__qualname__", "")
        if not callable(function) or not name or "<" in name:
            raise DagInvalid(
                f"the callback {function!r} cannot be imported by name; use a function at the top of a module"
            )
        return f"{function.__module__}.{name}"

    def serialize(self) -> dict[str, Any]:
        """The callback as JSON."""
        return {"kind": self.kind, "path": self.path, "kwargs": self.kwargs}

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((type(self), self.path))


class AsyncCallback(Callback):
    """A coroutine function, called in the triggerer."""

    kind = "async"

    @classmethod
    def path_of(cls, function: Callable[..., Any] | str) -> str:
        awaitable = isinstance(function, (str, type)) or inspect.iscoroutinefunction(function)
        if not awaitable and not inspect.iscoroutinefunction(getattr(function, "__call__", None)):  # noqa: B004
            raise AttributeError(
                f"Provided callback {function!r} is not awaitable; define it with `async def`"
            )
        return super().path_of(function)


class SyncCallback(Callback):
    """A function, called in a worker of `executor`."""

    kind = "sync"

    def __init__(
        self,
        callback_callable: Callable[..., Any] | str,
        kwargs: Mapping[str, Any] | None = None,
        executor: str | None = None,
    ) -> None:
        super().__init__(callback_callable, kwargs)
        self.executor = executor

    def serialize(self) -> dict[str, Any]:
        return {**super().serialize(), "executor": self.executor}
