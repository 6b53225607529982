"""Small types that the definitions share."""

from __future__ import annotations

from typing import Any, Final, Literal


class ArgNotSet:
    """Type of NOTSET: the author gave no value. None is a value."""

    _one: ArgNotSet | None = None

    def __new__(cls) -> ArgNotSet:
        if cls._one is None:
            cls._one = super().__new__(cls)
        return cls._one

    def __repr__(self) -> str:
        return "NOTSET"

    def __bool__(self) -> Literal[False]:
        return False

    def __reduce__(self) -> str | tuple[Any, ...]:
        return (ArgNotSet, ())


class SetDuringExecution(ArgNotSet):
    """Type of SET_DURING_EXECUTION: a field that gets its value when the task runs."""

    _one = None

    def __repr__(self) -> str:
        return "DYNAMIC (set during execution)"


NOTSET: Final[ArgNotSet] = ArgNotSet()
SET_DURING_EXECUTION: Final[SetDuringExecution] = SetDuringExecution()


def is_arg_set(value: Any) -> bool:
    """Whether the author gave a value."""
    return not isinstance(value, ArgNotSet)
