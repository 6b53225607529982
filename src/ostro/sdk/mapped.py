"""Mapped tasks: `Operator.partial(...).expand(...)`."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ostro.sdk import scope
from ostro.sdk.abstractoperator import AbstractOperator, set_upstream_of_results
from ostro.sdk.baseoperator import merged_params
from ostro.sdk.exceptions import DagInvalid
from ostro.sdk.fields import FIELDS, read_field, read_fields
from ostro.sdk.mapping import (
    ExpandArguments,
    ExpandDicts,
    ExpandInput,
    check_disjoint,
    check_expand,
    check_expand_kwargs,
)
from ostro.sdk.node import validate_key
from ostro.sdk.operatormeta import effective_defaults, parameters_of, rename_old
from ostro.sdk.templater import literal

if TYPE_CHECKING:
    from ostro.sdk.baseoperator import BaseOperator
    from ostro.sdk.dag import DAG
    from ostro.sdk.taskgroup import TaskGroup

#: Fields that instances may have of their own, as Airflow lets them; what the engine goes by is that of `partial()`.
_OWN = frozenset(
    {
        "doc", "doc_json", "doc_md", "doc_rst", "doc_yaml", "do_xcom_push", "email", "end_date", "executor",
        "logger_name", "max_active_tis_per_dag", "max_active_tis_per_dagrun", "multiple_outputs", "pool",
        "render_template_as_native_obj", "resources", "run_as_user", "sla", "start_date", "task_display_name",
    }
)  # fmt: skip
#: Arguments that are the same for all instances, so they belong into `partial()`.
UNMAPPABLE = (frozenset(FIELDS) - _OWN) | {"task_id", "dag", "task_group"}
#: Arguments of BaseOperator that are no fields.
_STRUCTURE = ("task_id", "dag", "task_group", "default_args", "params")


class OperatorPartial:
    """What `Operator.partial(...)` gives; it becomes a task by `expand()` or `expand_kwargs()`."""

    def __init__(
        self, operator_class: type[BaseOperator], kwargs: dict[str, Any], defaults: dict[str, Any]
    ) -> None:
        self.operator_class = operator_class
        self.kwargs = kwargs
        self.default_args = defaults
        self._expanded = False

    @classmethod
    def of(cls, operator_class: type[BaseOperator], kwargs: dict[str, Any]) -> OperatorPartial:
        """Check the names. Raises TypeError for an argument that the operator does not have."""
        if "task_id" not in kwargs:
            raise TypeError(f"{operator_class.__name__}.partial() needs a task_id")
        for base in operator_class.__mro__:
            old = base.__dict__.get("old_arguments")
            if old:
                rename_old(kwargs, old, base.__name__)
        kwargs.setdefault("dag", scope.current_dag())
        kwargs.setdefault("task_group", scope.current_group(kwargs["dag"]))
        if kwargs["dag"] is None and kwargs["task_group"] is not None:
            kwargs["dag"] = kwargs["task_group"].dag
        partial = cls(operator_class, kwargs, effective_defaults(kwargs))
        partial._check_names("partial", kwargs)
        return partial

    @property
    def _where(self) -> str:
        return f"task {self.kwargs['task_id']!r}"

    def expand(self, **mapped_kwargs: Any) -> MappedOperator:
        """One instance for each combination of the elements of lists, dicts or results."""
        check_expand(self._where, mapped_kwargs)
        self._check_names("expand", mapped_kwargs)
        self._check_mappable(mapped_kwargs)
        return self._make(ExpandArguments(mapped_kwargs), strict=True)

    def expand_kwargs(self, kwargs: Any, *, strict: bool = True) -> MappedOperator:
        """One instance for each dict of a list. Not strict: they may override what partial() said.

        What is in the dicts is looked at when an instance runs: a wrong one fails its instance, not the file.
        """
        check_expand_kwargs(self._where, kwargs)
        return self._make(ExpandDicts(kwargs), strict=strict)

    def _make(self, expand_input: ExpandInput, *, strict: bool) -> MappedOperator:
        self._expanded = True
        return MappedOperator(
            operator_class=self.operator_class,
            expand_input=expand_input,
            partial_kwargs=self.kwargs,
            default_args=self.default_args,
            strict=strict,
        )

    def _check_mappable(self, kwargs: Mapping[str, Any]) -> None:
        check_mappable(self._where, kwargs)
        own = {k: v for k, v in self.kwargs.items() if k not in _STRUCTURE}
        check_disjoint(self._where, own, kwargs)

    def _check_names(self, verb: str, kwargs: Mapping[str, Any]) -> None:
        known = parameters_of(self.operator_class)
        unknown = sorted(n for n in kwargs if n not in known)
        if unknown:
            from ostro.sdk.hints import did_you_mean

            listed = ", ".join(repr(n) for n in unknown)
            raise TypeError(
                f"{self.operator_class.__name__}.{verb}() got unexpected keyword argument{'s' * (len(unknown) > 1)} "
                f"{listed} ({self._where}){did_you_mean(unknown[0], known)}"
            )

    def __del__(self) -> None:
        if not getattr(self, "_expanded", True):
            warnings.warn(
                f"Task {self.kwargs['task_id']} was never mapped: call expand() after partial()", stacklevel=2
            )


def check_mappable(where: str, names: Iterable[str]) -> None:
    """Raise TypeError when one of the arguments must be the same for all instances."""
    for name in names:
        if name in UNMAPPABLE:
            raise TypeError(f"{where} cannot be mapped over {name!r}; give it to partial()")


class MappedOperator(AbstractOperator):
    """A task with several instances in a run; `unmap(context)` builds the operator of one of them."""

    is_mapped = True

    def __init__(
        self,
        *,
        operator_class: type[BaseOperator],
        expand_input: ExpandInput,
        partial_kwargs: dict[str, Any],
        default_args: dict[str, Any],
        strict: bool = True,
        into_op_kwargs: bool = False,
    ) -> None:
        given = dict(partial_kwargs)
        task_id: str = given.pop("task_id")
        dag: DAG | None = given.pop("dag", None)
        group: TaskGroup | None = given.pop("task_group", None)
        params = given.pop("params", None)
        given.pop("default_args", None)
        validate_key(task_id, what="task_id")
        self.operator_class = operator_class
        self.expand_input = expand_input
        self.default_args = default_args
        self.partial_kwargs = given
        self._own_params = params
        self._strict = strict
        #: Made by a decorator: what it is mapped over are arguments of the function.
        self.is_mapped_function = into_op_kwargs
        self.upstream_task_ids: set[str] = set()
        self.downstream_task_ids: set[str] = set()
        self.dag = None
        self.task_id = group.child_id(task_id) if group is not None else task_id
        values = {k: v for k, v in (*default_args.items(), *given.items()) if k in FIELDS}
        self.__dict__.update(read_fields(values, task=f"task {self.task_id!r}"))
        if self.wait_for_downstream:
            self.depends_on_past = True
        self.task_display_name = self.task_display_name or self.task_id
        self.params = merged_params(dag, default_args, params)
        self._check_place(group)
        if group is not None:
            group.add(self)
        if dag is not None:
            dag.add_task(self)
        scope.announce(self)
        set_upstream_of_results(self, [expand_input.value, given])

    def _check_place(self, group: TaskGroup | None) -> None:
        mapped_group = next(group.iter_mapped_task_groups(), None) if group is not None else None
        if mapped_group is not None:
            raise DagInvalid(
                f"task {self.task_id!r} is mapped inside the mapped group {mapped_group.group_id!r}; map only one of them"
            )

    def __setattr__(self, name: str, value: Any) -> None:
        if name in FIELDS and value is not None and "params" in self.__dict__:
            value = read_field(name, value, task=f"task {self.task_id!r}")
        super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        # Arguments that all instances share, and class attributes of the operator.
        if not name.startswith("__"):
            partial = self.__dict__.get("partial_kwargs", {})
            if name in partial:
                return partial[name]
            known = getattr(self.__dict__.get("operator_class"), name, None)
            if known is not None and not callable(known) and not isinstance(known, property):
                return known
        raise AttributeError(
            f"the mapped task {self.__dict__.get('task_id')!r} has no attribute {name!r} before it is expanded"
        )

    # ---- what the operator class says ----------------------------------------------------------------------

    @property
    def task_type(self) -> str:
        return self.operator_class.__name__

    @property
    def operator_name(self) -> str:
        return getattr(self.operator_class, "custom_operator_name", None) or self.task_type

    @property
    def task_module(self) -> str:
        return self.operator_class.__module__

    @property
    def inherits_from_empty_operator(self) -> bool:
        return self.operator_class._is_empty

    def __repr__(self) -> str:
        return f"<Mapped({self.task_type}): {self.task_id}>"

    # ---- one instance --------------------------------------------------------------------------------------

    def prepare_for_execution(self) -> MappedOperator:
        """The task itself; `unmap` makes a new operator anyway."""
        return self

    def resolve(self, context: Mapping[str, Any]) -> Any:
        """The arguments of the instance that runs, and which of them came from other tasks."""
        return self.expand_input.resolve(context)

    def unmap(self, resolve: Mapping[str, Any] | None = None) -> BaseOperator:
        """The operator of one instance: of the one that runs (`resolve` is its context), or with these arguments.

        Its template fields are still to be rendered; values that came from other tasks are left alone then.
        """
        from_tasks: frozenset[str] = frozenset()
        mapped: Mapping[str, Any] = resolve or {}
        if resolve is not None and "ti" in resolve:
            mapped, from_tasks = self.expand_input.resolve(resolve)
        if self.is_mapped_function:
            wrapped = {k: literal(v) if k in from_tasks else v for k, v in mapped.items()}
            shared = self.partial_kwargs.get("op_kwargs") or {}
            if self._strict:
                check_disjoint(f"task {self.task_id!r}", shared, wrapped)
            mapped, from_tasks = {"op_kwargs": {**shared, **wrapped}}, frozenset()
        elif self._strict:
            check_mappable(f"task {self.task_id!r}", mapped)
            own = {k: v for k, v in self.partial_kwargs.items() if k != "params"}
            check_disjoint(f"task {self.task_id!r}", own, mapped)
        return self._build(mapped, from_tasks)

    def _build(self, mapped: Mapping[str, Any], from_tasks: frozenset[str]) -> BaseOperator:
        kwargs = {**self.partial_kwargs, **mapped}
        params = {**(self._own_params or {}), **(mapped.get("params") or {})}
        with scope.detached():
            operator = self.operator_class(
                **{**kwargs, "task_id": self.label, "params": params, "default_args": self.default_args},
                dag=self.dag,
            )
        place = operator.__dict__
        place["task_id"] = self.task_id
        place["task_group"] = self.task_group
        place["upstream_task_ids"] = set(self.upstream_task_ids)
        place["downstream_task_ids"] = set(self.downstream_task_ids)
        for name in FIELDS:
            if name not in mapped and name != "multiple_outputs":
                place[name] = self.__dict__[name]
        for name in ("is_setup", "is_teardown", "on_failure_fail_dagrun"):
            place[name] = getattr(self, name)
        for name in from_tasks.intersection(operator.template_fields):
            if place.get(name) is mapped[name]:
                # What other tasks gave is neither a template nor the name of one.
                place[name] = literal(mapped[name])
        return operator
