"""`@task`: a function becomes a kind of task; each call of it makes one.

`TaskDecorator` is what the decorated name stands for. `DecoratedOperator` is the part that all operators made this
way share: it keeps the function and its arguments; what is done with them is the business of the operator class that
a subclass adds (`PythonOperator`, `BashOperator` …).
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ostro.sdk import scope
from ostro.sdk.baseoperator import BaseOperator
from ostro.sdk.decorators.signature import (
    check_callable,
    name_of,
    returns_mapping,
    source_of,
    with_defaults,
)
from ostro.sdk.enums import TriggerRule
from ostro.sdk.mapped import MappedOperator
from ostro.sdk.mapping import (
    ExpandArguments,
    ExpandDicts,
    ExpandInput,
    check_disjoint,
    check_expand,
    check_expand_kwargs,
)
from ostro.sdk.operatormeta import effective_defaults
from ostro.sdk.xcomarg import PlainXComArg, XComArg

if TYPE_CHECKING:
    from ostro.sdk.dag import DAG
    from ostro.sdk.taskgroup import TaskGroup

_SUFFIX = re.compile(r"__\d+$")
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def get_unique_task_id(task_id: str, dag: DAG | None = None, task_group: TaskGroup | None = None) -> str:
    """The id, with `__1`, `__2` … behind it when the DAG has it already."""
    dag = dag or scope.current_dag()
    if dag is None or scope.is_detached():
        return task_id
    task_group = task_group or scope.current_group(dag)
    full_id = task_group.child_id(task_id) if task_group is not None else task_id
    taken = dag.task_group.used_group_ids | dag.task_dict.keys()
    if full_id not in taken:
        return task_id
    stem = re.compile(rf"^{re.escape(_SUFFIX.sub('', full_id))}__(\d+)$")
    numbers = [int(m.group(1)) for t in taken if (m := stem.match(t))]
    return f"{_SUFFIX.sub('', task_id)}__{max(numbers, default=0) + 1}"


class DecoratedOperator(BaseOperator):
    """A task made of a function: `python_callable`, `op_args`, `op_kwargs`.

    Raises ValueError when a parameter named like a context key has another default than None, TypeError when the
    arguments do not fit the function.
    """

    template_fields: ClassVar[Sequence[str]] = ("op_args", "op_kwargs")
    template_fields_renderers: ClassVar[dict[str, str]] = {"op_args": "py", "op_kwargs": "py"}
    shallow_copy_attrs: ClassVar[Sequence[str]] = ("python_callable",)

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        task_id: str,
        op_args: Collection[Any] | None = None,
        op_kwargs: Mapping[str, Any] | None = None,
        kwargs_to_upstream: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        check_callable(python_callable)
        args = tuple(op_args or ())
        named = with_defaults(python_callable, args, op_kwargs or {})
        upstream = dict(kwargs_to_upstream or {})
        for name, value in (("op_args", args), ("op_kwargs", named)):
            if name in upstream:
                upstream[name] = value
        task_id = get_unique_task_id(task_id, kwargs.get("dag"), kwargs.get("task_group"))
        super().__init__(task_id=task_id, **upstream, **kwargs)
        self.python_callable = python_callable
        self.op_args: Any = args
        self.op_kwargs: Any = named

    def execute(self, context: Any) -> Any:
        """What the operator class does with the function.

        Assets among its arguments are inlets, assets that it returns (one or a list) are outlets.
        """
        self.inlets = [*self.inlets, *_assets((*(self.op_args or ()), *(self.op_kwargs or {}).values()))]
        value = super().execute(context)
        self.outlets = [*self.outlets, *_assets(value if isinstance(value, list) else (value,))]
        return value

    def get_python_source(self) -> str:
        """The text of the function without its decorators."""
        return source_of(self.python_callable)


def _assets(values: Iterable[Any]) -> list[Any]:
    """Those of the values that are assets. Where no file has loaded assets there are none."""
    module = sys.modules.get("ostro.sdk.assets")
    return [] if module is None else [value for value in values if isinstance(value, module.Asset)]


class TaskDecorator:
    """A decorated function. Calling it makes a task and gives its result, an XComArg."""

    is_setup: bool = False
    is_teardown: bool = False
    on_failure_fail_dagrun: bool = False
    #: Tells a decorated function from a plain one.
    _is_task_decorator = True
    _airflow_is_task_decorator = True

    def __init__(
        self,
        function: Callable[..., Any],
        operator_class: type[DecoratedOperator],
        multiple_outputs: bool | None = None,
        kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        self.function = function
        self.operator_class = operator_class
        self.kwargs = dict(kwargs or {})
        self.kwargs.setdefault("task_id", name_of(function))
        given = self.kwargs.pop("multiple_outputs", multiple_outputs)
        self.multiple_outputs: bool = returns_mapping(function) if given is None else bool(given)
        self.__wrapped__ = function
        for name in ("__name__", "__qualname__", "__doc__", "__module__"):
            if hasattr(function, name):
                setattr(self, name, getattr(function, name))

    @property
    def decorator_name(self) -> str:
        """How it is written: "@task.bash"."""
        return getattr(self.operator_class, "custom_operator_name", None) or "@task"

    def __repr__(self) -> str:
        return f"<{self.decorator_name} {self.kwargs['task_id']}>"

    def __call__(self, *args: Any, **kwargs: Any) -> PlainXComArg:
        given = self._own_kwargs()
        shared = given.pop("op_kwargs", None) or {}
        check_disjoint(f"task {given['task_id']!r}", shared, kwargs)
        operator: Any = self.operator_class(
            python_callable=self.function,
            op_args=args,
            op_kwargs={**shared, **kwargs},
            multiple_outputs=self.multiple_outputs,
            **given,
        )
        self._mark(operator)
        return PlainXComArg(operator)

    def override(self, **kwargs: Any) -> TaskDecorator:
        """The same function with other task arguments."""
        return self._with({**self.kwargs, **kwargs})

    def partial(self, **kwargs: Any) -> TaskDecorator:
        """Arguments of the function that all mapped instances share; followed by `expand()`."""
        self._check_names("partial", kwargs)
        shared = self.kwargs.get("op_kwargs") or {}
        check_disjoint(self._where, shared, kwargs)
        return self._with({**self.kwargs, "op_kwargs": {**shared, **kwargs}})

    def expand(self, **mapped_kwargs: Any) -> PlainXComArg:
        """One instance for each combination of the elements of lists, dicts or results.

        An argument that `partial()` has, too, is that of `expand()`, as in Airflow.
        """
        check_expand(self._where, mapped_kwargs)
        self._check_names("expand", mapped_kwargs)
        return self._map(ExpandArguments(mapped_kwargs), strict=False)

    def expand_kwargs(self, kwargs: Any, *, strict: bool = True) -> PlainXComArg:
        """One instance for each dict of a list, its items are arguments of the function.

        What is in the dicts is looked at when an instance runs: a wrong one fails its instance, not the file.
        """
        check_expand_kwargs(self._where, kwargs)
        return self._map(ExpandDicts(kwargs), strict=strict)

    # ---- parts ---------------------------------------------------------------------------------------------

    @property
    def _where(self) -> str:
        return f"task {self.kwargs['task_id']!r}"

    def _with(self, kwargs: dict[str, Any]) -> TaskDecorator:
        other = type(self)(self.function, self.operator_class, self.multiple_outputs, kwargs)
        for name in ("is_setup", "is_teardown", "on_failure_fail_dagrun"):
            if name in self.__dict__:
                setattr(other, name, self.__dict__[name])
        return other

    def _own_kwargs(self) -> dict[str, Any]:
        given = dict(self.kwargs)
        given.pop("on_failure_fail_dagrun", None)
        if self.is_teardown:
            if "trigger_rule" in given:
                raise ValueError(f"Trigger rule not configurable for teardown tasks ({self._where})")
            given["trigger_rule"] = TriggerRule.ALL_DONE_SETUP_SUCCESS
        return given

    def _mark(self, operator: Any) -> None:
        operator.is_setup = self.is_setup
        operator.is_teardown = self.is_teardown
        operator.on_failure_fail_dagrun = self.kwargs.get(
            "on_failure_fail_dagrun", self.on_failure_fail_dagrun
        )
        docs = (operator.doc, operator.doc_md, operator.doc_json, operator.doc_yaml, operator.doc_rst)
        if not any(docs) and self.function.__doc__:
            operator.doc_md = inspect.cleandoc(self.function.__doc__)

    def _map(self, expand_input: ExpandInput, *, strict: bool) -> PlainXComArg:
        given = self._own_kwargs()
        dag = given.pop("dag", None) or scope.current_dag()
        group = given.pop("task_group", None) or scope.current_group(dag)
        if dag is None and group is not None:
            dag = group.dag
        defaults = effective_defaults({**given, "dag": dag, "task_group": group})
        given.pop("default_args", None)
        task_id = get_unique_task_id(given.pop("task_id"), dag, group)
        operator = MappedOperator(
            operator_class=self.operator_class,
            expand_input=expand_input,
            partial_kwargs={
                "multiple_outputs": self.multiple_outputs,
                **given,
                "python_callable": self.function,
                "op_kwargs": dict(given.get("op_kwargs") or {}),
                "task_id": task_id,
                "dag": dag,
                "task_group": group,
            },
            default_args=defaults,
            strict=strict,
            into_op_kwargs=True,
        )
        self._mark(operator)
        return PlainXComArg(operator)

    def _check_names(self, verb: str, kwargs: Iterable[str]) -> None:
        try:
            parameters = inspect.signature(self.function).parameters
        except ValueError:
            return
        if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values()):
            return
        unknown = sorted(k for k in kwargs if k not in parameters or parameters[k].kind in _VARIADIC)
        if unknown:
            listed = ", ".join(repr(u) for u in unknown)
            raise TypeError(
                f"{verb}() got unexpected keyword argument{'s' * (len(unknown) > 1)} {listed} of {name_of(self.function)}() "
                f"({self._where})"
            )


def task_decorator_factory(
    python_callable: Callable[..., Any] | None = None,
    *,
    multiple_outputs: bool | None = None,
    decorated_operator_class: type[Any],
    **kwargs: Any,
) -> Any:
    """A decorator that makes tasks of an operator class: `@factory` and `@factory(task_id=...)`.

    Providers define their own `@task.…` with it.
    """
    if python_callable is not None:
        return _decorate(python_callable, decorated_operator_class, multiple_outputs, kwargs)

    def decorate(function: Callable[..., Any]) -> TaskDecorator:
        return _decorate(function, decorated_operator_class, multiple_outputs, kwargs)

    return decorate


def _decorate(
    function: Any, operator_class: type[Any], multiple_outputs: bool | None, kwargs: Mapping[str, Any]
) -> TaskDecorator:
    if isinstance(function, XComArg | TaskDecorator):
        raise TypeError(f"{function!r} is decorated with @task twice; remove one")
    if not callable(function):
        raise TypeError("No args allowed while using @task, use kwargs instead")
    return TaskDecorator(function, operator_class, multiple_outputs, kwargs)
