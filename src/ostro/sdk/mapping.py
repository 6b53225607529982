"""What a task or group is mapped over, and the arguments of one instance.

`expand(a=…, b=…)` makes the product of its inputs, the last name varies fastest; `expand_kwargs([...])` makes one
instance per dict. Lengths are the engine's business (`ostro.spec.mapping`); here a process that runs one instance
finds its arguments: `resolve(context)` reads `context["ti"].map_index`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ostro.sdk.exceptions import UnmappableXComTypePushed, UnmappedOperator
from ostro.sdk.xcomarg import XCOM_RETURN_KEY, PlainXComArg, XComArg, find_xcoms

if TYPE_CHECKING:
    from ostro.sdk.abstractoperator import AbstractOperator


class Resolved(NamedTuple):
    """Arguments of one instance, and which of them hold no templates: the results of other tasks.

    What lies in the dicts of `expand_kwargs` is rendered, as in Airflow, also when another task made the dicts.
    """

    kwargs: dict[str, Any]
    from_tasks: frozenset[str]


class ExpandInput:
    """Base of the two kinds."""

    value: Any

    def iter_references(self) -> Iterator[tuple[AbstractOperator, str]]:
        """The tasks that the lengths and values come from."""
        for found in find_xcoms(self.value):
            yield from found.iter_references()

    def lengthy(self) -> Iterator[Any]:
        """The results whose lengths decide how many instances there are."""
        raise NotImplementedError

    def resolve(self, context: Mapping[str, Any]) -> Resolved:
        """The arguments of the instance that runs."""
        raise NotImplementedError

    def is_over(self, task_id: str, key: str) -> bool:
        """Whether this XCom decides how many instances there are."""
        return any(
            op.task_id == task_id and k == key for one in self.lengthy() for op, k in one.iter_references()
        )

    def _index(self, context: Mapping[str, Any]) -> int:
        index: int = context["ti"].map_index
        if index < 0:
            raise UnmappedOperator(
                "the arguments of a mapped task are known for its instances only, and this is none"
            )
        return index


class ExpandArguments(ExpandInput):
    """`expand(a=[…], b=xcom)`."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self.value = dict(value)

    def lengthy(self) -> Iterator[Any]:
        return (value for value in self.value.values() if hasattr(value, "iter_references"))

    def resolve(self, context: Mapping[str, Any]) -> Resolved:
        index = self._index(context)
        elements = {name: self._elements(name, value, context) for name, value in self.value.items()}
        kwargs: dict[str, Any] = {}
        for name in reversed(elements):
            index, position = divmod(index, len(elements[name]))
            kwargs[name] = elements[name][position]
        from_tasks = frozenset(n for n, v in self.value.items() if not isinstance(v, (Mapping, Sequence)))
        return Resolved({name: kwargs[name] for name in elements}, from_tasks)

    def _elements(self, name: str, value: Any, context: Mapping[str, Any]) -> Sequence[Any]:
        found = value.resolve(context) if hasattr(value, "resolve") else value
        if isinstance(found, Mapping):
            found = list(found.items())
        if not isinstance(found, Sequence) or isinstance(found, (str, bytes)):
            raise UnmappableXComTypePushed(found)
        if not found:
            raise UnmappedOperator(f"the argument {name} has no elements to map over")
        return found


class ExpandDicts(ExpandInput):
    """`expand_kwargs([{…}, …])`."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def lengthy(self) -> Iterator[Any]:
        if hasattr(self.value, "iter_references"):
            yield self.value

    def resolve(self, context: Mapping[str, Any]) -> Resolved:
        index = self._index(context)
        dicts = self.value if isinstance(self.value, Sequence) else self.value.resolve(context)
        if isinstance(dicts, (str, bytes)) or not isinstance(dicts, Sequence):
            raise UnmappableXComTypePushed(dicts)
        found = dicts[index]
        if hasattr(found, "resolve"):
            found = found.resolve(context)
        if not isinstance(found, Mapping):
            raise ValueError(
                f"expand_kwargs() needs a list of dicts, but its element {index} is a {type(found).__name__}"
            )
        for key in found:
            if not isinstance(key, str):
                raise ValueError(
                    f"expand_kwargs() needs dicts with string keys, but the one at {index} has the key {key!r}"
                )
        kwargs = {k: v.resolve(context) if hasattr(v, "iter_references") else v for k, v in found.items()}
        return Resolved(kwargs, frozenset(k for k in kwargs if kwargs[k] is not found[k]))


#: Airflow's names.
DictOfListsExpandInput = ExpandArguments
ListOfDictsExpandInput = ExpandDicts


class MappedArgument:
    """A parameter inside a mapped task group: the instance's own value once it runs."""

    def __init__(self, expand_input: ExpandInput, key: str) -> None:
        self._input = expand_input
        self._key = key

    def iter_references(self) -> Iterator[tuple[AbstractOperator, str]]:
        """The tasks that the group is mapped over."""
        yield from self._input.iter_references()

    def resolve(self, context: Mapping[str, Any]) -> Any:
        """The value for the instance that runs."""
        return self._input.resolve(context).kwargs[self._key]

    def __repr__(self) -> str:
        return f"MappedArgument({self._key!r})"


def is_mappable(value: Any) -> bool:
    """Whether a value in a DAG file can be given to `expand()`."""
    return isinstance(value, (XComArg, MappedArgument)) or (
        isinstance(value, (Mapping, Sequence)) and not isinstance(value, (str, bytes))
    )


def check_expand(where: str, kwargs: Mapping[str, Any]) -> None:
    """Check the inputs of `expand()`. Raises TypeError or ValueError naming the task and the argument."""
    if not kwargs:
        raise TypeError(f"{where} is expanded over nothing; give expand() at least one argument")
    for name, value in kwargs.items():
        if not is_mappable(value):
            raise ValueError(
                f"expand() got an unexpected type {type(value).__name__!r} for keyword argument {name!r} of {where}; "
                "give a list, a dict or the result of a task"
            )
        _only_results(where, value)


def check_expand_kwargs(where: str, value: Any) -> None:
    """Check the input of `expand_kwargs()`. Raises TypeError or ValueError naming the task."""
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        for item in value:
            if not isinstance(item, (XComArg, MappedArgument, Mapping)):
                raise TypeError(
                    f"expand_kwargs() of {where} needs a list of dicts, but one element is a {type(item).__name__}"
                )
    elif not isinstance(value, (XComArg, MappedArgument)):
        raise TypeError(
            f"expand_kwargs() of {where} needs a list of dicts or the result of a task, not {type(value).__name__}"
        )
    _only_results(where, value)


def _only_results(where: str, value: Any) -> None:
    for found in find_xcoms(value):
        if isinstance(found, PlainXComArg) and found is value and found.key != XCOM_RETURN_KEY:
            raise ValueError(
                f"{where} is mapped over the XCom {found.key!r} of task {found.operator.task_id!r}; "
                "only the result of a task (its return value) can be mapped over"
            )


def check_disjoint(where: str, left: Mapping[str, Any], right: Mapping[str, Any]) -> None:
    """Raise TypeError when an argument is given to both `partial()` and `expand()`."""
    both = sorted(left.keys() & right.keys())
    if both:
        listed = ", ".join(repr(b) for b in both)
        raise TypeError(f"{where} got {listed} in partial() and in expand(); give each argument once")
