"""Results of tasks as values in a DAG file: `XComArg` and what can be made of it.

An XComArg in an argument of another task makes that task depend on the one it comes from, and is replaced by the value
when the task runs: `resolve(context)`. It asks `context["ti"]` for values (`xcom_pull`) and for the map indexes that
matter to the instance (`get_relevant_upstream_map_indexes`).
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from ostro.sdk.exceptions import AirflowException, DagInvalid, XComNotFound
from ostro.sdk.node import DAGNode, DependencyMixin
from ostro.sdk.types import NOTSET, ArgNotSet, is_arg_set

if TYPE_CHECKING:
    from ostro.sdk.abstractoperator import AbstractOperator

XCOM_RETURN_KEY = "return_value"


class XComArg(DependencyMixin):
    """A value that a task leaves. `XComArg(task)` is its result; `XComArg(task, "k")` its XCom of key k."""

    @overload
    def __new__(cls, operator: AbstractOperator, key: str = XCOM_RETURN_KEY) -> PlainXComArg: ...
    @overload
    def __new__(cls) -> XComArg: ...
    @overload
    def __new__(cls, *args: Any, **kwargs: Any) -> XComArg: ...
    def __new__(cls, *args: Any, **kwargs: Any) -> XComArg:
        return super().__new__(PlainXComArg if cls is XComArg else cls)

    @property
    def roots(self) -> Iterable[DAGNode]:
        return _unique(op for op, _ in self.iter_references())

    @property
    def leaves(self) -> Iterable[DAGNode]:
        return _unique(op for op, _ in self.iter_references())

    def iter_references(self) -> Iterator[tuple[AbstractOperator, str]]:
        """The tasks and keys that the value comes from."""
        raise NotImplementedError

    @staticmethod
    def iter_xcom_references(arg: Any) -> Iterator[tuple[AbstractOperator, str]]:
        """The tasks and keys of all XComArgs inside any value."""
        for xcom in find_xcoms(arg):
            yield from xcom.iter_references()

    @staticmethod
    def apply_upstream_relationship(op: DependencyMixin, arg: Any) -> None:
        """Put the tasks of all XComArgs inside `arg` before `op`."""
        for operator, _ in XComArg.iter_xcom_references(arg):
            if operator is not op:
                op.set_upstream(operator)

    def map(self, f: Callable[[Any], Any]) -> MapXComArg:
        """The value with `f` applied to each element, when a task is mapped over it."""
        return MapXComArg(self, [f])

    def zip(self, *others: XComArg, fillvalue: Any = NOTSET) -> ZipXComArg:
        """Tuples of the elements of this and of others."""
        return ZipXComArg([self, *others], fillvalue=fillvalue)

    def concat(self, *others: XComArg) -> ConcatXComArg:
        """The elements of this and of others, one after the other."""
        return ConcatXComArg([self, *others])

    def resolve(self, context: Mapping[str, Any]) -> Any:
        """The value, when a task runs."""
        raise NotImplementedError

    def __enter__(self) -> Any:
        raise AirflowException(f"{type(self).__name__} cannot be used with `with`")

    def __exit__(self, *exc: object) -> None:
        return None


class PlainXComArg(XComArg):
    """One XCom of one task."""

    def __init__(self, operator: AbstractOperator, key: str = XCOM_RETURN_KEY) -> None:
        self.operator = operator
        self.key = key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PlainXComArg) and self.operator is other.operator and self.key == other.key

    def __hash__(self) -> int:
        return hash((id(self.operator), self.key))

    def __getitem__(self, item: str) -> PlainXComArg:
        if not isinstance(item, str):
            raise ValueError(
                f"a result is looked up by an XCom key, a string, not {type(item).__name__} ({item!r})"
            )
        return PlainXComArg(self.operator, key=item)

    def __iter__(self) -> Any:
        # Without this, Python would try [0], [1], … and never end.
        raise TypeError(
            f"the result of task {self.operator.task_id!r} is known only when it ran, so it cannot be iterated "
            "in the DAG file; use .expand()"
        )

    def __repr__(self) -> str:
        if self.key == XCOM_RETURN_KEY:
            return f"XComArg({self.operator!r})"
        return f"XComArg({self.operator!r}, {self.key!r})"

    def __str__(self) -> str:
        """A template that pulls the value, so that the result can stand inside a string."""
        parts = [f"task_ids='{self.operator.task_id}'", f"dag_id='{self.operator.dag_id}'"]
        if self.key is not None:
            parts.append(f"key='{self.key}'")
        return "{{ task_instance.xcom_pull(" + ", ".join(parts) + ") }}"

    @property
    def is_setup(self) -> bool:
        """Whether the task is a setup."""
        return self.operator.is_setup

    @is_setup.setter
    def is_setup(self, value: bool) -> None:
        self.operator.is_setup = value

    @property
    def is_teardown(self) -> bool:
        """Whether the task is a teardown."""
        return self.operator.is_teardown

    @is_teardown.setter
    def is_teardown(self, value: bool) -> None:
        self.operator.is_teardown = value

    @property
    def on_failure_fail_dagrun(self) -> bool:
        """Whether a failure of the teardown fails the run."""
        return self.operator.on_failure_fail_dagrun

    @on_failure_fail_dagrun.setter
    def on_failure_fail_dagrun(self, value: bool) -> None:
        self.operator.on_failure_fail_dagrun = value

    def as_setup(self) -> PlainXComArg:
        """Mark the task as a setup."""
        self.operator.as_setup()
        return self

    def as_teardown(self, *, setups: Any = None, on_failure_fail_dagrun: Any = None) -> PlainXComArg:
        """Mark the task as a teardown of `setups`."""
        self.operator.as_teardown(setups=setups, on_failure_fail_dagrun=on_failure_fail_dagrun)
        return self

    def __enter__(self) -> PlainXComArg:
        self.operator.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self.operator.__exit__(*exc)

    def iter_references(self) -> Iterator[tuple[AbstractOperator, str]]:
        yield self.operator, self.key

    def map(self, f: Callable[[Any], Any]) -> MapXComArg:
        self._only_result("map")
        return super().map(f)

    def zip(self, *others: XComArg, fillvalue: Any = NOTSET) -> ZipXComArg:
        self._only_result("zip")
        return super().zip(*others, fillvalue=fillvalue)

    def concat(self, *others: XComArg) -> ConcatXComArg:
        self._only_result("concat")
        return super().concat(*others)

    def _only_result(self, verb: str) -> None:
        if self.key != XCOM_RETURN_KEY:
            raise ValueError(
                f"{verb}() works on the result of a task; {self.operator.task_id!r} is asked for its XCom {self.key!r}"
            )

    def resolve(self, context: Mapping[str, Any]) -> Any:
        ti = context["ti"]
        task_id = self.operator.task_id
        map_indexes: Any = None
        if next(self.operator.iter_mapped_task_groups(), None) is not None:
            map_indexes = ti.get_relevant_upstream_map_indexes(
                upstream=self.operator, ti_count=context.get("expanded_ti_count")
            )
        if map_indexes is None:
            value = ti.xcom_pull(task_ids=task_id, dag_id=self.operator.dag_id, key=self.key, default=NOTSET)
        else:
            value = ti.xcom_pull(
                task_ids=task_id,
                dag_id=self.operator.dag_id,
                key=self.key,
                map_indexes=map_indexes,
                default=NOTSET,
            )
        if not isinstance(value, ArgNotSet):
            return value
        if self.key == XCOM_RETURN_KEY:
            return None
        raise XComNotFound(ti.dag_id, task_id, self.key)


class MapXComArg(XComArg):
    """`xcom.map(f)`."""

    def __init__(self, arg: XComArg, callables: Sequence[Callable[[Any], Any]]) -> None:
        for f in callables:
            if getattr(f, "_is_task_decorator", False):
                raise ValueError("map() takes a plain function, not a @task")
        self.arg = arg
        self.callables = list(callables)

    def __repr__(self) -> str:
        maps = "".join(f".map({_name(f)})" for f in self.callables)
        return f"{self.arg!r}{maps}"

    def iter_references(self) -> Iterator[tuple[AbstractOperator, str]]:
        yield from self.arg.iter_references()

    def map(self, f: Callable[[Any], Any]) -> MapXComArg:
        return MapXComArg(self.arg, [*self.callables, f])

    def resolve(self, context: Mapping[str, Any]) -> MapResult:
        # A dict is not turned into its items here: its elements are asked for by number, and the task fails, as in Airflow.
        value = self.arg.resolve(context)
        return MapResult(value if isinstance(value, dict) else _elements(value), self.callables)


class MapResult(Sequence[Any]):
    """The elements of a sequence, each changed when it is asked for."""

    def __init__(self, value: Any, callables: Sequence[Callable[[Any], Any]]) -> None:
        self.value = value
        self.callables = callables

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        value = self.value[index]
        for f in self.callables:
            value = f(value)
        return value

    def __len__(self) -> int:
        return len(self.value)


class ZipXComArg(XComArg):
    """`xcom.zip(others)`."""

    def __init__(self, args: Sequence[XComArg], *, fillvalue: Any = NOTSET) -> None:
        if not args:
            raise ValueError("zip() needs at least one result")
        self.args = list(args)
        self.fillvalue = fillvalue

    def __repr__(self) -> str:
        others = ", ".join(repr(a) for a in self.args[1:])
        fill = f", fillvalue={self.fillvalue!r}" if is_arg_set(self.fillvalue) else ""
        return f"{self.args[0]!r}.zip({others}{fill})"

    def iter_references(self) -> Iterator[tuple[AbstractOperator, str]]:
        for arg in self.args:
            yield from arg.iter_references()

    def resolve(self, context: Mapping[str, Any]) -> ZipResult:
        # A dict is asked for its elements by number, and has none, as in Airflow.
        values = [a.resolve(context) for a in self.args]
        return ZipResult(
            [v if isinstance(v, dict) else _elements(v) for v in values], fillvalue=self.fillvalue
        )


class ZipResult(Sequence[Any]):
    """Tuples of the elements of several sequences."""

    def __init__(self, values: Sequence[Any], *, fillvalue: Any = NOTSET) -> None:
        self.values = values
        self.fillvalue = fillvalue

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(index)
        return tuple(self._element(v, index) for v in self.values)

    def _element(self, value: Any, index: int) -> Any:
        try:
            return value[index]
        except (IndexError, KeyError):
            return self.fillvalue

    def __len__(self) -> int:
        lengths = (len(v) for v in self.values)
        return max(lengths) if is_arg_set(self.fillvalue) else min(lengths)


class ConcatXComArg(XComArg):
    """`xcom.concat(others)`."""

    def __init__(self, args: Sequence[XComArg]) -> None:
        if not args:
            raise ValueError("concat() needs at least one result")
        self.args = list(args)

    def __repr__(self) -> str:
        return f"{self.args[0]!r}.concat({', '.join(repr(a) for a in self.args[1:])})"

    def iter_references(self) -> Iterator[tuple[AbstractOperator, str]]:
        for arg in self.args:
            yield from arg.iter_references()

    def concat(self, *others: XComArg) -> ConcatXComArg:
        return ConcatXComArg([*self.args, *others])

    def resolve(self, context: Mapping[str, Any]) -> ConcatResult:
        # Of a dict the keys, as in Airflow.
        values = [a.resolve(context) for a in self.args]
        return ConcatResult([list(v) if isinstance(v, dict) else _elements(v) for v in values])


class ConcatResult(Sequence[Any]):
    """The elements of several sequences, one after the other."""

    def __init__(self, values: Sequence[Sequence[Any]]) -> None:
        self.values = values

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        for value in self.values:
            if 0 <= index < len(value):
                return value[index]
            index -= len(value)
        raise IndexError("index out of range")

    def __len__(self) -> int:
        return sum(len(v) for v in self.values)

    def __iter__(self) -> Iterator[Any]:
        return itertools.chain.from_iterable(self.values)


def find_xcoms(value: Any, _seen: set[int] | None = None) -> Iterator[Any]:
    """Everything inside a value that stands for a later one: results, arguments of mapped groups, params.

    Looks into lists, tuples, sets, dicts and objects with template fields.
    """
    if value is None or isinstance(value, (str, bytes, int, float)):
        return
    if hasattr(type(value), "iter_references"):
        yield value
        return
    seen = _seen if _seen is not None else set()
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, Mapping):
        for item in value.values():
            yield from find_xcoms(item, seen)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from find_xcoms(item, seen)
    elif not isinstance(value, (type, DAGNode)) and isinstance(
        getattr(value, "template_fields", None), (tuple, list, set, frozenset)
    ):
        for name in value.template_fields:
            yield from find_xcoms(getattr(value, name, None), seen)


def _elements(value: Any) -> Sequence[Any]:
    """A value as a sequence to map over: the items of a dict, the elements of anything else."""
    if isinstance(value, Mapping):
        return list(value.items())
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return value
    raise DagInvalid(f"only a list or dict can be mapped over, not a value of type {type(value).__name__}")


def _unique(operators: Iterable[AbstractOperator]) -> list[AbstractOperator]:
    return list({id(op): op for op in operators}.values())


def _name(f: Callable[..., Any]) -> str:
    if getattr(f, "__name__", "") == "<lambda>":
        try:
            return inspect.getsource(f).strip()
        except OSError:
            return "<lambda>"
    return getattr(f, "__name__", type(f).__name__)
